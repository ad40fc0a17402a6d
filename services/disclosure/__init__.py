"""disclosure: publishes notices, their corrections and their withdrawal."""

from pathlib import Path

from services.disclosure.api import router
from services.disclosure.figures import DisclosureFigures
from services.disclosure.reactions import REACTIONS
from services.disclosure.views import Notices
from shared.clock import Clock
from shared.service import Blueprint
from shared.settings import Settings


def blueprint(_: Settings, _clock: Clock) -> Blueprint:
    """Disclosure of one county."""
    return Blueprint(
        name="disclosure",
        schema=Path(__file__).parent / "schema.sql",
        routers=(router,),
        reactions=REACTIONS,
        projections=lambda _: (Notices(),),
        figures=DisclosureFigures,
    )
