"""The department directory over REST: departments, categories, duty rotas; one by one, or by table with a preview.

All of it is kept in memory as it is folded from its streams: a county has hundreds of departments, and every message asks for them.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.routing import directory_lists as lists
from services.routing.categories import Category
from services.routing.departments import (
    DIRECTORY,
    DIRECTORY_STREAM,
    EVER,
    Enter,
    Entry,
    Planned,
    Record,
    Registry,
    Stop,
    faults,
    plan,
    value_of,
)
from services.routing.directory import Department
from services.routing.directory_lists import CategoryName, CategoryRules, Code, Level, Office, Told, Wrong
from shared.access import Who, authorize
from shared.deciding import Done
from shared.events.routing import CategoryDropped, DepartmentClosed
from shared.inputs import Moment, Name
from shared.problems import SHOWN, Problem
from shared.service import Service, service_of
from shared.versions import IfMatch

router = APIRouter(tags=["directory"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Cursor = Annotated[int, Query(ge=0, lt=2**63, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]
At = Annotated[Moment | None, Query(description="as it is valid at this moment; left out: now")]
Until = Annotated[Moment | None, Query(description="from when on; left out: now")]
Preview = Annotated[bool, Query(description="only tell what would change and what is wrong")]
DepartmentCode = Annotated[Code, Path()]
Category_ = Annotated[CategoryName, Path()]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            EXCEL: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
CHANGES = 1000
"""how many changes of a table are told one by one"""


@router.put("/departments", openapi_extra=TABLE)
async def import_departments(request: Request, service: Routing, who: Caller, preview: Preview = False) -> dict[str, Any]:
    """Imports a CSV or a workbook: code,name,level and, if it has them, duties,parent,areas,phone,since.

    Importing it again changes nothing. `preview` answers every mistake with its line; without it a table with one is refused whole.
    """
    body = await request.body()
    return await _import(service, who, lambda registry: lists.read_departments(body, registry), preview=preview)


@router.get("/departments")
async def list_departments(
    service: Routing,
    level: Level | None = None,
    parent: Name | None = None,
    township: Annotated[Name | None, Query(description="only those that serve it")] = None,
    at: At = None,
    version: Annotated[int | None, Query(ge=0, lt=2**63, description="as it was entered by then: a case's `directory`")] = None,
    after: Cursor = 0,
    limit: Limit = 500,
) -> dict[str, Any]:
    """In the order in which they were first entered. `version` is the whole directory's."""
    registry = await _registry(service) if version is None else await _as_of_version(service, version)
    moment = at or service.clock.now()
    shown = [
        (record, department)
        for _, record in _ordered(registry.departments)
        if record.order > after
        and (department := record.at(moment))
        and (level is None or department.level == level)
        and (parent is None or department.parent == parent)
        and (township is None or department.serves("", township))
    ]
    page, following = _page(shown, limit)
    return {"departments": [_department(r, d, moment) for r, d in page], "next": following, "version": registry.version}


@router.get("/departments/{department}")
async def get_department(service: Routing, response: Response, department: DepartmentCode, at: At = None) -> dict[str, Any]:
    """A department, all that was said of it by date, and what it answers for. The ETag is the version of its last change."""
    registry = await _registry(service)
    record = _known(registry.departments.get(department), "部门", department)
    moment = at or service.clock.now()
    response.headers["ETag"] = f'"{record.version}"'
    answers = [
        category.name
        for category in registry.at(moment).categories.values()
        if any(office.department == department for office in category.offices)
    ]
    return {
        **_department(record, record.at(moment) or record.newest, moment),
        "open": record.at(moment) is not None,
        "categories": answers,
        "spans": [_span(span.since, span.value) for span in record.spans],
    }


@router.put("/departments/{department}")
async def put_department(
    service: Routing, who: Caller, response: Response, department: DepartmentCode, office: Office, if_match: IfMatch = None
) -> dict[str, Any]:
    """Says what a department is, from `since` on. An entry with the same `since` takes the place of the one before."""
    done = await _enter(service, who, office.of(department), if_match)
    response.headers["ETag"] = f'"{done.state.departments[department].version}"'
    record, now = done.state.departments[department], service.clock.now()
    return {**_department(record, record.at(now) or record.newest, now), "changed": bool(done.events)}


@router.delete("/departments/{department}")
async def close_department(
    service: Routing, who: Caller, department: DepartmentCode, until: Until = None, if_match: IfMatch = None
) -> dict[str, Any]:
    """Closes a department. Nothing is erased; refused as long as a category names it."""
    _known((await _registry(service)).departments.get(department), "部门", department)
    end = DepartmentClosed(department=department, until=until or service.clock.now())
    done = await _execute(service, who, Stop(end, if_match))
    return {"code": department, "until": end.until, "changed": bool(done.events)}


@router.put("/categories", openapi_extra=TABLE)
async def import_categories(request: Request, service: Routing, who: Caller, preview: Preview = False) -> dict[str, Any]:
    """Imports a CSV or a workbook: category,department and, if it has them, township,village,months,hours,keywords,threshold,since.

    The lines of a category are together all that holds for it. `preview` as for departments.
    """
    body = await request.body()
    return await _import(service, who, lambda _: lists.read_categories(body), preview=preview)


@router.get("/categories")
async def list_categories(
    service: Routing,
    department: Name | None = None,
    at: At = None,
    after: Cursor = 0,
    limit: Limit = 500,
) -> dict[str, Any]:
    """In the order in which they were first entered."""
    registry, moment = await _registry(service), at or service.clock.now()
    shown = [
        (record, category)
        for _, record in _ordered(registry.categories)
        if record.order > after
        and (category := record.at(moment))
        and (department is None or any(office.department == department for office in category.offices))
    ]
    page, following = _page(shown, limit)
    return {"categories": [_category(r, c, moment) for r, c in page], "next": following, "version": registry.version}


@router.get("/categories/{category:path}")
async def get_category(service: Routing, response: Response, category: Category_, at: At = None) -> dict[str, Any]:
    """A category, and all that was said of it by date. The ETag is the version of its last change."""
    record = _known((await _registry(service)).categories.get(category), "分类", category)
    moment = at or service.clock.now()
    response.headers["ETag"] = f'"{record.version}"'
    return {
        **_category(record, record.at(moment) or record.newest, moment),
        "open": record.at(moment) is not None,
        "spans": [_span(span.since, span.value) for span in record.spans],
    }


@router.put("/categories/{category:path}")
async def put_category(
    service: Routing, who: Caller, response: Response, category: Category_, rules: CategoryRules, if_match: IfMatch = None
) -> dict[str, Any]:
    """Says who answers for a category, and by which keywords it is known."""
    done = await _enter(service, who, rules.of(category), if_match)
    record, now = done.state.categories[category], service.clock.now()
    response.headers["ETag"] = f'"{record.version}"'
    return {**_category(record, record.at(now) or record.newest, now), "changed": bool(done.events)}


@router.delete("/categories/{category:path}")
async def drop_category(
    service: Routing, who: Caller, category: Category_, until: Until = None, if_match: IfMatch = None
) -> dict[str, Any]:
    """The county has no rule of its own for this category any more."""
    _known((await _registry(service)).categories.get(category), "分类", category)
    end = CategoryDropped(category=category, until=until or service.clock.now())
    done = await _execute(service, who, Stop(end, if_match))
    return {"category": category, "until": end.until, "changed": bool(done.events)}


async def _import(service: Service, who: Who, read: Callable[[Registry], Told[Any]], *, preview: bool) -> dict[str, Any]:
    registry, at = await _registry(service), service.clock.now()
    told = await asyncio.to_thread(read, registry)
    named = [Wrong(told.lines[fault.place], fault.field, fault.sentence) for fault in faults(told.entries, registry)]
    wrong = sorted([*told.wrong, *named], key=lambda one: one.line)
    if wrong and not preview:
        raise refused(wrong)
    planned = sorted(await asyncio.to_thread(plan, told.entries, registry, at), key=lambda one: one.place)
    changes = [_change(one, told.lines[one.place]) for one in planned]
    if changes and not preview:
        await _execute(service, who, Enter(tuple(told.entries), at))
    answer = {"rows": told.rows, "changed": len(changes), "changes": changes[:CHANGES]}
    return answer | ({"faults": wrong[:CHANGES]} if preview else {})


def refused(wrong: list[Wrong]) -> Problem:
    """The problem that a table with mistakes is answered with: the first in words, as many as are shown in a list."""
    first = wrong[0]
    told = [asdict(one) for one in wrong[:SHOWN]]
    return Problem(422, "invalid", f"第 {first.line} 行：{first.message}", field=first.field, line=first.line, errors=told)


def _change(planned: Planned, line: int) -> dict[str, Any]:
    """`fields` are those that differ, as [before, after]."""
    before, after = (asdict(planned.before) if planned.before else {}), asdict(value_of(planned.event))
    named = after.get("code") or after["name"]
    fields = {name: [before.get(name), value] for name, value in after.items() if before and before.get(name) != value}
    what = "changed" if before else "new"
    return {"line": line, "name": named, "change": what, "since": planned.event.since, "fields": fields}


async def _enter(service: Service, who: Who, entry: Entry, if_match: int | None) -> Done[Registry]:
    if fault := next(faults([entry], await _registry(service)), None):
        raise Problem(422, "invalid", fault.sentence, field=fault.field)
    return await _execute(service, who, Enter((entry,), service.clock.now(), if_match))


async def _execute(service: Service, who: Who, command: Enter | Stop) -> Done[Registry]:
    return await service.commands.execute(DIRECTORY, DIRECTORY_STREAM, command, who.cause())


async def _registry(service: Service) -> Registry:
    return (await service.commands.load(DIRECTORY, DIRECTORY_STREAM))[1]


async def _as_of_version(service: Service, version: int) -> Registry:
    state = DIRECTORY.initial
    for r in await service.store.load(DIRECTORY_STREAM):
        if r.version <= version:
            state = DIRECTORY.evolve(state, r.event)
    return state


def _known(record: Any, what: str, name: str) -> Any:
    if record is None:
        raise Problem(404, "not-found", f"目录中没有{what}：{name}")
    return record


def _ordered(records: Any) -> list[tuple[str, Any]]:
    return sorted(records.items(), key=lambda item: item[1].order)


def _page(shown: list[Any], limit: int) -> tuple[list[Any], int | None]:
    page = shown[:limit]
    return page, page[-1][0].order if len(shown) > limit else None


def _department(record: "Record[Department]", department: Department, moment: datetime) -> dict[str, Any]:
    return {**asdict(department), "since": _since(record, moment), "version": record.version}


def _category(record: "Record[Category]", category: Category, moment: datetime) -> dict[str, Any]:
    return {**_told(category), "since": _since(record, moment), "version": record.version}


def _told(category: Category) -> dict[str, Any]:
    return {
        "category": category.name,
        "offices": category.offices,
        "keywords": category.keywords,
        "threshold": category.threshold,
    }


def _since(record: Any, moment: datetime) -> datetime | None:
    span = record.begun(moment)
    return None if span is None else _dated(span.since)


def _span(since: datetime, value: Department | Category | None) -> dict[str, Any]:
    """What holds from then until the next; without more than a date, it is no more."""
    told = {} if value is None else _told(value) if isinstance(value, Category) else asdict(value)
    return {"since": _dated(since), **told}


def _dated(since: datetime) -> datetime | None:
    """None: as far back as anybody knows."""
    return None if since == EVER else since
