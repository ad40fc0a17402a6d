"""Notify's view: every reply and how far it has come."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from shared import db, sql
from shared.envelope import Recorded
from shared.events.notify import ReplyDelivered, ReplyFailed, ReplyQueued
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")


class Replies:
    """The projection behind the delivery and GET /replies."""

    name = "replies"
    tables = ("replies",)

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        queued, delivered, failed = [], [], []
        for r in events:
            match r.event:
                case ReplyQueued() as e:
                    queued.append(
                        (e.reply, r.position, e.appeal, e.channel, e.group, e.audience, e.person, e.quote, e.template, e.text,
                         e.urgent, e.queued_at)
                    )  # fmt: skip
                case ReplyDelivered() as e:
                    delivered.append((e.reply, e.attempt, e.delivered_at))
                case ReplyFailed() as e:
                    failed.append((e.reply, e.attempt, e.reason, e.final, e.retry_at, e.failed_at))
        rows: dict[str, list[Any]] = {"queued": queued, "failed": failed, "delivered": delivered}
        for statement, arguments in rows.items():
            if arguments:
                await connection.executemany(SQL[statement], arguments)


async def to_send(service: Service, now: datetime, limit: int) -> list[dict[str, Any]]:
    """The replies that may be tried now, texts in clear, each group's in order."""
    return await _opened(service, await service.pool.fetch(SQL["to_send"], now, limit))


async def next_try(service: Service) -> datetime | None:
    """When the next reply may be tried."""
    moment: datetime | None = await service.pool.fetchval(SQL["next_try"])
    return moment


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
