"""Why a case is with whom it is: what was considered when it was assigned, by which directory, and who moved it since."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.routing import views
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM
from services.routing.domain import case_stream
from services.routing.secrecy import keep_sealed
from shared.access import Who, authorize
from shared.events.routing import CaseAssigned, CaseEvent, CaseTransferred, Considered
from shared.inputs import Name
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["routing"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


@router.get("/cases/{name}/why")
async def get_case_why(service: Routing, who: Caller, name: Name) -> dict[str, Any]:
    """Every department that was considered, best first, how sure that was and why; and each transfer with its reason.

    `model` is the version of the trained model that was asked, `model_proposals` what it said; in its shadow time it counts for
    nothing. `waits`: nothing was sure enough, so it is at the county desk until a person decides. `directory` is the version by which it
    was decided, see `GET /departments?version=`.
    """
    recorded = await service.store.load(case_stream(await views.appeal_of(service, name)))
    events = [r.event for r in recorded if isinstance(r.event, CaseEvent)]
    assigned = next((event for event in events if isinstance(event, CaseAssigned)), None)
    if assigned is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    keep_sealed(recorded, who)
    moved = [event for event in events if isinstance(event, CaseTransferred)]
    answer = {
        **_assigned(assigned),
        "department": events[-1].department,
        "department_name": events[-1].department_name,
        "proposals": await _proposals(service, assigned.proposals),
        "model_proposals": await _proposals(service, assigned.model_proposals),
        "transfers": [_transfer(event) for event in moved],
    }
    return answer if who.reads_originals else masked(answer)


def _assigned(event: CaseAssigned) -> dict[str, Any]:
    kept = {"appeal", "number", "category", "confidence", "threshold", "waits", "reasons", "accused", "directory", "model"}
    return {**event.model_dump(include=kept), "assigned_to": event.department, "assigned_at": event.occurred_at}


async def _proposals(service: Service, proposals: Iterable[Considered]) -> list[dict[str, Any]]:
    """With the names that the departments have today, also those that are no more."""
    _, registry = await service.commands.load(DIRECTORY, DIRECTORY_STREAM)
    return [
        {
            "department": considered.department,
            "department_name": record.newest.name if (record := registry.departments.get(considered.department)) else None,
            "confidence": considered.confidence,
            "reasons": considered.reasons,
        }
        for considered in proposals
    ]


def _transfer(event: CaseTransferred) -> dict[str, Any]:
    return {
        "from_department": event.from_department,
        "department": event.department,
        "by": event.by,
        "at": event.occurred_at,
        "reason": event.reason,
    }
