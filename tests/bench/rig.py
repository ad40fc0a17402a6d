"""What every subject is given: durable embedded servers, databases of its own, child processes, and how long to measure."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import nats
from nats.aio.client import Client

from shared import db, streams
from shared.access import Caller, key_line
from shared.clock import SystemClock
from shared.embedded import Servers
from shared.metrics import Metrics
from shared.session import Session
from shared.store import Store
from shared.vault import Vault
from tests.bench.measure import Line, Side, interleaved

ROOT = Path(__file__).parents[2]
START_PATIENCE = 60.0


@dataclass
class Parts:
    """A store of one service with what stands around it, in a database of its own."""

    dsn: str
    pool: db.Pool
    store: Store
    session: Session
    nats: Client
    metrics: Metrics


@dataclass
class Rig:
    """The bench: servers, and how thoroughly to measure."""

    servers: Servers
    home: Path
    rounds: int
    seconds: float
    say: Callable[[str], None]
    key: str = field(default_factory=lambda: f"ms_{secrets.token_urlsafe(24)}")
    _databases: int = 0

    async def versus(
        self, what: str, ours: Side, ceiling: Side, ceiling_is: str, *, target: float | None, enough: float | None = None
    ) -> Line:
        """Measures ours and its ceiling in turns."""
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            self.say(f"{what}: round {done} of {self.rounds}")

        self.say(f"{what}: warming up")
        a, b = await interleaved(self.rounds, ours, ceiling, tick)
        return Line(what, a, b, ceiling_is, target=target, enough=enough)

    async def database(self) -> str:
        """The DSN of a new, empty database."""
        self._databases += 1
        name = f"bench{self._databases}"
        admin = await asyncpg.connect(self.servers.database_url)
        try:
            await admin.execute(f"create database {name}")
        finally:
            await admin.close()
        return self.servers.database_url.rpartition("/")[0] + f"/{name}"

    @contextlib.asynccontextmanager
    async def parts(self, service: str) -> AsyncIterator[Parts]:
        """The kernel of a service, without its rooms, wired as `shared.service` does it."""
        dsn = await self.database()
        await db.migrate(dsn, service, ROOT / "services" / service / "schema.sql")
        pool = await db.open_pool(dsn, service, size=6)
        metrics, vault = Metrics(service), Vault(pool)
        session = Session(dsn, service, metrics, forgotten=vault.drop_cache)
        await session.ensure()
        connection = await self.connect_nats()
        try:
            yield Parts(dsn, pool, Store(pool, service, SystemClock(), vault, metrics), session, connection, metrics)
        finally:
            await connection.close()
            await session.close()
            await pool.close()

    async def connect_nats(self) -> Client:
        return await nats.connect(self.servers.nats_url, pending_size=16 * 1024 * 1024)

    async def wipe_streams(self) -> None:
        """JetStream as on the first day: services of another database must not find the last one's messages."""
        connection = await self.connect_nats()
        js = connection.jetstream()
        for info in await js.streams_info():
            await js.delete_stream(str(info.config.name))
        await streams.ensure_all(js, 1)
        await connection.close()

    @property
    def keys(self) -> str:
        """The line of MINSHENG_KEYS that admits this bench to everything."""
        return key_line("bench", frozenset(Caller), self.key)

    def environment(self, dsn: str, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "MINSHENG_DATABASE_URL": dsn,
            "MINSHENG_NATS_URL": self.servers.nats_url,
            "MINSHENG_KEYS": self.keys,
            "MINSHENG_LOG_LEVEL": "error",
            "MINSHENG_LOG_FORMAT": "text",
            **more,
        }

    @contextlib.contextmanager
    def child(self, *arguments: str, env: dict[str, str], log: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A Python child process of the tree, its output in a file of the home; it is told to stop at the end."""
        with (self.home / log).open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *arguments], env=env, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    async def ready(self, url: str, process: "subprocess.Popen[bytes]", log: str) -> None:
        """Waits until a child answers 200. Raises RuntimeError with the end of its log."""
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(START_PATIENCE):
            while True:
                if process.poll() is not None:
                    raise RuntimeError(f"a child process ended: {(self.home / log).read_text(errors='replace')[-2000:]}")
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(url)).status_code == 200:
                        return
                await asyncio.sleep(0.05)
