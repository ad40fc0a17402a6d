"""disclosure: what the county makes public, by which rules, to which groups, and what is asked about it."""

from pathlib import Path

from services.disclosure import drafts_api, exports_api, imports_api, totals_api
from services.disclosure.api import router
from services.disclosure.asking import Asking
from services.disclosure.figures import DisclosureFigures
from services.disclosure.reactions import REACTIONS
from services.disclosure.timers import Timers
from services.disclosure.views import Notices
from shared.clock import Clock
from shared.service import Blueprint
from shared.settings import Settings

IMPORT_LIMIT = 10_000_000
"""bytes of a county's table"""


def blueprint(_: Settings, _clock: Clock) -> Blueprint:
    """Disclosure of one county."""
    return Blueprint(
        name="disclosure",
        schema=Path(__file__).parent / "schema.sql",
        routers=(drafts_api.router, imports_api.router, totals_api.router, exports_api.router, router),
        reactions=REACTIONS,
        projections=lambda service: (Notices(service),),
        processes=lambda _: (Asking().process(),),
        workers=lambda service: (Timers(service),),
        body_limits={"/imports": IMPORT_LIMIT},
        figures=DisclosureFigures,
    )
