"""What reporters wrote, to be searched and compared: of every case that is not sealed, as its group may read it.

Words leave this view when their writer is forgotten, in the transaction that destroys his key, and when their appeal is withdrawn,
as one is that should have been sealed. Nothing is read here that was sealed from the start: routing never had it.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from services.routing.bigrams import tokens
from shared import db, sql
from shared.envelope import Recorded
from shared.events.casework import CaseWithdrawn
from shared.events.routing import CaseAssigned, CaseClosed, CaseEvent
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "words.sql")


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
