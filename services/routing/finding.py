"""Finding cases: by what they are, by what was written, and what a department has to do now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.routing.bigrams import searched
from services.routing.gaming import Sign
from services.routing.words import asking
from shared import sql
from shared.events.intake import Kind
from shared.events.routing import Status
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "finding.sql")

Cursor = tuple[datetime, str]
"""the opened_at and appeal of the last case seen"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases; None (or nothing) for whatever is not asked. `until` is not in it any more."""

    status: tuple[Status, ...] = ()
    department: str | None = None
    township: str | None = None
    village: str | None = None
    category: str | None = None
    """of either level: `城乡建设` or `城乡建设/供排水`"""
    kind: Kind | None = None
    urgent: bool | None = None
    waits: bool | None = None
    suspended: bool | None = None
    sign: Sign | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    lead: str | None = None
    text: str | None = None

    def values(self, before: Cursor | None, limit: int, skipped: int = 0) -> tuple[Any, ...]:
        """What the query `list` is given."""
        whole = self.category is not None and "/" in self.category
        return (
            list(self.status) or None, self.department, self.township, self.village, None if whole else self.category,
            self.category if whole else None, self.kind, self.urgent, self.waits, self.suspended, self.sign, self.opened_from,
            self.opened_until, self.lead, *(before or (None, None)), limit, skipped,
            None if self.text is None else searched(self.text),
        )  # fmt: skip


async def cases(service: Service, wanted: Wanted, *, before: Cursor | None, limit: int) -> list[dict[str, Any]]:
    """Newest first."""
    async with asking(service) as connection:
        return [dict(row) for row in await connection.fetch(SQL["list"], *wanted.values(before, limit))]


async def more_than(service: Service, wanted: Wanted, many: int) -> bool:
    """Whether there are more cases than so many."""
    async with asking(service) as connection:
        return await connection.fetchrow(SQL["list"], *wanted.values(None, 1, many)) is not None


async def pages(service: Service, wanted: Wanted, size: int) -> AsyncIterator[list[dict[str, Any]]]:
    """All of them, newest first, page by page: nobody waits with an open transaction for who reads slowly."""
    before: Cursor | None = None
    while page := await cases(service, wanted, before=before, limit=size):
        yield page
        before = (page[-1]["opened_at"], page[-1]["appeal"])
        if len(page) < size:
            return


@dataclass(frozen=True, slots=True)
class Queue:
    """What a department has to do now, what breaks its promise first in front. `counts` are of the cases it leads, by state."""

    cases: list[dict[str, Any]]
    counts: dict[str, int]
    assisting: int


async def queue(service: Service, department: str, limit: int) -> Queue:
    """A department's queue, and how its cases stand."""
    async with asking(service) as connection:
        rows = await connection.fetch(SQL["to_do"], department, limit)
        counts = {row["status"]: row["many"] for row in await connection.fetch(SQL["counts"], department)}
        assisting = await connection.fetchval(SQL["assisting"], department)
    return Queue([dict(row) for row in rows], {str(status): counts.get(status, 0) for status in Status}, assisting)
