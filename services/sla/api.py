"""Sla over REST: which promises run for a case, and which are broken."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.sla import views
from shared.inputs import Name
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["sla"])
Sla = Annotated[Service, Depends(service_of)]


@router.get("/clocks")
async def list_clocks(service: Sla, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
    """The promises broken and not yet made good, oldest first."""
    return {"clocks": await views.overdue(service, limit)}


@router.get("/clocks/{name}")
async def get_clocks(service: Sla, name: Name) -> dict[str, Any]:
    """A case's clocks, by number or id."""
    clocks = await views.clocks_of(service, name)
    if not clocks:
        raise Problem(404, "not-found", f"没有这件案件的时限：{name}")
    return {"clocks": clocks}
