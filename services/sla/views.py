"""Sla's view: every clock as it stands, and when the timers must look at it next."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.sla.domain import CLOCKS, Clock, Clocks, next_look
from services.sla.policy import Policy
from shared import db, sql
from shared.envelope import Recorded
from shared.events.sla import ClockEvent, ClockStopped
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")


class ClockView:
    """The projection behind the timers and GET /clocks; it folds with the domain's own `evolve`."""

    name = "clocks"
    tables = ("clocks",)

    def __init__(self, service: Service, policy: Policy) -> None:
        self._service, self._policy = service, policy

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        upto = {r.stream: r.version for r in events if isinstance(r.event, ClockEvent)}
        clocks: dict[str, Clocks] = dict.fromkeys(upto, CLOCKS.initial)
        for r in await self._service.store.load_many(dict.fromkeys(upto, 0)):
            if r.version <= upto[r.stream]:
                clocks[r.stream] = CLOCKS.evolve(clocks[r.stream], r.event)
        rows = [_row(clock, self._policy) for of_case in clocks.values() for clock in of_case.values()]
        if rows:
            await connection.executemany(SQL["put"], rows)


def _row(clock: Clock, policy: Policy) -> tuple[Any, ...]:
    last = clock.last
    stopped_at, in_time = (last.stopped_at, last.in_time) if isinstance(last, ClockStopped) else (None, None)
    return (
        last.appeal, last.promise, last.round, last.number, last.department, last.township, clock.started_at, clock.due_at,
        clock.overdue, clock.steps, stopped_at, in_time, next_look(clock, policy), clock.paused_at,
    )  # fmt: skip


async def due(service: Service, now: datetime, limit: int) -> list[str]:
    """The appeals on whose clocks something is due by `now`."""
    return [row["appeal"] for row in await service.pool.fetch(SQL["due"], now, limit)]


async def next_due(service: Service) -> datetime | None:
    """When the next thing is due on any clock."""
    moment: datetime | None = await service.pool.fetchval(SQL["next_look"])
    return moment


async def clocks_of(service: Service, name: str) -> list[dict[str, Any]]:
    """A case's clocks, by number or id."""
    return [dict(row) for row in await service.pool.fetch(SQL["of_appeal"], name)]


async def overdue(service: Service, limit: int) -> list[dict[str, Any]]:
    """The promises broken and not yet made good, oldest first."""
    return [dict(row) for row in await service.pool.fetch(SQL["overdue"], limit)]
