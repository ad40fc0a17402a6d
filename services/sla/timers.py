"""The timers: wake when the next clock is due, and tick it. One replica does this; a tick decides nothing twice."""

import asyncio
import contextlib
from datetime import datetime

from services.sla import views
from services.sla.domain import CLOCKS, Tick, clocks_stream
from services.sla.policy import Policy
from shared.envelope import Cause
from shared.events.sla import ClockStarted
from shared.service import Service, Worker
from shared.store import Conflict

AT_ONCE = 100


class Timers(Worker):
    """Ticks what is due, sleeps until the next."""

    name = "timers"

    def __init__(self, service: Service, policy: Policy) -> None:
        super().__init__(service.clock)
        self._service, self._policy = service, policy
        self._waker = service.session.waker()

    async def run(self) -> None:
        while True:
            self._waker.clear()
            while await self._tick_due():
                pass
            await self.rest(self._waker)

    async def next_due(self) -> datetime | None:
        return await views.next_due(self._service)

    async def backlog(self) -> int:
        return len(await views.due(self._service, self._service.clock.now(), AT_ONCE))

    async def _tick_due(self) -> bool:
        """Ticks what is due by now; True when there was something."""
        await self._service.seen("clocks", await self._service.store.head())
        now = self._service.clock.now()
        appeals = await views.due(self._service, now, AT_ONCE)
        await asyncio.gather(*(self._tick(appeal, now) for appeal in appeals))
        return bool(appeals)

    async def _tick(self, appeal: str, now: datetime) -> None:
        with contextlib.suppress(Conflict):  # somebody answered this very moment; the next look sees it
            stream = clocks_stream(appeal)
            cause = await self._cause(stream)
            await self._service.commands.execute(CLOCKS, stream, Tick(now, self._policy), cause)

    async def _cause(self, stream: str) -> Cause:
        """What time does is done because of what started the clocks last: the appeal, or the word that reopened it."""
        *_, started = (r for r in await self._service.store.load(stream) if isinstance(r.event, ClockStarted))
        return started.because("minsheng:clock")
