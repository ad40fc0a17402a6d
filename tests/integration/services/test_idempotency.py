"""A POST with an Idempotency-Key acts once, whatever happens to its answer, and is answered as it was the first time."""

import asyncio
from typing import Any

import httpx
import pytest

from services.cli.system import System
from shared import db
from shared.clock import SimulatedClock
from shared.idempotency import LEASE, REPLAYED
from tests.integration.services.conftest import Village

PIPE = "自来水管破裂，院子都淹了"
UNDER_WAY = "select exists (select from requests where answer is null and held_until > asked)"
END_WHO_KEEPS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'minsheng-routing' and wait_event_type = 'Lock' and query like 'update requests set answer = $3%'
"""


async def post(village: Village, path: str, body: Any, key: str, *, service: str = "routing", **headers: str) -> httpx.Response:
    url = f"{village.system.urls[service]}{path}"
    return await village.client.post(url, json=body, headers={"idempotency-key": key, **headers})


async def steps(village: Village, number: str) -> list[str]:
    events = (await village.get("routing", f"/cases/{number}/timeline"))["events"]
    return [event["type"].split(".")[2] for event in events]


async def lose_the_answer(system: System, service: str = "routing") -> None:
    """What a crash between the commit and the kept answer leaves behind, once its lease is over."""
    pool = system.services[service].pool
    await pool.execute("update requests set answer = null, held_until = asked")


def code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:minsheng:problem:idempotency"
    assert answer.headers["link"].startswith("</openapi.json>")
    told: str = answer.json()["code"]
    return told


async def test_a_request_that_is_sent_again_acts_once_and_gets_the_first_answer_byte_for_byte(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    path, body = f"/cases/{number}/progress", {"words": "管件已到"}
    first = await post(village, path, body, '"k1"')
    assert first.status_code == 200
    assert REPLAYED not in first.headers
    await village.act(number, "resolve", words="水管已修好")
    again = await post(village, path, body, "k1")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers[REPLAYED] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (await steps(village, number)).count("progress-reported") == 1


async def test_a_refusal_is_repeated_too_and_what_changed_nothing_is_decided_anew(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    body = {"by": "王回访"}
    refused = await post(village, f"/cases/{number}/call-back", body, "k2")
    assert refused.status_code == 409
    await village.act(number, "resolve", by="o1", words="水管已修好")
    again = await post(village, f"/cases/{number}/call-back", body, "k2")
    assert (again.status_code, again.content, again.headers[REPLAYED]) == (409, refused.content, "true")
    assert (await post(village, f"/cases/{number}/reopen", {}, "k3")).status_code == 422
    assert (await post(village, f"/cases/{number}/reopen", {"words": "又漏了"}, "k3")).status_code == 200


async def test_a_key_is_of_one_request_and_of_one_caller(village: Village, system: System) -> None:
    number = (await village.say("v", PIPE))["number"]
    path = f"/cases/{number}/progress"
    assert (await post(village, path, {"words": "管件已到"}, "k4")).status_code == 200
    assert code(await post(village, path, {"words": "另一句话"}, "k4"), 422) == "key-reused"
    assert code(await post(village, f"/cases/{number}/resolve", {"words": "管件已到"}, "k4"), 422) == "key-reused"
    assert code(await post(village, path, {"words": "管件已到"}, "k4", **{"if-match": '"1"'}), 422) == "key-reused"
    other = await post(village, path, {"words": "我也来说"}, "k4", authorization="Bearer officer")
    assert (other.status_code, REPLAYED in other.headers) == (200, False)
    assert (await post(village, path, {"words": "我也来说"}, "k4", authorization="Bearer nobody")).status_code == 401


@pytest.mark.parametrize("key", ["", '""', '"a', "键", "a b", 'a"b', "k" * 256])
async def test_what_is_no_key_is_refused_before_anything_is_done(village: Village, key: str) -> None:
    url = f"{village.system.urls['disclosure']}/notices"
    answer = await village.client.post(url, json={}, headers=[("idempotency-key", key.encode())])  # type: ignore[list-item]
    assert code(answer, 400) == "key-malformed"
    two = [("idempotency-key", "a"), ("idempotency-key", "b")]
    assert code(await village.client.post(url, json={}, headers=two), 400) == "key-malformed"


async def test_while_the_first_is_under_way_the_second_is_told_so(village: Village, system: System) -> None:
    number = (await village.say("v", PIPE))["number"]
    path, body = f"/cases/{number}/progress", {"words": "管件已到"}
    routing = system.services["routing"]
    async with routing.pool.acquire() as connection, connection.transaction():
        await routing.store.lock(connection)  # nothing can be appended as long as this is held
        first = asyncio.create_task(post(village, path, body, "k5"))
        while not await routing.pool.fetchval(UNDER_WAY):
            await asyncio.sleep(0.01)
        second = await post(village, path, body, "k5")
        assert code(second, 409) == "key-in-progress"
        assert second.headers["retry-after"] == "1"
    answered = await first
    assert answered.status_code == 200
    assert (await post(village, path, body, "k5")).content == answered.content
    assert (await steps(village, number)).count("progress-reported") == 1


async def test_a_keyed_request_is_counted_under_its_route(village: Village, system: System) -> None:
    registry = system.services["notify"].metrics.registry
    labels = {"method": "POST", "route": "/receipts", "status": "404"}
    counted = registry.get_sample_value("minsheng_http_request_seconds_count", labels) or 0
    receipt = {"reply": "none", "status": "delivered", "adapter": "a"}
    assert (await post(village, "/receipts", receipt, "k14", service="notify")).status_code == 404
    assert registry.get_sample_value("minsheng_http_request_seconds_count", labels) == counted + 1


async def test_many_at_once_act_once(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    path, body = f"/cases/{number}/progress", {"words": "管件已到"}
    answers = await asyncio.gather(*(post(village, path, body, "k6") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    assert (await steps(village, number)).count("progress-reported") == 1


async def test_an_answer_that_could_not_be_kept_is_given_and_the_act_is_found_again(village: Village, system: System) -> None:
    """The database lets go of the connection between the commit of the step and the kept answer."""
    number = (await village.say("v", PIPE))["number"]
    path, body = f"/cases/{number}/progress", {"words": "管件已到"}
    routing, clock = system.services["routing"], system.clock
    assert isinstance(clock, SimulatedClock)
    appending = await db.connect(routing.settings.database_url.get_secret_value(), "routing")
    keeping = await db.connect(routing.settings.database_url.get_secret_value(), "routing")
    try:
        async with appending.transaction():
            await routing.store.lock(appending)
            first = asyncio.create_task(post(village, path, body, "k13"))
            while not await keeping.fetchval(UNDER_WAY):
                await asyncio.sleep(0.01)
            beginning = keeping.transaction()
            await beginning.start()
            await keeping.execute("lock table requests in exclusive mode")
        while not await appending.fetchval(END_WHO_KEEPS):
            await asyncio.sleep(0.01)
        await beginning.rollback()
    finally:
        await appending.close()
        await keeping.close()
    answered = await first
    assert (answered.status_code, answered.json()["status"]) == (200, "in_progress")
    assert code(await post(village, path, body, "k13"), 409) == "key-in-progress"
    await system.run_until(clock, clock.now() + LEASE, inclusive=True)
    again = await post(village, path, body, "k13")
    assert (again.status_code, again.json()["version"]) == (200, answered.json()["version"])
    assert (await steps(village, number)).count("progress-reported") == 1


async def test_a_crash_before_the_answer_was_kept_neither_loses_nor_doubles_the_act(village: Village, system: System) -> None:
    number = (await village.say("v", PIPE))["number"]
    path, body = f"/cases/{number}/progress", {"words": "管件已到"}
    first = await post(village, path, body, "k7")
    await lose_the_answer(system)
    again = await post(village, path, body, "k7")
    assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])
    assert (await steps(village, number)).count("progress-reported") == 1
    assert (await post(village, path, body, "k7")).headers[REPLAYED] == "true"


async def test_a_step_that_a_crash_followed_is_done_even_if_it_would_not_be_allowed_now(
    village: Village, system: System
) -> None:
    number = (await village.say("v", PIPE))["number"]
    match = {"if-match": (await village.client.get(f"{system.urls['routing']}/cases/{number}")).headers["etag"]}
    assert (await post(village, f"/cases/{number}/accept", {}, "k8", **match)).status_code == 200
    await village.act(number, "resolve", words="水管已修好")
    await lose_the_answer(system)
    again = await post(village, f"/cases/{number}/accept", {}, "k8", **match)
    assert (again.status_code, again.json()["status"]) == (200, "resolved")
    assert (await steps(village, number)).count("case-accepted") == 1


async def test_a_notice_is_published_once_though_each_request_makes_a_new_one(village: Village, system: System) -> None:
    new = {"kind": "fund", "title": f"{village.group} 村道硬化", "body": "资金 12 万元"}
    first = await post(village, "/notices", new, "k9", service="disclosure")
    await lose_the_answer(system, "disclosure")
    again = await post(village, "/notices", new, "k9", service="disclosure")
    assert (again.status_code, again.json()) == (201, first.json())
    listed = (await village.get("disclosure", "/notices", limit=500))["notices"]
    assert [notice["notice"] for notice in listed if notice["title"] == new["title"]] == [first.json()["notice"]]


async def test_kept_answers_are_ciphertext_and_are_forgotten_with_anybody(village: Village, system: System) -> None:
    number = (await village.say("v", PIPE))["number"]
    path, body = f"/cases/{number}/close", {"words": "已与张大山当面说清"}
    first = await post(village, path, body, "k10")
    assert "张大山" in first.text
    pool = system.services["routing"].pool
    kept = [row["answer"] for row in await pool.fetch("select answer from requests where answer is not null")]
    assert kept
    assert not any("张大山".encode() in answer or number.encode() in answer for answer in kept)
    async with pool.acquire() as connection:
        await system.services["routing"].vault.forget(["nobody in particular"], connection)
    again = await post(village, path, body, "k10")
    assert (again.status_code, REPLAYED in again.headers) == (200, False)  # made anew, from what is still known
    assert (await steps(village, number)).count("case-closed") == 1


async def test_without_a_key_nothing_is_kept_and_a_batch_with_one_is_stored_once(village: Village, system: System) -> None:
    pool = system.services["intake"].pool
    before = await pool.fetchval("select count(*) from requests")
    message = village.message(f"{village.group}-once", "v", "你们好")
    assert (await village.post(message)).status_code == 202
    assert await pool.fetchval("select count(*) from requests") == before
    keyed = village.message(f"{village.group}-keyed", "v", "大家好")
    first = await post(village, "/messages", keyed, "k11", service="intake")
    again = await post(village, "/messages", keyed, "k11", service="intake")
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert await pool.fetchval("select count(*) from requests") == before + 1


async def test_a_body_that_is_too_large_is_refused_as_without_a_key(village: Village, system: System) -> None:
    url = f"{system.urls['intake']}/messages"
    large = await village.client.post(url, content=b"x" * 2_000_001, headers={"idempotency-key": "k12"})
    assert large.status_code == 413

    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(30):
            yield b"x" * 100_000

    assert (await village.client.post(url, content=chunks(), headers={"idempotency-key": "k12"})).status_code == 413
