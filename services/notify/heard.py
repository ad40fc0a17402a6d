"""What notify heard of others, as tables for the bulletins: the cases as they stand, and what happened, by place in the log."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.notify import bulletins
from shared import db, sql
from shared.envelope import Recorded
from shared.events.disclosure import placed
from shared.events.notify import CaseNoted, NoticeNoted, PromiseNoted
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "heard.sql")
REOPENED = "case-reopened"
Known = dict[str, Any]


ORDER = ("put_case", "forget_case", "happened")
"""in which a batch is written: what is known of a case goes before what happened to it"""


class Heard:
    """The projection behind the bulletins."""

    name = "heard"
    tables = ("cases", "happenings")

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        changes = [change for r in events for change in _changes(r)]
        await db.change(connection, SQL, sorted(changes, key=lambda change: ORDER.index(change[0])))


def _changes(r: Recorded) -> Iterator[db.Change]:
    """Which statements an event runs, and with what."""
    match r.event:
        case CaseNoted(sealed=True) as e:
            yield "forget_case", (e.appeal,)
        case CaseNoted() as e:
            reopened = int(e.step == REOPENED)
            yield "put_case", (
                e.appeal, e.number, e.channel, e.group, e.village, e.township, e.department_name, e.status, reopened,
                e.happened_at,
            )  # fmt: skip
            yield "happened", (
                r.position, e.channel, e.group, e.step, e.appeal, None, e.township, e.department_name, e.satisfied, None,
            )  # fmt: skip
        case PromiseNoted() as e:
            yield "happened", (
                r.position, e.channel, e.group, e.promise, e.appeal, e.round, e.township, e.department_name, e.kept, None,
            )  # fmt: skip
        case NoticeNoted() as e:
            for channel, group in map(placed, e.groups):
                yield "happened", (r.position, channel, group, e.step, None, None, None, None, None, e.title)


async def days(service: Service, after: int, since: datetime, moment: datetime) -> tuple[int, list[tuple[str, str, Known]]]:
    """What each group's daily bulletin knows, of the log after a position; and up to which position that is."""
    async with service.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        upto = await connection.fetchval(SQL["upto"])
        counted = await connection.fetch(SQL["days"], after, upto)
        cases: dict[tuple[str, str], list[Known]] = {}
        for row in await connection.fetch(SQL["open_of_days"], after, upto, bulletins.CASES):
            cases.setdefault((row["channel"], row["group"]), []).append(dict(row))
    places = [(row["channel"], row["group"]) for row in counted]
    return upto, [
        (*place, bulletins.daily(dict(row), cases.get(place, []), since, moment))
        for place, row in zip(places, counted, strict=True)
    ]


async def week(service: Service, after: int, since: datetime, moment: datetime) -> tuple[int, Known]:
    """What the weekly bulletin knows, of the log after a position; and up to which position that is."""
    _, noted = await service.commands.load(bulletins.HOTTEST, bulletins.HOTTEST_STREAM)
    async with service.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        upto = await connection.fetchval(SQL["upto"])
        counts = await connection.fetchrow(SQL["week"], after, upto)
        shares = [dict(row) for row in await connection.fetch(SQL["shares"], after, upto)]
        oldest = [dict(row) for row in await connection.fetch(SQL["oldest"], bulletins.LONGEST)]
        told = [case.appeal for issue in noted.issues for case in issue.cases] if noted else []
        open_to_all = {row["appeal"] for row in await connection.fetch(SQL["open_to_all"], told, after)}
    hottest = bulletins.spoken_of(noted, moment, open_to_all)
    towns, departments = ([row for row in shares if row["town"] is town] for town in (True, False))
    return upto, bulletins.weekly(dict(counts or {}), towns, departments, oldest, hottest, since, moment)
