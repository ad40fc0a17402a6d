"""Routing's view: the cases as they stand, for lists and look-ups. One case's own state is always folded from its stream."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.routing.domain import CASE, Case, case_stream
from shared import db, sql
from shared.envelope import Recorded
from shared.events.routing import CaseEvent
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")


class Cases:
    """The projection behind GET /cases. It folds each case with the domain's own `evolve`, so the two cannot disagree."""

    name = "cases"
    tables = ("cases",)

    def __init__(self, service: Service) -> None:
        self._service = service

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        concerned = [r for r in events if isinstance(r.event, CaseEvent)]
        upto = {r.stream: r for r in concerned}
        states: dict[str, Case] = dict.fromkeys(upto, CASE.initial)
        for r in await self._service.store.load_many(dict.fromkeys(upto, 0)):
            if r.version <= upto[r.stream].version:
                states[r.stream] = CASE.evolve(states[r.stream], r.event)
        rows = [_row(states[stream], r) for stream, r in upto.items()]
        if rows:
            await connection.executemany(SQL["put"], rows)


def _row(case: Case, newest: Recorded) -> tuple[Any, ...]:
    last = case.last
    assert last is not None
    return (
        last.appeal, last.number, case.status, case.kind, case.category, last.department, last.channel, last.group,
        last.village, last.township, last.urgent, last.sealed, case.satisfied, case.reopened, newest.version, case.opened_at,
        last.occurred_at, case.lead,
    )  # fmt: skip


async def list_cases(
    service: Service,
    *,
    status: str | None,
    department: str | None,
    township: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
    lead: str | None = None,
) -> list[dict[str, Any]]:
    """Newest first; `before` is the (opened_at, appeal) of the last one already seen."""
    moment, appeal = before or (None, None)
    wanted = (status, department, township, moment, appeal, limit, lead)
    return [dict(row) for row in await service.pool.fetch(SQL["list"], *wanted)]


async def appeal_of(service: Service, name: str) -> str:
    """The id behind a number; what is no known number is taken for an id."""
    return str(await service.pool.fetchval(SQL["find"], name) or name)


async def case_as_of(service: Service, appeal: str, moment: datetime | None) -> tuple[int, Case]:
    """The case's version and state now, or as it stood at a moment."""
    version, case = 0, CASE.initial
    for r in await service.store.load(case_stream(appeal), as_of=moment):
        version, case = r.version, CASE.evolve(case, r.event)
    return version, case
