"""Sla's rulebook: one clock a promise. It starts once, warns once of each colour, is overdue once, climbs each step once.

Stream: `clocks-<appeal>`, all clocks of one case. Deadlines are reckoned from the villager's message, not from when a
machine saw it; an answer counts from when it was said. A case keeps the version of the policy that it began under.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.sla.clock import NONE, Clock, Clocks, after, evolve
from services.sla.policies import Policies
from services.sla.policy import Policy, Terms
from shared.decider import Decider, Refused
from shared.events import COMMISSION, Event
from shared.events.routing import CaseAssigned, CaseEvent
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

LATE = timedelta(minutes=1)
"""what is done longer after its time is marked late"""
BACK_UP = "back-up"
"""the role that is paged"""
RESTING = (Promise.PROGRESS, Promise.RESOLVE)
"""the promises whose time does not run while a case is suspended"""


@dataclass(frozen=True, slots=True)
class Start:
    """A department became accountable, or the county desk must find one: all is promised from when the villager wrote."""

    case: CaseAssigned
    policies: Policies


@dataclass(frozen=True, slots=True)
class Begin:
    """Something further is promised from now on, unless it is already. `working`: only of a case whose work goes on."""

    promise: Promise
    case: CaseEvent
    policies: Policies
    working: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A promise was kept, or there is no more need to keep it."""

    promises: tuple[Promise, ...]
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Another department, danger, or sealed: the running clocks go with the case; danger shortens them."""

    case: CaseEvent
    policies: Policies


@dataclass(frozen=True, slots=True)
class Pause:
    """The case was suspended: the time of the work does not run."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Continue:
    """The work goes on: it has as much of its time left as when it began to rest."""

    at: datetime
    policies: Policies


@dataclass(frozen=True, slots=True)
class Extend:
    """More days were granted for the work. What was asked for too late counts for nothing."""

    days: int
    asked_at: datetime
    policies: Policies


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Who was told of a broken promise took note."""

    promise: Promise
    step: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has come to look: whatever is due by `now` happens, each thing once, in order."""

    now: datetime
    policies: Policies


Command = Start | Begin | Stop | Move | Pause | Continue | Extend | Acknowledge | Tick


def decide(command: Command, clocks: Clocks) -> list[Event]:
    match command:
        case Start():
            return [] if clocks else _start(command)
        case Begin():
            return _begin(command, clocks)
        case Stop():
            running = (clock for promise, clock in clocks.items() if promise in command.promises and not clock.stopped)
            return [_stop(clock, command) for clock in running]
        case Move():
            return [event for clock in clocks.values() if not clock.stopped and (event := _move(clock, command))]
        case Pause():
            resting = (clock for clock in _work(clocks) if clock.runs)
            return [ClockPaused(**_repeated(clock.last), paused_at=command.at) for clock in resting]
        case Continue():
            return [_continue(clock, clock.paused_at, command) for clock in _work(clocks) if clock.paused_at]
        case Extend():
            return _extend(clocks.get(Promise.RESOLVE), command)
        case Acknowledge():
            return _acknowledge(clocks.get(command.promise), command)
        case Tick():
            done = (_tick(clock, command) for clock in clocks.values() if clock.runs)
            return [event for _, event in sorted((pair for pairs in done for pair in pairs), key=lambda pair: pair[0])]


# -- what starts and ends clocks -----------------------------------------------------------------------------------------


def _start(command: Start) -> list[Event]:
    case, policy = command.case, command.policies.current
    promises = [Promise.ACCEPT, Promise.REPLY, Promise.RESOLVE, *([Promise.ASSIGN] if case.waits else [])]
    started = (_started(promise, case, case.opened_at, policy, case.category, 1) for promise in promises)
    return [event for event in started if event]


def _begin(command: Begin, clocks: Clocks) -> list[Event]:
    case, before = command.case, clocks.get(command.promise)
    first, work = next(iter(clocks.values()), None), clocks.get(Promise.RESOLVE)
    if first is None or (before and not before.stopped) or (command.working and (work is None or work.stopped)):
        return []
    policy, rounds = command.policies.of(first.started.policy), before.last.round if before else 0
    event = _started(command.promise, case, case.occurred_at, policy, first.started.category, rounds + 1)
    return [event] if event else []


def _started(
    promise: Promise, case: CaseEvent, at: datetime, policy: Policy, category: str, round_: int
) -> ClockStarted | None:
    terms = policy.terms(promise, at, category, case.department, urgent=case.urgent)
    if terms is None:
        return None
    names = ("appeal", "number", "channel", "group", "township", "department", "department_name", "sealed")
    facts: dict[str, Any] = {name: getattr(case, name) for name in names}
    return ClockStarted(
        **facts,
        **{name: getattr(terms, name) for name in Terms.__slots__},
        promise=promise,
        round=round_,
        policy=policy.version,
        started_at=at,
        category="" if case.sealed else category,
        urgent=case.urgent,
    )


def _stop(clock: Clock, command: Stop) -> Event:
    in_time = min(command.at, clock.paused_at or command.at) <= clock.due_at
    said = {"stopped_at": command.at, "in_time": in_time, "by": command.by, "started_at": clock.started_at}
    return ClockStopped(**_repeated(clock.last), **said)


# -- what moves them -----------------------------------------------------------------------------------------------------


def _move(clock: Clock, command: Move) -> Event | None:
    case, started = command.case, clock.started
    policy = command.policies.of(started.policy)
    terms = policy.terms(clock.last.promise, clock.started_at, started.category, case.department, urgent=True)
    moved = {name: getattr(case, name) for name in ("department", "department_name", "sealed")}
    facts = {**_repeated(clock.last), **moved}
    if case.urgent and terms and (due := terms.due_at + clock.extra) < clock.due_at:
        sooner: dict[str, Any] = {"due_at": due, "warn_at": min(clock.warn_at, terms.warn_at), "orange_at": terms.orange_at}
        return ClockMoved(**facts, **sooner, calendar=terms.calendar, ladder=terms.ladder)
    if moved.items() <= _repeated(clock.last).items():
        return None
    same: dict[str, Any] = {"due_at": clock.due_at, "warn_at": clock.warn_at, "orange_at": clock.orange_at}
    return ClockMoved(**facts, **same, calendar=clock.calendar)


def _work(clocks: Clocks) -> Iterable[Clock]:
    return (clock for promise in RESTING if (clock := clocks.get(promise)) and not clock.stopped)


def _continue(clock: Clock, paused_at: datetime, command: Continue) -> Event:
    policy = command.policies.of(clock.started.policy)
    resumed = max(command.at, paused_at)

    def later(moment: datetime | None) -> datetime | None:
        """What was over when the rest began stays where it was."""
        if moment is None or moment <= paused_at:
            return moment
        return policy.later(clock.calendar, resumed, policy.between(clock.calendar, paused_at, moment))

    times = {"due_at": later(clock.due_at), "warn_at": later(clock.warn_at), "orange_at": later(clock.orange_at)}
    return ClockResumed.model_validate({**_repeated(clock.last), "resumed_at": command.at, **times})


def _extend(work: Clock | None, command: Extend) -> list[Event]:
    if work is None or work.stopped or command.asked_at > work.due_at:
        return []
    policy, due = command.policies.of(work.started.policy), work.due_at + timedelta(days=command.days)
    warn, orange = (policy.share(work.calendar, work.started_at, due, part) for part in (policy.yellow, policy.orange))
    times: dict[str, Any] = {"due_at": due, "warn_at": warn, "orange_at": orange if work.orange_at else None}
    return [ClockMoved(**_repeated(work.last), **times, calendar=work.calendar)]


def _acknowledge(clock: Clock | None, command: Acknowledge) -> list[Event]:
    if clock is None or command.step > clock.steps:
        raise Refused("not-escalated", "这一项还没有催办到这一级，不用签收")
    if clock.stopped or command.step in clock.acknowledged:
        return []
    facts = _repeated(clock.last)
    return [EscalationAcknowledged(**facts, step=command.step, by=command.by, acknowledged_at=command.at)]


# -- what time does ------------------------------------------------------------------------------------------------------


def _tick(clock: Clock, command: Tick) -> list[tuple[datetime, ClockEvent]]:
    """All that is due of one clock, with the time of each."""
    policy, events = command.policies.of(clock.started.policy), list[tuple[datetime, ClockEvent]]()
    while (due := _next(clock, policy, command.now)) and due[0] <= command.now:
        at, kind = due
        event = _happens(clock, kind, at, command.now, policy)
        events.append((at, event))
        clock = after(clock, event)
    return events


def next_look(clock: Clock, policies: Policies) -> datetime | None:
    """When something is due next on this clock; None when nothing ever will be."""
    if not clock.runs:
        return None
    due = _next(clock, policies.of(clock.started.policy))
    return due[0] if due else None


def next_of(clocks: Clocks, policies: Policies) -> datetime | None:
    """When something is due next on any clock of a case."""
    looks = (next_look(clock, policies) for clock in clocks.values())
    return min((look for look in looks if look), default=None)


_Kind = Colour | type[BackupPaged] | type[CaseOverdue] | type[CaseEscalated]


def _next(clock: Clock, policy: Policy, now: datetime | None = None) -> tuple[datetime, _Kind] | None:
    """The next thing of a running clock, and when. Of several warnings missed by `now` only the weightiest is still said."""
    if clock.overdue:
        step, since = policy.step(clock.ladder, clock.steps + 1), clock.told_at or clock.due_at
        return (policy.delayed(step, since, clock.last.department), CaseEscalated) if step else None
    if now and clock.due_at <= now:
        return clock.due_at, CaseOverdue
    at: datetime = clock.due_at
    kind: _Kind = CaseOverdue
    orange, paged_at = clock.orange_at, clock.started.page_at
    if orange and orange < at and clock.warned is not Colour.ORANGE:
        at, kind = orange, Colour.ORANGE
    if clock.warned is None and clock.warn_at < at and not (now and orange and orange <= now):
        at, kind = clock.warn_at, Colour.YELLOW
    if paged_at and paged_at < at and not clock.paged:
        at, kind = paged_at, BackupPaged
    return at, kind


def _happens(clock: Clock, kind: _Kind, at: datetime, now: datetime, policy: Policy) -> ClockEvent:
    late = now - at > LATE
    facts = {**_repeated(clock.last), "late": late}
    if kind is CaseOverdue:
        return CaseOverdue(**facts, due_at=clock.due_at)
    if kind is CaseEscalated:
        return _escalated(clock, at, now if late else at, facts, policy)
    if kind is BackupPaged:
        title, people = policy.told(BACK_UP, clock.last.department, now)
        return BackupPaged(**facts, paged_at=at, due_at=clock.due_at, title=title, recipients=people)
    assert isinstance(kind, Colour)
    return ClockWarned(**facts, warned_at=at, due_at=clock.due_at, colour=kind)


def _escalated(clock: Clock, at: datetime, told_at: datetime, facts: dict[str, Any], policy: Policy) -> CaseEscalated:
    """Only the commission ever hears of a sealed case."""
    step = policy.step(clock.ladder, clock.steps + 1)
    assert step
    to = COMMISSION if clock.last.sealed else step.to
    title, people = policy.told(to, clock.last.department, told_at)
    more = {"step": clock.steps + 1, "to": to, "title": title, "recipients": people, "told_at": told_at}
    return CaseEscalated(**facts, **more, escalated_at=at)


def _repeated(last: ClockEvent) -> dict[str, Any]:
    return {name: getattr(last, name) for name in ClockEvent.model_fields}


CLOCKS: Decider[Command, Clocks] = Decider(NONE, decide, evolve)


def clocks_stream(appeal: str) -> str:
    return f"clocks-{appeal}"
