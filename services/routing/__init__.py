"""routing: makes one department accountable for every case, and runs the case to its outcome."""

from pathlib import Path

from services.routing import directory_api, duty_api, why_api
from services.routing.api import router
from services.routing.figures import RoutingFigures
from services.routing.following import Following
from services.routing.reactions import REACTIONS
from services.routing.steps_api import router as steps
from services.routing.views import Cases
from services.routing.waking import Waking
from shared.clock import Clock
from shared.service import Blueprint
from shared.settings import Settings


def blueprint(_: Settings, _clock: Clock) -> Blueprint:
    """Routing of one county."""
    return Blueprint(
        name="routing",
        schema=Path(__file__).parent / "schema.sql",
        routers=(router, steps, why_api.router, directory_api.router, duty_api.router),
        reactions=REACTIONS,
        projections=lambda service: (Cases(service),),
        workers=lambda service: (Waking(service),),
        processes=lambda _: (Following().process(),),
        figures=RoutingFigures,
    )
