"""What operations see of sla: promises kept and broken, how long the first answer takes, and whether the timers keep up."""

from collections import Counter as Counts
from datetime import timedelta
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

from shared import sql
from shared.envelope import Append
from shared.events.sla import CaseEscalated, CaseOverdue, ClockStopped, Promise
from shared.metrics import Counting, Few
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "figures.sql")
LATE = timedelta(minutes=1)
MINUTES = (1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 15, 20, 30, 60, 240, 1440)
"""dense around the ten that are promised"""


class SlaFigures:
    """Counted as events are stored; the clocks as they stand are read off the view."""

    def __init__(self, service: Service) -> None:
        self._service, r = service, service.metrics.registry
        self.kept = Counter("minsheng_promises_kept", "Promises of time that were kept", ["promise"], registry=r)
        self.broken = Counter("minsheng_promises_broken", "Promises of time that became overdue", ["promise"], registry=r)
        self.escalations = Counter(
            "minsheng_escalations", "Steps up the ladder, by who was told", ["promise", "to"], registry=r
        )
        self.accept = Histogram(
            "minsheng_accept_seconds", "From the villager's message to a person's answer",
            buckets=tuple(60.0 * minutes for minutes in MINUTES), registry=r,
        )  # fmt: skip
        self.clocks = Gauge(
            "minsheng_clocks", "Promises that run, of which was warned, and that are overdue", ["promise", "state"], registry=r
        )
        self._told = Few()
        for promise in Promise:  # a ratio needs both from the first scrape on
            self.kept.labels(promise.value)
            self.broken.labels(promise.value)
        self.counting: Counting = {
            ClockStopped: self._stopped,
            CaseOverdue: lambda event, _: self.broken.labels(event.promise.value).inc(),
            CaseEscalated: lambda event, _: self.escalations.labels(event.promise.value, self._told(event.to)).inc(),
        }

    def _stopped(self, event: ClockStopped, _: Append) -> None:
        if event.in_time:
            self.kept.labels(event.promise.value).inc()
        if event.promise is Promise.ACCEPT and event.started_at:
            self.accept.observe(max(0.0, (event.stopped_at - event.started_at).total_seconds()))

    async def measure(self) -> None:
        now, pool = self._service.clock.now(), self._service.pool
        looked_at = await pool.fetch(SQL["clocks"], now, now - LATE)
        standing = Counts({(row["promise"], state): row[state] for row in looked_at for state in ("running", "warned")})
        standing.update({(row["promise"], "overdue"): row["overdue"] for row in await pool.fetch(SQL["overdue"])})
        for promise in Promise:
            for state in ("running", "warned", "overdue"):
                self.clocks.labels(promise.value, state).set(standing[promise.value, state])
        for state in ("armed", "due", "late"):
            self._service.metrics.timers.labels("timers", state).set(sum(row[state] for row in looked_at))
