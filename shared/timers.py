"""Timers: wake when the next thing is due, and do it. One replica does this; what is due is read off a view, once it is up to date."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime

from shared.service import Service, Worker
from shared.store import Conflict

AT_ONCE = 100


class Timers(Worker):
    """Does what is due, sleeps until the next. Whoever derives from it says what that is; doing it again must change nothing."""

    name = "timers"
    view: str
    """the projection that tells what is due"""

    def __init__(self, service: Service) -> None:
        super().__init__(service.clock)
        self._service = service
        self._waker = service.session.waker()

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        """The appeals of which something is due by `now`."""
        raise NotImplementedError

    async def tick(self, appeal: str, now: datetime) -> None:
        """Does what is due of one appeal. May raise Conflict: then somebody acted this very moment, and the next look sees it."""
        raise NotImplementedError

    async def run(self) -> None:
        while True:
            self._waker.clear()
            while await self._tick_due():
                pass
            await self.rest(self._waker)

    async def backlog(self) -> int:
        return len(await self.due(self._service.clock.now(), AT_ONCE))

    async def _tick_due(self) -> bool:
        """Ticks what is due by now; True when there was something."""
        await self._service.seen(self.view, await self._service.store.head())
        now = self._service.clock.now()
        appeals = await self.due(now, AT_ONCE)
        await asyncio.gather(*(self._try(appeal, now) for appeal in appeals))
        return bool(appeals)

    async def _try(self, appeal: str, now: datetime) -> None:
        with contextlib.suppress(Conflict):
            await self.tick(appeal, now)
