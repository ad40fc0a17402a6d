"""The county's machines: real service processes on real servers, which can be killed and come back; and who posts to them."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.cli.system import free_port
from shared.embedded import Embedded, Servers
from shared.settings import PORTS
from tests.chaos.system.traffic import CHANNEL, DEPARTMENTS, County, Message, batches

ROOT = Path(__file__).parents[3]
READY_SECONDS = 40.0
RETRY_SECONDS = 0.1
FREE_SERVICES = {"MINSHENG_AUTH": "off", "MINSHENG_LOG_LEVEL": "info", "MINSHENG_CONSOLE": "off"}


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without settings of a person's own, and with those given."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("MINSHENG_")}
    return {**mine, "PYTHONPATH": str(ROOT), **given}


def minsheng(*words: str) -> list[str]:
    return [sys.executable, "-m", "services.cli.main", *words]


@dataclass
class Replica:
    """One process of one service. It keeps its port over all its lives."""

    service: str
    port: int
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                minsheng("serve", self.service), env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )  # fmt: skip

    def kill(self) -> None:
        """As a power cut would: nothing is finished, nobody is told."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def terminate(self) -> int:
        """As an operator would; returns the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@dataclass
class Machines:
    """The services of one county on the servers of one home."""

    embedded: Embedded
    servers: Servers
    folder: Path
    replicas: dict[str, Replica] = field(default_factory=dict)
    said: dict[str, list[Message]] = field(default_factory=dict)
    """all that tests before have said here, by group"""

    def add(self, service: str, name: str | None = None, **settings: str) -> Replica:
        """Starts one more process."""
        name = name or service
        port = free_port()
        own = {
            **FREE_SERVICES,
            **settings,
            "MINSHENG_DATABASE_URL": self.servers.database_url,
            "MINSHENG_NATS_URL": self.servers.nats_url,
            "MINSHENG_PORT": str(port),
        }
        replica = self.replicas[name] = Replica(service, port, environment(own), self.folder / f"{name}.log")
        replica.start()
        return replica

    def add_all(self) -> None:
        for service in PORTS:
            self.add(service)

    async def ready(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await asyncio.gather(*(self._ready(client, replica) for replica in self.replicas.values()))

    async def _ready(self, client: httpx.AsyncClient, replica: Replica) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{replica.url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{replica.service} was not ready in {READY_SECONDS} s:\n{replica.log.read_text()[-2000:]}")

    async def introduce(self, county: County) -> None:
        """Imports groups, roster and departments."""
        await introduce(county, intake=self.replicas["intake"].url, routing=self.replicas["routing"].url)

    def stop(self) -> None:
        for replica in self.replicas.values():
            replica.kill()

    def warnings(self) -> str:
        """What the services complained about, for a failing test."""
        lines = [
            f"{name}: {line[:300]}"
            for name, replica in self.replicas.items()
            for line in replica.log.read_text(errors="replace").splitlines()
            if '"error"' in line or "Traceback" in line
        ]
        return "\n".join(lines[-20:])


async def introduce(county: County, *, intake: str, routing: str, key: str = "none") -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60, headers={"authorization": f"Bearer {key}"}) as client:
        for url, body in (
            (f"{intake}/groups", county.groups_csv()),
            (f"{intake}/roster?channel={CHANNEL}", county.roster_csv()),
            (f"{routing}/departments", DEPARTMENTS),
        ):
            (await client.put(url, content=body.encode())).raise_for_status()


@dataclass
class Adapters:
    """Chat adapters: each has groups of its own, posts their messages in order, and tries again until it is answered."""

    county: County
    url: str
    seconds: float
    """over how long to spread what is said; a county talks on while its machines are down"""
    seed: int
    adapters: int = 6
    batch: int = 24
    key: str = "none"
    posted: int = 0
    unexpected: list[str] = field(default_factory=list)
    """answers an adapter does not know what to do with"""
    retries: int = 0

    async def run(self) -> None:
        draw = random.Random(self.seed)
        groups = list(self.county.groups)
        draw.shuffle(groups)
        shares = [groups[n :: self.adapters] for n in range(self.adapters)]
        await asyncio.gather(*(self._post_all(share, draw.randrange(10**9)) for share in shares if share))

    async def _post_all(self, groups: list[str], seed: int) -> None:
        todo = list(batches(self.county, groups, seed=seed, size=self.batch))
        pause = self.seconds / len(todo)
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False, timeout=20, headers={"authorization": f"Bearer {self.key}"}) as client:
            for n, batch in enumerate(todo):
                await self._post(client, batch)
                self.posted += len(batch)
                await asyncio.sleep(max(0.0, began + pause * (n + 1) - time.monotonic()))

    async def _post(self, client: httpx.AsyncClient, batch: list[Message]) -> None:
        while True:
            try:
                answer = await client.post(f"{self.url}/messages", json=batch)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code in (200, 202):
                    self._check(answer.json()["results"], batch)
                    return
                if answer.status_code != 503:
                    self.unexpected.append(f"{answer.status_code} {answer.text[:300]}")
            self.retries += 1
            await asyncio.sleep(RETRY_SECONDS)

    def _check(self, results: list[dict[str, Any]], batch: list[Message]) -> None:
        if [result["message_id"] for result in results] != [message["message_id"] for message in batch]:
            self.unexpected.append(f"the answer is about other messages than {batch[0]['message_id']}…")


async def kill_at_random(replicas: Iterable[Replica], *, times: int, seed: int, pause: tuple[float, float]) -> list[str]:
    """Kills one after the other at random moments, each at least `times` // their number times, and starts it again at once."""
    draw = random.Random(seed)
    targets = list(replicas)
    order = [targets[n % len(targets)] for n in range(times)]
    draw.shuffle(order)
    for replica in order:
        await asyncio.sleep(draw.uniform(*pause))
        await asyncio.to_thread(replica.kill)
        replica.start()
    return [replica.service for replica in order]
