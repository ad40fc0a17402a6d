"""Sla's view: every clock of every round as it stands, and the figures that are read off it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.sla.clock import Clock, Clocks
from services.sla.domain import CLOCKS
from shared import db, sql
from shared.envelope import Recorded
from shared.events.sla import ClockEvent, ClockStopped
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")
Row = dict[str, Any]


class ClockView:
    """The projection behind all of it; it folds with the domain's own `evolve`."""

    name = "clocks"
    tables = ("clocks",)

    def __init__(self, service: Service) -> None:
        self._service = service

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        upto = {r.stream: r.version for r in events if isinstance(r.event, ClockEvent)}
        since = {r.stream: r.version for r in reversed(events) if isinstance(r.event, ClockEvent)}
        clocks: dict[str, Clocks] = dict.fromkeys(upto, CLOCKS.initial)
        changed: dict[tuple[str, str, int], Clock] = {}
        for r in await self._service.store.load_many(dict.fromkeys(upto, 0)):
            if r.version <= upto[r.stream] and isinstance(event := r.event, ClockEvent):
                clocks[r.stream] = CLOCKS.evolve(clocks[r.stream], event)
                if r.version >= since[r.stream]:
                    changed[event.appeal, event.promise, event.round] = clocks[r.stream][event.promise]
        if changed:
            await connection.executemany(SQL["put"], [_row(clock) for clock in changed.values()])


def _row(clock: Clock) -> tuple[Any, ...]:
    last, started = clock.last, clock.started
    end = last if isinstance(last, ClockStopped) else None
    return (
        last.appeal, last.promise, last.round, last.number, last.department, last.department_name, last.township,
        started.category, started.level, started.policy, clock.calendar, started.warning, clock.started_at, clock.warn_at,
        clock.due_at, clock.overdue, clock.steps, sorted(clock.acknowledged), clock.paused_at,
        end and end.stopped_at, end and end.in_time, end and end.by,
    )  # fmt: skip


async def clocks_of(service: Service, name: str) -> list[Row]:
    """A case's clocks, by number or id, the last round of each."""
    return [_told(row) for row in await service.pool.fetch(SQL["of_appeal"], name)]


async def overdue(service: Service, limit: int) -> list[Row]:
    """The promises broken and not yet made good, oldest first."""
    return [_told(row) for row in await service.pool.fetch(SQL["overdue"], limit)]


async def soon(service: Service, until: datetime, department: str | None, limit: int) -> list[Row]:
    """What runs and is due by a moment, the soonest first."""
    return [_told(row) for row in await service.pool.fetch(SQL["soon"], until, department, limit)]


async def on_time(service: Service, by: str, since: datetime, until: datetime, promise: str | None) -> list[Row]:
    """How many promises had to be kept within a period, and how many were."""
    rows = await service.pool.fetch(SQL["on_time"], by, since, until, promise)
    return [{**row, "share": round(row["kept"] / row["settled"], 4)} for row in rows]


async def load(service: Service, by: str, soon: datetime) -> list[Row]:
    """Open work, and how much of it is late or due by a moment, by department or by who answered it first."""
    return [dict(row) for row in await service.pool.fetch(SQL[f"load_of_{by}s"], soon)]


def _told(row: Any) -> Row:
    state = "stopped" if row["stopped_at"] else "paused" if row["paused_at"] else "running"
    return {**{name: value for name, value in row.items() if name != "settled_at"}, "state": state}
