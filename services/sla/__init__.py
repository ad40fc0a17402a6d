"""sla: watches every promise of time, and says once when one is broken."""

from datetime import timedelta
from pathlib import Path

from services.sla.api import router
from services.sla.figures import SlaFigures
from services.sla.policy import Policy
from services.sla.reactions import reactions
from services.sla.timers import Timers
from services.sla.views import ClockView
from shared.clock import Clock
from shared.service import Blueprint
from shared.settings import Settings


def blueprint(settings: Settings, _clock: Clock) -> Blueprint:
    """Sla under the county's time limits."""
    policy = Policy(accept=timedelta(minutes=settings.accept_minutes))
    return Blueprint(
        name="sla",
        schema=Path(__file__).parent / "schema.sql",
        routers=(router,),
        reactions=reactions(policy),
        projections=lambda service: (ClockView(service, policy),),
        workers=lambda service: (Timers(service, policy),),
        figures=SlaFigures,
    )
