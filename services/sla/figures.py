"""What operations see of sla: promises kept and broken, how long the first answer takes, and whether the timers keep up."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

from services.sla.domain import LATE
from shared import sql
from shared.envelope import Append
from shared.events.sla import BackupPaged, CaseEscalated, CaseOverdue, ClockStopped, Promise
from shared.metrics import Counting, Few
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "figures.sql")
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
        self.paged = Counter("minsheng_backups_paged", "Times the back-up was called before an answer was due", registry=r)
        self.fires = Counter("minsheng_timers_fired", "Cases for which time did something", registry=r)
        self.late = Counter("minsheng_timers_late", "Those done over a minute after their time", registry=r)
        self.lag = Histogram(
            "minsheng_timers_lag_seconds", "From when it was due until it was done", registry=r,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600, 3600, 86400),
        )  # fmt: skip
        self.accept = Histogram(
            "minsheng_accept_seconds", "From the villager's message to a person's answer",
            buckets=tuple(60.0 * minutes for minutes in MINUTES), registry=r,
        )  # fmt: skip
        self.clocks = Gauge(
            "minsheng_clocks",
            "Promises that run, of which was warned, that are overdue, and that rest",
            ["promise", "state"],
            registry=r,
        )
        self._told = Few()
        for promise in Promise:  # a ratio needs both from the first scrape on
            self.kept.labels(promise.value)
            self.broken.labels(promise.value)
        self.counting: Counting = {
            ClockStopped: self._stopped,
            CaseOverdue: lambda event, _: self.broken.labels(event.promise.value).inc(),
            BackupPaged: lambda *_: self.paged.inc(),
            CaseEscalated: lambda event, _: self.escalations.labels(event.promise.value, self._told(event.to)).inc(),
        }

    def _stopped(self, event: ClockStopped, _: Append) -> None:
        if event.in_time:
            self.kept.labels(event.promise.value).inc()
        if event.promise is Promise.ACCEPT and event.started_at:
            self.accept.observe(max(0.0, (event.stopped_at - event.started_at).total_seconds()))

    def fired(self, dues: Sequence[datetime], now: datetime) -> None:
        """Time did at `now` what was due then."""
        self.fires.inc(len(dues))
        for due in dues:
            self.lag.observe(max(0.0, (now - due).total_seconds()))
            self.late.inc(now - due > LATE)

    async def measure(self) -> None:
        now, pool = self._service.clock.now(), self._service.pool
        for state, many in (await pool.fetchrow(SQL["timers"], now, now - LATE) or {}).items():
            self._service.metrics.timers.labels("timers", state).set(many)
        standing = {row["promise"]: row for row in await pool.fetch(SQL["clocks"], now)}
        for promise in Promise:
            for state in ("running", "warned", "overdue", "paused"):
                self.clocks.labels(promise.value, state).set(standing[promise][state] if promise in standing else 0)
