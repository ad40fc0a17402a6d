"""The timers: wake when the next clock is due, and tick it. A tick decides nothing twice."""

from collections.abc import Sequence
from datetime import datetime

from services.sla import views
from services.sla.domain import CLOCKS, Tick, clocks_stream
from services.sla.policy import Policy
from shared import timers
from shared.envelope import Cause
from shared.events.sla import ClockStarted
from shared.service import Service


class Timers(timers.Timers):
    """Ticks the clocks."""

    view = "clocks"

    def __init__(self, service: Service, policy: Policy) -> None:
        super().__init__(service)
        self._policy = policy

    async def next_due(self) -> datetime | None:
        return await views.next_due(self._service)

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        return await views.due(self._service, now, limit)

    async def tick(self, appeal: str, now: datetime) -> None:
        stream = clocks_stream(appeal)
        cause = await self._cause(stream)
        await self._service.commands.execute(CLOCKS, stream, Tick(now, self._policy), cause)

    async def _cause(self, stream: str) -> Cause:
        """What time does is done because of what started the clocks last: the appeal, or the word that reopened it."""
        *_, started = (r for r in await self._service.store.load(stream) if isinstance(r.event, ClockStarted))
        return started.because("minsheng:clock")
