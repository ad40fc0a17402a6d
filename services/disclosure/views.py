"""Disclosure's views: the notices as they stand, the groups they go to, the questions under them, what was settled."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from services.disclosure.domain import NOTICE, notice_stream
from services.disclosure.notice import Notice
from shared import db, sql
from shared.envelope import Recorded
from shared.events.disclosure import (
    CaseCounted,
    CaseUncounted,
    GroupNoted,
    NoticeQuestioned,
    QuestionAnswered,
    QuestionReopened,
    Reach,
)
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")
STREAM = notice_stream("")


class Notices:
    """The projection behind the lists and the timer. It folds with the domain's own `evolve`, so the two cannot disagree."""

    name = "notices"
    tables = ("notices", "places", "questions", "settled")

    def __init__(self, service: Service) -> None:
        self._service = service

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        upto = {r.stream: r for r in events if r.stream.startswith(STREAM)}
        states: dict[str, Notice] = dict.fromkeys(upto, NOTICE.initial)
        for r in await self._service.store.load_many(dict.fromkeys(upto, 0)):
            if r.version <= upto[r.stream].version:
                states[r.stream] = NOTICE.evolve(states[r.stream], r.event)
        rows = [_row(stream.removeprefix(STREAM), states[stream], newest) for stream, newest in upto.items()]
        await db.change(connection, SQL, [("put", row) for row in rows])
        await db.change(connection, SQL, (change for r in events for change in _changes(r)))


def _row(name: str, notice: Notice, newest: Recorded) -> tuple[Any, ...]:
    """What stands; of what does not stand yet, its draft."""
    pending, published = notice.pending, notice.published
    draft = pending.draft if pending else None
    shown = published or draft
    kind, reach, places = "free", None, (list[str](), list[str](), list[str]())
    if shown is not None:
        kind, reach = shown.kind, shown.reach
        places = (list(shown.villages), list(shown.townships), list(shown.groups))
    version = notice if published else draft
    title, body, amount_fen, content = (
        (version.title, version.body, version.amount_fen, version.content) if version else ("", "", None, None)
    )
    return (
        name, kind, notice.status, title, body, reach, *places, amount_fen, orjson.dumps(content), notice.revision,
        notice.withdrawn.reason if notice.withdrawn else None, published.published_at if published else None,
        shown.expires_at if shown else None, newest.time, draft.by if draft else None, draft.drafted_at if draft else None,
        pending.approved if pending else None, draft.publish_at if draft else None, notice.look_at,
    )  # fmt: skip


def _changes(r: Recorded) -> Iterator[db.Change]:
    """Which other statements an event runs, and with what."""
    match r.event:
        case GroupNoted() as e:
            yield "put_place", (e.channel, e.group, e.village, e.township)
        case NoticeQuestioned() as e:
            yield "questioned", (e.appeal, e.notice, e.number, e.asked_at)
        case QuestionAnswered() as e:
            yield "answered", (e.appeal, e.answered_at)
        case QuestionReopened() as e:
            yield "answered", (e.appeal, None)
        case CaseCounted() as e:
            yield "settle", (e.appeal, e.village, e.township, e.dispute, e.settled_at)
        case CaseUncounted() as e:
            yield "unsettle", (e.appeal,)


async def list_notices(
    service: Service, *, kind: str | None, village: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; a notice without villages is for all. `before` is the (published_at, notice) last seen."""
    moment, notice = before or (None, None)
    return [dict(row) for row in await service.pool.fetch(SQL["list"], kind, village, moment, notice, limit)]


async def list_drafts(service: Service, *, before: tuple[datetime, str] | None, limit: int) -> list[dict[str, Any]]:
    """What is written and not published, newest first."""
    moment, notice = before or (None, None)
    return [dict(row) for row in await service.pool.fetch(SQL["drafts"], moment, notice, limit)]


async def questions_of(service: Service, notice: str) -> list[dict[str, Any]]:
    """The appeals that question a notice, oldest first."""
    return [dict(row) for row in await service.pool.fetch(SQL["questions"], notice)]


async def groups_of(
    service: Service, reach: Reach | None, villages: Sequence[str], townships: Sequence[str]
) -> tuple[str, ...]:
    """The groups, `channel/group`, to which a notice of this reach goes."""
    if reach is None:
        return ()
    rows = await service.pool.fetch(SQL["groups_of"], reach, list(villages), list(townships))
    return tuple(row["group"] for row in rows)


async def townships_of(service: Service, villages: Sequence[str]) -> tuple[str, ...]:
    """The townships in which villages of these names are."""
    return tuple(row["township"] for row in await service.pool.fetch(SQL["townships_of"], list(villages)))


async def last_account(service: Service, village: str, before: date, but: str) -> int | None:
    """With how much (分) the last published account of a village's funds ended that covers a time before."""
    closing: int | None = await service.pool.fetchval(SQL["last_account"], village, before, but)
    return closing


async def due(service: Service, now: datetime, limit: int) -> list[str]:
    """The notices with which something is to be done by `now`."""
    return [row["notice"] for row in await service.pool.fetch(SQL["due"], now, limit)]


async def next_due(service: Service) -> datetime | None:
    """When time does something with a notice next."""
    moment: datetime | None = await service.pool.fetchval(SQL["next_look"])
    return moment


async def totals(
    service: Service, since: datetime, until: datetime, township: str | None, village: str | None, by: str | None
) -> list[dict[str, Any]]:
    """How many of each and how much money (分), parted by month, township or village."""
    return [dict(row) for row in await service.pool.fetch(SQL["totals"], since, until, township, village, by)]


async def between(
    service: Service, kind: str | None, since: datetime | None, until: datetime | None, township: str | None, limit: int
) -> list[dict[str, Any]]:
    """The notices published in a time, oldest first, with their contents as JSON bytes."""
    return [dict(row) for row in await service.pool.fetch(SQL["between"], kind, since, until, township, limit)]
