"""The kernel on real servers: one PostgreSQL and one nats-server for all tests, a database and empty streams for each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client

from shared import db, streams
from shared.clock import SimulatedClock
from shared.consumer import Consumer, Reactions
from shared.deciding import Commands, States
from shared.embedded import Embedded
from shared.envelope import Append, Cause
from shared.events import Event
from shared.metrics import Metrics
from shared.relay import Relay
from shared.session import Session
from shared.store import Store
from shared.vault import Vault

START = datetime(2025, 6, 2, tzinfo=UTC)
NO_VIEWS = "-- migration: 1\ncreate table seen (n int);"
_names = count(1)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Embedded]:
    """Durable only for a module that says so, because it kills PostgreSQL."""
    embedded = Embedded(tmp_path_factory.mktemp("kernel"), durable=getattr(request.module, "DURABLE", False))
    with embedded:
        yield embedded


@pytest_asyncio.fixture(loop_scope="session")
async def database(servers: Embedded) -> AsyncIterator[str]:
    """A database of its own for the test, and no streams in JetStream."""
    name = f"test_{next(_names)}"
    connection = await asyncpg.connect(servers.postgres.url)
    await connection.execute(f"create database {name}")
    await connection.close()
    client = await nats.connect(servers.nats.url)
    for info in await client.jetstream().streams_info():
        await client.jetstream().delete_stream(info.config.name)
    await client.close()
    yield servers.postgres.url.rpartition("/")[0] + f"/{name}"


class Kernel:
    """One replica of a service's kernel: its log, relay and consumers, started and killed at will."""

    def __init__(self, url: str, nats_url: str, service: str, views: Path) -> None:
        self.url, self.nats_url, self.service, self.views = url, nats_url, service, views
        self.clock, self.metrics = SimulatedClock(START), Metrics(service)
        self._works: list[asyncio.Task[None]] = []

    async def start(self) -> "Kernel":
        await db.migrate(self.url, self.service, self.views)
        self.pool = await db.open_pool(self.url, self.service, size=5)
        self.vault, self.states = Vault(self.pool), States()
        self.session = Session(self.url, self.service, self.metrics, forgotten=self._forgotten)
        self.nats: Client = await nats.connect(
            self.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.1, reconnected_cb=self._reconnected, error_cb=_quiet
        )
        self.store = Store(self.pool, self.service, self.clock, self.vault, self.metrics)
        self.commands = Commands(self.store, self.states)
        self.relay = Relay(self.service, self.store, self.session, self.nats, self.metrics, replicas=1)
        self.consumers: list[Consumer] = []
        return self

    def run(self, work: Awaitable[None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        self._works.append(task)  # type: ignore[arg-type]
        return task  # type: ignore[return-value]

    def consume(self, reactions: Reactions, *, shares: int = 1) -> list[Consumer]:
        new = [
            Consumer(
                self.service, source, share, shares, of_source, self.store, self.states, self.session, self.nats, self.metrics,
                replicas=1,
            )
            for source, of_source in reactions.items()
            for share in range(shares)
        ]  # fmt: skip
        for consumer in new:
            self.run(consumer.run())
        self.consumers += new
        return new

    async def append(
        self, stream: str, *events: Event, expected: int = 0, actor: str = "test", subject: str | None = None
    ) -> Any:
        return await self.store.append(Append(stream, expected, events, Cause(actor), subject))

    async def die(self) -> None:
        """Stops at once, as a killed process does: nothing is finished, the connections just end."""
        for work in self._works:
            work.cancel()
        connection = self.session._connection
        if connection:
            connection.terminate()
        async with asyncio.timeout(10):  # work that does not let itself be cancelled would keep a service from stopping
            await asyncio.gather(*self._works, return_exceptions=True)
        self.pool.terminate()
        with contextlib.suppress(Exception):
            await self.nats.close()

    def _forgotten(self) -> None:
        self.vault.drop_cache()
        self.states.clear()

    async def _reconnected(self) -> None:
        for consumer in self.consumers:
            consumer.reconnected()
        self.session.wake()


async def _quiet(_: Exception) -> None:
    return None


Start = Callable[..., Awaitable[Kernel]]


@pytest_asyncio.fixture(loop_scope="session")
async def start(servers: Embedded, database: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts replicas: `await start("intake")`; all are stopped at the end."""
    views = tmp_path / "schema.sql"
    views.write_text(NO_VIEWS)
    started: list[Kernel] = []

    async def begin(service: str = "intake") -> Kernel:
        kernel = await Kernel(database, servers.nats.url, service, views).start()
        started.append(kernel)
        return kernel

    yield begin
    for kernel in started:
        await kernel.die()


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Waits until something is so. Fails when it is not in time."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)


async def published(kernel: Kernel) -> list[Any]:
    """All messages of the service's stream, in order."""
    js, name = kernel.nats.jetstream(), streams.stream_name(kernel.service)
    state = (await js.stream_info(name)).state
    return [await js.get_msg(name, seq=n) for n in range(state.first_seq, state.last_seq + 1)]
