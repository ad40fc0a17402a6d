"""Notify alone on real servers, with a file of channels, chat systems of sockets, and a clock of the test's own."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
import pytest
import pytest_asyncio

from services.cli.system import build, free_port, listening
from services.notify.channels import http
from services.notify.domain import reply_stream
from shared import settings
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.envelope import Append, Cause
from shared.events import COUNTY
from shared.events.notify import Audience, ReplyQueued
from shared.service import Service, http_server
from tests.fakes.chat import ChatServer

START = datetime(2025, 6, 2, 1, tzinfo=UTC)
"""nine in the morning in the county"""
_numbers = count(1)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.7)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    embedded = Embedded(tmp_path_factory.mktemp("notify"), durable=False)
    with embedded:
        yield embedded


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest_asyncio.fixture(loop_scope="session")
async def chat(clock: SimulatedClock) -> AsyncIterator[ChatServer]:
    server = await ChatServer(clock.now).start()
    yield server
    await server.stop()


class Desk:
    """A running notify, what is queued in it, and its days."""

    def __init__(self, service: Service, clock: SimulatedClock, url: str) -> None:
        self.service, self.clock, self.url = service, clock, url
        self._numbers = count(1)

    def reply(self, text: str, group: str = "g1", **more: Any) -> ReplyQueued:
        given: dict[str, Any] = {
            "reply": f"r{next(self._numbers)}", "appeal": None, "channel": "wecom", "group": group, "audience": Audience.GROUP,
            "person": COUNTY, "template": "notice", "text": text, "queued_at": self.clock.now(), **more,
        }  # fmt: skip
        return ReplyQueued(**given)

    async def queue(self, *replies: ReplyQueued) -> None:
        cause = Cause("test")
        await self.service.store.append_many(
            [Append(reply_stream(r.reply), 0, [r], cause, f"{r.channel}:{r.group}") for r in replies]
        )

    async def settle(self) -> None:
        """Until nothing more happens at this moment of the clock."""
        calm = 0
        while calm < 2:
            worker = self.service.workers[0]
            calm = calm + 1 if not await worker.backlog() else 0
            await asyncio.sleep(0.005)

    async def pass_time(self, span: timedelta) -> None:
        """Stops wherever something is due."""
        until = self.clock.now() + span
        await self.settle()
        while True:
            due = await self.service.workers[0].next_due()
            if due is None or due > until:
                break
            self.clock.advance_to(due)
            await self._woken(due)
        self.clock.advance_to(until)
        await self.settle()

    async def _woken(self, due: datetime) -> None:
        """The worker wakes when its time has come; until then it says what it said before."""
        for _ in range(400):
            await self.settle()
            if await self.service.workers[0].next_due() != due:
                return
            await asyncio.sleep(0.005)

    async def get(self, path: str, **query: Any) -> Any:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.url}{path}", params=query)
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def post(self, path: str, **body: Any) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(f"{self.url}{path}", json=body)

    async def events(self) -> list[Any]:
        return [r.event async for page in self.service.store.read_all() for r in page]

    async def replies(self) -> list[dict[str, Any]]:
        await self.settle()
        found: list[dict[str, Any]] = []
        while page := (await self.get("/replies", limit=500, **({"before": found[-1]["position"]} if found else {})))[
            "replies"
        ]:
            found += page
        return found[::-1]


Open = Callable[[str], Awaitable[Desk]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_desk(servers: Embedded, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Open]:
    """Starts notify with a file of channels, on a database of the test's own; `open_desk(text)`."""
    name = f"notify_{next(_numbers)}"
    connection = await asyncpg.connect(servers.postgres.url)
    await connection.execute(f"create database {name}")
    await connection.close()
    client = await nats.connect(servers.nats.url)
    for info in await client.jetstream().streams_info():
        await client.jetstream().delete_stream(info.config.name)
    await client.close()
    database_url = servers.postgres.url.rpartition("/")[0] + f"/{name}"
    closing: list[Callable[[], Awaitable[None]]] = []

    async def begin(text: str) -> Desk:
        tomllib.loads(text)
        (tmp_path / "channels.toml").write_text(text)
        config = settings.read(
            database_url=database_url, nats_url=servers.nats.url, auth="off", console="off",
            channels_out=str(tmp_path / "channels.toml"),
        )  # fmt: skip
        service = build("notify", config, clock)
        await service.start()
        port = free_port()
        server = http_server(service, "127.0.0.1", port)
        serving = asyncio.create_task(server.serve([listening("127.0.0.1", port)]))

        async def end() -> None:
            server.should_exit = True
            await serving
            await service.stop()

        closing.append(end)
        return Desk(service, clock, f"http://127.0.0.1:{port}")

    yield begin
    for end in closing:
        await end()
