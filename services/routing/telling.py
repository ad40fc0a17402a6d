"""Telling: shortly before the weekly bulletin of staff, routing says what is hottest, for whoever writes it.

Notify may not ask routing; so it is told, as an event, once for each bulletin. A replica that was slower, or a worker that is
started anew, finds it told by the stream; a bulletin whose time passed while nobody was there goes without.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.routing.hot import Hot
from services.routing.hot_api import SHOWN, SQL, find
from shared.decider import Decider
from shared.envelope import Cause
from shared.events import Event
from shared.events.routing import HotCase, HotIssue, HottestTold
from shared.schedules import every_week
from shared.service import Service, Worker
from shared.store import Conflict

log = structlog.get_logger()
CAUSE = Cause("minsheng:hot")
STREAM = "hot-county"
AHEAD = timedelta(minutes=10)
"""how long before the bulletin; it must have reached notify by then"""
WEEK = timedelta(days=7)
TOP = 5


@dataclass(frozen=True, slots=True)
class Tell:
    """These are the hottest for a bulletin."""

    bulletin_at: datetime
    issues: tuple[HotIssue, ...]
    at: datetime


def _decide(command: Tell, last: HottestTold | None) -> list[Event]:
    """Each bulletin is told once."""
    if last and command.bulletin_at <= last.bulletin_at:
        return []
    return [HottestTold(bulletin_at=command.bulletin_at, issues=command.issues, told_at=command.at)]


def _evolve(last: HottestTold | None, event: Event) -> HottestTold | None:
    return event if isinstance(event, HottestTold) else last


TOLD: Decider[Tell, HottestTold | None] = Decider(None, _decide, _evolve)


class Telling(Worker):
    """Tells at its time, sleeps until the next."""

    name = "telling"

    def __init__(self, service: Service) -> None:
        super().__init__(service.clock)
        self._service = service
        self._schedule = every_week(service.settings.weekly_at)

    async def run(self) -> None:
        while True:
            if await self.next_due() <= self._clock.now():
                await self._tell()
            await self.rest(asyncio.Event())  # time alone wakes it

    async def next_due(self) -> datetime:
        _, last = await self._service.commands.load(TOLD, STREAM)
        bulletin_at = self._schedule.following(last.bulletin_at) if last else self._coming()
        return bulletin_at - AHEAD

    async def backlog(self) -> int:
        return int(await self.next_due() <= self._clock.now())

    def _coming(self) -> datetime:
        """The last bulletin for which it is time by now."""
        return self._schedule.latest(self._clock.now() + AHEAD)

    async def _tell(self) -> None:
        bulletin_at = self._coming()
        await self._service.seen("case_words", await self._service.store.head())
        now = self._clock.now()
        found = await find(self._service, now, WEEK, TOP)
        command = Tell(bulletin_at, await self._told(found.issues), now)
        with contextlib.suppress(Conflict):  # somebody else has just told it
            await self._service.commands.execute(TOLD, STREAM, command, CAUSE)
            log.info("hottest_told", issues=len(command.issues))

    async def _told(self, issues: tuple[Hot, ...]) -> tuple[HotIssue, ...]:
        """As others read them; none of which a case was sealed this very moment."""
        wanted = [appeal for issue in issues for appeal in issue.appeals[:SHOWN]]
        numbers = {row["appeal"]: row["number"] for row in await self._service.pool.fetch(SQL["shown"], wanted)}
        return tuple(_issue(issue, numbers) for issue in issues if numbers.keys() >= set(issue.appeals[:SHOWN]))


def _issue(issue: Hot, numbers: dict[str, str]) -> HotIssue:
    return HotIssue(
        label=issue.label,
        households=issue.households,
        before=issue.before,
        growth=issue.growth,
        feeling=issue.feeling,
        townships=tuple(dict.fromkeys(township for township, _, _ in issue.places)),
        count=len(issue.appeals),
        cases=tuple(HotCase(appeal=appeal, number=numbers[appeal]) for appeal in issue.appeals[:SHOWN]),
    )
