"""Following: when the lead of a merged matter takes a step, the cases it leads take it too, in the order of the log.

A process, as one command changes one stream: what is said to the lead, in a chat or over REST, is stored first and followed
afterwards, once.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from services.routing.domain import CASE, case_stream
from services.routing.merging import FOLLOWED, MERGING, CatchUp, Follow, Merge
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events import current_type
from shared.events.routing import CaseEvent, CaseMerged
from shared.followers import Process
from shared.store import Store

MEMORY = timedelta(days=180)
"""how long after it was merged a case follows its lead"""


class Following:
    """Which cases each lead leads."""

    def __init__(self) -> None:
        self._led: dict[str, list[str]] = {}

    def process(self) -> Process:
        return Process("following", (CaseMerged, *FOLLOWED), self.opens, self.react, self.prepare)

    async def prepare(self, store: Store) -> None:
        """All that were merged, also after the place this process has read to: whether one follows its own state tells."""
        self._led = {}
        async for page in store.read_all(after=await store.position_at(store.clock.now() - MEMORY)):
            for r in page:
                if current_type(r.type) == CaseMerged.TYPE:
                    self._note(r.event)

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        match r.event:
            case CaseMerged() as event:
                yield from ((CASE, case_stream(appeal)) for appeal in (event.appeal, event.lead, *event.cases))
            case CaseEvent() as event:
                yield from ((CASE, case_stream(appeal)) for appeal in self._led.get(event.appeal, ()))

    def react(self, r: Recorded, work: Work) -> None:
        match r.event:
            case CaseMerged() as event:
                self._note(event)
                for appeal in event.cases:
                    work.decide(MERGING, case_stream(appeal), Merge(event), r.because(), appeal)
                if event.appeal != event.lead:
                    lead = work.state(CASE, case_stream(event.lead))
                    work.decide(MERGING, case_stream(event.appeal), CatchUp(lead, event), r.because(), event.appeal)
            case CaseEvent() as event:
                for appeal in self._led.get(event.appeal, ()):
                    work.decide(MERGING, case_stream(appeal), Follow(event), r.because(), appeal)

    def _note(self, event: Any) -> None:
        led = self._led.setdefault(event.lead, [])
        if event.appeal != event.lead and event.appeal not in led:
            led.append(event.appeal)
