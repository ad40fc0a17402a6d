"""Words in clear live exactly as long as their writer's key, whoever is faster."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest_asyncio
import uuid_utils.compat as uuids

import services.routing
from services.routing import words
from services.routing.bigrams import tokens
from shared import db

SCHEMA = Path(services.routing.__file__).parent / "schema.sql"
T0 = datetime(2025, 6, 2, tzinfo=UTC)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: str) -> AsyncIterator[db.Pool]:
    await db.migrate(database, "routing", SCHEMA)
    pool = await db.open_pool(database, "routing", size=3)
    yield pool
    await pool.close()


async def speaks(pool: db.Pool, person: str) -> UUID:
    """The id of a new key of his."""
    key = uuids.uuid7()
    await pool.execute("insert into person_keys (id, person, key) values ($1, $2, $3)", key, person, b"k" * 32)
    return key


async def put(connection: "db.Connection | db.Pool", appeal: str, person: str, key: UUID) -> None:
    """As the projection does it."""
    text = "停水了"
    await connection.execute(words.SQL["put"], [appeal], [person], [T0], [text], [tokens(text)], [f"enc:{key}:AAAA"])


async def kept(pool: db.Pool) -> list[str]:
    return [row["appeal"] for row in await pool.fetch("select appeal from case_words order by appeal")]


FORGET = "update person_keys set key = null, destroyed = now() where person = $1 and key is not null"


async def test_words_that_come_while_their_writer_is_forgotten_are_not_written(pool: db.Pool) -> None:
    key = await speaks(pool, "p1")
    async with pool.acquire() as forgetting:
        async with forgetting.transaction():
            await forgetting.execute(FORGET, "p1")
            writing = asyncio.create_task(put(pool, "a1", "p1", key))
            await asyncio.sleep(0.2)
            assert not writing.done()
        await writing
    assert await kept(pool) == []


async def test_who_is_forgotten_while_his_words_are_written_takes_them_away(pool: db.Pool) -> None:
    key, other = await speaks(pool, "p1"), await speaks(pool, "p2")
    await put(pool, "a2", "p2", other)
    async with pool.acquire() as writing:
        async with writing.transaction():
            await put(writing, "a1", "p1", key)
            forgetting = asyncio.create_task(pool.execute(FORGET, "p1"))
            await asyncio.sleep(0.2)
            assert not forgetting.done()
        await forgetting
    assert await kept(pool) == ["a2"]


async def test_words_under_an_old_key_do_not_come_back_when_he_speaks_again(pool: db.Pool) -> None:
    old = await speaks(pool, "p1")
    await pool.execute(FORGET, "p1")
    new = await speaks(pool, "p1")
    await put(pool, "a1", "p1", old)
    await put(pool, "a2", "p1", new)
    assert await kept(pool) == ["a2"]
