"""intake: normalises chat messages, reads them, and opens numbered appeals."""

import os
from datetime import timedelta
from pathlib import Path

from services.intake import crowd_api, roster_api
from services.intake.api import router
from services.intake.attachments import api as attachments
from services.intake.attachments.destroying import Destroyer
from services.intake.attachments.keeping import Keeping
from services.intake.channels import archive, config
from services.intake.channels.api import Doors
from services.intake.crowd_views import CrowdList
from services.intake.figures import IntakeFigures
from services.intake.gatherer import Gatherer
from services.intake.learning.shelf import chosen, in_use
from services.intake.media.fetching import Fetcher
from services.intake.media.reaching import reach
from services.intake.pasting import api as pasting
from services.intake.reactions import REACTIONS
from services.intake.reader import Reader
from services.intake.roster_views import Roster
from services.intake.triage import Triage
from services.intake.triage_api import router as triage_router
from services.intake.views import Appeals
from shared import blobs
from shared.clock import Clock
from shared.followers import Process
from shared.service import Blueprint, Service, Worker
from shared.settings import BadSettings, Settings


def blueprint(settings: Settings, _clock: Clock) -> Blueprint:
    """Intake of one county. Raises BadSettings for a file of channels, a place for files, or a model, that is not right."""
    channels = config.configured(settings.channels, os.environ)
    learned = chosen(settings.intake_model)
    if learned and not learned.exists():
        raise BadSettings(f"MINSHENG_INTAKE_MODEL: there is no {learned}; `minsheng train intake --model {learned}` makes it")
    kept = blobs.configured(settings)
    keeping = Keeping(kept, settings.attachment_limit)
    doors = Doors(channels, keeps_files=kept is not None)

    def processes(_: Service) -> tuple[Process, ...]:
        reader = Reader(settings.county, below=settings.triage_below, learned=in_use(learned))
        return (reader.process(), Gatherer(timedelta(hours=settings.crowd_hours)).process())

    def figures(service: Service) -> IntakeFigures:
        doors.count_in(service.metrics.registry)
        return IntakeFigures(service)

    def workers(service: Service) -> tuple[Worker, ...]:
        destroyer = Destroyer(service, kept)
        if not kept or not channels.channels:
            return (destroyer,)
        return (destroyer, Fetcher(service, keeping, lambda: reach(channels, keeping.limit)))

    return Blueprint(
        name="intake",
        schema=Path(__file__).parent / "schema.sql",
        # without channels configured there is no public door at all
        routers=(
            *(router, triage_router, roster_api.router, crowd_api.router, pasting.router, archive.router),
            attachments.router(keeping),
            *([doors.router()] if channels.channels else []),
        ),
        reactions=REACTIONS,
        projections=lambda _: (Appeals(), Triage(settings.triage_below), Roster(), CrowdList()),
        processes=processes,
        workers=workers,
        figures=figures,
        body_limits={attachments.PATH: keeping.limit + attachments.FORM_BYTES},
    )
