"""Followers of a service's own log: projections that keep views, and processes that decide.

A projection's tables are disposable: dropping them and reading the log again gives the same. A process reads in order and
its decisions are stored together with how far it has read, so each event of the log takes effect once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from shared import db
from shared.deciding import Decider, States, Work
from shared.envelope import Recorded
from shared.events import current_type
from shared.pace import Pace
from shared.session import Session
from shared.store import SQL, Conflict, Store

log = structlog.get_logger()
BATCH = 500
DECIDE_BATCH = 100
"""what a process decides about in one transaction, which keeps the appends of requests waiting"""
POLL_SECONDS = 2.0
"""the net under the notifications"""


async def position_of(store: Store, name: str) -> int:
    """How far a follower has read the log, as stored."""
    return int(await store.pool.fetchval(SQL["follower_known"], name))


class Moved(Exception):
    """Another process moved this follower: a rebuild, or a replica that took over."""


class Projection(Protocol):
    """A view: which tables it owns, and what a batch of events does to them. Personal fields arrive as tokens."""

    @property
    def name(self) -> str: ...

    @property
    def tables(self) -> tuple[str, ...]: ...

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None: ...


@dataclass(frozen=True)
class Process:
    """A reader of the own log that decides: which streams it needs for an event, and what it does with them."""

    name: str
    handles: tuple[type[Any], ...]
    opens: Callable[[Recorded], Iterable[tuple[Decider[Any, Any], str]]]
    react: Callable[[Recorded, Work], None]
    prepare: Callable[[Store], Awaitable[None]]
    """called when this replica becomes the one that reads: folds what it must remember"""


class Follower:
    """What all followers share: a name, a position, and being able to wait for it."""

    def __init__(self, name: str, store: Store, session: Session) -> None:
        self.name, self._store, self._session = name, store, session
        self._waker = session.waker()
        self._moved = asyncio.Condition()
        self.position = 0

    async def wait_for(self, position: int) -> None:
        """Returns when this follower has seen the log up to `position`, here or in another replica."""
        while self.position < position:
            if f"follower:{self.name}" not in self._session.held:
                await self._reread()
            if self.position >= position:
                return
            async with self._moved:
                try:
                    async with asyncio.timeout(0.05):
                        await self._moved.wait()
                except TimeoutError:
                    continue

    async def run(self) -> None:
        """Runs for ever, in one replica at a time."""
        await self._session.exclusively(f"follower:{self.name}", self._follow)

    async def begin(self) -> None:
        """Becomes the replica that follows."""
        await self._reread()

    async def step(self) -> int:
        """Takes the next batch; returns how many events that were."""
        raise NotImplementedError

    async def _follow(self) -> None:
        await self.begin()
        pace = Pace(self._store.busy)
        while True:
            self._waker.clear()
            while await self.step():
                await pace.breathe()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._waker.wait()
            except TimeoutError:
                continue

    async def _claim(self, connection: db.Connection) -> None:
        """Makes sure, within the transaction that moves the follower, that it still stands where we think. Raises Moved."""
        stored = await connection.fetchval(SQL["follower_claim"], self.name)
        if stored != self.position:
            raise Moved(f"{self.name} stands at {stored}, not {self.position}")

    async def _reread(self) -> None:
        self.position = await position_of(self._store, self.name)

    async def _advance(self, position: int) -> None:
        self.position = position
        async with self._moved:
            self._moved.notify_all()


class Projector(Follower):
    """Runs a projection."""

    def __init__(self, projection: Projection, store: Store, session: Session) -> None:
        super().__init__(projection.name, store, session)
        self.projection = projection

    async def step(self) -> int:
        events = await self._store.read_sealed(self.position, BATCH)
        if not events:
            return 0
        try:
            async with self._store.pool.acquire() as connection, connection.transaction():
                await self._claim(connection)
                await self.projection.apply(connection, events)
                await connection.execute(SQL["follower_moved"], self.name, events[-1].position)
        except Moved:
            await self._reread()
        else:
            await self._advance(events[-1].position)
        return len(events)

    async def rebuild(self, progress: Callable[[int], None]) -> int:
        """Empties the view and folds the whole log into it; calls `progress` with the position reached. Returns the head.

        Safe beside a running service: each batch is folded by whoever claims it first.
        """
        await self._reread()
        async with self._store.pool.acquire() as connection, connection.transaction():
            await connection.fetchval(SQL["follower_claim"], self.name)
            for table in self.projection.tables:
                await connection.execute(f"truncate {table}")  # a table name from code
            await connection.execute(SQL["follower_moved"], self.name, 0)
        self.position = 0
        while await self.step():
            progress(self.position)
        return self.position


class Processor(Follower):
    """Runs a process."""

    def __init__(self, process: Process, states: States, store: Store, session: Session) -> None:
        super().__init__(process.name, store, session)
        self._process, self._states = process, states
        self._types = {event.TYPE for event in process.handles}

    async def begin(self) -> None:
        await super().begin()
        await self._process.prepare(self._store)

    async def step(self) -> int:
        events = await self._store.read_page(self.position, DECIDE_BATCH)
        if not events:
            return 0
        concerned = [r for r in events if current_type(r.type) in self._types]
        if concerned:
            await self._take(concerned, events[-1].position)
        else:
            async with self._store.pool.acquire() as connection, connection.transaction():
                await self._claim(connection)
                await connection.execute(SQL["follower_moved"], self.name, events[-1].position)
        await self._advance(events[-1].position)
        return len(events)

    async def _take(self, events: list[Recorded], position: int) -> None:
        work = Work(self._store, self._states)
        await work.open(wanted for r in events for wanted in self._process.opens(r))
        pace = Pace(self._store.busy)
        for r in events:
            self._process.react(r, work)
            work.keep()
            await pace.breathe()
        await work.prepare()
        try:
            async with self._store.pool.acquire() as connection, connection.transaction():
                await work.lock(connection)
                await self._claim(connection)
                await work.commit(connection)
                await connection.execute(SQL["follower_moved"], self.name, position)
        except Conflict:
            self._states.clear()
            raise  # begin again from what is stored
        work.committed()
