"""Exports over REST: what stands or stood before the public, as tables and as open data."""

from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from services.disclosure import views
from services.disclosure.domain import notice_stream
from services.disclosure.exports import ocds, tables
from services.disclosure.kinds import content_of
from services.disclosure.kinds.money import ProjectFunds
from shared.access import Who, authorize
from shared.envelope import Recorded
from shared.events.disclosure import NoticeCorrected, NoticeKind, NoticePublished
from shared.inputs import Moment, Name
from shared.privacy import PUBLISHED, mask
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["exports"])
Disclosure = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 10_000
PROJECTS = (NoticeKind.PROJECT, NoticeKind.FUND)


class Format(StrEnum):
    """As what notices are exported."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            EXCEL: {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": {"type": "object"}},
        }
    }
}
As = Annotated[Format, Query(alias="format")]


@router.get("/exports/notices", response_class=Response, responses=FILES)
async def export_notices(
    service: Disclosure,
    who: Caller,
    wanted: As = Format.CSV,
    kind: NoticeKind | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    township: Name | None = None,
) -> Response:
    """The notices of a time and place, a line each, oldest first; at most 10,000 at once."""
    rows = await views.between(service, kind, since, until, township, MOST)
    shown = [{**row, "title": _public(row["title"]), "body": _public(row["body"])} for row in rows]
    if wanted is Format.JSON:
        return _json({"notices": [{**row, "content": orjson.loads(row["content"] or b"null")} for row in shown]})
    return _file(tables.notices(shown), wanted, "公示")


@router.get("/notices/{notice}/table", response_class=Response, responses=FILES)
async def export_notice(service: Disclosure, who: Caller, notice: Name, wanted: As = Format.CSV) -> Response:
    """A notice's own list as it stands now: recipients, entries, items."""
    versions = _versions(await service.store.load(notice_stream(notice)))
    if not versions:
        raise Problem(404, "not-found", f"没有这条公示：{notice}")
    first, last = versions[0], versions[-1]
    assert isinstance(first, NoticePublished)
    content = content_of(first.kind, last.content)
    if content is None:
        raise Problem(404, "not-found", "这条公示只有文字，没有表格内容")
    if wanted is Format.JSON:
        return _json(
            {"notice": notice, "kind": first.kind, "title": _public(last.title), "content": content.model_dump(mode="json")}
        )
    return _file(tables.own_list(content), wanted, last.title)


@router.get("/exports/ocds")
async def export_ocds(
    service: Disclosure, who: Caller, request: Request, since: Moment | None = None, until: Moment | None = None
) -> dict[str, Any]:
    """The projects published in a time, as an Open Contracting release package: every version of each is a release."""
    rows = [row for kind in PROJECTS for row in await views.between(service, kind, since, until, None, MOST)]
    streams = {notice_stream(row["notice"]): 0 for row in rows if row["content"] not in (None, b"null")}
    histories: dict[str, list[Recorded]] = {stream: [] for stream in streams}
    for r in await service.store.load_many(streams):
        histories[r.stream].append(r)
    releases = [version for history in histories.values() for version in _of_project(_versions(history))]
    settings = service.settings
    return ocds.package(
        sorted(releases, key=lambda version: (version.at, version.notice)), prefix=settings.ocds_prefix,
        publisher=settings.publisher, uri=str(request.url), at=service.clock.now(),
    )  # fmt: skip


def _versions(history: list[Recorded]) -> list[NoticePublished | NoticeCorrected]:
    return [event for r in history if isinstance(event := r.event, NoticePublished | NoticeCorrected)]


def _of_project(versions: list[NoticePublished | NoticeCorrected]) -> list[ocds.Version]:
    """A notice that never had a table, or lost it, says nothing that would fit."""
    told, first = [], versions[0]
    assert isinstance(first, NoticePublished)
    for revision, event in enumerate(versions, 1):
        at = event.published_at if isinstance(event, NoticePublished) else event.corrected_at
        content = content_of(first.kind, event.content)
        if isinstance(content, ProjectFunds):
            told.append(ocds.Version(event.notice, revision, event.title, content, first.responsible or "", at))
    return told


def _public(text: str) -> str:
    return mask(text, spare=PUBLISHED)


def _file(table: tables.Table, wanted: Format, title: str) -> Response:
    if wanted is Format.XLSX:
        return Response(tables.as_excel(table, title), media_type=EXCEL)
    return Response(tables.as_csv(table), media_type="text/csv; charset=utf-8")


def _json(told: dict[str, Any]) -> Response:
    return Response(orjson.dumps(told), media_type="application/json")
