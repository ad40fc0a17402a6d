"""What operations see of notify: what became of the replies, by channel, and how long the oldest one waits."""

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import Counter, Gauge

from services.notify.pacing import Quiet
from shared import sql
from shared.envelope import Append
from shared.events.notify import ReplyDelivered, ReplyFailed, ReplyHanded, ReplyLate, ReplyQueued
from shared.metrics import Counting, Few
from shared.service import Service

GIVEN_UP = "given_up"
SQL = sql.load(Path(__file__).parent / "figures.sql")


class NotifyFigures:
    """Counted as events are stored; what waits is read off the view."""

    def __init__(self, service: Service, quiet: Quiet | None) -> None:
        """In quiet hours what is not urgent waits on purpose."""
        self._service, self._quiet, r = service, quiet, service.metrics.registry
        self.attempts = Counter("minsheng_channel_attempts", "Messages sent", ["channel", "outcome"], registry=r)
        self.resting = Gauge("minsheng_channel_resting", "1 while a channel is left alone", ["channel"], registry=r)
        self.replies = Counter(
            "minsheng_replies", "What became of replies: queued, delivered, handed, failed, given_up", ["channel", "outcome"],
            registry=r,
        )  # fmt: skip
        self.late = Counter(
            "minsheng_replies_late", "Replies of which the duty officer was told that they did not arrive", registry=r
        )
        self.waiting = Gauge(
            "minsheng_replies_waiting",
            "Replies that are to be sent (queued) or lie with a person (by_hand)",
            ["state"],
            registry=r,
        )
        self.oldest = Gauge(
            "minsheng_reply_oldest_seconds", "How long the reply that waits longest is queued, quiet hours left out", registry=r
        )
        self._channel = Few()
        self.counting: Counting = {
            ReplyQueued: lambda event, _: self._became(event.channel, "queued"),
            ReplyDelivered: lambda event, _: self._became(event.adapter, "delivered"),
            ReplyHanded: lambda event, _: self._became(event.adapter, "handed"),
            ReplyFailed: lambda event, _: self._became(event.adapter, GIVEN_UP if event.final else "failed"),
            ReplyLate: self._told,
        }

    def expect(self, channels: Iterable[str]) -> None:
        """Shows a 0 of what must never happen, so that its first time is seen as a growth."""
        for channel in channels:
            self.replies.labels(self._channel(channel), GIVEN_UP)

    def _became(self, channel: str, outcome: str) -> None:
        self.replies.labels(self._channel(channel), outcome).inc()

    def _told(self, _event: ReplyLate, _append: Append) -> None:
        self.late.inc()

    async def measure(self) -> None:
        row = await self._service.pool.fetchrow(SQL["waiting"])
        assert row
        self.waiting.labels("queued").set(row["queued"])
        self.waiting.labels("by_hand").set(row["by_hand"])
        urgent, other = row["urgent"], row["other"]
        if other and self._quiet:
            other = self._quiet.until(other) or other
        now = self._service.clock.now()
        self.oldest.set(max([0.0, *((now - since).total_seconds() for since in (urgent, other) if since)]))
