"""What sla says: which promises of time run for a case, under which policy, and who is told when one is broken.

What time does is `late` when it was done over a minute after its time: nobody was there to do it, or nobody knew.
"""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event


class Promise(StrEnum):
    """What is promised. Each has a clock of its own, and none overrides another."""

    ACCEPT = "accept"
    """a person answers (10 minutes)"""
    ASSIGN = "assign"
    """what waits at the county desk is given to a department"""
    REPLY = "reply"
    """the reporter is told what is being done"""
    PROGRESS = "progress"
    """he is told again, every so many days"""
    RESOLVE = "resolve"
    """the matter is settled (by category and urgency)"""
    CALLBACK = "callback"
    """he is asked whether it is"""
    SUPERVISE = "supervise"
    """the commission, which watches over the case, is told how it goes"""


class Colour(StrEnum):
    """How much of the time is gone."""

    YELLOW = "yellow"
    ORANGE = "orange"


class ClockEvent(Event):
    """What all events of a clock carry: the case, and which promise about it."""

    appeal: str
    number: str
    promise: Promise
    round: int = 1
    """1, and one more each time the promise is made anew: when the case is reopened, or progress was told"""
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
    orange_at: AwareDatetime | None = None
    """when it is warned of a second time"""
    page_at: AwareDatetime | None = None
    """when the back-up is called, if nobody answered until then"""
    calendar: str | None = None
    """of the policy, in whose working time it runs; None: day and night"""
    ladder: str | None = None
    """of the policy, by which it is escalated"""
    category: str = ""
    """empty for a sealed case"""
    level: str = ""
    urgent: bool = False
    """whether it began as danger; who became so later is told by ClockMoved"""
    warning: str | None = None
    """why the time may be wrong, in Chinese: the holidays of a year are not known yet"""


class ClockWarned(ClockEvent):
    """Most of the time is gone: yellow, then orange."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-warned.v1"
    warned_at: AwareDatetime
    due_at: AwareDatetime
    colour: Colour = Colour.YELLOW
    late: bool = False


class BackupPaged(ClockEvent):
    """Half of the time for the answer is gone and nobody gave it: the back-up is called."""

    TYPE: ClassVar[str] = "minsheng.sla.backup-paged.v1"
    paged_at: AwareDatetime
    due_at: AwareDatetime
    title: str
    recipients: tuple[str, ...] = ()
    late: bool = False


class CaseOverdue(ClockEvent):
    """The promise is broken. Said exactly once a clock."""

    TYPE: ClassVar[str] = "minsheng.sla.case-overdue.v1"
    due_at: AwareDatetime
    late: bool = False


class CaseEscalated(ClockEvent):
    """One step up the ladder (催办 → 督办), once each. `to` is a role of the policy; of old, township, county or commission."""

    TYPE: ClassVar[str] = "minsheng.sla.case-escalated.v1"
    step: int
    to: str
    escalated_at: AwareDatetime
    """when it had to be"""
    title: str = ""
    """the role's name for people"""
    recipients: tuple[str, ...] = ()
    """ids of those of the role on duty then, by the policy's rota"""
    told_at: AwareDatetime | None = None
    """when it was said, from which the next step's delay counts; None: at its time"""
    late: bool = False


class EscalationAcknowledged(ClockEvent):
    """Who was told of a broken promise took note: the next step's delay counts from now."""

    TYPE: ClassVar[str] = "minsheng.sla.escalation-acknowledged.v1"
    step: int
    by: str
    acknowledged_at: AwareDatetime


class ClockMoved(ClockEvent):
    """The case went to another department, became urgent or was given more days: the clock runs on, perhaps to another time."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-moved.v1"
    warn_at: AwareDatetime
    due_at: AwareDatetime
    orange_at: AwareDatetime | None = None
    calendar: str | None = None
    ladder: str | None = None
    """None: as before"""


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
    orange_at: AwareDatetime | None = None


class ClockStopped(ClockEvent):
    """The promise was kept (`in_time`) or came to its end late."""

    TYPE: ClassVar[str] = "minsheng.sla.clock-stopped.v1"
    stopped_at: AwareDatetime
    in_time: bool
    by: str | None = None
    """who kept it, if a person did"""
    started_at: AwareDatetime | None = None
    """when the promise had begun to run; of old events nobody knows"""


class PolicyAdopted(Event):
    """The county's time limits from now on, as the file tells them. What was promised before keeps its own."""

    TYPE: ClassVar[str] = "minsheng.sla.policy-adopted.v1"
    version: str
    text: str
    adopted_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (
    PolicyAdopted,
    ClockStarted,
    ClockWarned,
    BackupPaged,
    CaseOverdue,
    CaseEscalated,
    EscalationAcknowledged,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStopped,
)
