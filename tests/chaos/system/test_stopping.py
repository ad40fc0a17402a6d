"""SIGTERM: a service under load finishes what it has begun, says so by exit code 0, and loses nothing it has answered."""

import asyncio
import time
from datetime import UTC, datetime

import asyncpg
import httpx

from services.intake.domain import message_key
from shared.settings import Settings
from tests.chaos.system import invariants
from tests.chaos.system.processes import Adapters, Machines
from tests.chaos.system.traffic import County

DRAIN_SECONDS = Settings.model_fields["drain_seconds"].default
BATCH = 25


async def test_a_stopped_intake_answers_what_is_in_flight_and_has_stored_whatever_it_answered(town: Machines) -> None:
    county = County(1500, groups=10, seed=11, now=datetime.now(UTC), name="stop")
    await town.ready()
    await town.introduce(county)
    town.said |= county.said
    intake = town.replicas["intake"]
    accepted: list[str] = []
    refused: list[str] = []

    async def post(client: httpx.AsyncClient, group: str) -> None:
        said = county.said[group]
        for start in range(0, len(said), BATCH):
            batch = said[start : start + BATCH]
            try:
                answer = await client.post(f"{intake.url}/messages", json=batch, params={"wait": 0.2})
            except httpx.TransportError as gone:
                refused.append(type(gone).__name__)
                return
            assert answer.status_code == 202, answer.text
            accepted.extend(str(message_key(m["channel"], m["message_id"])) for m in batch)

    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        posting = asyncio.gather(*(post(client, group) for group in county.groups))
        await asyncio.sleep(0.7)
        began = time.monotonic()
        code = await asyncio.to_thread(intake.terminate)
        took = time.monotonic() - began
        await posting
    assert code == 0
    assert took < DRAIN_SECONDS
    assert 0 < len(accepted) < len(county.messages), "the stop was to fall into the middle"
    assert len(refused) == len(county.groups), "every adapter was to be posting when it stopped"
    stored = await _stored(town)
    assert not [key for key in accepted if key not in stored]

    intake.start()
    await Adapters(county, intake.url, seconds=0.1, seed=11).run()
    await invariants.check(town.servers.database_url, town.servers.nats_url, town.said)


async def test_every_service_stopped_and_started_in_turn_under_load_loses_nothing(town: Machines) -> None:
    county = County(600, groups=10, seed=13, now=datetime.now(UTC), name="roll")
    await town.ready()
    await town.introduce(county)
    town.said |= county.said
    adapters = Adapters(county, town.replicas["intake"].url, 4.0, seed=13)
    talking = asyncio.create_task(adapters.run())
    for replica in town.replicas.values():
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert await asyncio.to_thread(replica.terminate) == 0, f"{replica.service}: {replica.log.read_text()[-1000:]}"
        assert time.monotonic() - began < DRAIN_SECONDS, replica.service
        replica.start()
    await talking
    await town.ready()
    assert not adapters.unexpected, adapters.unexpected[:3]
    await invariants.check(town.servers.database_url, town.servers.nats_url, town.said)


async def _stored(town: Machines) -> set[str]:
    connection = await asyncpg.connect(town.servers.database_url)
    try:
        rows = await connection.fetch(
            "select data->>'message' from intake.events where type = 'minsheng.intake.message-received.v1'"
        )
        return {row[0] for row in rows}
    finally:
        await connection.close()
