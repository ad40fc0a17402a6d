"""What may be asked of a case. Each step says who takes it, when, and in which words."""

from dataclasses import dataclass
from datetime import datetime

from services.routing.case import Case
from services.routing.departments import EMPTY, Departments
from services.routing.learned import SILENT, Hearing
from shared.events.casework import Ground, WaitsFor
from shared.events.intake import AppealOpened


@dataclass(frozen=True, slots=True)
class Assign:
    """An appeal was opened: make one department accountable for it."""

    opened: AppealOpened
    departments: Departments
    at: datetime
    heard: Hearing = SILENT


@dataclass(frozen=True, slots=True)
class MissDeadline:
    """Sla says that the work is late, of its `round`: 1, and one more each time the case was reopened."""

    due_at: datetime
    at: datetime
    round: int = 1


@dataclass(frozen=True, slots=True)
class NotePart:
    """A part of the case has a number and a case of its own."""

    appeal: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DrawSecondCall:
    """The lot fell on a closed case, of which `share` are called a second time."""

    share: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """What all steps carry: who, when, in which words. `strict` steps (REST) are refused where chat is overlooked."""

    by: str
    at: datetime
    name: str | None = None
    words: str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Accept(Act):
    """受理: a person takes it on."""


@dataclass(frozen=True, slots=True)
class Report(Act):
    """How far it is."""


@dataclass(frozen=True, slots=True)
class Resolve(Act):
    """办结: done, in words fit for the group. An assisting department's officer who says so in the chat speaks of its part."""

    department: str | None = None
    """his own, as the roster has it"""


@dataclass(frozen=True, slots=True)
class Return(Act):
    """退单: not our duty, with a reason. The first waits for the county desk's decision, the second goes to it at once."""

    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class DecideReturn(Act):
    """The county desk grants a return, to `department` or else to the one that fits next best, or refuses it."""

    granted: bool = False
    department: str | None = None
    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class Transfer(Act):
    """转办: another department is accountable."""

    department: str = ""
    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class Assist(Act):
    """协办: another department helps; the words say with which part."""

    department: str = ""
    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class FinishPart(Act):
    """An assisting department is done with its part."""

    department: str = ""


@dataclass(frozen=True, slots=True)
class Release(Act):
    """A department's help is no longer needed."""

    department: str = ""


@dataclass(frozen=True, slots=True)
class Suspend(Act):
    """挂起: the work waits for something, at the latest until a moment."""

    waits_for: WaitsFor = WaitsFor.REPORTER
    until: datetime = datetime.max


@dataclass(frozen=True, slots=True)
class Resume(Act):
    """The work goes on."""


@dataclass(frozen=True, slots=True)
class Wake(Act):
    """The time has come until which it was suspended."""


@dataclass(frozen=True, slots=True)
class AskExtension(Act):
    """延期: more days are asked for."""

    days: int = 1


@dataclass(frozen=True, slots=True)
class DecideExtension(Act):
    """The asked days are granted or refused."""

    granted: bool = False


@dataclass(frozen=True, slots=True)
class Split(Act):
    """移出并案: the case leaves its merged matter."""


@dataclass(frozen=True, slots=True)
class Gather(Act):
    """并案: these cases are one matter with this one, which leads them; `led` are those that it leads already."""

    about: str = ""
    cases: tuple[Case, ...] = ()
    led: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Dissolve(Act):
    """撤销并案: the cases that it leads are no matter of one; each goes on by itself."""


@dataclass(frozen=True, slots=True)
class Divide(Act):
    """拆分: `part` of its message is another matter, to be the appeal `into`."""

    into: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class FindInadmissible(Act):
    """不予受理: nobody may take it on; `instead` says where to go."""

    instead: str = ""


@dataclass(frozen=True, slots=True)
class AskBack(Act):
    """回访: ask the reporter how it went."""


@dataclass(frozen=True, slots=True)
class TakeFeedback(Act):
    """The reporter's answer in the chat. Dissatisfied reopens; satisfied closes."""

    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class TakeAnswer(Act):
    """The reporter's answer to somebody who called him: is it solved, is he satisfied? None: he said neither."""

    resolved: bool | None = None
    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class FailCall(Act):
    """The reporter was called and not reached."""


@dataclass(frozen=True, slots=True)
class CallAgain(Act):
    """抽查回访: what the reporter of a closed case said to somebody else, if he was reached."""

    reached: bool = True
    resolved: bool | None = None
    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class Reopen(Act):
    """The trouble is back, or was never gone."""


@dataclass(frozen=True, slots=True)
class Close(Act):
    """The county desk ends it with an outcome; `withdrawn` when it was no case of its own."""

    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Supervise(Act):
    """督办: the commission watches over it, and comments."""


@dataclass(frozen=True, slots=True)
class LiftSupervision(Act):
    """The commission is satisfied with how it went on."""


@dataclass(frozen=True, slots=True)
class Seal(Act):
    """密封: it turned out to accuse somebody, and is the commission's alone."""

    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class ProposeExclusion(Act):
    """It should not count in the score."""

    ground: Ground = Ground.UNREASONABLE


@dataclass(frozen=True, slots=True)
class ReviewExclusion(Act):
    """Whether it really should not."""

    granted: bool = False


@dataclass(frozen=True, slots=True)
class Hear(Act):
    """Somebody said more about it in the chat: what a suspended case waited for, if it was the reporter.

    His words may complain of who has it.
    """

    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class RaiseUrgency(Act):
    """A supplement told of danger."""


Command = Assign | MissDeadline | NotePart | DrawSecondCall | Act
