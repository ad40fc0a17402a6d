"""The rulebook of merged matters (并案): several cases that are one trouble, under the lead of one.

Each case keeps its number, its clocks and its reporter. What the lead is told to be, accepted, under way, done or ended, the
others are told too, by events of their own, so that each group is answered. Who is not content with the common outcome
reopens his case, and has it for himself from then on. Pure; these commands act on the streams and states of `domain`.
"""

from dataclasses import dataclass
from datetime import datetime

from services.routing.case import Case, evolve
from services.routing.rules import OPEN
from shared.decider import Decider
from shared.events import Event
from shared.events.casework import (
    CaseFoundInadmissible,
    CaseResumed,
    CaseSealed,
    CaseSplit,
    CaseSuspended,
    ExtensionGranted,
)
from shared.events.intake import AppealMerged
from shared.events.routing import (
    CaseAccepted,
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseResolved,
    CaseTransferred,
    ProgressReported,
    Status,
)

FOLLOWED: dict[type[CaseEvent], tuple[Status, ...]] = {
    CaseAccepted: (Status.ASSIGNED,),
    ProgressReported: OPEN,
    CaseTransferred: OPEN,
    CaseResolved: OPEN,
    CaseClosed: OPEN,
    CaseFoundInadmissible: OPEN,
    CaseSuspended: OPEN,
    CaseResumed: OPEN,
    ExtensionGranted: OPEN,
    CaseSealed: OPEN,
}
"""the steps of a lead that the cases it leads take too, and in which states"""


@dataclass(frozen=True, slots=True)
class Merge:
    """The county desk made it part of one matter."""

    merged: AppealMerged


@dataclass(frozen=True, slots=True)
class Follow:
    """The lead took a step."""

    step: CaseEvent


@dataclass(frozen=True, slots=True)
class CatchUp:
    """It was merged just now: take over the lead's department, and how far the lead has come already."""

    lead: Case
    merged: CaseMerged


Command = Merge | Follow | CatchUp


def decide(command: Command, case: Case) -> list[Event]:
    """Nothing here is refused: what comes too late for a case changes nothing in it."""
    last = case.last
    if last is None or case.status not in OPEN or last.sealed:
        return []
    match command:
        case Merge(merged):
            return [] if case.lead == merged.lead else [_merged(merged, last)]
        case Follow(step):
            return _follow(step, case, last)
        case CatchUp(lead, merged):
            return _catch_up(lead, merged, case, last)


def _merged(merged: AppealMerged, last: CaseEvent) -> CaseMerged:
    own = {name: getattr(merged, name) for name in ("crowd", "about", "lead", "lead_number", "count", "by", "occurred_at")}
    return CaseMerged(**{**_facts(last), **own})


def _follow(step: CaseEvent, case: Case, last: CaseEvent) -> list[Event]:
    """The same step, in the same words, in the case's own name. A lead that was none of its own ends alone."""
    if isinstance(step, CaseClosed) and step.withdrawn:
        return []
    if isinstance(step, CaseSealed):
        return _left_alone(step, case, last)
    if case.lead != step.appeal or last.appeal == step.appeal or case.status not in FOLLOWED.get(type(step), ()):
        return []
    if isinstance(step, CaseSuspended | CaseResumed) and isinstance(step, CaseSuspended) == bool(case.suspended):
        return []
    own = {name: getattr(step, name) for name in type(step).model_fields if name not in CaseEvent.model_fields}
    own["occurred_at"] = max(step.occurred_at, last.occurred_at)  # nothing was said of this case before it was merged
    if isinstance(step, CaseTransferred):
        if step.department == last.department:
            return []
        if not case.may_judge(step.department):
            return [_split(last, step.by, step.appeal, own["occurred_at"])]
        own |= {"department": step.department, "department_name": step.department_name, "from_department": last.department}
    return [type(step)(**{**_facts(last), **own})]


def _left_alone(sealed: CaseSealed, case: Case, last: CaseEvent) -> list[Event]:
    """Nobody hears more of a lead that was sealed, nor why: what it led goes on by itself."""
    if case.lead != sealed.appeal or last.appeal == sealed.appeal:
        return []
    return [_split(last, sealed.by, sealed.appeal, sealed.occurred_at)]


def _split(last: CaseEvent, by: str, lead: str, at: datetime) -> CaseSplit:
    return CaseSplit(**_facts(last) | {"occurred_at": at}, by=by, lead=lead, reason="")


def _catch_up(lead: Case, merged: CaseMerged, case: Case, last: CaseEvent) -> list[Event]:
    if lead.last is None or case.lead != lead.last.appeal or last.appeal == lead.last.appeal:
        return []
    if lead.last.sealed or not case.may_judge(lead.last.department):
        return [_split(last, merged.by, merged.lead, merged.occurred_at)]
    events: list[Event] = []
    if lead.last.department != last.department:
        facts = {**_facts(last), "department": lead.last.department, "department_name": lead.last.department_name}
        facts["occurred_at"] = merged.occurred_at
        reason = f"与 {merged.lead_number} 合并办理"
        events.append(CaseTransferred(**facts, by=merged.by, from_department=last.department, reason=reason))
        case = evolve(case, events[0])
        last = case.last or last
    return [*events, *(_follow(lead.step, case, last) if lead.step else [])]


def _facts(last: CaseEvent) -> dict[str, object]:
    return {name: getattr(last, name) for name in CaseEvent.model_fields}


MERGING: Decider[Command, Case] = Decider(Case(), decide, evolve)
