"""A county in which every closed case is called a second time: who is to call, what follows, where it shows."""

from collections.abc import AsyncIterator, Callable
from itertools import count

import httpx
import pytest
import pytest_asyncio

from services.cli.system import running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from tests.integration.services.conftest import DEPARTMENTS, GROUPS, ROSTER, START, Village


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Callable[[], Village]]:
    home = tmp_path_factory.mktemp("second-calls")
    with Embedded(home, durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            console="off",
            intake_model="off",
            second_calls=1,
        )
        async with (
            running(config, SimulatedClock(START)) as system,
            httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client,
        ):
            for service, table, body in (
                ("intake", "groups", GROUPS),
                ("intake", "roster", ROSTER),
                ("routing", "departments", DEPARTMENTS),
            ):
                (await client.put(f"{system.urls[service]}/{table}", content=body)).raise_for_status()
            numbers = count()
            yield lambda: Village(system, client, next(numbers))


@pytest.fixture
def village(county: Callable[[], Village]) -> Village:
    return county()


async def closed(village: Village, text: str = "自来水管破裂，院子都淹了") -> str:
    number: str = (await village.say("v", text))["number"]
    await village.act(number, "accept", by="o1")
    await village.act(number, "resolve", by="o1", words="水管已修好")
    ended = await village.act(number, "answer", by="c1", resolved=True, satisfied=True)
    assert ended.json()["status"] == "closed"
    return number


async def due(village: Village) -> list[str]:
    return [case["number"] for case in (await village.get("routing", "/cases", second_call="due", limit=500))["cases"]]


async def test_a_closed_case_waits_for_a_second_call_by_somebody_else(village: Village) -> None:
    number = await closed(village)
    assert number in await due(village)
    for by, code in (("o1", "handled-it-himself"), ("c1", "called-it-himself")):
        refused = await village.act(number, "second-call", by=by, satisfied=True)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (await village.act(number, "second-call", by="c2", reached=False)).json()["second_call"] == "due"
    called = (await village.act(number, "second-call", by="c2", resolved=True, satisfied=True)).json()
    assert (called["status"], called["second_call"]) == ("closed", "confirmed")
    assert number not in await due(village)


async def test_who_says_otherwise_the_second_time_has_his_case_opened_again_and_it_shows(village: Village) -> None:
    number = await closed(village)
    again = (await village.act(number, "second-call", by="c2", resolved=False, words="当时没敢说，一直没修")).json()
    assert (again["status"], again["reopened"], again["second_call"]) == ("assigned", 1, None)
    assert (await village.replies(number))[-1] == "reopened"
    found = (await village.get("routing", "/cases", sign="contradicted", limit=500))["cases"]
    assert [case["number"] for case in found] == [number]


async def test_of_a_sealed_case_nobody_is_called_a_second_time(village: Village) -> None:
    number = (await village.say("v", "村支书把低保名额给了他亲弟弟，还截留了补贴款"))["number"]
    await village.act(number, "close", by="d1", words="已立案")
    assert (await village.get("routing", f"/cases/{number}"))["second_call"] is None
