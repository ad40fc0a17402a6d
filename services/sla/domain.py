"""Sla's rulebook: one clock a promise. It starts once, warns once, is overdue once, climbs each step of the ladder once.

Stream: `clocks-<appeal>`, all clocks of one case. Deadlines are reckoned from the villager's message, not from when a
machine saw it; an answer counts from when it was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from services.sla.policy import Policy
from shared.decider import Decider
from shared.events import COMMISSION, Event
from shared.events.routing import CaseAssigned, CaseEvent
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


@dataclass(frozen=True)
class Clock:
    """One running, paused or stopped clock."""

    last: ClockEvent
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    warned: bool = False
    overdue: bool = False
    steps: int = 0
    stopped: bool = False
    paused_at: datetime | None = None
    extra: timedelta = timedelta(0)
    """how much of the time until it is due was added by pauses and extensions"""


Clocks = Mapping[Promise, Clock]
NONE: Clocks = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Start:
    """A department became accountable: the answer and the work are promised from when the villager wrote."""

    case: CaseAssigned
    policy: Policy


@dataclass(frozen=True, slots=True)
class Restart:
    """The case was reopened: the work is promised anew, as long as the first time."""

    case: CaseEvent
    policy: Policy


@dataclass(frozen=True, slots=True)
class Stop:
    """A promise was kept, or there is no more need to keep it."""

    promises: tuple[Promise, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Another department, or danger: the running clocks go with the case; danger shortens the work's."""

    case: CaseEvent
    policy: Policy


@dataclass(frozen=True, slots=True)
class Pause:
    """The case was suspended: the time of the work does not run."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Continue:
    """The work goes on: it is due later, by as long as it rested."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Extend:
    """More days were granted for the work. What was asked for too late counts for nothing."""

    days: int
    asked_at: datetime
    policy: Policy


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has come to look: whatever is due by `now` happens, each thing once, in order."""

    now: datetime
    policy: Policy


Command = Start | Restart | Stop | Move | Pause | Continue | Extend | Tick


def decide(command: Command, clocks: Clocks) -> list[Event]:
    match command:
        case Start():
            return [] if clocks else _start(command)
        case Restart():
            return _restart(command, clocks)
        case Stop():
            return [
                _stop(clock, command.at)
                for promise, clock in clocks.items()
                if promise in command.promises and not clock.stopped
            ]
        case Move():
            return [event for clock in clocks.values() if not clock.stopped and (event := _move(clock, command))]
        case Tick():
            running = (clock for clock in clocks.values() if not clock.stopped and not clock.paused_at)
            return [event for clock in running for event in _tick(clock, command)]
        case Pause() | Continue() | Extend():
            work = clocks.get(Promise.RESOLVE)
            return [] if work is None or work.stopped else _at_work(work, command)


def _start(command: Start) -> list[Event]:
    case, policy = command.case, command.policy
    within = {Promise.ACCEPT: policy.accept, Promise.RESOLVE: policy.resolve_within(case.category, urgent=case.urgent)}
    return [
        ClockStarted(
            **_facts(case),
            promise=promise,
            policy=policy.version,
            started_at=case.opened_at,
            due_at=case.opened_at + limit,
            warn_at=policy.warn_at(case.opened_at, case.opened_at + limit),
        )
        for promise, limit in within.items()
    ]


def _restart(command: Restart, clocks: Clocks) -> list[Event]:
    before = clocks.get(Promise.RESOLVE)
    if before is None or not before.stopped:
        return []
    start = command.case.occurred_at
    due = start + (before.due_at - before.started_at - before.extra)
    return [
        ClockStarted(
            **_facts(command.case),
            promise=Promise.RESOLVE,
            round=before.last.round + 1,
            policy=command.policy.version,
            started_at=start,
            due_at=due,
            warn_at=command.policy.warn_at(start, due),
        )
    ]


def _stop(clock: Clock, at: datetime) -> Event:
    in_time = min(at, clock.paused_at or at) <= clock.due_at
    return ClockStopped(**_repeated(clock.last), stopped_at=at, in_time=in_time, started_at=clock.started_at)


def _at_work(work: Clock, command: Pause | Continue | Extend) -> list[Event]:
    facts = _repeated(work.last)
    match command:
        case Pause():
            return [] if work.paused_at else [ClockPaused(**facts, paused_at=command.at)]
        case Continue():
            if work.paused_at is None:
                return []
            rest = max(command.at - work.paused_at, timedelta(0))
            due, warn = work.due_at + rest, work.warn_at + rest
            return [ClockResumed(**facts, resumed_at=command.at, due_at=due, warn_at=warn)]
        case Extend():
            if command.asked_at > work.due_at:
                return []
            due = work.due_at + timedelta(days=command.days)
            return [ClockMoved(**facts, due_at=due, warn_at=command.policy.warn_at(work.started_at, due))]


def _move(clock: Clock, command: Move) -> Event | None:
    case, due = command.case, clock.due_at
    if case.urgent and clock.last.promise is Promise.RESOLVE:
        due = min(due, clock.started_at + command.policy.urgent + clock.extra)
    if due == clock.due_at and case.department == clock.last.department:
        return None
    facts = {**_repeated(clock.last), "department": case.department, "department_name": case.department_name}
    return ClockMoved(**facts, due_at=due, warn_at=min(clock.warn_at, command.policy.warn_at(clock.started_at, due)))


def _tick(clock: Clock, command: Tick) -> list[Event]:
    facts, events = _repeated(clock.last), list[Event]()
    if command.now >= clock.due_at:
        if not clock.overdue:
            events.append(CaseOverdue(**facts, due_at=clock.due_at))
        for step, (delay, to) in enumerate(_ladder(clock, command.policy), 1):
            if step > clock.steps and command.now >= clock.due_at + delay:
                to = COMMISSION if clock.last.sealed else to
                events.append(CaseEscalated(**facts, step=step, to=to, escalated_at=clock.due_at + delay))
    elif command.now >= clock.warn_at and not clock.warned:
        events.append(ClockWarned(**facts, warned_at=clock.warn_at, due_at=clock.due_at))
    return events


def next_look(clock: Clock, policy: Policy) -> datetime | None:
    """When something is due next on this clock; None when nothing ever will be."""
    if clock.stopped or clock.paused_at:
        return None
    if not clock.overdue:
        return clock.due_at if clock.warned else clock.warn_at
    ladder = _ladder(clock, policy)
    return clock.due_at + ladder[clock.steps][0] if clock.steps < len(ladder) else None


def _ladder(clock: Clock, policy: Policy) -> Any:
    return policy.accept_ladder if clock.last.promise is Promise.ACCEPT else policy.resolve_ladder


def _facts(case: CaseEvent) -> dict[str, Any]:
    names = ("appeal", "number", "channel", "group", "township", "department", "department_name", "sealed")
    return {name: getattr(case, name) for name in names}


def _repeated(last: ClockEvent) -> dict[str, Any]:
    return {name: getattr(last, name) for name in ClockEvent.model_fields}


def evolve(clocks: Clocks, event: Event) -> Clocks:
    if not isinstance(event, ClockEvent):
        return clocks
    if isinstance(event, ClockStarted):
        clock = Clock(event, event.started_at, event.warn_at, event.due_at)
    else:
        clock = _changed(replace(clocks[event.promise], last=event), event)
    return MappingProxyType({**clocks, event.promise: clock})


def _changed(clock: Clock, event: ClockEvent) -> Clock:
    match event:
        case ClockWarned():
            return replace(clock, warned=True)
        case CaseOverdue():
            return replace(clock, warned=True, overdue=True)
        case CaseEscalated():
            return replace(clock, steps=event.step)
        case ClockMoved():
            return _due_at(clock, event)
        case ClockPaused():
            return replace(clock, paused_at=event.paused_at)
        case ClockResumed():
            return replace(_due_at(clock, event), paused_at=None)
        case ClockStopped():
            return replace(clock, stopped=True)
        case _:
            return clock


def _due_at(clock: Clock, event: ClockMoved | ClockResumed) -> Clock:
    """Time that was added is warned of again before it is over."""
    added = max(event.due_at - clock.due_at, timedelta(0))
    warned = clock.warned and not (added and event.warn_at > clock.warn_at and isinstance(event, ClockMoved))
    return replace(clock, warn_at=event.warn_at, due_at=event.due_at, warned=warned, extra=clock.extra + added)


CLOCKS: Decider[Command, Clocks] = Decider(NONE, decide, evolve)


def clocks_stream(appeal: str) -> str:
    return f"clocks-{appeal}"
