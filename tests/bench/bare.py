"""The ceiling of POST /messages: a bare FastAPI route that validates the same body and stores one raw row, commits shared.

Run as `python -m tests.bench.bare PORT` with the DSN in MINSHENG_DATABASE_URL.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids
import uvicorn
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

INSERT = "insert into raw (id, body) select * from unnest($1::uuid[], $2::text[]::jsonb[])"
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Incoming(BaseModel):
    """The shape of services.intake.storing.Incoming."""

    model_config = ConfigDict(extra="forbid")

    channel: Annotated[str, Field(min_length=1, max_length=40)]
    group: Name
    message_id: Name
    sender: Name
    text: Annotated[str, Field(max_length=20_000)]
    sent_at: AwareDatetime
    reply_to: Name | None = None


class Rows:
    """Group commit at its simplest: whatever waits while the last commit is under way is the next one."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._waiting: list[tuple[UUID, str, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, key: UUID, body: str) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, body, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._connection.execute(INSERT, [key for key, _, _ in batch], [body for _, body, _ in batch])
            for _, _, stored in batch:
                stored.set_result(None)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    connection = await asyncpg.connect(os.environ["MINSHENG_DATABASE_URL"])
    await connection.execute("create table if not exists raw (id uuid primary key, body jsonb not null)")
    app.state.rows = Rows(connection)
    yield
    await connection.close()


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def readyz() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/messages", status_code=202)
async def post_messages(message: Incoming) -> dict[str, str]:
    key = uuids.uuid7()
    await app.state.rows.add(key, message.model_dump_json())
    return {"message": str(key), "message_id": message.message_id}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
