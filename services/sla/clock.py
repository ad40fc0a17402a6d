"""A clock as it stands, and what each event makes of it. Events of old are read as they were meant then. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from shared.events import Event
from shared.events.sla import (
    BackupPaged,
    CaseEscalated,
    CaseOverdue,
    ClockEvent,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    Colour,
    EscalationAcknowledged,
    Promise,
)

_OLD_LADDERS = {Promise.ACCEPT: "answer"}
"""of clocks that were started before ladders had names"""
_WORK = "work"


@dataclass(frozen=True, slots=True)
class Clock:
    """One running, paused or stopped clock."""

    last: ClockEvent
    started: ClockStarted
    warn_at: datetime
    orange_at: datetime | None
    due_at: datetime
    calendar: str | None
    ladder: str
    warned: Colour | None = None
    paged: bool = False
    overdue: bool = False
    steps: int = 0
    told_at: datetime | None = None
    """when the last step was said, or acknowledged: the next one's delay counts from then"""
    acknowledged: frozenset[int] = frozenset()
    stopped: bool = False
    paused_at: datetime | None = None
    extra: timedelta = timedelta(0)
    """how much of the time until it is due was added by pauses and extensions"""

    @property
    def started_at(self) -> datetime:
        return self.started.started_at

    @property
    def runs(self) -> bool:
        return not self.stopped and self.paused_at is None


Clocks = Mapping[Promise, Clock]
NONE: Clocks = MappingProxyType({})


def evolve(clocks: Clocks, event: Event) -> Clocks:
    if not isinstance(event, ClockEvent):
        return clocks
    return MappingProxyType({**clocks, event.promise: after(clocks.get(event.promise), event)})


def after(clock: Clock | None, event: ClockEvent) -> Clock:
    """The clock after an event of its own. A clock begins with ClockStarted."""
    if isinstance(event, ClockStarted):
        ladder = event.ladder or _OLD_LADDERS.get(event.promise, _WORK)
        return Clock(event, event, event.warn_at, event.orange_at, event.due_at, event.calendar, ladder)
    assert clock is not None
    return replace(clock, last=event, **_changes(clock, event))


def _changes(clock: Clock, event: ClockEvent) -> dict[str, Any]:
    match event:
        case ClockWarned():
            return {"warned": event.colour}
        case BackupPaged():
            return {"paged": True}
        case CaseOverdue():
            return {"overdue": True, "told_at": event.due_at}
        case CaseEscalated():
            return {"steps": event.step, "told_at": event.told_at or event.escalated_at}
        case EscalationAcknowledged():
            told = max(clock.told_at or event.acknowledged_at, event.acknowledged_at)
            last = event.step == clock.steps
            return {"acknowledged": clock.acknowledged | {event.step}, "told_at": told if last else clock.told_at}
        case ClockMoved():
            # time that was added is warned of again before it is over
            again = event.due_at > clock.due_at and event.warn_at > clock.warn_at
            moved = {"calendar": event.calendar, "ladder": event.ladder or clock.ladder, **_due_at(clock, event)}
            return moved | ({"warned": None} if again else {})
        case ClockPaused():
            return {"paused_at": event.paused_at}
        case ClockResumed():
            return {"paused_at": None, "told_at": _rested(clock, event), **_due_at(clock, event)}
        case ClockStopped():
            return {"stopped": True}
        case _:
            return {}


def _due_at(clock: Clock, event: ClockMoved | ClockResumed) -> dict[str, Any]:
    added = max(event.due_at - clock.due_at, timedelta(0))
    times = {"warn_at": event.warn_at, "orange_at": event.orange_at, "due_at": event.due_at}
    return {**times, "extra": clock.extra + added}


def _rested(clock: Clock, event: ClockResumed) -> datetime | None:
    """The ladder of a broken promise rested while its clock did."""
    if clock.told_at is None or clock.paused_at is None:
        return clock.told_at
    return clock.told_at + max(event.resumed_at - clock.paused_at, timedelta(0))
