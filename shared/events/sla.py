"""What sla says: which promises of time run for a case, and who is told when one is broken."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event


class Promise(StrEnum):
    """What is promised: a person answers (10 minutes), the matter is settled (by category and urgency)."""

    ACCEPT = "accept"
    RESOLVE = "resolve"


class ClockEvent(Event):
    """What all events of a clock carry: the case, and which promise about it."""

    appeal: str
    number: str
    promise: Promise
    round: int = 1
    """1, and one more each time the case is reopened"""
    channel: str
    group: str
    township: str
    department: str
    department_name: str
    sealed: bool


class ClockStarted(ClockEvent):
    """A promise began to run. `policy` names the version of the time limits it was computed from, once."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-started.v1"
    policy: str
    started_at: AwareDatetime
    warn_at: AwareDatetime
    due_at: AwareDatetime


class ClockWarned(ClockEvent):
    """80 % of the time is gone."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-warned.v1"
    warned_at: AwareDatetime
    due_at: AwareDatetime


class CaseOverdue(ClockEvent):
    """The promise is broken. Said exactly once a clock."""

    TYPE: ClassVar[str] = "minsheng.sla.case-overdue.v1"
    due_at: AwareDatetime


class CaseEscalated(ClockEvent):
    """One step up the ladder (催办 → 督办). `to` is the level told: township, county or commission; once each step."""

    TYPE: ClassVar[str] = "minsheng.sla.case-escalated.v1"
    step: int
    to: str
    escalated_at: AwareDatetime


class ClockMoved(ClockEvent):
    """The case went to another department, became urgent or was given more days: the clock runs on, perhaps to another time."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-moved.v1"
    warn_at: AwareDatetime
    due_at: AwareDatetime


class ClockPaused(ClockEvent):
    """The case was suspended: the promise's time does not run."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-paused.v1"
    paused_at: AwareDatetime


class ClockResumed(ClockEvent):
    """The work goes on: the promise is due later, by as long as the pause was."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-resumed.v1"
    resumed_at: AwareDatetime
    warn_at: AwareDatetime
    due_at: AwareDatetime


class ClockStopped(ClockEvent):
    """The promise was kept (`in_time`) or came to its end late."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-stopped.v1"
    stopped_at: AwareDatetime
    in_time: bool
    started_at: AwareDatetime | None = None
    """when the promise had begun to run; of old events nobody knows"""


EVENTS: tuple[type[Event], ...] = (
    ClockStarted,
    ClockWarned,
    CaseOverdue,
    CaseEscalated,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStopped,
)
