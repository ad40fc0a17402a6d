"""Finding cases over REST: lists by what they are and what was written, and each department's queue."""

import hashlib
from typing import Annotated, Any, Self

import orjson
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from services.routing import finding
from services.routing.bigrams import searched
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM
from services.routing.gaming import Sign
from shared.events.intake import Kind
from shared.events.routing import Status
from shared.inputs import Moment, Name, Text
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["finding"])
Routing = Annotated[Service, Depends(service_of)]
LONGEST_SEARCH = 100


def _searchable(text: str) -> str:
    if not searched(text):
        raise ValueError("应含要查找的文字、字母或数字")
    return text


Searched = Annotated[
    Text,
    Field(min_length=1, max_length=LONGEST_SEARCH),
    AfterValidator(_searchable),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_SEARCH, "pattern": "^[^\\x00]*[0-9A-Za-z\u4e00-\u9fff][^\\x00]*$"}),
]


class Filters(BaseModel):
    """Which cases. A filter that is not known is refused, for a list that is not filtered looks just like one that is."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[list[Status], Field(max_length=len(Status), description="where it stands; any of these")] = []
    department: Annotated[Name | None, Field(description="code of who answers for it", examples=["water"])] = None
    township: Annotated[Name | None, Field(examples=["平川镇"])] = None
    village: Annotated[Name | None, Field(examples=["河西村"])] = None
    category: Annotated[Name | None, Field(description="of either level", examples=["城乡建设", "城乡建设/供排水"])] = None
    kind: Annotated[Kind | None, Field(description="appeal, enquiry or report")] = None
    urgent: bool | None = None
    waits: Annotated[bool | None, Field(description="whether the county desk still has to find its department")] = None
    suspended: Annotated[bool | None, Field(description="whether the work rests")] = None
    sign: Annotated[Sign | None, Field(description="what looks like gaming")] = None
    text: Annotated[
        Searched | None, Field(description="what was written; parts apart by spaces must all be there", examples=["停水 三组"])
    ] = None
    opened_from: Annotated[Moment | None, Field(description="opened then or later")] = None
    opened_until: Annotated[Moment | None, Field(description="opened before")] = None
    lead: Annotated[Name | None, Field(description="the appeal that leads a merged matter")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opened_from and self.opened_until and self.opened_from >= self.opened_until:
            raise ValueError("opened_from 应早于 opened_until")
        return self

    @property
    def wanted(self) -> finding.Wanted:
        asked = {name: getattr(self, name) for name in Filters.model_fields}
        return finding.Wanted(**asked | {"status": tuple(self.status)})


class Page(Filters):
    """Which cases, and which page of them."""

    before: Annotated[Moment | None, Field(description="opened_at of the last case seen")] = None
    before_appeal: Annotated[Text, Field(max_length=200, description="appeal of the last case seen")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 50


CASE = {
    "appeal": "01973f0a-1c00-7000-8000-000000000007", "number": "TY-20250602-0007", "status": "assigned", "kind": "appeal",
    "category": "城乡建设/供排水", "department": "water", "department_name": "水利局", "group": "g1", "village": "河西村",
    "township": "平川镇", "urgent": True, "sealed": False, "waits": False, "late": False, "reopened": 0, "version": 1,
    "opened_at": "2025-06-02T00:00:00Z", "changed_at": "2025-06-02T00:00:00Z", "suspended_until": None,
}  # fmt: skip
LISTED = CASE | {
    "parts": [], "satisfied": None, "closed_at": None, "lead": None, "signs": [], "words": "三组停水三天了，电话138****5678",
}  # fmt: skip
NEXT = {"before": "2025-06-02T00:00:00Z", "before_appeal": CASE["appeal"]}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "nothing changed since the ETag in If-None-Match"}}


def _example(description: str, example: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {"application/json": {"example": example}}}, **UNCHANGED}


IfNoneMatch = Annotated[str | None, Header(max_length=1000, description="the ETag of an answer seen before")]


@router.get(
    "/cases",
    response_model=dict[str, Any],
    responses=_example(
        "cases; `next` is what to ask for the next page, null behind the last one", {"cases": [LISTED], "next": NEXT}
    ),
)
async def list_cases(service: Routing, page: Annotated[Page, Query()], if_none_match: IfNoneMatch = None) -> Response:
    """Newest first, keyset pages. `words` are what the reporter wrote as his group may read it, null where there are none to see."""
    before = (page.before, page.before_appeal) if page.before else None
    found = await finding.cases(service, page.wanted, before=before, limit=page.limit)
    last = found[-1] if len(found) == page.limit else None
    following = {"before": last["opened_at"], "before_appeal": last["appeal"]} if last else None
    return _unless_seen({"cases": found, "next": following}, if_none_match)


QUEUE = {
    "department": "water", "department_name": "水利局", "counts": {status: int(status == "assigned") for status in Status},
    "assisting": 0, "cases": [CASE | {"assists": False}],
}  # fmt: skip


@router.get(
    "/queues/{department}",
    response_model=dict[str, Any],
    responses=_example("the queue", QUEUE),
)
async def get_queue(
    service: Routing,
    department: Name,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What a department has to do now: its open cases, and those in which it still owes a part (`assists`).

    What breaks its promise first stands in front: urgent ones, those nobody accepted yet, late ones, the rest, then those whose
    work rests; the oldest first within each. `counts` tells how all cases it answers for stand, `assisting` how many parts it owes.
    """
    _, registry = await service.commands.load(DIRECTORY, DIRECTORY_STREAM)
    record = registry.departments.get(department)
    if record is None:
        raise Problem(404, "not-found", f"没有这个部门：{department}")
    queue = await finding.queue(service, department, limit)
    name = record.newest.name
    answer = {"department": department, "department_name": name, "counts": queue.counts, "assisting": queue.assisting}
    return _unless_seen({**answer, "cases": queue.cases}, if_none_match)


def _unless_seen(answer: dict[str, Any], seen: str | None) -> Response:
    """The answer with a weak ETag of what it says, or 304 for who has it already."""
    body = orjson.dumps(answer, option=orjson.OPT_UTC_Z)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = {tag.strip().removeprefix("W/") for tag in (seen or "").split(",")}
    if "*" in known or etag.removeprefix("W/") in known:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(body, media_type="application/json", headers={"ETag": etag})
