"""A case as it stands, and what each event makes of it. Events of old are read as they were meant then."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.routing.matching import SEALED_CATEGORY
from shared.events import Event
from shared.events.casework import (
    AssistantJoined,
    AssistantReleased,
    CallFailed,
    CaseCalledAgain,
    CaseResumed,
    CaseSealed,
    CaseSplit,
    CaseSupervised,
    CaseSuspended,
    DeadlineMissed,
    DepartmentAccused,
    ExclusionProposed,
    ExclusionReviewed,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    Ground,
    PartFinished,
    PartNumbered,
    ReturnRefused,
    Second,
    SecondCallDrawn,
    SupervisionLifted,
    WaitsFor,
    WordsSealed,
)
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
    ProgressReported,
    Status,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for and somebody else decides. `granted` None: not decided yet."""

    by: str
    at: datetime
    days: int = 0
    ground: Ground | None = None
    granted: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """An assisting department's own part."""

    department: str
    name: str
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Another case of the same message."""

    appeal: str
    number: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """What the work waits for, at the latest until when."""

    waits_for: WaitsFor
    until: datetime


@dataclass(frozen=True, slots=True)
class SecondCall:
    """What has become of it, how often it was tried, and by whom."""

    result: Second = Second.DUE
    calls: int = 0
    callers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """A case as it stands. `last` is the newest event that carried its facts (number, group, department …)."""

    status: Status = Status.UNASSIGNED
    last: CaseEvent | None = None
    kind: str = ""
    category: str = ""
    candidates: tuple[str, ...] = ()
    waits: bool = False
    """the county desk still has to decide which department is to have it"""
    opened_at: datetime | None = None
    accused: tuple[str, ...] = ()
    """the departments that it complains about"""
    first: tuple[str, str] = ("", "")
    """who was accountable first, by code and name, or is over who was accused later: none of the accused"""
    divided: tuple[Link, ...] = ()
    """what was taken out of it, each a case of its own"""
    divided_from: Link | None = None
    """of whose message it is a part"""
    returned_by: tuple[str, ...] = ()
    returning: Request | None = None
    parts: tuple[Part, ...] = ()
    suspended: Suspension | None = None
    extension: Request | None = None
    late: bool = False
    """its work is overdue"""
    resolved_by: str | None = None
    answered: bool = False
    """its reporter was told what became of it"""
    handlers: frozenset[str] = frozenset()
    """who accepted, reported or resolved, since it was opened last"""
    reviewers: frozenset[str] = frozenset()
    """who decided what others asked for"""
    callers: frozenset[str] = frozenset()
    """who asked the reporter how it went"""
    failed_calls: int = 0
    closed_at: datetime | None = None
    outcome: str | None = None
    ending: str | None = None
    """in which words a sealed one is about to end; they come before its close"""
    satisfied: bool | None = None
    reopened: int = 0
    supervised: bool = False
    exclusion: Request | None = None
    second: SecondCall | None = None
    """whether it is called a second time, now that it is closed; see second_calls.py"""
    lead: str | None = None
    """the case that leads the merged matter to which this one belongs; see merging.py"""
    households: int | None = None
    """how many reporters the matter has that it leads, each counted once, where the desk made it by itself"""
    step: CaseEvent | None = None
    """how far it was last told to be, which those it leads are told too"""

    @property
    def open_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.finished)

    def may_judge(self, department: str) -> bool:
        """Nobody judges a complaint about himself (信访工作条例), unless the commission watches over him while he does."""
        return self.supervised or department not in self.accused


def facts(last: CaseEvent, at: datetime) -> dict[str, Any]:
    """The facts every event of the case repeats, as of a moment."""
    return {**{name: getattr(last, name) for name in CaseEvent.model_fields}, "occurred_at": at}


def evolve(case: Case, event: Event) -> Case:
    if isinstance(event, WordsSealed) and event.field == "outcome":
        return replace(case, ending=event.words)
    if not isinstance(event, CaseEvent):
        return case
    case = replace(case, last=event)
    return _on_its_way(case, event) or _handed(case, event) or _held_up(case, event) or _judged(case, event) or case


def _on_its_way(case: Case, event: CaseEvent) -> Case | None:
    match event:
        case CaseAssigned():
            names = ("kind", "category", "candidates", "waits", "opened_at", "accused")
            facts = {name: getattr(event, name) for name in names}
            origin = Link(event.divided_from, event.divided_from_number or "") if event.divided_from else None
            first = (event.department, event.department_name)
            return replace(case, status=Status.ASSIGNED, first=first, divided_from=origin, **facts)
        case CaseAccepted():
            return replace(case, status=Status.ACCEPTED, step=event, handlers=case.handlers | {event.by})
        case ProgressReported():
            return replace(case, status=Status.IN_PROGRESS, step=event, handlers=case.handlers | {event.by})
        case CaseResolved():
            resolved = replace(case, status=Status.RESOLVED, resolved_by=event.by, step=event, answered=True)
            return replace(resolved, handlers=case.handlers | {event.by}, waits=False, returning=None, suspended=None)
        case CallbackAsked():
            return replace(case, callers=case.callers | {event.by})
        case CallFailed():
            return replace(case, failed_calls=event.count, callers=case.callers | {event.by})
        case CaseCalledBack():
            asked = case.callers | {event.by}
            return replace(case, status=Status.CALLED_BACK, satisfied=event.satisfied, callers=asked)
        case CaseReopened():
            return _begun_again(case, event)
        case CaseClosed():
            closed = replace(case, status=Status.CLOSED, closed_at=event.occurred_at, answered=True, waits=False, step=event)
            return replace(closed, outcome=case.ending or event.outcome, ending=None, returning=None, suspended=None)
        case _:
            return None


def _begun_again(case: Case, event: CaseReopened) -> Case:
    """What went before stays in the log; the work, its helpers, its reviews and its calls begin anew.

    The common outcome of a merged matter was none for him: the case goes on by itself.
    """
    kept = replace(case, status=Status.ASSIGNED, reopened=event.count, lead=None, households=None, step=None)
    ended = replace(kept, closed_at=None, outcome=None, resolved_by=None, answered=False, late=False, failed_calls=0)
    nobody: frozenset[str] = frozenset()
    return replace(
        ended, handlers=nobody, callers=nobody, reviewers=nobody, parts=(), exclusion=None, extension=None, second=None
    )


def _sealed(case: Case) -> Case:
    """Nobody else has a part in it any more; an open one waits to be accepted anew."""
    answered = case.status in (Status.RESOLVED, Status.CALLED_BACK, Status.CLOSED)
    kept = replace(case, status=case.status if answered else Status.ASSIGNED, category=SEALED_CATEGORY, candidates=())
    return replace(kept, parts=(), lead=None, households=None, step=None, returning=None, suspended=None, second=None)


def _handed(case: Case, event: CaseEvent) -> Case | None:
    match event:
        case CaseReturned():
            asked = Request(event.by, event.occurred_at) if event.undecided else case.returning
            return replace(case, returned_by=(*case.returned_by, event.department), returning=asked)
        case DepartmentAccused():
            first = (event.over, event.over_name or "") if event.over else case.first
            return replace(case, accused=(*case.accused, *event.accused), first=first)
        case ReturnRefused():
            return replace(case, returning=None, reviewers=case.reviewers | {event.by})
        case CaseTransferred():
            decided = case.reviewers | {event.by} if case.returning else case.reviewers
            parts = tuple(p for p in case.parts if p.department != event.department)
            return replace(case, waits=False, returning=None, reviewers=decided, parts=parts)
        case CaseMerged():
            return replace(case, lead=event.lead, households=event.households)
        case PartNumbered():
            return replace(case, divided=(*case.divided, Link(event.part_appeal, event.part_number)))
        case CaseSplit():
            return replace(case, lead=None, households=None)
        case AssistantJoined():
            others = tuple(p for p in case.parts if p.department != event.assistant)
            return replace(case, parts=(*others, Part(event.assistant, event.assistant_name)))
        case PartFinished():
            done = (replace(p, finished=True) if p.department == event.assistant else p for p in case.parts)
            return replace(case, parts=tuple(done), handlers=case.handlers | {event.by})
        case AssistantReleased():
            return replace(case, parts=tuple(p for p in case.parts if p.department != event.assistant))
        case _:
            return None


def _held_up(case: Case, event: CaseEvent) -> Case | None:
    match event:
        case CaseSuspended():
            return replace(case, suspended=Suspension(event.waits_for, event.until))
        case CaseResumed():
            return replace(case, suspended=None)
        case ExtensionAsked():
            return replace(case, extension=Request(event.by, event.occurred_at, days=event.days))
        case ExtensionGranted() | ExtensionRefused():
            asked = case.extension or Request(event.by, event.occurred_at)
            decided = replace(asked, granted=isinstance(event, ExtensionGranted))
            return replace(case, extension=decided, reviewers=case.reviewers | {event.by})
        case DeadlineMissed():
            return replace(case, late=True)
        case _:
            return None


def _judged(case: Case, event: CaseEvent) -> Case | None:
    match event:
        case CaseSupervised():
            return replace(case, supervised=True)
        case CaseSealed():
            return _sealed(case)
        case SecondCallDrawn():
            return replace(case, second=SecondCall())
        case CaseCalledAgain():
            callers = case.second.callers if case.second else frozenset[str]()
            return replace(case, second=SecondCall(event.result, event.count, callers | {event.by}))
        case SupervisionLifted():
            return replace(case, supervised=False)
        case ExclusionProposed():
            return replace(case, exclusion=Request(event.by, event.occurred_at, ground=event.ground))
        case ExclusionReviewed():
            asked = case.exclusion or Request(event.by, event.occurred_at, ground=event.ground)
            decided = replace(asked, granted=event.granted)
            return replace(case, exclusion=decided, reviewers=case.reviewers | {event.by})
        case _:
            return None
