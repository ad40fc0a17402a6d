"""Routing over REST: the cases. The steps an official may take on one are in `steps_api`."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from services.routing import views
from services.routing.domain import case_stream
from services.routing.gaming import Sign
from services.routing.secrecy import keep_sealed
from services.routing.steps_api import shown
from shared.access import Who, authorize
from shared.events.casework import Second
from shared.events.routing import Status
from shared.inputs import Moment, Name, Text
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["routing"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


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
    second_call: Annotated[
        Second | None, Query(description="what became of the second call; `due`: somebody is to call")
    ] = None,
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
        second_call=second_call,
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
    appeal = await views.appeal_of(service, name)
    history = await views.history_of(service, appeal, as_of)
    if as_of:
        keep_sealed(await views.history_of(service, appeal, None), who)
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
    keep_sealed(recorded, who)
    events = [{"version": r.version, "type": r.type, "time": r.time, "actor": r.actor, "data": r.event} for r in recorded]
    answer = {"appeal": appeal, "events": events}
    return answer if who.reads_originals else masked(answer)
