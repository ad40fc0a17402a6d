"""Routing's rulebook: every case has one accountable department from its first moment, and lives until it has an outcome.

Streams: `case-<appeal>` and `directory-county`. Officials act by chat or over REST; both are the same commands. What is said
in a chat cannot be refused to anybody's face, so a chat action that changes nothing decides nothing; over REST an illegal
step is refused with what is allowed now.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.routing.assigning import assigned
from services.routing.departments import EMPTY, Departments
from services.routing.directory import Department, Directory
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.intake import AppealOpened
from shared.events.routing import (
    CallbackAsked,
    CaseAccepted,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseTransferred,
    CaseUrgencyRaised,
    ProgressReported,
    Status,
)

REOPEN_WITHIN = timedelta(days=15)
"""how long after its close a case may be reopened"""
OPEN = (Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS)
ANSWERED = (Status.RESOLVED, Status.CALLED_BACK)

# -- a case --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A case as it stands. `last` is the newest event that carried its facts (number, group, department …)."""

    status: Status = Status.UNASSIGNED
    last: CaseEvent | None = None
    kind: str = ""
    category: str = ""
    candidates: tuple[str, ...] = ()
    opened_at: datetime | None = None
    returned_by: tuple[str, ...] = ()
    resolved_by: str | None = None
    closed_at: datetime | None = None
    satisfied: bool | None = None
    reopened: int = 0
    lead: str | None = None
    """the case that leads the merged matter to which this one belongs; see merging.py"""
    step: CaseEvent | None = None
    """how far it was last told to be, which those it leads are told too"""


@dataclass(frozen=True, slots=True)
class Assign:
    """An appeal was opened: make one department accountable for it."""

    opened: AppealOpened
    departments: Departments
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
    """办结: done, in words fit for the group."""


@dataclass(frozen=True, slots=True)
class Return(Act):
    """退单: not our duty, with a reason. The first goes to the next fitting department, the second to the county desk."""

    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class Transfer(Act):
    """转办: another department is accountable."""

    department: str = ""
    departments: Departments = EMPTY


@dataclass(frozen=True, slots=True)
class AskBack(Act):
    """回访: ask the reporter how it went."""


@dataclass(frozen=True, slots=True)
class TakeFeedback(Act):
    """The reporter's answer. Dissatisfied reopens; satisfied closes."""

    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class Reopen(Act):
    """The trouble is back, or was never gone."""


@dataclass(frozen=True, slots=True)
class Close(Act):
    """The county desk ends it with an outcome; `withdrawn` when it was no case of its own."""

    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class RaiseUrgency(Act):
    """A supplement told of danger."""


Command = Assign | Accept | Report | Resolve | Return | Transfer | AskBack | TakeFeedback | Reopen | Close | RaiseUrgency

ALLOWED: dict[type[Act], tuple[Status, ...]] = {
    Accept: (Status.ASSIGNED,),
    Report: OPEN,
    Resolve: OPEN,
    Return: (Status.ASSIGNED, Status.ACCEPTED),
    Transfer: OPEN,
    AskBack: ANSWERED,
    TakeFeedback: (*ANSWERED, Status.CLOSED),
    Reopen: (*ANSWERED, Status.CLOSED),
    Close: (*OPEN, *ANSWERED),
    RaiseUrgency: OPEN,
}
"""in which states each step may be taken"""

STEP_NAMES: dict[type[Act], str] = {
    Accept: "受理",
    Report: "报告进展",
    Resolve: "办结",
    Return: "退单",
    Transfer: "转办",
    AskBack: "回访",
    TakeFeedback: "登记评价",
    Reopen: "重办",
    Close: "结案",
    RaiseUrgency: "转为紧急",
}
STATUS_NAMES = {
    Status.UNASSIGNED: "未派单",
    Status.ASSIGNED: "已派单",
    Status.ACCEPTED: "已受理",
    Status.IN_PROGRESS: "办理中",
    Status.RESOLVED: "已办结",
    Status.CALLED_BACK: "已回访",
    Status.CLOSED: "已结案",
}


def decide(command: Command, case: Case) -> list[Event]:
    """What a step comes to. Raises Refused for a strict step that the rules do not allow now."""
    if isinstance(command, Assign):
        return [assigned(command.opened, command.departments, command.at)] if case.last is None else []
    if case.last is None:
        raise Refused("no-such-case", "没有这件案件")
    if case.status not in ALLOWED[type(command)]:
        return _not_now(command, case)
    if not command.strict and command.at < case.last.occurred_at - REOPEN_WITHIN:
        return []  # an old message delivered very late does not undo what happened since
    return _step(command, case, case.last)


def _step(command: Act, case: Case, last: CaseEvent) -> list[Event]:
    match command:
        case Accept():
            return [CaseAccepted(**_facts(last, command), by=command.by, by_name=command.name, note=command.words)]
        case Report():
            return [ProgressReported(**_facts(last, command), by=command.by, by_name=command.name, note=command.words)]
        case Resolve():
            return [CaseResolved(**_facts(last, command), by=command.by, by_name=command.name, reply=command.words)]
        case Return():
            return _return(command, case, last)
        case Transfer():
            return _transfer(command, last)
        case AskBack():
            return _ask_back(command, case, last)
        case TakeFeedback():
            return _take_feedback(command, case, last)
        case Reopen():
            return _reopen(command, case, last)
        case Close():
            ended, outcome = _facts(last, command), command.words or "closed"
            satisfied, withdrawn = case.satisfied, command.withdrawn
            return [CaseClosed(**ended, by=command.by, outcome=outcome, satisfied=satisfied, withdrawn=withdrawn)]
        case RaiseUrgency():
            return [] if last.urgent else [CaseUrgencyRaised(**{**_facts(last, command), "urgent": True})]
        case _:
            raise AssertionError(f"no rule for {type(command).__name__}")


def _not_now(command: Act, case: Case) -> list[Event]:
    """A chat message that comes too early or too late is only talk; over REST it is refused with what is allowed."""
    if not command.strict:
        return []
    allowed = "、".join(STEP_NAMES[step] for step, states in ALLOWED.items() if case.status in states)
    raise Refused(
        "not-allowed-now", f"案件{STATUS_NAMES[case.status]}，不能{STEP_NAMES[type(command)]}；现在可以：{allowed or '无'}"
    )


def _return(command: Return, case: Case, last: CaseEvent) -> list[Event]:
    if not command.words:
        raise Refused("reason-needed", "退单须写明理由")
    if last.department in case.returned_by:
        raise Refused("returned-already", "本单位已退过一次，不能再退；请报县诉求中心协调")
    count = len(case.returned_by) + 1
    target = _after_return(command.departments.index, case, last.department)
    facts = {**_facts(last, command), "department": target.code, "department_name": target.name}
    returned = CaseReturned(**_facts(last, command), by=command.by, reason=command.words, count=count)
    moved = CaseTransferred(**facts, by=command.by, from_department=last.department, reason=command.words)
    return [returned] if target.code == last.department else [returned, moved]


def _after_return(directory: Directory, case: Case, returning: str) -> Department:
    """After the first return the department that fits next best, after the second the county desk, which decides."""
    if not case.returned_by:
        for code in case.candidates:
            if code != returning and (candidate := directory.get(code)):
                return candidate
    return directory.county_desk


def _transfer(command: Transfer, last: CaseEvent) -> list[Event]:
    department = command.departments.index.get(command.department)
    if department is None:
        raise Refused("no-such-department", f"目录中没有部门 {command.department}")
    if department.code == last.department:
        if command.strict:
            raise Refused("same-department", f"案件本来就由{department.name}主办")
        return []
    if last.sealed:
        raise Refused("sealed", "密封案件只能由纪委监委办理")
    facts = {**_facts(last, command), "department": department.code, "department_name": department.name}
    return [CaseTransferred(**facts, by=command.by, from_department=last.department, reason=command.words or "")]


def _ask_back(command: AskBack, case: Case, last: CaseEvent) -> list[Event]:
    if command.strict and command.by == case.resolved_by:
        raise Refused("caller-resolved-it", "办结人不能回访自己办的案件，请另派人回访")
    return [CallbackAsked(**_facts(last, command), by=command.by)]


def _take_feedback(command: TakeFeedback, case: Case, last: CaseEvent) -> list[Event]:
    if case.status is Status.CLOSED:
        return _reopen(Reopen(command.by, command.at, words=command.words), case, last) if command.satisfied is False else []
    facts = _facts(last, command)
    called_back = CaseCalledBack(**facts, by=command.by, satisfied=command.satisfied)
    if command.satisfied is None:
        return [called_back]
    if command.satisfied:
        return [called_back, CaseClosed(**facts, by=command.by, outcome="confirmed", satisfied=True)]
    return [called_back, CaseReopened(**facts, by=command.by, reason=command.words, count=case.reopened + 1)]


def _reopen(command: Reopen, case: Case, last: CaseEvent) -> list[Event]:
    if case.closed_at and command.at - case.closed_at > REOPEN_WITHIN:
        if command.strict:
            raise Refused("too-late-to-reopen", f"结案已超过 {REOPEN_WITHIN.days} 天，请作为新诉求提出")
        return []
    return [CaseReopened(**_facts(last, command), by=command.by, reason=command.words, count=case.reopened + 1)]


def _facts(last: CaseEvent, command: Act) -> dict[str, Any]:
    """The facts every event of the case repeats, as of now."""
    return {**{name: getattr(last, name) for name in CaseEvent.model_fields}, "occurred_at": command.at}


def evolve(case: Case, event: Event) -> Case:
    if not isinstance(event, CaseEvent):
        return case
    case = replace(case, last=event)
    match event:
        case CaseAssigned():
            return replace(
                case,
                status=Status.ASSIGNED,
                kind=event.kind,
                category=event.category,
                candidates=event.candidates,
                opened_at=event.opened_at,
            )
        case CaseAccepted():
            return replace(case, status=Status.ACCEPTED, step=event)
        case ProgressReported():
            return replace(case, status=Status.IN_PROGRESS, step=event)
        case CaseMerged():
            return replace(case, lead=event.lead)
        case CaseReturned():
            return replace(case, returned_by=(*case.returned_by, event.department))
        case CaseResolved():
            return replace(case, status=Status.RESOLVED, resolved_by=event.by, step=event)
        case CaseCalledBack():
            return replace(case, status=Status.CALLED_BACK, satisfied=event.satisfied)
        case CaseReopened():
            again = replace(case, status=Status.ASSIGNED, reopened=event.count, closed_at=None, resolved_by=None)
            return replace(again, lead=None, step=None)  # the common outcome was none for him: from now on by itself
        case CaseClosed():
            return replace(case, status=Status.CLOSED, closed_at=event.occurred_at, step=event)
        case CaseTransferred() | CallbackAsked() | CaseUrgencyRaised():
            return case
        case _:
            return case


CASE: Decider[Command, Case] = Decider(Case(), decide, evolve)


def case_stream(appeal: str) -> str:
    return f"case-{appeal}"
