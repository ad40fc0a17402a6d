"""What reporters wrote, to be searched and compared: of every case that is not sealed, as its group may read it.

Words leave this view when their writer is forgotten, in the transaction that destroys his key, and when their appeal is withdrawn,
as one is that should have been sealed. Nothing is read here that was sealed from the start: routing never had it.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.routing.bigrams import searched, tokens
from shared import db, sql
from shared.envelope import Recorded
from shared.events.casework import CaseWithdrawn
from shared.events.routing import CaseAssigned, CaseClosed, CaseEvent, Status
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "words.sql")


@dataclass(frozen=True, slots=True)
class CaseWords:
    """A case with its words, as they stand now. `department` is the code of who answers for it."""

    appeal: str
    number: str
    words: str
    village: str
    township: str
    category: str
    department: str
    opened_at: datetime
    status: Status


class Words:
    """The projection behind every search."""

    name = "case_words"
    tables = ("case_words",)

    def __init__(self, service: Service) -> None:
        self._service = service

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        said: list[CaseAssigned] = []
        gone: list[str] = []
        for r in events:
            match r.event:
                case CaseEvent(sealed=True) | CaseClosed(withdrawn=True) | CaseWithdrawn() as event:
                    gone.append(event.appeal)
                case CaseAssigned(text=str()) as event:
                    said.append(event)
        if said:
            texts = [text or "" for text in await self._service.vault.open(("text", event.text) for event in said)]
            rows = [
                (event.appeal, event.reporter, event.opened_at, text, tokens(text), event.text)
                for event, text in zip(said, texts, strict=True)
            ]
            await connection.execute(SQL["put"], *(list(column) for column in zip(*rows, strict=True)))
        if gone:
            await connection.execute(SQL["drop"], gone)


@contextlib.asynccontextmanager
async def asking(service: Service) -> AsyncIterator[db.Connection]:
    """A connection on which each question is planned for what it asks."""
    async with service.pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute(SQL["plan_anew"])
        yield connection


async def words_of(service: Service, appeals: Sequence[str]) -> list[CaseWords]:
    """The words of these cases, as far as there are any, in no order."""
    async with asking(service) as connection:
        return _cases(await connection.fetch(SQL["of"], list(appeals)))


async def words_opened(service: Service, since: datetime, until: datetime, limit: int) -> list[CaseWords]:
    """The cases opened from `since` and before `until`, newest first."""
    async with asking(service) as connection:
        return _cases(await connection.fetch(SQL["opened"], since, until, limit))


async def words_with(service: Service, text: str, limit: int) -> list[CaseWords]:
    """The newest cases in which all parts of this text stand; none for a text without letter or digit."""
    async with asking(service) as connection:
        return _cases(await connection.fetch(SQL["searched"], searched(text), limit))


def _cases(rows: Sequence[Any]) -> list[CaseWords]:
    return [CaseWords(**{**row, "status": Status(row["status"])}) for row in rows]
