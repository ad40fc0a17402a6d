"""The steps over REST: every step that an official may take on a case. What they may say is in `step_bodies`, what they may do in `rules`."""

from datetime import datetime
from typing import Annotated, Any

import uuid_utils.compat as uuids
from fastapi import APIRouter, Depends

from services.routing import commands as c
from services.routing import scope, views
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM, Departments
from services.routing.domain import CASE, Case, case_stream
from services.routing.rules import RULES, may
from services.routing.step_bodies import (
    Answer,
    Days,
    Decision,
    Elsewhere,
    Exclusion,
    Handover,
    Matter,
    Part,
    Pause,
    ReturnDecision,
    SecondAnswer,
    Step,
    Words,
)
from shared.access import Caller as Role
from shared.access import Who, authorize
from shared.deciding import Done, Refused
from shared.events.routing import CaseEvent
from shared.inputs import Name
from shared.privacy import mask
from shared.problems import Problem
from shared.service import Service, service_of
from shared.versions import IfMatch

router = APIRouter(tags=["steps"], prefix="/cases/{name}")
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


@router.post("/accept")
async def accept_case(service: Routing, who: Caller, name: Name, step: Step, if_match: IfMatch = None) -> dict[str, Any]:
    """受理."""
    return await _take(service, who, name, c.Accept(**_act(service, who, step)), if_match)


@router.post("/progress")
async def report_progress(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """How far it is."""
    return await _take(service, who, name, c.Report(**_act(service, who, step)), if_match)


@router.post("/resolve")
async def resolve_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """办结, with a reply fit for the group; assisting parts are done before."""
    return await _take(service, who, name, c.Resolve(**_act(service, who, step), department=who.department), if_match)


@router.post("/return")
async def return_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """退单, with a reason. It stays until the county desk has decided; a second return goes to the desk at once."""
    command = c.Return(**_act(service, who, step), departments=await _departments(service))
    return await _take(service, who, name, command, if_match)


@router.post("/decide-return")
async def decide_return(
    service: Routing, who: Caller, name: Name, step: ReturnDecision, if_match: IfMatch = None
) -> dict[str, Any]:
    """审核退单, by somebody else than who asked."""
    departments = await _departments(service)
    to, granted = step.department, step.granted
    command = c.DecideReturn(**_act(service, who, step), granted=granted, department=to, departments=departments)
    return await _take(service, who, name, command, if_match)


@router.post("/transfer")
async def transfer_case(service: Routing, who: Caller, name: Name, step: Handover, if_match: IfMatch = None) -> dict[str, Any]:
    """转办: another department is accountable from now on."""
    departments = await _departments(service)
    command = c.Transfer(**_act(service, who, step), department=step.department, departments=departments)
    return await _take(service, who, name, command, if_match)


@router.post("/assist")
async def assist_case(service: Routing, who: Caller, name: Name, step: Handover, if_match: IfMatch = None) -> dict[str, Any]:
    """派协办: another department helps with the part that the words say."""
    departments = await _departments(service)
    command = c.Assist(**_act(service, who, step), department=step.department, departments=departments)
    return await _take(service, who, name, command, if_match)


@router.post("/finish-part")
async def finish_part(service: Routing, who: Caller, name: Name, step: Handover, if_match: IfMatch = None) -> dict[str, Any]:
    """An assisting department has done its part; the words tell the lead how."""
    command = c.FinishPart(**_act(service, who, step), department=step.department)
    return await _take(service, who, name, command, if_match)


@router.post("/release")
async def release_assistant(
    service: Routing, who: Caller, name: Name, step: Handover, if_match: IfMatch = None
) -> dict[str, Any]:
    """撤销协办: a department's help is no longer needed."""
    command = c.Release(**_act(service, who, step), department=step.department)
    return await _take(service, who, name, command, if_match)


@router.post("/suspend")
async def suspend_case(service: Routing, who: Caller, name: Name, step: Pause, if_match: IfMatch = None) -> dict[str, Any]:
    """挂起, until what it waits for has come, at most 60 days; ordered by somebody who does not work on it."""
    command = c.Suspend(**_act(service, who, step), waits_for=step.waits_for, until=step.until)
    return await _take(service, who, name, command, if_match)


@router.post("/resume")
async def resume_case(service: Routing, who: Caller, name: Name, step: Step, if_match: IfMatch = None) -> dict[str, Any]:
    """The work of a suspended case goes on."""
    return await _take(service, who, name, c.Resume(**_act(service, who, step)), if_match)


@router.post("/ask-extension")
async def ask_extension(service: Routing, who: Caller, name: Name, step: Days, if_match: IfMatch = None) -> dict[str, Any]:
    """申请延期, once and before the time is over."""
    return await _take(service, who, name, c.AskExtension(**_act(service, who, step), days=step.days), if_match)


@router.post("/decide-extension")
async def decide_extension(
    service: Routing, who: Caller, name: Name, step: Decision, if_match: IfMatch = None
) -> dict[str, Any]:
    """审批延期, by somebody else than who asked; the words of a granted one are told to the group."""
    return await _take(service, who, name, c.DecideExtension(**_act(service, who, step), granted=step.granted), if_match)


@router.post("/merge")
async def merge_cases(service: Routing, who: Caller, name: Name, step: Matter, if_match: IfMatch = None) -> dict[str, Any]:
    """并案: this case leads, the others follow what it is told; each keeps its number and is answered in its own group."""
    others = [await _known(service, other) for other in step.cases]
    led = [await _known(service, appeal) for appeal in await views.led_by(service, await views.appeal_of(service, name))]
    command = c.Gather(**_act(service, who, step), about=step.about, cases=tuple(others), led=tuple(led))
    answer = await _take(service, who, name, command, if_match)
    await _followed(service)
    return answer


@router.post("/unmerge")
async def unmerge_cases(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """撤销并案: the cases that it leads go on by themselves, and so does it."""
    answer = await _take(service, who, name, c.Dissolve(**_act(service, who, step)), if_match)
    await _followed(service)
    return answer


@router.post("/split")
async def split_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """移出并案: the case leaves its merged matter and is handled by itself."""
    return await _take(service, who, name, c.Split(**_act(service, who, step)), if_match)


@router.post("/divide")
async def divide_case(service: Routing, who: Caller, name: Name, step: Part, if_match: IfMatch = None) -> dict[str, Any]:
    """拆分: the part gets a number, a department and an answer of its own; the reporter is told both numbers."""
    command = c.Divide(**_act(service, who, step), into=str(uuids.uuid7()), part=step.part)
    return await _take(service, who, name, command, if_match)


@router.post("/inadmissible")
async def find_inadmissible(
    service: Routing, who: Caller, name: Name, step: Elsewhere, if_match: IfMatch = None
) -> dict[str, Any]:
    """不予受理, with the reason and where to go instead: both are told to the group."""
    return await _take(service, who, name, c.FindInadmissible(**_act(service, who, step), instead=step.instead), if_match)


@router.post("/call-back")
async def call_back_case(service: Routing, who: Caller, name: Name, step: Step, if_match: IfMatch = None) -> dict[str, Any]:
    """回访, by somebody else than who worked on it."""
    return await _take(service, who, name, c.AskBack(**_act(service, who, step)), if_match)


@router.post("/answer")
async def record_answer(service: Routing, who: Caller, name: Name, step: Answer, if_match: IfMatch = None) -> dict[str, Any]:
    """What the reporter answered. Not solved or not satisfied opens it again; satisfied closes it."""
    command = c.TakeAnswer(**_act(service, who, step), resolved=step.resolved, satisfied=step.satisfied)
    return await _take(service, who, name, command, if_match)


@router.post("/failed-call")
async def record_failed_call(service: Routing, who: Caller, name: Name, step: Step, if_match: IfMatch = None) -> dict[str, Any]:
    """The reporter was not reached. The third time ends the case as `unreachable`, which is not `satisfied`."""
    return await _take(service, who, name, c.FailCall(**_act(service, who, step)), if_match)


@router.post("/second-call")
async def second_call_case(
    service: Routing, who: Caller, name: Name, step: SecondAnswer, if_match: IfMatch = None
) -> dict[str, Any]:
    """抽查回访, of a case on which the lot fell, by somebody who had no part in it. Not solved or not satisfied opens it again."""
    reached, resolved, satisfied = step.reached, step.resolved, step.satisfied
    command = c.CallAgain(**_act(service, who, step), reached=reached, resolved=resolved, satisfied=satisfied)
    return await _take(service, who, name, command, if_match)


@router.post("/reopen")
async def reopen_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """重办, within 15 days of the close."""
    return await _take(service, who, name, c.Reopen(**_act(service, who, step)), if_match)


@router.post("/close")
async def close_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """结案, with the outcome in words."""
    return await _take(service, who, name, c.Close(**_act(service, who, step)), if_match)


@router.post("/supervise")
async def supervise_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """督办 by the commission, or a further comment while it lasts."""
    return await _take(service, who, name, c.Supervise(**_act(service, who, step)), if_match)


@router.post("/lift-supervision")
async def lift_supervision(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """解除督办: from now on the case may be closed."""
    return await _take(service, who, name, c.LiftSupervision(**_act(service, who, step)), if_match)


@router.post("/seal")
async def seal_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """密封: it accuses somebody after all, and is the commission's alone from now on. Its group hears nothing of it any more."""
    command = c.Seal(**_act(service, who, step), departments=await _departments(service))
    return await _take(service, who, name, command, if_match)


@router.post("/propose-exclusion")
async def propose_exclusion(
    service: Routing, who: Caller, name: Name, step: Exclusion, if_match: IfMatch = None
) -> dict[str, Any]:
    """申请不计入考核, with the ground and a reason."""
    return await _take(service, who, name, c.ProposeExclusion(**_act(service, who, step), ground=step.ground), if_match)


@router.post("/review-exclusion")
async def review_exclusion(
    service: Routing, who: Caller, name: Name, step: Decision, if_match: IfMatch = None
) -> dict[str, Any]:
    """审核不计入考核, by somebody who neither proposed it, nor worked on the case, nor called the reporter."""
    return await _take(service, who, name, c.ReviewExclusion(**_act(service, who, step), granted=step.granted), if_match)


def _act(service: Service, who: Who, step: Step) -> dict[str, Any]:
    by = who.acting(step.by)
    return {"by": by, "at": service.clock.now(), "name": who.called, "words": step.words, "strict": True}


async def _take(service: Service, who: Who, name: str, command: c.Act, if_match: int | None) -> dict[str, Any]:
    done = await take(service, who, name, command, if_match)
    if done.stored:
        await service.seen("cases", done.stored.position)
    return shown(done.version, done.state, name, who, command.at)


async def take(service: Service, who: Who, name: str, command: c.Act, if_match: int | None) -> Done[Case]:
    """Takes a step on a case. Raises Problem when it is not for this caller or not allowed now, and Conflict."""
    stream, cause = case_stream(await views.appeal_of(service, name)), who.cause()
    _, case = await service.commands.load(CASE, stream)
    if case.last is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    if not await service.commands.before(stream, cause):  # the step itself may have taken the case out of his hands
        _check(case, case.last, command, who)
    try:
        return await service.commands.execute(CASE, stream, command, cause, expected=if_match)
    except Refused as refused:
        _, case = await service.commands.load(CASE, stream)
        now = scope.offered(case, who, command.by, command.at)
        raise Problem(409, "refused", refused.sentence, code=refused.code, allowed=now) from None


def _check(case: Case, last: CaseEvent, command: c.Act, who: Who) -> None:
    """Raises Problem 403 for a step that is not for this caller."""
    if not may(type(command), case, who.callers):
        sealed = "密封案件只能由纪委监委办理"
        raise Problem(403, "forbidden", sealed if last.sealed else f"您的角色不能{RULES[type(command)].called}")
    scope.check(command, case, who)


async def _known(service: Service, name: str) -> Case:
    """A case that there is. Raises Problem 404."""
    _, case = await service.commands.load(CASE, case_stream(await views.appeal_of(service, name)))
    if case.last is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    return case


async def _followed(service: Service) -> None:
    """Read your writes, also of the cases that follow."""
    await service.seen("following", await service.store.head())
    await service.seen("cases", await service.store.head())


async def _departments(service: Service) -> Departments:
    registry = (await service.commands.load(DIRECTORY, DIRECTORY_STREAM))[1]
    return registry.at(service.clock.now())


def shown(version: int, case: Case, name: str, who: Who, now: datetime) -> dict[str, Any]:
    """A case as the API shows it, with what this caller may do next. Raises Problem 404 when there is none."""
    if case.last is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    facts = case.last.model_dump(
        include={"appeal", "number", "department", "department_name", "group", "village", "township", "urgent", "sealed"}
    )
    own = (
        "status", "kind", "category", "opened_at", "satisfied", "reopened", "returned_by", "lead", "households", "divided", "divided_from", "closed_at", "late",
        "supervised", "failed_calls", "suspended", "parts", "returning", "extension", "exclusion",
    )  # fmt: skip
    return {
        **facts,
        "version": version,
        **{name: getattr(case, name) for name in own},
        "outcome": _outcome(case, who),
        "second_call": case.second.result if case.second else None,
        "allowed": scope.offered(case, who, who.acting(), now),
    }


def _outcome(case: Case, who: Who) -> str | None:
    """The county desk's own words on how it ended: masked for who reads no originals, and the commission's alone if sealed."""
    if case.last and case.last.sealed and Role.DISCIPLINE not in who.callers:
        return None
    return case.outcome if case.outcome is None or who.reads_originals else mask(case.outcome)
