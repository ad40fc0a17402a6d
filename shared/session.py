"""One lasting connection of a service: it hears that the log grew, and it holds what only one replica may do at a time.

Exclusive work (the relay, a consumer's partitions, the timers) is held by a session-level advisory lock: when a process
dies, PostgreSQL lets go of its locks, and a waiting replica takes over within a second or two. That connection must not go
through a transaction-pooling proxy.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import structlog

from shared import db
from shared.metrics import Metrics

log = structlog.get_logger()

RETRY_SECONDS = 1.0
"""how often a replica in waiting tries to take over"""
BEAT_SECONDS = 5.0
"""how often who holds something makes sure that the server still answers"""
ANSWER_SECONDS = 5.0


class Session:
    """The lasting connection, re-established whenever it is lost."""

    def __init__(self, dsn: str, schema: str, metrics: Metrics, *, forgotten: Callable[[], None]) -> None:
        self._dsn = dsn
        self._schema = schema
        self._metrics = metrics
        self._forgotten = forgotten
        self._connection: db.OwnConnection | None = None
        self._one = asyncio.Lock()
        self._wakers: set[asyncio.Event] = set()
        self._held: set[str] = set()
        self._lost = asyncio.Event()
        self._answered = 0.0

    @property
    def held(self) -> frozenset[str]:
        """Which exclusive works this process holds now."""
        return frozenset(self._held)

    def waker(self) -> asyncio.Event:
        """An event that is set whenever the log may have grown. Whoever waits clears it before reading."""
        waker = asyncio.Event()
        self._wakers.add(waker)
        return waker

    def wake(self) -> None:
        for waker in self._wakers:
            waker.set()

    async def ensure(self) -> db.OwnConnection:
        """The connection, opened if need be. Raises what connecting raises."""
        async with self._one:
            return await self._open()

    async def exclusively(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` again and again for ever, while and only while this process holds the lock called `name`."""
        key = db.lock_key(self._schema, name)
        while True:
            try:
                if lost := await self._acquire(key):
                    await self._run_held(name, key, work, lost)
                    continue
            except db.TRANSIENT as trouble:
                log.warning("exclusive_work_interrupted", service=self._schema, work=name, trouble=repr(trouble))
            await asyncio.sleep(RETRY_SECONDS)

    async def always(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` again and again for ever, in every process that asks."""
        while True:
            task = asyncio.ensure_future(work())
            try:
                await asyncio.wait({task})
                await self._report(name, task)
            finally:
                await _ended(task)
            await asyncio.sleep(RETRY_SECONDS / 2)

    async def close(self) -> None:
        if self._connection and not self._connection.is_closed():
            with contextlib.suppress(*db.TRANSIENT):
                await self._connection.close(timeout=2)

    async def _open(self) -> db.OwnConnection:
        """Whoever holds something was told the event of the very connection that holds it: a new one hides no loss."""
        if self._connection is None or self._connection.is_closed():
            connection = await db.connect(self._dsn, self._schema)
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: self._terminated(lost))
            await connection.add_listener(f"events_{self._schema}", self._heard)
            self._connection, self._lost = connection, lost
            self._forgotten()  # somebody may have been, while nobody listened
            self.wake()
        return self._connection

    async def _run_held(self, name: str, key: int, work: Callable[[], Awaitable[None]], lost: asyncio.Event) -> None:
        self._held.add(name)
        self._metrics.held.labels(name).set(1)
        losing = asyncio.ensure_future(lost.wait())
        task = asyncio.ensure_future(work())
        try:
            while not (await asyncio.wait({task, losing}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED))[0]:
                await self._beat()
            if task.done():
                await self._report(name, task)
        finally:
            losing.cancel()
            await _ended(task)
            self._held.discard(name)
            self._metrics.held.labels(name).set(0)
            await self._release(key)

    async def _report(self, name: str, task: "asyncio.Future[None]") -> None:
        if trouble := task.exception():
            self._metrics.restarts.labels(name).inc()
            log.warning("exclusive_work_failed", service=self._schema, work=name, trouble=repr(trouble), exc_info=trouble)
            await asyncio.sleep(RETRY_SECONDS / 2)

    async def _acquire(self, key: int) -> asyncio.Event | None:
        """Takes the lock if it is free. Returns the event that tells of its loss."""
        async with self._one:
            connection, lost = await self._open(), self._lost
            with self._answering(connection):
                free = await connection.fetchval("select pg_try_advisory_lock($1)", key, timeout=ANSWER_SECONDS)
            return lost if free else None

    async def _beat(self) -> None:
        """A broken network says nothing: who cannot reach the server must not go on as if he held the lock."""
        async with self._one:
            if self._connection and time.monotonic() - self._answered >= BEAT_SECONDS / 2:
                with self._answering(self._connection):
                    await self._connection.execute("select 1", timeout=ANSWER_SECONDS)

    @contextlib.contextmanager
    def _answering(self, connection: db.OwnConnection) -> Iterator[None]:
        """Without an answer in time nobody knows what the connection holds: ending it lets go of all of it."""
        try:
            yield
        except TimeoutError:
            connection.terminate()
            raise
        self._answered = time.monotonic()

    async def _release(self, key: int) -> None:
        with contextlib.suppress(*db.TRANSIENT):
            async with self._one:
                if self._connection and not self._connection.is_closed():
                    await self._connection.execute("select pg_advisory_unlock($1)", key, timeout=5)

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        if payload == "forgotten":
            self._forgotten()
        self.wake()

    def _terminated(self, lost: asyncio.Event) -> None:
        lost.set()
        self.wake()


async def _ended(task: "asyncio.Future[None]") -> None:
    """A library below may take a cancellation for its own time-out: it is said until it is heard."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)
