"""Replies by webhook: signed, in order within a group, tried again when the receiver fails, given up when it refuses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.cli.system import System, free_port, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.service import Server

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """Somebody's chat adapter: verifies each signature, answers as told."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.forged = 0

    async def take(self, request: Request) -> Response:
        body = await request.body()
        try:
            data = Webhook(SECRET).verify(body.decode(), dict(request.headers))["data"]
        except WebhookVerificationError:
            self.forged += 1
            return Response(status_code=401)
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.said.append(data)
        return Response(status_code=status)


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    taking, port = Receiver(), free_port()
    app = Starlette(routes=[Route("/hook", taking.take, methods=["POST"])])
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield taking, f"http://127.0.0.1:{port}/hook"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(loop_scope="session")
async def county(receiver: tuple[Receiver, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    with Embedded(tmp_path_factory.mktemp("webhook"), durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            console="off",
            webhook_url=receiver[1],
            webhook_secret=SECRET,
        )
        clock = SimulatedClock(datetime(2025, 6, 2, tzinfo=UTC))
        async with running(config, clock) as system:
            yield system


async def publish(system: System, *titles: str, group: str = "g1") -> None:
    async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client:
        for title in titles:
            notice = {"kind": "policy", "title": title, "body": "全文见附件", "groups": [group]}
            (await client.post(f"{system.urls['disclosure']}/notices", json=notice)).raise_for_status()
    await system.settle()


async def pass_minutes(system: System, minutes: float) -> None:
    assert isinstance(system.clock, SimulatedClock)
    await system.run_until(system.clock, system.clock.now() + timedelta(minutes=minutes), inclusive=True)


async def status_of(system: System) -> dict[str, tuple[str, int]]:
    async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client:
        replies = (await client.get(f"{system.urls['notify']}/replies")).json()["replies"]
    return {reply["text"][4:6]: (reply["status"], reply["attempts"]) for reply in replies}


async def test_replies_arrive_signed_in_order_and_a_failing_receiver_is_tried_again(
    county: System, receiver: tuple[Receiver, str]
) -> None:
    taking, url = receiver
    await publish(county, "第一", "第二")
    assert [said["text"][4:6] for said in taking.said] == ["第一", "第二"]

    taking.answers = [503, 500]
    await publish(county, "第三", "第四")
    await publish(county, "旁村", group="g2")
    assert [said["text"][4:6] for said in taking.said][2:] in ([], ["旁村"])
    await pass_minutes(county, 5)
    assert [said["text"][4:6] for said in taking.said if said["group"] == "g1"] == ["第一", "第二", "第三", "第四"]
    assert (await status_of(county))["第三"][0] == "delivered"

    taking.answers = [410]
    await publish(county, "第五", "第六")
    await pass_minutes(county, 5)
    known = await status_of(county)
    assert known["第五"] == ("failed", 1)
    assert known["第六"][0] == "delivered"
    assert taking.forged == 0
    async with httpx.AsyncClient(trust_env=False) as stranger:
        assert (await stranger.post(url, json={"data": {}})).status_code == 401
