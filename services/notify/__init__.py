"""notify: puts into words what concerns a group, a reporter or an official, and brings it there."""

from pathlib import Path

from services.notify.api import router
from services.notify.delivery import Delivery
from services.notify.figures import NotifyFigures
from services.notify.heard import Heard
from services.notify.issuing import Bulletins
from services.notify.outlets import configured
from services.notify.reactions import reactions
from services.notify.texts import Texts
from services.notify.views import Replies
from shared.clock import Clock
from shared.service import Blueprint, Service, Worker
from shared.settings import Settings


def blueprint(settings: Settings, clock: Clock) -> Blueprint:
    """Notify of one county, its replies stamped by this clock. Raises BadSettings for channels or templates that are not right."""
    out = configured(settings)
    texts = Texts(Path(settings.templates) if settings.templates else None)

    def workers(service: Service) -> list[Worker]:
        issuing: list[Worker] = [Bulletins(service, texts)] if settings.bulletins == "on" else []
        assert isinstance(service.figures, NotifyFigures)
        return [Delivery(service, out, texts, service.figures), *issuing]

    return Blueprint(
        name="notify",
        schema=Path(__file__).parent / "schema.sql",
        routers=(router,),
        reactions=reactions(clock, texts),
        projections=lambda _: (Replies(), Heard()),
        workers=workers,
        figures=lambda service: NotifyFigures(service, out.delivery.quiet),
    )
