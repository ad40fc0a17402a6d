"""Routing over REST: the department directory and the cases. The steps an official may take on one are in `steps_api`."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from services.routing import views
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM, Departments
from services.routing.domain import case_stream
from services.routing.gaming import Sign
from services.routing.steps_api import shown
from shared.access import Caller as Role
from shared.access import Who, authorize
from shared.envelope import Cause
from shared.events.routing import DepartmentRegistered, Status
from shared.inputs import Moment, Name, Text
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of
from shared.tables import read_csv

router = APIRouter(tags=["routing"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
_CSV: dict[str, Any] = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.put("/departments", openapi_extra=_CSV)
async def import_departments(request: Request, service: Routing, who: Caller) -> dict[str, int]:
    """Imports a CSV: code,name,level,duties (words separated by spaces). Importing it again changes nothing."""
    rows = read_csv(await request.body(), ("code", "name", "level"))
    changed = 0
    for row in rows:
        duties = tuple((row.get("duties") or "").split())
        event = DepartmentRegistered(department=row["code"], name=row["name"], level=row["level"], duties=duties)
        changed += bool((await service.commands.execute(DIRECTORY, DIRECTORY_STREAM, event, Cause(who.name))).events)
    return {"rows": len(rows), "changed": changed}


@router.get("/departments")
async def list_departments(service: Routing) -> dict[str, Any]:
    """The directory as it stands."""
    departments = await _departments(service)
    return {
        "departments": [
            {"code": d.code, "name": d.name, "level": d.level, "duties": d.duties} for d in departments.by_code.values()
        ]
    }


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
    suspended: Annotated[bool | None, Query(description="whether the work rests")] = None,
    sign: Annotated[Sign | None, Query(description="what looks like gaming")] = None,
) -> dict[str, Any]:
    """Newest first, keyset pages."""
    cursor: tuple[datetime, str] | None = (before, before_appeal) if before else None
    found = await views.list_cases(
        service,
        status=status,
        department=department,
        township=township,
        before=cursor,
        limit=limit,
        lead=lead,
        suspended=suspended,
        sign=sign,
    )
    return {"cases": found}


@router.get("/cases/{name}")
async def get_case(
    service: Routing,
    who: Caller,
    response: Response,
    name: Name,
    as_of: Annotated[Moment | None, Query(description="the case as it stood at this moment")] = None,
) -> dict[str, Any]:
    """A case by number or id, now or at any past moment, with the steps the caller may take now. The ETag is its version."""
    history = await views.history_of(service, await views.appeal_of(service, name), as_of)
    version = history[-1].version if history else 0
    response.headers["ETag"] = f'"{version}"'
    case = shown(version, views.folded(history), name, who, service.clock.now())
    return {**case, "signs": views.signs_of(history)}


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


async def _departments(service: Service) -> Departments:
    return (await service.commands.load(DIRECTORY, DIRECTORY_STREAM))[1]
