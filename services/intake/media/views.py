"""Which files are still awaited, and which were given up: told on the message, and worked off by the fetcher.

The table belongs to the projection `appeals`, as those of attachments do. How often a file was tried and when it is tried
next stands beside it and in no event; a rebuild tries anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from shared import db, sql
from shared.access import Caller, Who
from shared.envelope import Recorded
from shared.events.intake import AttachmentsAdded, MediaAwaited, MediaMissed, MediaTrouble, PersonForgotten
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")
PROJECTION = "appeals"
TABLES = ("media",)
KEPT = timedelta(days=3)
"""how long WeCom keeps a file; the others promise nothing"""
TOLD = {
    None: "正在从聊天平台取这个文件",
    MediaTrouble.GONE: "聊天平台已不再保存这个文件（一般只保存三天），没能取到；请发送人重发",
    MediaTrouble.TOO_LARGE: "文件超过大小上限，没有取",
    MediaTrouble.NOT_ACCEPTED: "不收这种文件，没有存",
    MediaTrouble.UNREACHABLE: "三天内多次尝试，聊天平台都没有给出这个文件；请发送人重发",
}


async def project(connection: db.Connection, events: Sequence[Recorded]) -> None:
    """What a batch of the log does to the table, in its order."""
    await db.change(connection, SQL, (change for r in events for change in _changes(r)))


def _changes(r: Recorded) -> Iterable[db.Change]:
    match r.event:
        case MediaAwaited() as e:
            for ordinal, kind in enumerate(e.kinds):
                yield "awaited", (UUID(e.message), ordinal, e.person, e.door, kind, e.media, r.time)
        case AttachmentsAdded(media=int(ordinal)) as e:
            yield "fetched", (UUID(e.message), ordinal)
        case MediaMissed() as e:
            yield "missed", (UUID(e.message), e.ordinal, e.trouble)
        case PersonForgotten() as e:
            yield "forgotten", (e.person,)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A file to be fetched. `media` is the JSON of all that are held of its message, None or unreadable once forgotten."""

    message: UUID
    ordinal: int
    person: str
    door: str
    kind: str
    awaited_at: datetime
    tries: int
    media: str | None


async def due(service: Service, now: datetime, limit: int) -> list[Awaited]:
    rows = await service.pool.fetch(SQL["due"], now, limit)
    media = await service.vault.open(("media", row["sealed_media"]) for row in rows)
    return [
        Awaited(**{k: v for k, v in row.items() if k != "sealed_media"}, media=each)
        for row, each in zip(rows, media, strict=True)
    ]


async def count_due(service: Service, now: datetime) -> int:
    return int(await service.pool.fetchval(SQL["count_due"], now))


async def next_due(service: Service) -> datetime | None:
    moment: datetime | None = await service.pool.fetchval(SQL["next_due"])
    return moment


async def again(service: Service, awaited: Awaited, at: datetime) -> None:
    """It is tried another time."""
    await service.pool.execute(SQL["again"], awaited.message, awaited.ordinal, at)


async def rest_door(service: Service, door: str, until: datetime) -> None:
    """Nothing of this channel is tried before."""
    await service.pool.execute(SQL["door_rests"], door, until)


async def of_messages(service: Service, messages: Iterable[UUID], who: Who) -> dict[UUID, list[dict[str, Any]]]:
    """What of each message is not there yet, or never will be, as far as the caller may know."""
    rows = await service.pool.fetch(SQL["of_messages"], list(messages))
    shown = [row for row in rows if row["open"] or Caller.DISCIPLINE in who.callers]
    return {message: [_shown(row) for row in run] for message, run in groupby(shown, key=lambda row: row["message"])}


def _shown(row: Any) -> dict[str, Any]:
    trouble = MediaTrouble(row["trouble"]) if row["trouble"] else None
    return {"kind": row["kind"], "status": "missed" if trouble else "awaited", "trouble": trouble, "told": TOLD[trouble]}
