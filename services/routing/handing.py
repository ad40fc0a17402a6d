"""From one department to another: returns and how they are decided (首接负责), transfers, assisting parts, what leaves a
matter, what is two matters. Pure."""

from functools import reduce

from services.routing.assigning import complained_of, supervisor
from services.routing.case import Case, evolve, facts
from services.routing.commands import (
    Act,
    Assist,
    DecideReturn,
    Divide,
    FinishPart,
    Hear,
    Release,
    Return,
    Split,
    Transfer,
)
from services.routing.departments import Departments
from services.routing.directory import Department, Directory
from services.routing.rules import OPEN, RETURNS, reason_of
from shared.decider import Refused
from shared.events import Event
from shared.events.casework import (
    AssistantJoined,
    AssistantReleased,
    CaseDivided,
    CaseSplit,
    DepartmentAccused,
    PartFinished,
    ReturnRefused,
)
from shared.events.routing import CaseEvent, CaseReturned, CaseTransferred


def decide(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """None: it is no step of these."""
    match command:
        case Return():
            return _return(command, case, last)
        case DecideReturn():
            return _decide_return(command, case, last)
        case Transfer():
            return _transfer(command, case, last)
        case Assist():
            return _assist(command, case, last)
        case FinishPart():
            part = _open_part(case, command.department)
            return [PartFinished(**facts(last, command.at), by=command.by, answer=reason_of(command), **part)]
        case Release():
            part = _open_part(case, command.department)
            return [AssistantReleased(**facts(last, command.at), by=command.by, reason=reason_of(command), **part)]
        case Divide():
            return [_divided(command, case, last)]
        case Split():
            reason = reason_of(command)
            return [CaseSplit(**facts(last, command.at), by=command.by, lead=case.lead or "", reason=reason)]
        case _:
            return None


def _return(command: Return, case: Case, last: CaseEvent) -> list[Event]:
    """The first waits for the county desk; with the second the desk has it, and decides."""
    reason, count, now = reason_of(command), len(case.returned_by) + 1, facts(last, command.at)
    if count < RETURNS:
        return [CaseReturned(**now, by=command.by, reason=reason, count=count, undecided=True)]
    desk = _desk(command.departments.index, case)
    if desk.code == last.department:
        raise Refused("county-desk-decides", "案件已在县诉求中心，请直接转办")
    returned = CaseReturned(**now, by=command.by, reason=reason, count=count)
    return [returned, _moved(command, last, desk, reason)]


def _decide_return(command: DecideReturn, case: Case, last: CaseEvent) -> list[Event]:
    reason = reason_of(command)
    if not command.granted:
        return [ReturnRefused(**facts(last, command.at), by=command.by, reason=reason)]
    if command.department:
        target = _other(command.departments, command.department, last, case)
    else:
        target = _next_best(command.departments.index, case, last.department)
    if target.code == last.department:
        raise Refused("department-needed", "没有更合适的部门，请写明转给哪个部门")
    return [_moved(command, last, target, reason)]


def _next_best(directory: Directory, case: Case, returning: str) -> Department:
    for code in case.candidates:
        if code != returning and case.may_judge(code) and (candidate := directory.get(code)):
            return candidate
    return _desk(directory, case)


def _desk(directory: Directory, case: Case) -> Department:
    """The county desk, or of a complaint about itself the commission."""
    desk = directory.county_desk
    return desk if case.may_judge(desk.code) else directory.commission or desk


def _transfer(command: Transfer, case: Case, last: CaseEvent) -> list[Event]:
    idle = command.department == last.department or not case.may_judge(command.department)
    if idle and not command.strict:
        return []
    return [_moved(command, last, _other(command.departments, command.department, last, case), command.words or "")]


def guarded(events: list[Event], command: Act, case: Case) -> list[Event]:
    """These events; and a case that the accused has while the commission does not watch over him is his no more.

    Nor does it stay in a matter of which he may be the lead.
    """
    after = reduce(evolve, events, case)
    if (
        not after.accused
        or after.last is None
        or after.status not in OPEN
        or after.may_judge(after.last.department)
        or not after.may_judge(after.first[0])
    ):
        return events
    code, name = after.first
    now = {**facts(after.last, command.at), "department": code, "department_name": name}
    reason = f"反映的是{after.last.department_name}，无人督办时不由其自行办理"
    if after.lead not in (None, after.last.appeal):
        events = [*events, CaseSplit(**facts(after.last, command.at), by=command.by, lead=after.lead or "", reason=reason)]
    return [*events, CaseTransferred(**now, by=command.by, from_department=after.last.department, reason=reason)]


def complained(command: Hear, case: Case, last: CaseEvent) -> list[Event]:
    """Of whose conduct a later word complains who was not complained of before; `guarded` takes the case from him."""
    if last.sealed or not command.words:
        return []
    named = complained_of(command.words, command.departments.index, last.village, last.township)
    new = [department for department in named if department.code not in case.accused]
    if not new:
        return []
    event = DepartmentAccused(**facts(last, command.at), by=command.by, accused=tuple(sorted(d.code for d in new)))
    held = (code for code in (last.department, case.first[0]) if code in event.accused)
    judged = command.departments.by_code.get(next(held, ""))
    if judged is None:
        return [event]
    accused = {*case.accused, *event.accused}
    over = supervisor(judged, accused, command.departments, last.village, last.township)
    return [event.model_copy(update={"over": over.code, "over_name": over.name})]


def _moved(command: Act, last: CaseEvent, to: Department, reason: str) -> CaseTransferred:
    now = {**facts(last, command.at), "department": to.code, "department_name": to.name}
    return CaseTransferred(**now, by=command.by, from_department=last.department, reason=reason)


def _assist(command: Assist, case: Case, last: CaseEvent) -> list[Event]:
    helper, part = _department(command.departments, command.department, last), reason_of(command)
    if any(open_part.department == helper.code for open_part in case.open_parts):
        raise Refused("assists-already", f"{helper.name}已经在协办")
    who = {"assistant": helper.code, "assistant_name": helper.name}
    return [AssistantJoined(**facts(last, command.at), by=command.by, part=part, **who)]


def _divided(command: Divide, case: Case, last: CaseEvent) -> CaseDivided:
    if not command.part.strip():
        raise Refused("part-needed", "拆分须写明另立一件的内容")
    own = {"into": command.into, "part": command.part, "kind": case.kind}
    return CaseDivided(**facts(last, command.at), by=command.by, reason=reason_of(command), **own)


def _open_part(case: Case, department: str) -> dict[str, str]:
    for part in case.open_parts:
        if part.department == department:
            return {"assistant": part.department, "assistant_name": part.name}
    raise Refused("no-such-part", f"{department} 没有未完成的协办事项")


def _other(departments: Departments, code: str, last: CaseEvent, case: Case) -> Department:
    """A department that may be accountable instead."""
    department = _department(departments, code, last)
    if not case.may_judge(code):
        name = department.name
        raise Refused("accused", f"群众反映的正是{name}，不能由其自行办理；请交其上级，由其协办，或先请纪委监委督办")
    return department


def _department(departments: Departments, code: str, last: CaseEvent) -> Department:
    """A department of the directory which is not the lead already."""
    department = departments.index.get(code)
    if department is None:
        raise Refused("no-such-department", f"目录中没有部门 {code}")
    if department.code == last.department:
        raise Refused("same-department", f"案件本来就由{department.name}主办")
    return department
