"""Routing over REST: one case. How cases are found is in `finding_api`, the steps an official may take on one in `steps_api`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from services.routing import views
from services.routing.domain import case_stream
from services.routing.steps_api import shown
from shared.access import Caller as Role
from shared.access import Who, authorize
from shared.inputs import Moment, Name
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["routing"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


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
    """All that happened to a case, as recorded: the state is a fold of exactly this. What the reporter wrote is intake's to show."""
    appeal = await views.appeal_of(service, name)
    recorded = await service.store.load(case_stream(appeal))
    if not recorded:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    if getattr(recorded[0].event, "sealed", False) and Role.DISCIPLINE not in who.callers:
        raise Problem(403, "forbidden", "密封案件只有纪委监委可以查看")
    events = [
        {"version": r.version, "type": r.type, "time": r.time, "actor": r.actor, "data": r.event.model_dump(exclude={"text"})}
        for r in recorded
    ]
    answer = {"appeal": appeal, "events": events}
    return answer if who.reads_originals else masked(answer)
