"""Asking: a question under a notice is linked to the notice it means, in the order of the log.

A process, as the question lies in the appeal's stream and the link in the notice's. Which notice a question means is told by the
words they share; where none do, the newest notice of the group is meant.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from services.disclosure.domain import NOTICE, notice_stream
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.disclosure import (
    NoticeCorrected,
    NoticeExpired,
    NoticePublished,
    NoticeQuestioned,
    NoticeWithdrawn,
    QuestionHeard,
    placed,
)
from shared.followers import Process
from shared.store import Store

MEMORY = timedelta(days=90)
"""how long after it was published a notice is asked about without being named"""
KEPT = 5000


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice that stands: where, since when, and the pairs of letters in its words."""

    notice: str
    groups: frozenset[str]
    since: datetime
    pairs: frozenset[str]


def pairs_of(text: str) -> frozenset[str]:
    """花椒补助 → 花椒, 椒补, 补助."""
    letters = [letter for letter in text if letter.isalnum()]
    return frozenset(a + b for a, b in pairwise(letters))


def meant(question: QuestionHeard, standing: Iterable[Standing]) -> Standing | None:
    """Which notice a question means."""
    asked, where = pairs_of(question.text or ""), f"{question.channel}/{question.group}"
    near = [one for one in standing if where in one.groups and timedelta(0) <= question.asked_at - one.since <= MEMORY]
    return max(near, key=lambda one: (len(asked & one.pairs), one.since), default=None)


class Asking:
    """The notices that stand."""

    def __init__(self) -> None:
        self._standing: OrderedDict[str, Standing] = OrderedDict()

    def process(self) -> Process:
        handles = (NoticePublished, NoticeCorrected, NoticeWithdrawn, NoticeExpired, QuestionHeard)
        return Process("asking", handles, self.opens, self.react, self.prepare)

    async def prepare(self, store: Store) -> None:
        self._standing.clear()
        async for page in store.read_all(after=await store.position_at(store.clock.now() - MEMORY)):
            for r in page:
                if r.type in _KNOWN:
                    self._note(r.event)

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        """All that may be meant: notices that the same batch publishes are not known here yet."""
        match r.event:
            case QuestionHeard() as event:
                where = f"{event.channel}/{event.group}"
                yield from ((NOTICE, notice_stream(n)) for n, one in self._standing.items() if where in one.groups)
            case NoticePublished() as event:
                yield NOTICE, notice_stream(event.notice)

    def react(self, r: Recorded, work: Work) -> None:
        event = r.event
        if not isinstance(event, QuestionHeard):
            return self._note(event)
        if found := meant(event, self._standing.values()):
            known = event.model_dump(include={"appeal", "number", "channel", "group", "asked_at"})
            command = NoticeQuestioned(notice=found.notice, **known)
            work.decide(NOTICE, notice_stream(found.notice), command, r.because(), found.notice)
        return None

    def _note(self, event: Any) -> None:
        match event:
            case NoticePublished():
                groups = frozenset("/".join(placed(group)) for group in event.groups)
                pairs = pairs_of(f"{event.title}\n{event.body}")
                self._standing[event.notice] = Standing(event.notice, groups, event.published_at, pairs)
                while len(self._standing) > KEPT:
                    self._standing.popitem(last=False)
            case NoticeCorrected() if known := self._standing.get(event.notice):
                self._standing[event.notice] = replace(known, pairs=pairs_of(f"{event.title}\n{event.body}"))
            case NoticeWithdrawn() | NoticeExpired():
                self._standing.pop(event.notice, None)


_KNOWN = frozenset(event.TYPE for event in (NoticePublished, NoticeCorrected, NoticeWithdrawn, NoticeExpired))
