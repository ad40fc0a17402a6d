"""The gatherer: looks at each new appeal beside the open ones of its township, and says when they are a crowd.

A process beside the reader, so that reading a message costs nothing more. It remembers the lately opened appeals of each
township as a fold of the log up to where it has read; what it decided is stored together with that place, so each appeal
and each household counts once.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from services.intake import crowds
from services.intake.crowds import CROWD, Count, Joins, Known, Leave, Offer, Uncount, crowd_key, crowd_stream
from services.intake.reading.model import WAITING
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events import Event, current_type
from shared.events.crowds import AppealMerged, CrowdGrew, CrowdMerged, CrowdOffered
from shared.events.intake import (
    AppealOpened,
    AppealSealed,
    AppealSupplemented,
    AppealWithdrawn,
    CaseStatusNoted,
    Kind,
    MessageCorrected,
)
from shared.followers import Process, position_of
from shared.store import Store

NAME = "gatherer"
MEMORY = timedelta(days=7)
"""for how long an appeal is remembered: longer than a neighbour may still join it"""
KEPT = 1000
"""appeals remembered of one township"""
COMPARED = 200
"""the newest of them, with which a new one is compared"""
HANDLES = (AppealOpened, AppealSupplemented, AppealWithdrawn, AppealSealed, CaseStatusNoted, CrowdMerged, MessageCorrected)
_CROWDS = frozenset({CrowdOffered.TYPE, CrowdGrew.TYPE})
_APPEALS = frozenset(kind.TYPE for kind in HANDLES if kind is not CrowdMerged)


class Town:
    """The remembered appeals of one township, oldest first, each with when it was recorded."""

    def __init__(self) -> None:
        self.appeals: dict[str, Known] = {}
        self.recorded: dict[str, datetime] = {}

    def newest(self) -> Iterable[Known]:
        return islice(reversed(self.appeals.values()), COMPARED)

    def forget(self, appeal: str) -> None:
        del self.appeals[appeal], self.recorded[appeal]

    def outdated(self, now: datetime) -> list[str]:
        """Those to forget: too old, or too many."""
        spare = len(self.appeals) - KEPT
        return [a for n, (a, at) in enumerate(self.recorded.items()) if n < spare or now - at > MEMORY]


class Gatherer:
    """The townships of a county."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._towns: dict[str, Town] = {}
        self._township: dict[str, str] = {}

    def process(self) -> Process:
        return Process(NAME, HANDLES, self.opens, self.react, self.prepare)

    async def prepare(self, store: Store) -> None:
        """Appeals up to where this process has read; crowds all, for each was decided about an appeal before that place."""
        self._towns, self._township = {}, {}
        reached = await position_of(store, NAME)
        async for page in store.read_all(after=await store.position_at(store.clock.now() - MEMORY)):
            for r in page:
                kind = current_type(r.type)
                if kind in _CROWDS or (kind in _APPEALS and r.position <= reached):
                    self._remember(r.event, r.time)

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        """The crowd it may found, and those it may join: all of the township's, as what comes before it may reopen any."""
        match r.event:
            case AppealOpened() as event if _takes_part(event):
                yield CROWD, crowd_stream(crowd_key(event.appeal))
                town = self._towns.get(event.township, Town())
                yield from ((CROWD, crowd_stream(crowd)) for crowd in {k.crowd for k in town.appeals.values() if k.crowd})
            case AppealSupplemented() | AppealWithdrawn() | AppealSealed() | MessageCorrected() as event:
                told = event.was_appeal if isinstance(event, MessageCorrected) else event.appeal
                if (appeal := self._find(told)) and appeal.crowd:
                    yield CROWD, crowd_stream(appeal.crowd)
            case CrowdMerged() as event:
                yield CROWD, crowd_stream(event.crowd)

    def react(self, r: Recorded, work: Work) -> None:
        match r.event:
            case AppealWithdrawn() | AppealSealed() as left:
                self._leave(left, r, work)
            case MessageCorrected() as corrected if _says_it_no_more(corrected):
                self._uncount(corrected, r, work)
        self._remember(r.event, r.time)
        match r.event:
            case AppealOpened() as event if _takes_part(event):
                self._gather(event, r, work)
            case AppealSupplemented() as event:
                self._count(event, r, work)
            case CrowdMerged() as event:
                _tell_each(event, r, work)

    def _gather(self, event: AppealOpened, r: Recorded, work: Work) -> None:
        town = self._towns[event.township]
        new = town.appeals[event.appeal]
        others = [known for known in town.newest() if known is not new]
        states = {known.crowd: work.state(CROWD, crowd_stream(known.crowd)) for known in others if known.crowd}
        found = crowds.gather(new, others, states, self._within)
        if found is None:
            return
        if isinstance(found, Joins):
            crowd, command = found.crowd, crowds.Join(new, found.reason, event.occurred_at)
            self._decide(crowd, command, r, work)
        else:
            crowd = crowd_key(event.appeal)
            self._decide(crowd, Offer(crowd, found, event.occurred_at), r, work)

    def _count(self, event: AppealSupplemented, r: Recorded, work: Work) -> None:
        if event.text is not None and (appeal := self._find(event.appeal)) and appeal.crowd:
            self._decide(appeal.crowd, Count(event.person, event.urgent, event.occurred_at), r, work)

    def _leave(self, event: AppealWithdrawn | AppealSealed, r: Recorded, work: Work) -> None:
        appeal = self._find(event.appeal)
        if appeal is None or appeal.crowd is None:
            return
        others = self._beside(appeal)
        people = appeal.people.difference(*(other.people for other in others))
        waiting = frozenset(other.place.appeal for other in others if other.waiting)
        self._decide(appeal.crowd, Leave(event.appeal, people, waiting, event.by, event.occurred_at), r, work)

    def _uncount(self, event: MessageCorrected, r: Recorded, work: Work) -> None:
        appeal = self._find(event.was_appeal)
        if appeal is None or appeal.crowd is None:
            return
        left = crowds.without(appeal, event.message_id)
        people = (appeal.people - left.people).difference(*(other.people for other in self._beside(appeal)))
        if people:
            self._decide(appeal.crowd, Uncount(people, event.corrected_at), r, work)

    def _beside(self, appeal: Known) -> list[Known]:
        """The other appeals of its crowd."""
        town = self._towns[appeal.township].appeals.values()
        return [known for known in town if known.crowd == appeal.crowd and known is not appeal]

    def _decide(self, crowd: str, command: crowds.Command, r: Recorded, work: Work) -> None:
        for event in work.decide(CROWD, crowd_stream(crowd), command, r.because("minsheng:gatherer"), crowd):
            self._remember(event, r.time)

    def _find(self, appeal: str | None) -> Known | None:
        town = self._towns.get(self._township.get(appeal or "", ""))
        return town.appeals.get(appeal or "") if town else None

    def _change(self, appeal: str, **changes: Any) -> None:
        if known := self._find(appeal):
            self._towns[known.township].appeals[appeal] = replace(known, **changes)

    def _remember(self, event: Event, recorded: datetime) -> None:
        match event:
            case AppealOpened() if _takes_part(event):
                self._add(event, recorded)
            case AppealSupplemented() if event.text is not None and (known := self._find(event.appeal)):
                self._towns[known.township].appeals[event.appeal] = crowds.added(known, event)
            case MessageCorrected() if _says_it_no_more(event) and (known := self._find(event.was_appeal)):
                self._towns[known.township].appeals[known.place.appeal] = crowds.without(known, event.message_id)
            case AppealWithdrawn() | AppealSealed() if known := self._find(event.appeal):
                self._towns[known.township].forget(event.appeal)
                del self._township[event.appeal]
            case CaseStatusNoted():
                self._change(event.appeal, waiting=event.status in WAITING)
            case CrowdOffered():
                for place in event.appeals:
                    self._change(place.appeal, crowd=event.crowd)
            case CrowdGrew() if event.joined:
                self._change(event.joined.appeal, crowd=event.crowd)

    def _add(self, event: AppealOpened, recorded: datetime) -> None:
        town = self._towns.setdefault(event.township, Town())
        town.appeals[event.appeal] = crowds.known(event)
        town.recorded[event.appeal] = recorded
        self._township[event.appeal] = event.township
        for appeal in town.outdated(recorded):
            town.forget(appeal)
            del self._township[appeal]


def _takes_part(event: AppealOpened) -> bool:
    """What is sealed is shown to nobody, and a group that is not registered stands in no township."""
    return not event.sealed and event.text is not None and bool(event.township)


def _says_it_no_more(event: MessageCorrected) -> bool:
    """Whether an addition to an appeal is none any more, or one to another. What opened an appeal is withdrawn with it."""
    return event.was_kind is Kind.SUPPLEMENT and (event.kind, event.appeal) != (event.was_kind, event.was_appeal)


def _tell_each(event: CrowdMerged, r: Recorded, work: Work) -> None:
    """Each appeal is told by an event of its own, which stays in order with all else that is said of it."""
    for place in event.appeals:
        told = AppealMerged(
            appeal=place.appeal,
            crowd=event.crowd,
            about=event.about,
            lead=event.lead.appeal,
            lead_number=event.lead.number,
            count=event.count,
            by=event.by,
            occurred_at=event.occurred_at,
        )
        work.add(CROWD, crowd_stream(event.crowd), [told], r.because(), place.appeal)
