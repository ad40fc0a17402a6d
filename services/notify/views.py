"""Notify's view: every reply and how far it has come."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared import db, sql
from shared.envelope import Recorded
from shared.events.notify import (
    Audience,
    ReplyDelivered,
    ReplyFailed,
    ReplyHanded,
    ReplyLate,
    ReplyQueued,
    ReplyRequeued,
)
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")


class Replies:
    """The projection behind the delivery and GET /replies."""

    name = "replies"
    tables = ("replies",)

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        """In runs of one kind, since what happens to a reply later undoes what happened before."""
        await db.change(connection, SQL, (change for r in events if (change := _change(r))))


def _change(r: Recorded) -> db.Change | None:
    """Which statement an event runs, and with what."""
    match r.event:
        case ReplyQueued() as e:
            return "queued", (
                e.reply, r.position, e.appeal, e.channel, e.group, e.audience, e.person, e.quote, e.template, e.text,
                e.urgent, e.via, lane(e), e.queued_at,
            )  # fmt: skip
        case ReplyDelivered() as e:
            return "delivered", (e.reply, e.attempt, e.delivered_at, e.adapter)
        case ReplyHanded() as e:
            return "handed", (e.reply, e.adapter)
        case ReplyFailed() as e:
            return "failed", (e.reply, e.attempt, e.reason, e.final, e.retry_at, e.failed_at, e.parts, e.adapter)
        case ReplyLate() as e:
            return "late", (e.reply, e.late_at)
        case ReplyRequeued() as e:
            return "requeued", (e.reply, e.requeued_at)
        case _:
            return None


def lane(queued: ReplyQueued) -> str:
    """What must stay in order: the replies to one group, to its officials, or to one person of it."""
    person = queued.person if queued.audience is Audience.PRIVATE else ""
    return "|".join((queued.via or "", queued.channel, queued.group, queued.audience, person))


async def to_send(service: Service, of_each_lane: int, limit: int, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The first waiting replies of every lane but some, each lane's in order, texts in clear."""
    return await _opened(service, await service.pool.fetch(SQL["to_send"], of_each_lane, limit, list(without)))


async def not_told(service: Service, limit: int) -> list[dict[str, Any]]:
    """Replies that have not arrived and of which the duty officer has not been told; without their texts."""
    return [dict(row) for row in await service.pool.fetch(SQL["not_told"], limit)]


async def by_hand(service: Service, after: int, limit: int) -> list[dict[str, Any]]:
    """What a person must send, oldest first, texts in clear; `after` is the position of the last one already seen."""
    return await _opened(service, await service.pool.fetch(SQL["by_hand"], after, limit))


async def list_replies(
    service: Service, *, appeal: str | None, status: str | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; `before` is the position of the last one already seen."""
    return await _opened(service, await service.pool.fetch(SQL["list"], appeal, status, before, limit))


async def _opened(service: Service, rows: Sequence[Any]) -> list[dict[str, Any]]:
    texts = await service.vault.open(("text", row["sealed_text"]) for row in rows)
    return [
        {**{k: v for k, v in row.items() if k != "sealed_text"}, "text": text} for row, text in zip(rows, texts, strict=True)
    ]
