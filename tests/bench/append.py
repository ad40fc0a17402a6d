"""Appending: one after the other, many at once (group commit), a hundred in one transaction."""

import asyncio
import time
from itertools import count
from typing import Any

import uuid_utils.compat as uuids

from shared import db
from shared.clock import SystemClock
from shared.envelope import Append, Cause
from shared.events.intake import MessageReceived
from shared.store import Store
from tests.bench import county
from tests.bench.measure import Done, Line, for_a_while
from tests.bench.rig import Rig

TARGET = 0.6
TASKS = 64
CONNECTIONS = 16
BATCH = 100
CAUSE = Cause("bench")
KIND = MessageReceived.TYPE

COLUMNS = "stream, version, id, type, time, subject, data, causation, correlation, actor"
ONE = f"insert into ceiling ({COLUMNS}) values ($1, 1, $2, $3, $4, $5, $6, null, $2, 'bench')"
MANY = f"""
insert into ceiling ({COLUMNS})
select stream, version, id, type, $5, subject, data, causation, correlation, actor
from unnest($1::text[], $2::integer[], $3::uuid[], $4::text[], $6::text[], $7::jsonb[], $8::uuid[], $9::uuid[], $10::text[])
     as u (stream, version, id, type, subject, data, causation, correlation, actor)
"""


class Raw:
    """Rows like ours into a table like ours, with nothing around them."""

    def __init__(self, pool: db.Pool, sealed: bytes) -> None:
        self._pool, self._sealed = pool, sealed
        self._clock = SystemClock()

    @classmethod
    async def create(cls, dsn: str, store: Store) -> "Raw":
        pool = await db.open_pool(dsn, "intake", size=CONNECTIONS)
        await pool.execute("create table if not exists ceiling (like events including all)")
        event = county.received(0, "raw")
        await store.vault.prepare([event])
        return cls(pool, store.vault.seal(event))

    async def one(self, connection: db.Connection) -> None:
        key = uuids.uuid7()
        row = (f"message-{key}", key, KIND, self._clock.now(), str(key), self._sealed)
        await connection.execute(ONE, *row)

    async def many(self, connection: db.Connection) -> None:
        """The columns of any event, ready but for their names."""
        keys = [uuids.uuid7() for _ in range(BATCH)]
        columns: list[Any] = [[f"message-{key}" for key in keys], [1] * BATCH, keys, [KIND] * BATCH, self._clock.now()]
        columns += [[str(key) for key in keys], [self._sealed] * BATCH, [None] * BATCH, keys, ["bench"] * BATCH]
        await connection.execute(MANY, *columns)

    async def in_turn(self, seconds: float) -> Done:
        async with self._pool.acquire() as connection:

            async def work() -> int:
                await self.one(connection)
                return 1

            return await for_a_while(seconds, work)

    async def at_once(self, seconds: float) -> Done:
        done = 0
        until = time.perf_counter() + seconds

        async def write() -> None:
            nonlocal done
            async with self._pool.acquire() as connection:
                while time.perf_counter() < until:
                    await self.one(connection)
                    done += 1

        began = time.perf_counter()
        await asyncio.gather(*(write() for _ in range(CONNECTIONS)))
        return Done(done, time.perf_counter() - began)

    async def batched(self, seconds: float) -> Done:
        async with self._pool.acquire() as connection:

            async def work() -> int:
                await self.many(connection)
                return BATCH

            return await for_a_while(seconds, work)

    async def close(self) -> None:
        await self._pool.close()


class Ours:
    """The store, asked as intake asks it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._number = count()

    def _request(self) -> Append:
        event = county.received(next(self._number), "append")
        return Append(f"message-{event.message}", 0, [event], CAUSE)

    async def in_turn(self, seconds: float) -> Done:
        async def work() -> int:
            await self._store.append(self._request())
            return 1

        return await for_a_while(seconds, work)

    async def at_once(self, seconds: float) -> Done:
        done = 0
        until = time.perf_counter() + seconds

        async def write() -> None:
            nonlocal done
            while time.perf_counter() < until:
                await self._store.append(self._request())
                done += 1

        began = time.perf_counter()
        await asyncio.gather(*(write() for _ in range(TASKS)))
        return Done(done, time.perf_counter() - began)

    async def batched(self, seconds: float) -> Done:
        """The requests are made beforehand: what happened is the caller's, to seal and store it is the store's."""
        batches = [[self._request() for _ in range(BATCH)] for _ in range(int(500 * seconds))]
        began = time.perf_counter()
        done = 0
        while batches and time.perf_counter() - began < seconds:
            await self._store.append_many(batches.pop())
            done += BATCH
        return Done(done, time.perf_counter() - began)


async def measure(rig: Rig) -> list[Line]:
    async with rig.parts("intake") as parts:
        raw, ours = await Raw.create(parts.dsn, parts.store), Ours(parts.store)
        s = rig.seconds
        try:
            return [
                await rig.versus(
                    "append, one after the other",
                    lambda: ours.in_turn(s),
                    lambda: raw.in_turn(s),
                    "asyncpg insert, autocommit",
                    target=TARGET,
                ),
                await rig.versus(
                    f"append, {TASKS} at once (group commit)",
                    lambda: ours.at_once(s),
                    lambda: raw.at_once(s),
                    f"{CONNECTIONS} connections, autocommit",
                    target=TARGET,
                ),
                await rig.versus(
                    f"append_many of {BATCH}",
                    lambda: ours.batched(s),
                    lambda: raw.batched(s),
                    f"unnest insert of {BATCH}, same table",
                    target=TARGET,
                ),
            ]
        finally:
            await raw.close()
