"""The servers under the services die in mid-run: everything is recovered, and meanwhile each service says what it misses."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx

from tests.chaos.system import invariants
from tests.chaos.system.processes import Adapters, Machines
from tests.chaos.system.traffic import County

MESSAGES = int(os.environ.get("MINSHENG_CHAOS_MESSAGES", "5000")) // 8
SECONDS = 4.0
Fault = Callable[[], Awaitable[None]]


async def test_a_jetstream_store_deleted_in_mid_run_is_filled_again_from_postgresql(town: Machines) -> None:
    async def wiped() -> None:
        nats = town.embedded.nats
        await asyncio.to_thread(nats.stop)
        nats.wipe()
        await asyncio.to_thread(nats.start)

    await survives(town, "wiped", wiped)


async def test_a_killed_nats_server_is_missed_by_name_until_it_is_back(town: Machines) -> None:
    async def killed() -> None:
        await asyncio.to_thread(town.embedded.nats.kill)
        await all_miss(town, "nats")
        await asyncio.to_thread(town.embedded.nats.start)

    await survives(town, "nats", killed)


async def test_a_killed_postgresql_is_missed_by_name_until_it_is_back(town: Machines) -> None:
    async def killed() -> None:
        await asyncio.to_thread(town.embedded.postgres.kill)
        await all_miss(town, "postgresql")
        await asyncio.to_thread(town.embedded.postgres.start)

    await survives(town, "postgres", killed)


async def test_both_servers_killed_again_and_again_lose_nothing(town: Machines) -> None:
    async def killed() -> None:
        for _ in range(3):
            await asyncio.to_thread(town.embedded.nats.kill)
            await asyncio.to_thread(town.embedded.postgres.kill)
            await asyncio.to_thread(town.embedded.postgres.start)
            await asyncio.to_thread(town.embedded.nats.start)
            await asyncio.sleep(SECONDS / 6)

    await survives(town, "both", killed)


async def survives(town: Machines, name: str, fault: Fault) -> None:
    """New groups talk while the fault happens; afterwards all is well, with everything that was said before, too."""
    county = County(MESSAGES, groups=10, seed=7, now=datetime.now(UTC), name=name)
    await town.ready()
    await town.introduce(county)
    town.said |= county.said
    adapters = Adapters(county, town.replicas["intake"].url, SECONDS, seed=7)
    talking = asyncio.create_task(adapters.run())
    await asyncio.sleep(SECONDS / 4)
    await fault()
    await talking
    await town.ready()
    assert not adapters.unexpected, f"{len(adapters.unexpected)}: {adapters.unexpected[:3]}"
    await invariants.check(town.servers.database_url, town.servers.nats_url, town.said)


async def all_miss(town: Machines, dependency: str) -> None:
    """Every service lives, is not ready, and names just this dependency."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        for replica in town.replicas.values():
            async with asyncio.timeout(10):
                while (answer := await client.get(f"{replica.url}/readyz")).status_code == 200:
                    await asyncio.sleep(0.05)
            assert (answer.status_code, answer.json()["missing"]) == (503, [dependency]), replica.service
            assert (await client.get(f"{replica.url}/healthz")).status_code == 200
