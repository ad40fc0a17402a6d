"""Intake's views: the messages as they were read, and the appeals that came of them. Texts are kept as tokens."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.intake.attachments import views as attachments
from services.intake.domain import message_key
from services.intake.media import views as media
from shared import db, sql
from shared.envelope import Recorded
from shared.events.intake import (
    AppealOpened,
    AppealSealed,
    AppealWithdrawn,
    CaseStatusNoted,
    MessageCorrected,
    MessageRead,
    MessageRecalled,
    MessageReceived,
)
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")


class Appeals:
    """The projection behind GET /messages and GET /appeals."""

    name = "appeals"
    tables = ("messages", "appeals", *attachments.TABLES, *media.TABLES)

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        received, recalled, read, corrected, opened, noted, withdrawn, sealed = [], [], [], [], [], [], [], []
        for r in events:
            match r.event:
                case MessageReceived() as e:
                    received.append(
                        (UUID(e.message), r.position, e.channel, e.message_id, e.group, e.person, e.text, e.sent_at)
                    )
                case MessageRecalled() as e:
                    recalled.append((UUID(e.message), e.recalled_at))
                case MessageRead() as e:
                    read.append((UUID(e.message), e.kind, e.appeal, e.model_dump_json().encode()))
                case MessageCorrected() as e:
                    corrected.append(_corrected(e))
                case AppealOpened() as e:
                    message = message_key(e.channel, e.message_id)
                    opened.append(
                        (e.appeal, e.number, e.kind, e.channel, e.group, e.village, e.township, message, e.text, e.urgent,
                         e.sealed, e.occurred_at)
                    )  # fmt: skip
                case CaseStatusNoted() as e:
                    noted.append((e.appeal, e.status))
                case AppealWithdrawn() as e:
                    withdrawn.append((e.appeal,))
                case AppealSealed() as e:
                    sealed.append((e.appeal,))
        rows: dict[str, list[Any]] = {
            "message_received": received, "message_recalled": recalled, "message_read": read, "message_corrected": corrected,
            "appeal_opened": opened, "status_noted": noted, "appeal_withdrawn": withdrawn, "appeal_sealed": sealed, "messages_sealed": sealed,
        }  # fmt: skip
        for statement, arguments in rows.items():
            if arguments:
                await connection.executemany(SQL[statement], arguments)
        await attachments.project(connection, events)
        await media.project(connection, events)


def _corrected(e: MessageCorrected) -> tuple[Any, ...]:
    """The reading as a person left it, as `domain.as_corrected` has it."""
    said = e.model_dump(mode="json", include={"kind", "appeal", "urgent", "sealed", "satisfied"})
    said |= {"role": e.role} if e.role else {}
    return UUID(e.message), e.kind, e.appeal, orjson.dumps({**said, "confidence": 1.0, "alternatives": []}), f"由{e.by}改判"


async def list_appeals(
    service: Service, *, township: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; `before` is the (opened_at, appeal) of the last one already seen."""
    moment, appeal = before or (None, None)
    rows = await service.pool.fetch(SQL["appeals"], township, moment, appeal, limit)
    return await _opened(service, rows)


async def find_appeal(service: Service, name: str) -> dict[str, Any] | None:
    """By number or id."""
    row = await service.pool.fetchrow(SQL["appeal"], name)
    return (await _opened(service, [row]))[0] if row else None


async def messages_of(service: Service, appeal: str) -> list[dict[str, Any]]:
    """The messages of an appeal in order, each with how it was read."""
    rows = await service.pool.fetch(SQL["appeal_messages"], appeal)
    found = await _opened(service, rows)
    for message in found:
        message["reading"] = orjson.loads(message["reading"]) if message["reading"] else None
    return found


async def recent_of_group(service: Service, channel: str, group: str, until: datetime, limit: int) -> list[dict[str, Any]]:
    """The group's stored messages up to a moment, newest first, as of the log's head: id, person, text, sent_at."""
    await service.seen("appeals", await service.store.head())
    return await _opened(service, await service.pool.fetch(SQL["recent_of_group"], channel, group, until, limit))


async def _opened(service: Service, rows: Sequence[Any]) -> list[dict[str, Any]]:
    texts = await service.vault.open(("text", row["sealed_text"]) for row in rows)
    return [
        {**{k: v for k, v in row.items() if k != "sealed_text"}, "text": text} for row, text in zip(rows, texts, strict=True)
    ]
