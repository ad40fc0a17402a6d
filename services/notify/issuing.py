"""Issuing: at its time a bulletin is composed from what was heard and queued for all its groups, in one transaction.

The transaction also stores that this moment's bulletin was issued, at the version its stream had: a process killed in between,
or a second replica, issues it not at all or once. The first one after they are switched on only marks where to begin.
"""

import asyncio
import contextlib
from datetime import datetime
from typing import Any

import structlog
import uuid_utils.compat as uuids

from services.notify import heard
from services.notify.bulletins import ISSUED, Issue, bulletin_stream, schedules
from services.notify.domain import reply_stream
from services.notify.texts import Texts
from shared.envelope import Append, Cause
from shared.events import COUNTY
from shared.events.disclosure import placed
from shared.events.notify import Audience, Bulletin, BulletinIssued, ReplyQueued
from shared.pace import Pace
from shared.service import Service, Worker
from shared.store import Conflict

log = structlog.get_logger()
CAUSE = Cause("minsheng:bulletins")
PATIENCE_SECONDS = 60.0
"""how long what others have said is waited for; what comes later is told by the next bulletin"""
LOOK_SECONDS = 0.1
AUDIENCES = {Bulletin.DAILY: Audience.GROUP, Bulletin.WEEKLY: Audience.OFFICIALS}
Told = tuple[str, str, dict[str, Any]]
"""channel, group, and what its bulletin knows"""


class Bulletins(Worker):
    """Issues each bulletin at its time, sleeps until the next."""

    name = "bulletins"

    def __init__(self, service: Service, texts: Texts) -> None:
        super().__init__(service.clock)
        self._service, self._texts = service, texts
        self._schedules = schedules(service.settings.daily_at, service.settings.weekly_at)
        self._staff = [placed(group) for group in service.settings.staff_groups.split()]
        if not self._staff:
            del self._schedules[Bulletin.WEEKLY]

    async def run(self) -> None:
        while True:
            for bulletin in self._schedules:
                if await self._due(bulletin) <= self._clock.now():
                    await self._issue(bulletin)
            await self.rest(asyncio.Event())  # time alone wakes it

    async def next_due(self) -> datetime | None:
        return min([await self._due(bulletin) for bulletin in self._schedules])

    async def backlog(self) -> int:
        now = self._clock.now()
        return sum([await self._due(bulletin) <= now for bulletin in self._schedules])

    async def _due(self, bulletin: Bulletin) -> datetime:
        _, last = await self._service.commands.load(ISSUED, bulletin_stream(bulletin))
        schedule = self._schedules[bulletin]
        return schedule.following(last.moment) if last else schedule.latest(self._clock.now())

    async def _issue(self, bulletin: Bulletin) -> None:
        now, stream = self._clock.now(), bulletin_stream(bulletin)
        version, last = await self._service.commands.load(ISSUED, stream)
        moment = self._schedules[bulletin].latest(now)
        upto, told = await (self._compose(bulletin, last, moment) if last else self._begin(moment))
        replies, pace = list[ReplyQueued](), Pace(self._service.store.busy)
        for channel, group, known in told:
            replies.append(self._queued(bulletin, channel, group, known, now))
            await pace.breathe()
        events = ISSUED.decide(Issue(bulletin, moment, upto, len(replies), now), last)
        if events:
            with contextlib.suppress(Conflict):  # another replica has just issued it
                await self._service.store.append_many([Append(stream, version, events, CAUSE), *map(_append, replies)])
                log.info("bulletin_issued", bulletin=bulletin, told=len(replies))

    async def _begin(self, moment: datetime) -> tuple[int, list[Told]]:
        """They were just switched on: the first one tells of what is noted from the last set time on."""
        return await self._service.store.position_at(moment), []

    async def _compose(self, bulletin: Bulletin, last: BulletinIssued, moment: datetime) -> tuple[int, list[Told]]:
        await self._hear_all()
        if bulletin is Bulletin.DAILY:
            return await heard.days(self._service, last.upto, last.moment, moment)
        upto, known = await heard.week(self._service, last.upto, last.moment, moment)
        return upto, [(*place, known) for place in self._staff]

    async def _hear_all(self) -> None:
        """Returns when notify has heard what others have said, as far as they can be asked: it may have slept at the set time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self._unheard():  # noqa: ASYNC110 - only the server knows how much it still holds
                    await asyncio.sleep(LOOK_SECONDS)
        await self._service.follower("heard").wait_for(await self._service.store.head())

    async def _unheard(self) -> int:
        try:
            return sum([await consumer.backlog() for consumer in self._service.consumers])
        except Exception as trouble:
            log.info("bulletin_waits", trouble=repr(trouble))
            return 1

    def _queued(self, bulletin: Bulletin, channel: str, group: str, known: dict[str, Any], now: datetime) -> ReplyQueued:
        return ReplyQueued(
            reply=str(uuids.uuid7()), appeal=None, channel=channel, group=group, audience=AUDIENCES[bulletin], person=COUNTY,
            template=bulletin, text=self._texts.compose(bulletin, **known), queued_at=now,
        )  # fmt: skip


def _append(queued: ReplyQueued) -> Append:
    return Append(reply_stream(queued.reply), 0, [queued], CAUSE, f"{queued.channel}:{queued.group}")
