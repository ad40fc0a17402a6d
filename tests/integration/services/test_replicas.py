"""Replicas side by side: one that only answers requests beside one that does the work behind them."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from services.cli.system import System, build, listening
from shared.service import http_server
from tests.integration.services.conftest import Village


@pytest_asyncio.fixture(loop_scope="session")
async def door(system: System) -> AsyncIterator[str]:
    """The URL of a second intake that leaves all background work to the first."""
    first = system.services["intake"]
    second = build("intake", first.settings.model_copy(update={"background": "off"}), system.clock)
    await second.start()
    listener = listening("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = http_server(second, "127.0.0.1", port)
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
    assert not second.session.held
    await second.stop()


async def test_what_is_said_to_a_replica_without_background_work_is_read_by_the_other(village: Village, door: str) -> None:
    message = village.message("replica-1", "v", "村口路灯坏了一周，晚上漆黑一片")
    posted = await village.client.post(f"{door}/messages", json=message, params={"wait": 5})
    assert posted.status_code == 202
    [answer] = posted.json()["results"]
    assert answer["kind"] == "appeal"
    await village.system.settle()
    found = (await village.client.get(f"{door}/appeals/{answer['number']}")).json()
    assert found["messages"][0]["message_id"] == "replica-1"
    assert await village.replies(answer["number"]) == ["received"]


async def test_a_replica_without_background_work_shows_what_was_just_entered_through_it(village: Village, door: str) -> None:
    entered = await village.client.put(
        f"{door}/groups/wecom/{village.group}/members/newcomer", json={"real_name": "周新", "role": "villager"}
    )
    assert entered.is_success, entered.text
    group = (await village.client.get(f"{door}/groups/wecom/{village.group}")).json()
    assert "newcomer" in {member["sender"] for member in group["members"]}


async def test_a_ready_replica_says_so_whether_it_works_behind_its_door_or_not(village: Village, door: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{door}/readyz")).json() == {"status": "ready", "missing": []}
