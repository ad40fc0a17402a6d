"""Routing's view: the cases as they stand, for lists and look-ups. One case's own state is always folded from its stream."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.routing.domain import CASE, Case, case_stream
from services.routing.gaming import Sign, signs
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
        histories: dict[str, list[Recorded]] = {stream: [] for stream in upto}
        for r in await self._service.store.load_many(dict.fromkeys(upto, 0)):
            if r.version <= upto[r.stream].version:
                histories[r.stream].append(r)
        rows = [_row(folded(histories[stream]), r, signs_of(histories[stream])) for stream, r in upto.items()]
        if rows:
            await connection.executemany(SQL["put"], rows)


def folded(history: Iterable[Recorded]) -> Case:
    """The case that came of these events."""
    return CASE.fold(CASE.initial, [r.event for r in history])


def signs_of(history: Iterable[Recorded]) -> list[Sign]:
    """What in these events looks like gaming."""
    return signs((r.event, r.time) for r in history if isinstance(r.event, CaseEvent))


def _row(case: Case, newest: Recorded, signs: Iterable[str]) -> tuple[Any, ...]:
    last = case.last
    assert last is not None
    return (
        last.appeal, last.number, case.status, case.kind, case.category, last.department, last.channel, last.group,
        last.village, last.township, last.urgent, last.sealed, case.satisfied, case.reopened, newest.version, case.opened_at,
        last.occurred_at, case.lead, case.suspended.until if case.suspended else None, list(signs),
        last.department_name, case.waits, case.late, [part.department for part in case.open_parts], case.closed_at,
    )  # fmt: skip


async def appeal_of(service: Service, name: str) -> str:
    """The id behind a number; what is no known number is taken for an id."""
    return str(await service.pool.fetchval(SQL["find"], name) or name)


async def history_of(service: Service, appeal: str, moment: datetime | None) -> list[Recorded]:
    """All that happened to a case, up to now or to a moment."""
    return await service.store.load(case_stream(appeal), as_of=moment)


async def to_resume(service: Service, now: datetime, limit: int) -> list[str]:
    """The suspended cases whose time has come."""
    return [row["appeal"] for row in await service.pool.fetch(SQL["to_resume"], now, limit)]


async def next_to_resume(service: Service) -> datetime | None:
    """When the next suspended case goes on by itself."""
    moment: datetime | None = await service.pool.fetchval(SQL["next_to_resume"])
    return moment
