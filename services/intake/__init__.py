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
from services.intake.gatherer import Gatherer
from services.intake.pasting import api as pasting
from services.intake.reactions import REACTIONS
from services.intake.reader import Reader
from services.intake.roster_views import Roster
from services.intake.views import Appeals
from shared import blobs
from shared.clock import Clock
from shared.followers import Process
from shared.service import Blueprint, Service
from shared.settings import Settings


def blueprint(settings: Settings, _clock: Clock) -> Blueprint:
    """Intake of one county. Raises BadSettings for a file of channels, or a place for files, that is not right."""
    channels = config.configured(settings.channels, os.environ)
    doors = Doors(channels)
    kept = blobs.configured(settings)
    keeping = Keeping(kept, settings.attachment_limit)

    def processes(service: Service) -> tuple[Process, ...]:
        doors.count_in(service.metrics.registry)
        return (Reader(settings.county).process(), Gatherer(timedelta(hours=settings.crowd_hours)).process())

    return Blueprint(
        name="intake",
        schema=Path(__file__).parent / "schema.sql",
        # without channels configured there is no public door at all
        routers=(
            *(router, roster_api.router, crowd_api.router, pasting.router, archive.router, attachments.router(keeping)),
            *([doors.router()] if channels.channels else []),
        ),
        reactions=REACTIONS,
        projections=lambda _: (Appeals(), Roster(), CrowdList()),
        processes=processes,
        workers=lambda service: (Destroyer(service, kept),),
        body_limits={attachments.PATH: keeping.limit + attachments.FORM_BYTES},
    )
