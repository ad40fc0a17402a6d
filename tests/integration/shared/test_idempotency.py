"""Keyed requests on a real PostgreSQL: whose turn it is, what is kept how long, what another attempt finds."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from shared import problems
from shared.access import REQUEST
from shared.clock import SimulatedClock
from shared.idempotency import LARGEST, LEASE, REPLAYED, SWEEP, Claim, Once, Requests, sweep_for_ever
from shared.problems import Problem
from tests.integration.shared.conftest import START, Kernel, Start, until

KEEP = timedelta(hours=24)
NAME, PRINT = b"caller and key", b"method, path, body"


def requests(kernel: Kernel, clock: SimulatedClock) -> Requests:
    return Requests(kernel.pool, kernel.vault, clock, KEEP)


async def refused(work: Awaitable[object]) -> tuple[int, str]:
    with pytest.raises(Problem) as problem:
        await work
    return problem.value.status, problem.value.members["code"]


async def test_one_of_many_replicas_has_it_and_the_others_wait_for_its_answer(start: Start) -> None:
    clock = SimulatedClock(START)
    both = [requests(await start(), clock) for _ in range(2)]
    claims = await asyncio.gather(*(one.claim(NAME, PRINT) for one in both * 10), return_exceptions=True)
    [mine] = [claim for claim in claims if isinstance(claim, Claim)]
    assert {claim.status for claim in claims if isinstance(claim, Problem)} == {409}
    await both[0].answered(NAME, mine.id, b"answer")
    assert [await one.claim(NAME, PRINT) for one in both] == [b"answer", b"answer"]


async def test_another_request_under_its_key_is_told_so_whether_it_is_answered_or_not(start: Start) -> None:
    one = requests(await start(), SimulatedClock(START))
    mine = await one.claim(NAME, PRINT)
    assert await refused(one.claim(NAME, b"other body")) == (422, "key-reused")
    assert isinstance(mine, Claim)
    await one.answered(NAME, mine.id, b"answer")
    assert await refused(one.claim(NAME, b"other body")) == (422, "key-reused")


async def test_who_says_nothing_for_half_a_minute_is_followed_by_the_next_under_the_same_id(start: Start) -> None:
    clock = SimulatedClock(START)
    one = requests(await start(), clock)
    first = await one.claim(NAME, PRINT)
    clock.advance(LEASE - timedelta(seconds=1))
    assert await refused(one.claim(NAME, PRINT)) == (409, "key-in-progress")
    clock.advance(timedelta(seconds=1))
    second = await one.claim(NAME, PRINT)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert (first.fresh, second) == (True, Claim(first.id, fresh=False))
    await one.answered(NAME, second.id, b"of the second")
    await one.answered(NAME, second.id, b"of the first, who was only slow")
    assert await one.claim(NAME, PRINT) == b"of the second"


async def test_an_answer_is_kept_a_day_and_then_swept(start: Start) -> None:
    kernel, clock = await start(), SimulatedClock(START)
    one = requests(kernel, clock)
    mine = await one.claim(NAME, PRINT)
    assert isinstance(mine, Claim)
    await one.answered(NAME, mine.id, b"answer")
    clock.advance(KEEP)
    await one.sweep()
    assert await one.claim(NAME, PRINT) == b"answer"
    clock.advance(timedelta(seconds=1))
    fresh = await one.claim(NAME, b"other body")
    assert isinstance(fresh, Claim)
    assert fresh.id != mine.id
    assert fresh.fresh
    clock.advance(KEEP + timedelta(seconds=1))
    await one.sweep()
    assert await kernel.pool.fetchval("select count(*) from requests") == 0


async def test_a_service_sweeps_by_itself(start: Start) -> None:
    kernel, clock = await start(), SimulatedClock(START)
    one = requests(kernel, clock)
    await one.claim(NAME, PRINT)
    kernel.run(sweep_for_ever(one, clock))

    async def swept() -> bool:
        clock.advance(SWEEP)
        return bool(await kernel.pool.fetchval("select count(*) = 0 from requests"))

    await until(swept)
    assert clock.now() > START + KEEP


async def test_an_answer_too_large_to_keep_is_made_anew_under_the_same_id(start: Start) -> None:
    one = requests(await start(), SimulatedClock(START))
    mine = await one.claim(NAME, PRINT)
    assert isinstance(mine, Claim)
    await one.answered(NAME, mine.id, b"x" * (LARGEST + 1))
    assert await one.claim(NAME, PRINT) == Claim(mine.id, fresh=False)


async def asked(app: FastAPI, many: int) -> list[httpx.Response]:
    """The same keyed request, several times."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers={"idempotency-key": "k"}) as client:
        return [await client.post("/", content=b"body") for _ in range(many)]


def app_of(requests: Requests, route: Callable[..., Awaitable[Response]]) -> FastAPI:
    app = FastAPI()
    app.state.keys, app.state.service = None, SimpleNamespace(requests=requests)
    problems.install(app)
    app.post("/")(route)
    app.add_middleware(Once)
    return app


@pytest.mark.parametrize("trouble", [ValueError("a mistake"), ConnectionResetError(), Problem(503, "unavailable", "")])
async def test_a_failure_is_not_kept_for_the_next_try_may_do_better(start: Start, trouble: Exception) -> None:
    clock, times = SimulatedClock(START), 0

    async def route() -> Response:
        nonlocal times
        times += 1
        if times == 1:
            raise trouble
        return Response(b"done")

    first, second, third = await asked(app_of(requests(await start(), clock), route), 3)
    assert first.status_code in {500, 503}
    assert (second.status_code, second.content, third.content) == (200, b"done", b"done")
    assert [REPLAYED in answer.headers for answer in (first, second, third)] == [False, False, True]
    assert times == 2


async def test_a_try_that_was_refused_does_not_take_the_id_of_one_that_may_have_acted(start: Start) -> None:
    kernel, seen = await start(), []
    troubles = [Problem(503, "unavailable", ""), Problem(422, "invalid", "")]

    async def route(request: Request) -> Response:
        seen.append(request.scope[REQUEST])
        if troubles:
            raise troubles.pop(0)
        return Response(b"done")

    answers = await asked(app_of(requests(kernel, SimulatedClock(START)), route), 3)
    assert [answer.status_code for answer in answers] == [503, 422, 200]
    assert len(set(seen)) == 1


async def test_without_its_database_a_keyed_request_is_not_begun(start: Start) -> None:
    kernel, times = await start(), 0

    async def route() -> Response:
        nonlocal times
        times += 1
        return Response(b"done")

    app = app_of(requests(kernel, SimulatedClock(START)), route)
    kernel.pool.terminate()
    [answer] = await asked(app, 1)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert times == 0
