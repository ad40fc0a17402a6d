"""The triage queue: the messages whose reading a person should look at. A view, folded from the log like any other.

Which messages those are is decided when the view is folded; after a change of the threshold `minsheng rebuild intake`
asks it anew of every message.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from shared import db, sql
from shared.envelope import Recorded
from shared.events.intake import AppealWithdrawn, Kind, MessageConfirmed, MessageCorrected, MessageRead
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "triage.sql")


class Why(StrEnum):
    """Why a person is asked."""

    UNREAD = "unread"
    """it could not be read at all"""
    SEALED = "sealed"
    """sealed because it may accuse somebody: only the commission can tell"""
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"
    """the appeal it belonged to turned out to be none"""


def doubt(read: MessageRead, below: float) -> Why | None:
    """Whether a reading needs a person, by the confidence under which one is asked."""
    if read.confidence <= 0:
        return Why.UNREAD
    if read.sealed and read.kind is Kind.REPORT:
        return Why.SEALED
    return Why.UNSURE if read.confidence < below else None


class Triage:
    """The projection behind GET /triage."""

    name = "triage"
    tables = ("triage",)

    def __init__(self, below: float) -> None:
        self._below = below

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        await db.change(connection, SQL, (step for r in events for step in self._steps(r)))

    def _steps(self, r: Recorded) -> Iterator[db.Change]:
        """In the order of the log, for a message is put aside, moved and put aside again."""
        match r.event:
            case MessageRead() as e:
                why = doubt(e, self._below)
                if why or e.appeal:
                    yield "unsure", (UUID(e.message), e.appeal, why)
            case MessageCorrected() as e:
                yield "corrected", (UUID(e.message), e.appeal)
            case MessageConfirmed() as e:
                yield "confirmed", (UUID(e.message),)
            case AppealWithdrawn() as e:
                yield "withdrawn", (e.appeal,)


async def waiting(
    service: Service, *, after: tuple[datetime, str] | None, limit: int, sealed_too: bool
) -> list[dict[str, Any]]:
    """The queue, oldest first; `after` is the (sent_at, message) of the last one already seen.

    Of a sealed message, who may not read it sees that it waits, not who said what, nor what it may be.
    """
    moment, message = (after[0], UUID(after[1])) if after else (None, None)
    rows = await service.pool.fetch(SQL["waiting"], moment, message, limit)
    readings = [orjson.loads(row["reading"]) if row["reading"] else {} for row in rows]
    hidden = [bool(reading.get("sealed")) and not sealed_too for reading in readings]
    texts = await service.vault.open(
        ("text", None if hide else row["sealed_text"]) for row, hide in zip(rows, hidden, strict=True)
    )
    numbers = await _numbers(service, readings)
    return [
        _shown(dict(row), reading, text, numbers, hide)
        for row, reading, text, hide in zip(rows, readings, texts, hidden, strict=True)
    ]


async def _numbers(service: Service, readings: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The numbers of the appeals the alternatives name."""
    named = {other["appeal"] for reading in readings for other in reading.get("alternatives", ()) if other["appeal"]}
    return {row["appeal"]: row["number"] for row in await service.pool.fetch(SQL["numbers"], list(named))} if named else {}


def _shown(
    row: dict[str, Any], reading: dict[str, Any], text: str | None, numbers: dict[str, str], hide: bool
) -> dict[str, Any]:
    del row["sealed_text"], row["reading"]
    others = [{**other, "number": numbers.get(other["appeal"])} for other in reading.get("alternatives", ())]
    return {
        **row,
        "person": None if hide else row["person"],
        "text": text,
        "urgent": reading.get("urgent", False),
        "sealed": reading.get("sealed", False),
        "confidence": reading.get("confidence"),
        "reasons": [] if hide else reading.get("reasons", []),
        "alternatives": [] if hide else others,
    }
