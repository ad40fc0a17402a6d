"""Routing's figures: what counted in each case, by when and for whom, and the rates that are asked of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from services.routing.scoring import counted, left_out, table
from shared import db, sql
from shared.envelope import Recorded
from shared.events.routing import CaseAssigned, CaseEvent
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "scores.sql")


ORDER = ("known", "left_out", "counted")


class By(StrEnum):
    """What the rates are told apart by."""

    COUNTY = "county"
    DEPARTMENT = "department"
    TOWNSHIP = "township"
    CATEGORY = "category"
    MONTH = "month"


class Scores:
    """The projection behind GET /rates."""

    name = "scores"
    tables = ("scores", "scored_cases")

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        """What a case is known by before whether it counts; what counted stands by itself: so three runs do for a batch."""
        changes = [change for r in events for change in _changes(r)]
        await db.change(connection, SQL, sorted(changes, key=lambda change: ORDER.index(change[0])))


def _changes(r: Recorded) -> Iterator[db.Change]:
    """Which statements an event runs, in order, and with what."""
    event = r.event
    if isinstance(event, CaseAssigned):
        yield "known", (event.appeal, event.township, event.category)
    if isinstance(event, CaseEvent) and (why := left_out(event)):
        yield "left_out", (event.appeal, *why)
    for one in counted(event, r.version):
        yield "counted", (one.appeal, one.what, one.nth, one.department, one.at, one.well, one.satisfied)


async def rates_by(
    service: Service,
    by: By,
    since: datetime | None,
    until: datetime | None,
    *,
    department: str | None = None,
    township: str | None = None,
    category: str | None = None,
) -> list[dict[str, Any]]:
    """The rates of what happened from `since` and before `until`, a line for each department, township, category or month."""
    rows = await service.pool.fetch(SQL["rates"], by, since, until, department, township, category)
    return table(dict(row) for row in rows)
