"""Thousands of messages flow while every service is killed again and again; afterwards the books must be in order."""

import asyncio
import os
import time
from datetime import UTC, datetime

import pytest

from tests.chaos.system import invariants
from tests.chaos.system.processes import Adapters, Machines, kill_at_random
from tests.chaos.system.traffic import County

MESSAGES = int(os.environ.get("MINSHENG_CHAOS_MESSAGES", "5000"))
SEED = int(os.environ.get("MINSHENG_CHAOS_SEED", "20231030"))
KILLS = 18
SECONDS = 22.0


@pytest.mark.timeout(280)
async def test_nothing_is_lost_or_done_twice_when_services_are_killed(machines: Machines) -> None:
    county = County(MESSAGES, groups=40, seed=SEED, now=datetime.now(UTC))
    machines.add_all()
    machines.add("routing", "routing-2")
    await machines.ready()
    await machines.introduce(county)
    adapters = Adapters(county, machines.replicas["intake"].url, SECONDS, SEED)
    began = time.monotonic()
    killing = kill_at_random(machines.replicas.values(), times=KILLS, seed=SEED, pause=(0.3, 2 * SECONDS / KILLS - 0.3))
    _, killed = await asyncio.gather(adapters.run(), killing)
    flowed = time.monotonic() - began

    assert not adapters.unexpected, f"{len(adapters.unexpected)}: {adapters.unexpected[:3]}"
    books = await invariants.check(*_urls(machines), county.said, seconds=120)
    print(
        f"{len(county.messages)} messages in {flowed:.0f} s, {adapters.retries} retries, {len(killed)} kills, "
        f"quiet after {time.monotonic() - began:.0f} s, events: { {name: len(log) for name, log in books.logs.items()} }"
    )


def _urls(machines: Machines) -> tuple[str, str]:
    return machines.servers.database_url, machines.servers.nats_url
