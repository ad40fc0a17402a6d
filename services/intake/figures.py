"""What operations see of intake: the messages by kind and channel, the appeals that came of them, and what is missing."""

from pathlib import Path

from prometheus_client import Counter, Gauge

from services.intake.domain import MESSAGE
from shared import sql
from shared.envelope import Append
from shared.events.attachments import AttachmentKind
from shared.events.intake import (
    AppealOpened,
    AttachmentsAdded,
    MediaMissed,
    MediaTrouble,
    MessageCorrected,
    MessageRead,
    MessageReceived,
)
from shared.metrics import OTHER, Counting, Few
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "figures.sql")


class IntakeFigures:
    """Counted as events are stored; what waits is read off the views."""

    def __init__(self, service: Service) -> None:
        self._service, r = service, service.metrics.registry
        self.received = Counter("minsheng_messages_received", "Chat messages stored", ["channel"], registry=r)
        self.read = Counter("minsheng_messages_read", "Messages, as what they were read", ["channel", "kind"], registry=r)
        self.corrected = Counter("minsheng_messages_corrected", "Readings that a person corrected", ["kind"], registry=r)
        self.opened = Counter("minsheng_appeals_opened", "Appeals opened", ["channel", "kind"], registry=r)
        self.fetched = Counter("minsheng_media_fetched", "Files that were fetched of a chat system", registry=r)
        self.missed = Counter(
            "minsheng_media_missed", "Files given up that a chat system held", ["kind", "trouble"], registry=r
        )
        self.awaited = Gauge("minsheng_media_awaited", "Files that chat systems still hold", registry=r)
        self.triage = Gauge("minsheng_triage_waiting", "Messages that wait for a person to say what they are", registry=r)
        for trouble in MediaTrouble:  # shown from the first scrape on, so that the first one missed is seen as a growth
            for kind in AttachmentKind:
                self.missed.labels(kind.value, trouble.value)
        self._channel = Few()
        self.counting: Counting = {
            MessageReceived: lambda event, _: self.received.labels(self._channel(event.channel)).inc(),
            MessageRead: self._read,
            MessageCorrected: lambda event, _: self.corrected.labels(event.kind.value).inc(),
            AppealOpened: lambda event, _: self.opened.labels(self._channel(event.channel), event.kind.value).inc(),
            AttachmentsAdded: self._added,
            MediaMissed: lambda event, _: self.missed.labels(event.kind.value, event.trouble.value).inc(),
        }

    def _read(self, event: MessageRead, append: Append) -> None:
        """The reading does not say by which channel the message came; whoever read it has just had the message in his hands."""
        _, message = self._service.states.get(append.stream, MESSAGE.initial)
        self.read.labels(self._channel(message.received.channel) if message.received else OTHER, event.kind.value).inc()

    def _added(self, event: AttachmentsAdded, _: Append) -> None:
        if event.media is not None:
            self.fetched.inc()

    async def measure(self) -> None:
        row = await self._service.pool.fetchrow(SQL["waiting"])
        assert row
        self.awaited.set(row["media"])
        self.triage.set(row["triage"])
