"""The county's totals over REST: what was settled, told and disclosed, by period and place, exact to the 分."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.disclosure import views
from shared.access import Who, authorize
from shared.inputs import Moment, Name
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["totals"])
Disclosure = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]

FIGURES = {
    "appeals_settled": "settled",
    "disputes_mediated": "dispute",
    "policies_told": "policy",
    "projects_disclosed": "project",
    "subsidies_disclosed": "subsidy",
    "accounts_disclosed": "asset",
    "decisions_disclosed": "decision",
    "jobs_told": "job",
    "enrichment_told": "enrichment",
    "inspections_announced": "inspection",
    "rectifications_listed": "rectification",
    "others_told": "free",
}
"""figure → what is counted"""
MONEY = {"projects_fen": "project", "subsidies_fen": "subsidy"}


class By(StrEnum):
    """Into what the totals are parted; the parts add up to the whole."""

    MONTH = "month"
    TOWNSHIP = "township"
    VILLAGE = "village"


@router.get("/totals")
async def get_totals(
    service: Disclosure,
    who: Caller,
    since: Moment,
    until: Annotated[Moment, Query(description="the first moment that does not count any more")],
    township: Name | None = None,
    village: Name | None = None,
    by: By | None = None,
) -> dict[str, Any]:
    """What was settled, told and disclosed from `since` until before `until`. A place without a name: the whole county's."""
    if until <= since:
        raise Problem(422, "invalid", "until 须晚于 since", field="until")
    await service.seen("notices", await service.store.head())
    counted = await views.totals(service, since, until, township, village, by)
    names = sorted({row["name"] for row in counted})
    return {
        "since": since,
        "until": until,
        "totals": _figures(counted),
        "parts": [{"name": name, **_figures([row for row in counted if row["name"] == name])} for name in names] if by else [],
    }


def _figures(counted: list[dict[str, Any]]) -> dict[str, int]:
    many, fen = (dict.fromkeys(FIGURES.values(), 0) for _ in range(2))
    for row in counted:
        many[row["what"]] += row["many"]
        fen[row["what"]] += int(row["fen"])
    return {name: many[what] for name, what in FIGURES.items()} | {name: fen[what] for name, what in MONEY.items()}
