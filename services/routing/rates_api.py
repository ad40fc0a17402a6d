"""The rates over REST (三率): how a county keeps its promises, raw and without what was left out of the score."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.routing.scores import By, rates_by
from shared.inputs import Moment, Name
from shared.service import Service, service_of

router = APIRouter(tags=["rates"])
Routing = Annotated[Service, Depends(service_of)]


@router.get("/rates")
async def get_rates(
    service: Routing,
    by: Annotated[By, Query(description="what the lines are told apart by; a month is one of China's")] = By.DEPARTMENT,
    since: Annotated[Moment | None, Query(description="of what happened from this moment")] = None,
    until: Annotated[Moment | None, Query(description="and before this one")] = None,
    department: Annotated[Name | None, Query(description="who was accountable then")] = None,
    township: Name | None = None,
    category: Name | None = None,
) -> dict[str, Any]:
    """响应率, 解决率, 满意率 and 按时办结率, each with what it is a share of. `raw` counts every case, `adjusted` leaves out those of
    which somebody who had no part in them found that they should not count; sealed and withdrawn ones are in neither.
    """
    lines = await rates_by(service, by, since, until, department=department, township=township, category=category)
    return {"by": by, "since": since, "until": until, "rates": lines}
