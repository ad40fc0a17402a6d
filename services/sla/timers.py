"""The clock machine: durable timers, one a case, armed in the transaction that stores what starts them.

Every replica fires: it claims a batch of what is due (SKIP LOCKED), decides, and stores the events and the next moment of each
case in the same transaction. A replica that is killed lets go of its claim, and nothing of it has happened. So each thing
happens once, in order within its case, whoever does it. Reading the past again arms nothing and fires nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from services.sla import policies
from services.sla.clock import Clocks
from services.sla.domain import CLOCKS, Tick, clocks_stream, next_of
from services.sla.figures import SlaFigures
from services.sla.policies import POLICIES, Policies
from shared import db, sql
from shared.deciding import Work
from shared.envelope import Append, Cause
from shared.events import Event
from shared.events.sla import ClockStarted, Promise
from shared.service import Service, Worker
from shared.store import Conflict

SQL = sql.load(Path(__file__).parent / "timers.sql")
AT_ONCE = 500
"""cases in one transaction: longer ones keep the appends of others waiting"""
HANDS = 2
"""batches at once: one is decided about while the other is stored"""
AGAIN = timedelta(minutes=1)
"""until a case is looked at again that could not be decided about"""
ACTOR = "minsheng:clock"
_AS_BEFORE = Cause(ACTOR)
_PREFIX = clocks_stream("")
log = structlog.get_logger()


class Timers:
    """The table of timers: what the events of a case make of its timer."""

    async def claim(self, connection: db.Connection, streams: Sequence[str]) -> None:
        if appeals := [stream.removeprefix(_PREFIX) for stream in streams if stream.startswith(_PREFIX)]:
            await connection.execute(SQL["held"], appeals)

    async def keep(self, connection: db.Connection, requests: Sequence[Append], states: Mapping[str, Any]) -> None:
        ours = [request for request in requests if request.stream.startswith(_PREFIX)]
        begun = {r.stream.removeprefix(_PREFIX): r.cause for r in ours if any(map(_begins_work, r.events))}
        known: Policies = states.get(policies.STREAM, POLICIES.initial)
        await self.set(connection, {r.stream.removeprefix(_PREFIX): states[r.stream] for r in ours}, begun, known)

    async def set(
        self, connection: db.Connection, cases: Mapping[str, Clocks], begun: Mapping[str, Cause], known: Policies
    ) -> None:
        """Arms each case for its next moment, or disarms it. `begun`: why its work began, where it did just now."""
        looks = {appeal: next_of(clocks, known) for appeal, clocks in cases.items()}
        causes = {appeal: begun.get(appeal, _AS_BEFORE) for appeal in looks}
        rows = [(appeal, look, causes[appeal].causation, causes[appeal].correlation) for appeal, look in looks.items() if look]
        if rows:
            await connection.execute(SQL["arm"], *map(list, zip(*sorted(rows), strict=True)))
        if over := [appeal for appeal, look in looks.items() if look is None]:
            await connection.execute(SQL["disarm"], over)


def _begins_work(event: Event) -> bool:
    return isinstance(event, ClockStarted) and event.promise in (Promise.ACCEPT, Promise.RESOLVE)


class Machine(Worker):
    """Fires what is due, and sleeps until the next."""

    name = "timers"
    everywhere = True

    def __init__(self, service: Service) -> None:
        super().__init__(service.clock)
        self._service, self._timers = service, Timers()
        self._waker = service.session.waker()
        assert isinstance(service.figures, SlaFigures)
        self._figures = service.figures

    async def run(self) -> None:
        while True:
            self._waker.clear()
            await asyncio.gather(*(self.fire_all() for _ in range(HANDS)))
            await self.rest(self._waker)

    async def next_due(self) -> datetime | None:
        moment: datetime | None = await self._service.pool.fetchval(SQL["next"])
        return moment

    async def backlog(self) -> int:
        return int(await self._service.pool.fetchval(SQL["waiting"], self._clock.now()))

    async def fire_all(self) -> int:
        """Takes batches until nothing is due that nobody has in hand; returns how many cases that were."""
        fired = 0
        while many := await self._fire():
            fired += many
        return fired

    async def _fire(self) -> int:
        """Takes a batch of what is due; returns how many cases that were. All on one connection: who holds claims waits for
        no other, which might wait for his claims.
        """
        store, now = self._service.store, self._clock.now()
        work = Work(store, self._service.states)
        try:
            async with self._service.pool.acquire() as connection, connection.transaction():
                rows = await connection.fetch(SQL["due"], now, AT_ONCE)
                if not rows:
                    return 0
                causes = {row["appeal"]: await self._cause(row, connection) for row in rows}
                streams = [(CLOCKS, clocks_stream(appeal)) for appeal in causes]
                await work.open([*streams, (POLICIES, policies.STREAM)], connection)
                idle = await self._decide(connection, work, causes, now)
                await work.prepare()
                await store.lock(connection)
                await work.commit(connection)
                cases = {appeal: work.state(CLOCKS, clocks_stream(appeal)) for appeal in idle}
                await self._timers.set(connection, cases, {}, work.state(POLICIES, policies.STREAM))
        except Conflict as conflict:
            self._service.states.drop(conflict.stream)
            return len(rows)
        work.committed()
        self._figures.fired([row["due_at"] for row in rows], self._clock.now())
        return len(rows)

    async def _decide(self, connection: db.Connection, work: Work, causes: Mapping[str, Cause], now: datetime) -> Sequence[str]:
        """Lets time do what it does to each case; returns those to which it does nothing. One that fails stops no other."""
        tick, idle = Tick(now, work.state(POLICIES, policies.STREAM)), []
        for appeal, cause in causes.items():
            try:
                if not work.decide(CLOCKS, clocks_stream(appeal), tick, cause):
                    idle.append(appeal)
                work.keep()
            except Exception as trouble:
                work.undo()
                log.exception("clock_failed", appeal=appeal, trouble=repr(trouble))
                await connection.execute(SQL["postpone"], appeal, now + AGAIN)
        return idle

    async def _cause(self, row: Any, connection: db.Connection) -> Cause:
        """What began the case's work, or began it again. A timer that was not told asks the log."""
        if row["correlation"]:
            return Cause(ACTOR, row["causation"], row["correlation"])
        recorded = await self._service.store.load_many({clocks_stream(row["appeal"]): 0}, connection)
        started = next((r for r in reversed(recorded) if _begins_work(r.event)), None)
        return started.because(ACTOR) if started else Cause(ACTOR)
