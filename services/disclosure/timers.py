"""The timers: a notice is published at its time, and expires at its time, once."""

from collections.abc import Sequence
from datetime import datetime

from services.disclosure import views
from services.disclosure.commands import Tick
from services.disclosure.domain import NOTICE, notice_stream
from services.disclosure.notice import Notice
from shared import timers
from shared.envelope import Cause
from shared.events.disclosure import NoticeDrafted, NoticePublished, NoticeReviewed
from shared.service import Service

CLOCK = "minsheng:clock"


class Timers(timers.Timers):
    """Does with notices what is due."""

    view = "notices"

    async def next_due(self) -> datetime | None:
        return await views.next_due(self._service)

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        return await views.due(self._service, now, limit)

    async def tick(self, appeal: str, now: datetime) -> None:
        """Of a notice, which is what is due here."""
        stream = notice_stream(appeal)
        _, notice = await self._service.commands.load(NOTICE, stream)
        tick = Tick(now, await groups_for(self._service, notice))
        await self._service.commands.execute(NOTICE, stream, tick, await self._cause(stream), subject=appeal)

    async def _cause(self, stream: str) -> Cause:
        """It is done because of whoever wrote, approved or published it with that time."""
        started = (NoticeDrafted, NoticeReviewed, NoticePublished)
        *_, last = (r for r in await self._service.store.load(stream) if isinstance(r.event, started))
        return last.because(CLOCK)


async def groups_for(service: Service, notice: Notice) -> tuple[str, ...]:
    """The groups to which a notice goes that is about to be published."""
    if notice.pending is None or notice.published is not None:
        return ()
    draft = notice.pending.draft
    return await views.groups_of(service, draft.reach, draft.villages, draft.townships)
