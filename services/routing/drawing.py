"""Drawing: when a case is closed, the lot decides whether its reporter is called a second time. A process, so that it is drawn once."""

from collections.abc import Iterable
from typing import Any

from services.routing.commands import DrawSecondCall
from services.routing.domain import CASE, case_stream
from services.routing.second_calls import drawn, may_be_drawn
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.routing import CaseClosed
from shared.followers import Process
from shared.store import Store


class Drawing:
    """The lot, by which `share` (0–1) of the closed cases are drawn."""

    def __init__(self, share: float) -> None:
        self._share = share

    def process(self) -> Process:
        return Process("drawing", (CaseClosed,), self.opens, self.react, self.prepare)

    async def prepare(self, store: Store) -> None:
        """There is nothing to remember: the id tells."""

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        if self._drawn(r):
            yield CASE, case_stream(r.subject)

    def react(self, r: Recorded, work: Work) -> None:
        if self._drawn(r):
            draw = DrawSecondCall(self._share, r.time)
            work.decide(CASE, case_stream(r.subject), draw, r.because("minsheng:lot"), r.subject)

    def _drawn(self, r: Recorded) -> bool:
        event = r.event
        return isinstance(event, CaseClosed) and may_be_drawn(event) and drawn(event.appeal, self._share)
