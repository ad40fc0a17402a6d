"""Sla on real servers, and replicas of it in processes that can be killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import asyncpg
import nats
import pytest
import pytest_asyncio

from services.cli.system import build
from shared import settings
from shared.clock import Clock, SimulatedClock
from shared.embedded import Embedded, Servers
from shared.service import Service
from shared.settings import Settings

NOW = datetime(2025, 6, 3, 1, tzinfo=UTC)
"""a Tuesday, nine o'clock in China"""
_names = count(1)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with Embedded(tmp_path_factory.mktemp("sla"), durable=False) as embedded:
        yield embedded


@pytest_asyncio.fixture(loop_scope="session")
async def config(servers: Servers) -> Settings:
    """A database of its own, and no streams in JetStream."""
    name = f"sla_{next(_names)}"
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f"create database {name}")
    await connection.close()
    client = await nats.connect(servers.nats_url)
    for info in await client.jetstream().streams_info():
        await client.jetstream().delete_stream(info.config.name)
    await client.close()
    url = servers.database_url.rpartition("/")[0] + f"/{name}"
    return settings.read(database_url=url, nats_url=servers.nats_url, auth="off")


async def quiet(service: Service) -> None:
    """Waits until all that is due has been done, and the view shows it."""
    async with asyncio.timeout(20):
        while await service.backlog():
            await asyncio.sleep(0.01)
        await service.follower("clocks").wait_for(await service.store.head())


Begin = Callable[..., Awaitable[Service]]


@pytest_asyncio.fixture(loop_scope="session")
async def begin(config: Settings) -> AsyncIterator[Begin]:
    """Starts replicas in this process: `await begin(clock)`; all are stopped at the end."""
    started: list[Service] = []

    async def one(clock: Clock | None = None, **changes: object) -> Service:
        service = build("sla", config.model_copy(update=changes), clock or SimulatedClock(NOW))
        await service.start()
        started.append(service)
        return service

    yield one
    for service in started:
        await service.stop()
