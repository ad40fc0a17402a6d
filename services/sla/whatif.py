"""What another policy would have done to the cases of a period: the log is lived through again by the same rulebook. Pure.

What people did stays as it was: when they answered, suspended, were granted days, resolved. Only the time limits differ. Whether
anybody would have worked faster for them, nobody can say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.sla.clock import NONE, Clocks, evolve
from services.sla.domain import Continue, Extend, Pause, Stop, Tick, decide, next_of
from services.sla.policies import Policies
from services.sla.policy import Policy, Terms
from shared.events import Event
from shared.events.sla import (
    CaseEscalated,
    CaseOverdue,
    ClockEvent,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    Promise,
)

_JUST_AFTER = timedelta(microseconds=1)


@dataclass
class Figures:
    """How a promise fared."""

    clocks: int = 0
    kept: int = 0
    broken: int = 0
    warnings: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    """how often each role was told of a broken promise"""

    @property
    def share(self) -> float | None:
        """Kept, of those that were settled."""
        settled = self.kept + self.broken
        return self.kept / settled if settled else None


def figures(events: Iterable[Event]) -> Mapping[Promise, Figures]:
    """How each promise fared, by what was said of its clocks."""
    found: defaultdict[Promise, Figures] = defaultdict(Figures)
    late: set[tuple[str, Promise, int]] = set()
    for event in events:
        if not isinstance(event, ClockEvent):
            continue
        of, clock = found[event.promise], (event.appeal, event.promise, event.round)
        match event:
            case ClockStarted():
                of.clocks += 1
            case ClockWarned():
                of.warnings += 1
            case CaseEscalated():
                of.steps[event.title or event.to] += 1
            case CaseOverdue():
                of.broken += 1
                late.add(clock)
            case ClockStopped(in_time=True):
                of.kept += 1
                of.broken -= clock in late
            case ClockStopped() if clock not in late:
                of.broken += 1
    return found


def lived_again(events: Sequence[ClockEvent], policy: Policy, now: datetime) -> list[Event]:
    """What would have been said of one case's clocks under another policy, given what was said of them, in order."""
    policies, clocks, said = Policies(current=policy), NONE, list[Event]()
    before = dict[Promise, datetime]()
    for event in events:
        if (moment := _when(event)) is not None:
            clocks = _time_passes(clocks, policies, moment, said)
            for new in _meant(event, clocks, policies, before):
                clocks = evolve(clocks, new)
                said.append(new)
        if isinstance(event, ClockStarted | ClockMoved | ClockResumed):
            before[event.promise] = event.due_at
    _time_passes(clocks, policies, now + _JUST_AFTER, said)
    return said


def _when(event: ClockEvent) -> datetime | None:
    """When somebody did what an event tells; None of what time did. Days granted moved a clock while it ran."""
    match event:
        case ClockStarted():
            return event.started_at
        case ClockPaused():
            return event.paused_at
        case ClockResumed():
            return event.resumed_at
        case ClockStopped():
            return event.stopped_at
        case ClockMoved():
            return datetime.min.replace(tzinfo=event.due_at.tzinfo)
        case _:
            return None


def _time_passes(clocks: Clocks, policies: Policies, until: datetime, said: list[Event]) -> Clocks:
    while (look := next_of(clocks, policies)) and look < until:
        for event in decide(Tick(look, policies), clocks):
            clocks = evolve(clocks, event)
            said.append(event)
    return clocks


def _meant(event: ClockEvent, clocks: Clocks, policies: Policies, before: Mapping[Promise, datetime]) -> Sequence[Event]:
    """What the same deed comes to now."""
    if isinstance(event, ClockStarted):
        return _started(event, policies.current)
    if (clock := clocks.get(event.promise)) is None:
        return []
    match event:
        case ClockPaused():
            return decide(Pause(event.paused_at), clocks)
        case ClockResumed():
            return decide(Continue(event.resumed_at, policies), clocks)
        case ClockStopped():
            return decide(Stop((event.promise,), event.stopped_at, event.by), clocks)
        case ClockMoved() if (added := event.due_at - before[event.promise]).days > 0:
            return decide(Extend(added.days, clock.started_at, policies), clocks)
        case ClockMoved() if event.due_at < before[event.promise] and not clock.stopped:
            started = clock.started.model_copy(update={"urgent": True, "department": event.department})
            sooner = [new for new in _started(started, policies.current) if new.due_at < clock.due_at]
            times = ("due_at", "warn_at", "orange_at", "calendar", "ladder")
            return [event.model_copy(update={name: getattr(new, name) for name in times}) for new in sooner]
        case _:
            return []


def _started(event: ClockStarted, policy: Policy) -> list[ClockStarted]:
    terms = policy.terms(event.promise, event.started_at, event.category, event.department, urgent=event.urgent)
    if terms is None:
        return []
    changed = {name: getattr(terms, name) for name in Terms.__slots__} | {"policy": policy.version}
    return [event.model_copy(update=changed)]
