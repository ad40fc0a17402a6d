"""Waking: a suspended case goes on by itself when the time has come until which it was suspended."""

from collections.abc import Sequence
from datetime import datetime

from services.routing import views
from services.routing.commands import Wake
from services.routing.domain import CASE, case_stream
from shared import timers
from shared.envelope import Cause
from shared.events.casework import CaseSuspended

CLOCK = "minsheng:clock"


class Waking(timers.Timers):
    """Wakes what was suspended until now."""

    name = "waking"
    view = "cases"

    async def next_due(self) -> datetime | None:
        return await views.next_to_resume(self._service)

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        return await views.to_resume(self._service, now, limit)

    async def tick(self, appeal: str, now: datetime) -> None:
        stream = case_stream(appeal)
        cause = await self._cause(stream)
        await self._service.commands.execute(CASE, stream, Wake(CLOCK, now), cause)

    async def _cause(self, stream: str) -> Cause:
        """It is done because of whoever suspended it until then."""
        *_, suspended = (r for r in await self._service.store.load(stream) if isinstance(r.event, CaseSuspended))
        return suspended.because(CLOCK)
