"""The rulebook of merged matters (并案): several cases that are one trouble, under the lead of one.

Each case keeps its number, its clocks and its reporter. What the lead is told to be, accepted, under way, done or ended, the
others are told too, by events of their own, so that each group is answered. Who is not content with the common outcome
reopens his case, and has it for himself from then on. Pure; these commands act on the streams and states of `domain`.
"""

from dataclasses import dataclass
from datetime import datetime

from services.routing.case import Case, evolve, facts
from services.routing.commands import Act, Dissolve, Gather
from services.routing.rules import OPEN, STATUS_NAMES, reason_of
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.casework import (
    CaseFoundInadmissible,
    CaseResumed,
    CaseSealed,
    CaseSplit,
    CaseSuspended,
    ExtensionGranted,
)
from shared.events.crowds import AppealMerged
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
    CaseSplit: OPEN,
}
"""the steps of a lead that the cases it leads take too, and in which states"""


@dataclass(frozen=True, slots=True)
class Merge:
    """The county desk made it part of one matter: of a crowd, or of the cases that it named itself to their lead."""

    merged: AppealMerged | CaseMerged


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
MOST = 50
"""cases that the desk makes one matter at once"""


def decide_step(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """What the desk says of a matter that it makes by itself, or unmakes. None: it is no step of these."""
    match command:
        case Gather():
            return [_gathered(command, case, last)]
        case Dissolve():
            return [CaseSplit(**facts(last, command.at), by=command.by, lead=last.appeal, reason=reason_of(command))]
        case _:
            return None


def _gathered(command: Gather, case: Case, last: CaseEvent) -> CaseMerged:
    reason_of(command)
    for other in command.cases:
        _may_join(other, last)
    cases = {other.last.appeal: other.last for other in (*command.led, *command.cases) if other.last}
    households = {last.reporter, *(other.reporter for other in cases.values())}
    about = {"crowd": "", "about": command.about, "lead": last.appeal, "lead_number": last.number, "by": command.by}
    return CaseMerged(**facts(last, command.at), **about, count=len(cases) + 1, cases=tuple(cases), households=len(households))


def _may_join(other: Case, lead: CaseEvent) -> None:
    """Raises Refused with the case's number and why it is none of this matter."""
    assert other.last
    number = other.last.number
    if other.last.appeal == lead.appeal:
        raise Refused("merged-with-itself", f"{number} 就是牵头的案件，请只写其他案件")
    if other.last.sealed:
        raise Refused("sealed", f"{number} 是密封案件，不能并案")
    if other.status not in OPEN:
        raise Refused("not-open", f"{number} {STATUS_NAMES[other.status]}，不能并案")
    if other.lead not in (None, lead.appeal):
        raise Refused("led-already", f"{number} 已经并入其他案件，请先移出")
    if not other.may_judge(lead.department):
        raise Refused("accused", f"{number} 反映的正是{lead.department_name}，不能并入由其主办的案件")


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


def _merged(merged: AppealMerged | CaseMerged, last: CaseEvent) -> CaseMerged:
    own = {name: getattr(merged, name) for name in ("crowd", "about", "lead", "lead_number", "count", "by", "occurred_at")}
    return CaseMerged(**{**facts(last, merged.occurred_at), **own})


def _follow(step: CaseEvent, case: Case, last: CaseEvent) -> list[Event]:
    """The same step, in the same words, in the case's own name. A lead that was none of its own ends alone."""
    if isinstance(step, CaseClosed) and step.withdrawn:
        return []
    if isinstance(step, CaseSealed | CaseSplit):
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
    return [type(step)(**{**facts(last, step.occurred_at), **own})]


def _left_alone(step: CaseSealed | CaseSplit, case: Case, last: CaseEvent) -> list[Event]:
    """The matter is none any more, or its lead was sealed, of which nobody hears more, nor why: what it led goes on by itself."""
    if case.lead != step.appeal or last.appeal == step.appeal:
        return []
    return [_split(last, step.by, step.appeal, step.occurred_at, "" if step.sealed else step.reason)]


def _split(last: CaseEvent, by: str, lead: str, at: datetime, reason: str = "") -> CaseSplit:
    return CaseSplit(**facts(last, at), by=by, lead=lead, reason=reason)


def _catch_up(lead: Case, merged: CaseMerged, case: Case, last: CaseEvent) -> list[Event]:
    if lead.last is None or case.lead != lead.last.appeal or last.appeal == lead.last.appeal:
        return []
    if lead.last.sealed or not case.may_judge(lead.last.department):
        return [_split(last, merged.by, merged.lead, merged.occurred_at)]
    events: list[Event] = []
    if lead.last.department != last.department:
        now = facts(last, merged.occurred_at)
        now |= {"department": lead.last.department, "department_name": lead.last.department_name}
        reason = f"与 {merged.lead_number} 合并办理"
        events.append(CaseTransferred(**now, by=merged.by, from_department=last.department, reason=reason))
        case = evolve(case, events[0])
        last = case.last or last
    return [*events, *(_follow(lead.step, case, last) if lead.step else [])]


MERGING: Decider[Command, Case] = Decider(Case(), decide, evolve)
