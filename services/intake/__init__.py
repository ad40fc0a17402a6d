"""intake: normalises chat messages, reads them, and opens numbered appeals."""

from pathlib import Path

from services.intake.api import router
from services.intake.reactions import REACTIONS
from services.intake.reader import Reader
from services.intake.views import Appeals
from shared.clock import Clock
from shared.service import Blueprint
from shared.settings import Settings


def blueprint(settings: Settings, _clock: Clock) -> Blueprint:
    """Intake of one county."""
    return Blueprint(
        name="intake",
        schema=Path(__file__).parent / "schema.sql",
        routers=(router,),
        reactions=REACTIONS,
        projections=lambda _: (Appeals(),),
        processes=lambda _: (Reader(settings.county).process(),),
    )
