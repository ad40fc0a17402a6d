"""What operations see of notify: what became of the replies, by channel, and how long the oldest one waits."""

from pathlib import Path

from prometheus_client import Counter, Gauge

from shared import sql
from shared.envelope import Append
from shared.events.notify import ReplyDelivered, ReplyFailed, ReplyHanded, ReplyLate, ReplyQueued
from shared.metrics import Counting, Few
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "figures.sql")


class NotifyFigures:
    """Counted as events are stored; what waits is read off the view."""

    def __init__(self, service: Service) -> None:
        self._service, r = service, service.metrics.registry
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
        self.oldest = Gauge("minsheng_reply_oldest_seconds", "How long the reply that waits longest is queued", registry=r)
        self._channel = Few()
        self.counting: Counting = {
            ReplyQueued: lambda event, _: self._became(event.channel, "queued"),
            ReplyDelivered: lambda event, _: self._became(event.adapter, "delivered"),
            ReplyHanded: lambda event, _: self._became(event.adapter, "handed"),
            ReplyFailed: lambda event, _: self._became(event.adapter, "given_up" if event.final else "failed"),
            ReplyLate: self._told,
        }

    def _became(self, channel: str, outcome: str) -> None:
        self.replies.labels(self._channel(channel), outcome).inc()

    def _told(self, _event: ReplyLate, _append: Append) -> None:
        self.late.inc()

    async def measure(self) -> None:
        row = await self._service.pool.fetchrow(SQL["waiting"])
        assert row
        self.waiting.labels("queued").set(row["queued"])
        self.waiting.labels("by_hand").set(row["by_hand"])
        since = row["oldest"]
        self.oldest.set(max(0.0, (self._service.clock.now() - since).total_seconds()) if since else 0)
