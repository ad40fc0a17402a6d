"""sla: watches every promise of time, and says once when one is broken."""

from pathlib import Path

from services.sla.api import router
from services.sla.figures import SlaFigures
from services.sla.policy_file import PolicyFile, read_at_start
from services.sla.reactions import reactions
from services.sla.timers import Machine, Timers
from services.sla.views import ClockView
from shared.clock import Clock
from shared.service import Blueprint
from shared.settings import Settings


def blueprint(settings: Settings, clock: Clock) -> Blueprint:
    """Sla under the county's time limits. Raises BadSettings when their file is wrong."""
    return Blueprint(
        name="sla",
        schema=Path(__file__).parent / "schema.sql",
        routers=(router,),
        reactions=reactions(clock, read_at_start(settings.sla_policy)),
        projections=lambda service: (ClockView(service),),
        workers=lambda service: (Machine(service), PolicyFile(service)),
        beside=lambda _: Timers(),
        figures=SlaFigures,
    )
