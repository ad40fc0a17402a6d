"""Time is a dependency: a service asks its clock, never the system. A simulated clock plays a week in seconds.

All times are aware; a county's local day is reckoned in `CHINA` (UTC+8, one zone for the whole country).
"""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What a service may ask of time."""

    def now(self) -> datetime: ...

    async def sleep_until(self, moment: datetime) -> None: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        """Re-reads the clock every minute, so that a corrected system time is noticed."""
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time gives no signal
            await asyncio.sleep(min(left, 60.0))


class SimulatedClock:
    """A clock that starts at a given time, runs at a given speed (0 stands still) and can be advanced by hand."""

    def __init__(self, start: datetime, *, speed: float = 0.0) -> None:
        if start.tzinfo is None:
            raise ValueError("a simulated clock starts at an aware time")
        self._base = start.astimezone(UTC)
        self._speed = speed
        self._since = asyncio.get_event_loop().time() if speed else 0.0
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        if not self._speed:
            return self._base
        return self._base + timedelta(seconds=(asyncio.get_running_loop().time() - self._since) * self._speed)

    def advance_to(self, moment: datetime) -> None:
        """Moves on to `moment` and wakes whoever slept until then; a moment already past changes nothing."""
        if moment > (now := self.now()):
            self._base += moment - now
        while self._sleepers and self._sleepers[0][0] <= self.now():
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    def advance(self, by: timedelta) -> None:
        self.advance_to(self.now() + by)

    async def sleep_until(self, moment: datetime) -> None:
        if moment <= self.now():
            return
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (moment, next(self._order), sleeper))
        while not sleeper.done() and moment > self.now():
            seconds = (moment - self.now()).total_seconds() / self._speed if self._speed else None
            await asyncio.wait([sleeper], timeout=seconds)
