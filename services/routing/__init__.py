"""routing: makes one department accountable for every case, and runs the case to its outcome."""

from pathlib import Path

from services.routing import (
    bulk_api,
    directory_api,
    duty_api,
    exporting_api,
    finding_api,
    hot_api,
    rates_api,
    replies_api,
    why_api,
)
from services.routing.api import router
from services.routing.drawing import Drawing
from services.routing.figures import RoutingFigures
from services.routing.following import Following
from services.routing.learning.asking import asking
from services.routing.reactions import reactions
from services.routing.scores import Scores
from services.routing.steps_api import router as steps
from services.routing.telling import Telling
from services.routing.views import Cases
from services.routing.waking import Waking
from services.routing.words import Words
from shared.clock import Clock
from shared.service import Blueprint, Service, Worker
from shared.settings import Settings


def blueprint(settings: Settings, _clock: Clock) -> Blueprint:
    """Routing of one county. Raises BadSettings for a model that is not there."""

    def workers(service: Service) -> list[Worker]:
        told = settings.bulletins == "on" and settings.staff_groups
        return [Waking(service), *([Telling(service)] if told else [])]

    return Blueprint(
        name="routing",
        schema=Path(__file__).parent / "schema.sql",
        routers=(
            finding_api.router,
            exporting_api.router,
            router,
            bulk_api.router,
            steps,
            why_api.router,
            rates_api.router,
            directory_api.router,
            duty_api.router,
            replies_api.router,
            hot_api.router(hot_api.Board()),
        ),
        reactions=reactions(asking(settings.routing_model, shadow=settings.routing_model_mode == "shadow")),
        projections=lambda service: (Cases(service), Words(service), Scores()),
        workers=workers,
        processes=lambda _: (Following().process(), Drawing(settings.second_calls).process()),
        figures=RoutingFigures,
    )
