"""What routing says of a case beside its usual way: what holds it up, who helps, who reviews, and how it may end otherwise.

Each is a `CaseEvent`; none of them changes where a case stands in its usual way (`Status`), so who listens only for that hears
nothing new here. Reasons are an official's own words and personal to him.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from shared.events.base import COMMISSION, Event, Personal
from shared.events.intake import Kind
from shared.events.routing import CaseEvent
from shared.events.sla import Promise


class WaitsFor(StrEnum):
    """What a suspended case waits for."""

    REPORTER = "reporter"
    WEATHER = "weather"
    AUTHORITY = "authority"
    """a decision of a higher authority"""


class Ground(StrEnum):
    """Why a case should not count in anybody's score."""

    UNREASONABLE = "unreasonable"
    BEYOND_POWER = "beyond_power"
    """out of anyone's power"""


class Second(StrEnum):
    """What becomes of a second call (抽查回访)."""

    DUE = "due"
    """nobody has called yet, or not reached him"""
    CONFIRMED = "confirmed"
    DENIED = "denied"
    """it is not solved, or he is not content"""
    UNREACHABLE = "unreachable"


class ReturnRefused(CaseEvent):
    """The county desk decided that the department keeps the case. A return that is granted is a CaseTransferred."""

    TYPE: ClassVar[str] = "minsheng.routing.return-refused.v1"
    by: str
    reason: Annotated[str, Personal(of="by")]


class AssistantJoined(CaseEvent):
    """Another department helps (协办) with a part of its own; the lead still answers for the whole."""

    TYPE: ClassVar[str] = "minsheng.routing.assistant-joined.v1"
    by: str
    assistant: str
    assistant_name: str
    part: Annotated[str, Personal(of="by")]


class PartFinished(CaseEvent):
    """An assisting department has done its part, and tells the lead how."""

    TYPE: ClassVar[str] = "minsheng.routing.part-finished.v1"
    by: str
    assistant: str
    assistant_name: str
    answer: Annotated[str, Personal(of="by")]


class AssistantReleased(CaseEvent):
    """The county desk decided that a department's help is no longer needed."""

    TYPE: ClassVar[str] = "minsheng.routing.assistant-released.v1"
    by: str
    assistant: str
    assistant_name: str
    reason: Annotated[str, Personal(of="by")]


class CaseSuspended(CaseEvent):
    """The work rests (挂起) until what it waits for has come, at the latest until `until`. The work's clock rests with it."""

    TYPE: ClassVar[str] = "minsheng.routing.case-suspended.v1"
    by: str
    waits_for: WaitsFor
    reason: Annotated[str, Personal(of="by")]
    until: AwareDatetime


class CaseResumed(CaseEvent):
    """The work goes on: `until` has passed, somebody said so, or somebody went on working."""

    TYPE: ClassVar[str] = "minsheng.routing.case-resumed.v1"
    by: str
    reason: Annotated[str | None, Personal(of="by")] = None


class ExtensionAsked(CaseEvent):
    """The department asks for `days` (of 24 hours) more, before its time is over (延期)."""

    TYPE: ClassVar[str] = "minsheng.routing.extension-asked.v1"
    by: str
    days: int
    reason: Annotated[str, Personal(of="by")]


class ExtensionGranted(CaseEvent):
    """Somebody else granted the extension. `asked_at`: when it was asked for; `reason` is told to the reporter."""

    TYPE: ClassVar[str] = "minsheng.routing.extension-granted.v1"
    by: str
    days: int
    asked_at: AwareDatetime
    reason: Annotated[str, Personal(of="by")]


class ExtensionRefused(CaseEvent):
    """Somebody else refused the extension: the time stays as it is."""

    TYPE: ClassVar[str] = "minsheng.routing.extension-refused.v1"
    by: str
    reason: Annotated[str, Personal(of="by")]


class DeadlineMissed(CaseEvent):
    """Sla said that the work is late. From now on no extension is asked for in time."""

    TYPE: ClassVar[str] = "minsheng.routing.deadline-missed.v1"
    due_at: AwareDatetime


class CaseSplit(CaseEvent):
    """The case left a merged matter (`lead` led it) and is handled by itself again."""

    TYPE: ClassVar[str] = "minsheng.routing.case-split.v1"
    by: str
    lead: str
    reason: Annotated[str, Personal(of="by")]


class CaseDivided(CaseEvent):
    """One message, two matters (拆分): `part` of what its reporter said is to be an appeal of its own, with the id `into`.

    Intake numbers it; see PartNumbered.
    """

    TYPE: ClassVar[str] = "minsheng.routing.case-divided.v1"
    by: str
    into: str
    kind: Kind
    part: Annotated[str, Personal(of="reporter")]
    reason: Annotated[str, Personal(of="by")]


class PartNumbered(CaseEvent):
    """The part taken out of this case has its number, and a case of its own."""

    TYPE: ClassVar[str] = "minsheng.routing.part-numbered.v1"
    part_appeal: str
    part_number: str


class CaseFoundInadmissible(CaseEvent):
    """The county desk may not take it on (不予受理): why, and where to go instead. The case's close follows."""

    TYPE: ClassVar[str] = "minsheng.routing.case-found-inadmissible.v1"
    by: str
    reason: Annotated[str, Personal(of="by")]
    instead: Annotated[str, Personal(of="by")]


class CaseWithdrawn(CaseEvent):
    """Its appeal turned out to be none of its own after the case was closed already. The close stands; its words are let go of."""

    TYPE: ClassVar[str] = "minsheng.routing.case-withdrawn.v1"
    by: str


class CallFailed(CaseEvent):
    """The reporter was not reached. The third time ends the case with an outcome of its own."""

    TYPE: ClassVar[str] = "minsheng.routing.call-failed.v1"
    by: str
    count: int


class CaseSupervised(CaseEvent):
    """The commission watches over the case (督办), or says something more about it while it does."""

    TYPE: ClassVar[str] = "minsheng.routing.case-supervised.v1"
    by: str
    comment: Annotated[str, Personal(of="by")]


class SupervisionLifted(CaseEvent):
    """The commission is satisfied with how the case went on."""

    TYPE: ClassVar[str] = "minsheng.routing.supervision-lifted.v1"
    by: str
    comment: Annotated[str, Personal(of="by")]


class ExclusionProposed(CaseEvent):
    """An official thinks that the case should not count in the score."""

    TYPE: ClassVar[str] = "minsheng.routing.exclusion-proposed.v1"
    by: str
    ground: Ground
    reason: Annotated[str, Personal(of="by")]


class ExclusionReviewed(CaseEvent):
    """Somebody else looked at it: it counts or, when `granted`, does not."""

    TYPE: ClassVar[str] = "minsheng.routing.exclusion-reviewed.v1"
    by: str
    ground: Ground
    granted: bool
    reason: Annotated[str, Personal(of="by")]


class SecondCallDrawn(CaseEvent):
    """The lot fell on this closed case: its reporter is called a second time. `share` (0–1) is of how many that is true."""

    TYPE: ClassVar[str] = "minsheng.routing.second-call-drawn.v1"
    share: float


class CaseCalledAgain(CaseEvent):
    """Somebody who had no part in the case called its reporter a second time, the `count`th attempt."""

    TYPE: ClassVar[str] = "minsheng.routing.case-called-again.v1"
    by: str
    result: Second
    count: int
    resolved: bool | None = None
    satisfied: bool | None = None


class DepartmentAccused(CaseEvent):
    """What was said later complains of the conduct of these departments: none of them judges the case by itself any more.

    `over` has it instead of the one that has it now, or had it first: who is over that one. None: neither is among them.
    """

    TYPE: ClassVar[str] = "minsheng.routing.department-accused.v1"
    by: str
    accused: tuple[str, ...]
    over: str | None = None
    over_name: str | None = None


class CaseSealed(CaseEvent):
    """It turned out to accuse somebody (密封): from now on the discipline commission alone has it, and reads it. It is accepted anew."""

    TYPE: ClassVar[str] = "minsheng.routing.case-sealed.v1"
    by: str
    from_department: str
    reason: Annotated[str, Personal(of="by")]


class PromiseJudged(Event):
    """Sla said that a promise was kept in time or not, for the score; `department` owed it. Of a broken one it may be said later
    that it was kept: somebody entered late what he had done in time. Told on the stream of verdicts, not on the case's own.
    """

    TYPE: ClassVar[str] = "minsheng.routing.promise-judged.v1"
    appeal: str
    promise: Promise
    round: int
    department: str
    in_time: bool
    judged_at: AwareDatetime


class WordsSealed(Event):
    """What was said in a step of a sealed case, under the commission's key; the step (`step` is its type) comes just behind it,
    its own `field` empty. It never leaves routing.
    """

    TYPE: ClassVar[str] = "minsheng.routing.words-sealed.v1"
    appeal: str
    step: str
    field: str
    keeper: str = COMMISSION
    words: Annotated[str, Personal(of="keeper", confined=True)]


EVENTS: tuple[type[Event], ...] = (
    ReturnRefused,
    AssistantJoined,
    PartFinished,
    AssistantReleased,
    CaseSuspended,
    CaseResumed,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    DeadlineMissed,
    CaseSplit,
    CaseDivided,
    PartNumbered,
    CaseFoundInadmissible,
    CaseWithdrawn,
    CallFailed,
    CaseSupervised,
    SupervisionLifted,
    ExclusionProposed,
    ExclusionReviewed,
    SecondCallDrawn,
    CaseCalledAgain,
    DepartmentAccused,
    CaseSealed,
    PromiseJudged,
    WordsSealed,
)
