"""Steps on many cases at once: each is the same step as on one, and one that fails undoes no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.routing.step_bodies import Handover, Step
from services.routing.steps_api import accept_case, transfer_case
from shared import problems
from shared.access import Who, authorize
from shared.inputs import NUMBER, Name
from shared.service import Service, service_of

log = structlog.get_logger()

router = APIRouter(tags=["steps"], prefix="/cases/bulk")
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
MOST = 200
SIDE_BY_SIDE = 20
"""so many share commits, and leave room for other requests"""


class One(BaseModel):
    """A case by number or id, and the version it is expected to have, if that matters."""

    model_config = ConfigDict(extra="forbid")

    case: Name
    version: Annotated[int, Field(ge=0, le=10**9), NUMBER] | None = None


Cases = Annotated[list[One], Field(min_length=1, max_length=MOST)]


class Accepting(Step):
    """Which cases are accepted."""

    cases: Cases


class Assigning(Handover):
    """Which cases are given to the department, and why."""

    cases: Cases


@router.post("/accept")
async def accept_cases(service: Routing, who: Caller, bulk: Accepting) -> dict[str, Any]:
    """受理, many at once. Answers 200 with one result a case, in the order asked: its `status`, and the `case` or the `problem`."""
    step = Step(by=who.acting(bulk.by), words=bulk.words)
    return await _each(bulk.cases, lambda one: accept_case(service, who, one.case, step, one.version))


@router.post("/assign")
async def assign_cases(service: Routing, who: Caller, bulk: Assigning) -> dict[str, Any]:
    """转办 to one department, many at once: those that wait at the county desk. Answers as `/cases/bulk/accept` does."""
    step = Handover(by=who.acting(bulk.by), words=bulk.words, department=bulk.department)
    return await _each(bulk.cases, lambda one: transfer_case(service, who, one.case, step, one.version))


async def _each(cases: Sequence[One], take: Callable[[One], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def result(one: One) -> dict[str, Any]:
        async with limit:
            try:
                return {"name": one.case, "status": 200, "case": await take(one)}
            except Exception as trouble:
                problem = problems.of(trouble)
                if problem.kind == "internal":
                    log.error("bulk_step_failed", case=one.case, exc_info=trouble)
                return {"name": one.case, "status": problem.status, "problem": problems.body(problem)}

    results = await asyncio.gather(*map(result, cases))
    done = sum(one["status"] == 200 for one in results)
    return {"done": done, "failed": len(results) - done, "results": results}
