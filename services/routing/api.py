"""Routing over REST: the cases, and every step an official may take on one."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.routing import views
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM, Departments
from services.routing.domain import (
    CASE,
    Accept,
    AskBack,
    Case,
    Close,
    Command,
    Reopen,
    Report,
    Resolve,
    Return,
    Transfer,
    case_stream,
)
from shared.access import Caller as Role
from shared.access import Who, authorize
from shared.envelope import Cause
from shared.events.routing import Status
from shared.inputs import Moment, Name, Text
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of
from shared.versions import IfMatch

router = APIRouter(tags=["routing"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


class Step(BaseModel):
    """Who does it (a person's id; the caller's name if left out) and in which words."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    words: Annotated[Text, Field(min_length=1, max_length=4000)] | None = None


class Words(Step):
    """A step that needs words: a reply fit for the group, or a reason."""

    words: Annotated[Text, Field(min_length=1, max_length=4000)]


class Handover(Words):
    """A transfer: to which department, and why."""

    department: Annotated[Text, Field(min_length=1, max_length=100)]


@router.get("/cases")
async def list_cases(
    service: Routing,
    status: Status | None = None,
    department: Name | None = None,
    township: Name | None = None,
    lead: Annotated[Name | None, Query(description="the appeal that leads a merged matter")] = None,
    before: Annotated[Moment | None, Query(description="opened_at of the last case seen")] = None,
    before_appeal: Annotated[Text, Query(description="appeal of the last case seen")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Newest first, keyset pages."""
    cursor: tuple[datetime, str] | None = (before, before_appeal) if before else None
    found = await views.list_cases(
        service, status=status, department=department, township=township, before=cursor, limit=limit, lead=lead
    )
    return {"cases": found}


@router.get("/cases/{name}")
async def get_case(
    service: Routing,
    response: Response,
    name: Name,
    as_of: Annotated[Moment | None, Query(description="the case as it stood at this moment")] = None,
) -> dict[str, Any]:
    """A case by number or id, now or at any past moment. The ETag is its version."""
    version, case = await views.case_as_of(service, await views.appeal_of(service, name), as_of)
    response.headers["ETag"] = f'"{version}"'
    return _shown(version, case, name)


@router.get("/cases/{name}/timeline")
async def get_case_timeline(service: Routing, who: Caller, name: Name) -> dict[str, Any]:
    """All that happened to a case, as recorded: the state is a fold of exactly this."""
    appeal = await views.appeal_of(service, name)
    recorded = await service.store.load(case_stream(appeal))
    if not recorded:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    if getattr(recorded[0].event, "sealed", False) and Role.DISCIPLINE not in who.callers:
        raise Problem(403, "forbidden", "密封案件只有纪委监委可以查看")
    events = [{"version": r.version, "type": r.type, "time": r.time, "actor": r.actor, "data": r.event} for r in recorded]
    answer = {"appeal": appeal, "events": events}
    return answer if who.reads_originals else masked(answer)


@router.post("/cases/{name}/accept")
async def accept_case(service: Routing, who: Caller, name: Name, step: Step, if_match: IfMatch = None) -> dict[str, Any]:
    """受理."""
    return await _take(service, who, name, Accept(**_act(service, who, step)), if_match)


@router.post("/cases/{name}/progress")
async def report_progress(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """How far it is."""
    return await _take(service, who, name, Report(**_act(service, who, step)), if_match)


@router.post("/cases/{name}/resolve")
async def resolve_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """办结, with a reply fit for the group."""
    return await _take(service, who, name, Resolve(**_act(service, who, step)), if_match)


@router.post("/cases/{name}/return")
async def return_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """退单, with a reason. A second return goes to the county desk."""
    command = Return(**_act(service, who, step), departments=await _departments(service))
    return await _take(service, who, name, command, if_match)


@router.post("/cases/{name}/transfer")
async def transfer_case(service: Routing, who: Caller, name: Name, step: Handover, if_match: IfMatch = None) -> dict[str, Any]:
    """转办: another department is accountable from now on."""
    departments = await _departments(service)
    command = Transfer(**_act(service, who, step), department=step.department, departments=departments)
    return await _take(service, who, name, command, if_match)


@router.post("/cases/{name}/call-back")
async def call_back_case(service: Routing, who: Caller, name: Name, step: Step, if_match: IfMatch = None) -> dict[str, Any]:
    """回访, by somebody else than who resolved it."""
    return await _take(service, who, name, AskBack(**_act(service, who, step)), if_match)


@router.post("/cases/{name}/reopen")
async def reopen_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """重办, within 15 days of the close."""
    return await _take(service, who, name, Reopen(**_act(service, who, step)), if_match)


@router.post("/cases/{name}/close")
async def close_case(service: Routing, who: Caller, name: Name, step: Words, if_match: IfMatch = None) -> dict[str, Any]:
    """结案, with the outcome in words."""
    return await _take(service, who, name, Close(**_act(service, who, step)), if_match)


def _act(service: Service, who: Who, step: Step) -> dict[str, Any]:
    return {"by": step.by or who.name, "at": service.clock.now(), "words": step.words, "strict": True}


async def _take(service: Service, who: Who, name: str, command: Command, if_match: int | None) -> dict[str, Any]:
    appeal = await views.appeal_of(service, name)
    _, case = await service.commands.load(CASE, case_stream(appeal))
    if case.last is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    if case.last.sealed and Role.DISCIPLINE not in who.callers:
        raise Problem(403, "forbidden", "密封案件只能由纪委监委办理")
    done = await service.commands.execute(CASE, case_stream(appeal), command, Cause(who.name), expected=if_match)
    if done.stored:
        await service.seen("cases", done.stored.position)
    return _shown(done.version, done.state, name)


async def _departments(service: Service) -> Departments:
    registry = (await service.commands.load(DIRECTORY, DIRECTORY_STREAM))[1]
    return registry.at(service.clock.now())


def _shown(version: int, case: Case, name: str) -> dict[str, Any]:
    if case.last is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    facts = case.last.model_dump(
        include={"appeal", "number", "department", "department_name", "group", "village", "township", "urgent", "sealed"}
    )
    return {
        **facts,
        "version": version,
        "status": case.status,
        "kind": case.kind,
        "category": case.category,
        "opened_at": case.opened_at,
        "satisfied": case.satisfied,
        "reopened": case.reopened,
        "returned_by": case.returned_by,
        "lead": case.lead,
    }
