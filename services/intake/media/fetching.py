"""The fetcher: takes the files that chat systems hold, keeps them with the other attachments, and adds them to their messages.

Each file has its own time: tried at once, then after pauses that double up to an hour, until the chat system says that it is
gone or three days are over. What then is missing stands on the message. A channel's files are asked for one after the other,
the channels at once; one that does not answer rests as a whole, so that it delays the others by seconds and not by its queue.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from services.intake import domain
from services.intake.adding import add
from services.intake.attachments.following import FOLLOWING, Named, following_stream
from services.intake.attachments.keeping import Keeping
from services.intake.domain import MESSAGE
from services.intake.media import views
from services.intake.media.awaiting import noted
from services.intake.media.holders import Gone, Holder, NotItsOwn, TooLarge, Unreachable, Withheld
from services.intake.media.views import KEPT, Awaited
from shared.access import Who
from shared.decider import Refused
from shared.envelope import Cause
from shared.events.attachments import Attached, AttachmentKind
from shared.events.intake import MediaMissed, MediaTrouble
from shared.problems import Problem
from shared.service import Service, Worker

log = structlog.get_logger()
AT_ONCE = 50
"""files looked at in one round"""
IN_MEMORY = 2
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
PAUSE_SECONDS = 0.1
"""between two looks, however fast the log grows"""
SECONDS = 60.0
"""in which one file must be there"""


class Fetcher(Worker):
    """Looks whenever the log has grown or a file is due."""

    name = "media"

    def __init__(self, service: Service, keeping: Keeping, reach: Callable[[], Mapping[str, Holder]]) -> None:
        """`reach` opens the chat systems by the names of their channels."""
        super().__init__(service.clock)
        self._service, self._keeping, self._reach = service, keeping, reach
        self._waker = service.session.waker()
        self._in_memory = asyncio.Semaphore(IN_MEMORY)

    async def run(self) -> None:
        holders = self._reach()
        try:
            while True:
                self._waker.clear()
                await self.look(holders)
                await asyncio.sleep(PAUSE_SECONDS)
                await self.rest(self._waker)
        finally:
            await asyncio.gather(*(holder.close() for holder in holders.values()))

    async def next_due(self) -> datetime | None:
        return await views.next_due(self._service)

    async def backlog(self) -> int:
        return await views.count_due(self._service, self._clock.now())

    async def look(self, holders: Mapping[str, Holder]) -> None:
        """Tries what is due now, as of the log's head: what was settled is not due again."""
        await self._service.seen(views.PROJECTION, await self._service.store.head())
        due = await views.due(self._service, self._clock.now(), AT_ONCE)
        doors = groupby(sorted(due, key=lambda one: one.door), key=lambda one: one.door)
        await asyncio.gather(*(self._fetch_all(holders.get(door), list(run)) for door, run in doors))

    async def _fetch_all(self, holder: Holder | None, due: list[Awaited]) -> None:
        for one in due:
            async with self._in_memory:
                if rests := await self._settle(holder, one):
                    await views.rest_door(self._service, one.door, rests)
                    return

    async def _settle(self, holder: Holder | None, one: Awaited) -> datetime | None:
        """One try. Answers until when its channel rests, if that does not answer at all."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._fetch(holder, one)
        except Gone:
            await self._miss(one, MediaTrouble.GONE)
        except TooLarge:
            await self._miss(one, MediaTrouble.TOO_LARGE)
        except (NotItsOwn, Refused):
            await self._miss(one, MediaTrouble.NOT_ACCEPTED)
        except Withheld as trouble:
            await self._again(one, str(trouble))
        except (Unreachable, TimeoutError) as trouble:
            return await self._again(one, str(trouble) or "timeout")
        except Problem as problem:
            if problem.status == 415:
                await self._miss(one, MediaTrouble.NOT_ACCEPTED)
            else:
                await self._again(one, problem.detail)
        except Exception:
            log.exception("media_failed", door=one.door)
            await self._again(one, "failed")
        return None

    async def _fetch(self, holder: Holder | None, one: Awaited) -> None:
        if holder is None:
            raise Unreachable("the channel is not configured to fetch files")
        ref, name = noted(one.media or "", one.ordinal)
        who = Who(f"channel:{one.door}", frozenset())
        data = await holder.fetch(ref)
        if len(data) > self._keeping.limit:
            raise TooLarge
        async with self._keeping.coming_in:
            stored = await self._keeping.keep(self._service, data, who)
        file = Attached(sha256=stored.sha256, type=stored.type, kind=AttachmentKind(one.kind))
        stream = domain.message_stream(str(one.message))
        received = (await self._service.commands.load(MESSAGE, stream))[
            1
        ].received  # after the wait: who sent it may be forgotten
        assert received, "awaited only after its message"
        await add(self._service, received, [Named(file, name)], who.name, one.ordinal)
        log.info("media_fetched", door=one.door, kind=one.kind, size=len(data))

    async def _again(self, one: Awaited, trouble: str) -> datetime:
        now = self._clock.now()
        at: datetime = now + min(FIRST_PAUSE * 2 ** min(one.tries, 20), LONGEST_PAUSE)
        if at > one.awaited_at + KEPT:
            await self._miss(one, MediaTrouble.UNREACHABLE)
            return at
        log.warning("media_not_fetched", door=one.door, tries=one.tries + 1, trouble=trouble)
        await views.again(self._service, one, at)
        return at

    async def _miss(self, one: Awaited, trouble: MediaTrouble) -> None:
        message, kind = str(one.message), AttachmentKind(one.kind)
        missed = MediaMissed(message=message, ordinal=one.ordinal, kind=kind, trouble=trouble, missed_at=self._clock.now())
        await self._service.commands.execute(FOLLOWING, following_stream(message), missed, Cause(f"channel:{one.door}"))
        log.warning("media_missed", door=one.door, kind=one.kind, trouble=trouble.value)
