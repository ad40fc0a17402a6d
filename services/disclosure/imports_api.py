"""Importing over REST: a table is shown as it was read, cell by cell; without `preview` it becomes drafts, whole or not at all."""

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.disclosure.domain import NOTICE, notice_stream
from services.disclosure.drafts_api import NewDraft, Person, take_draft
from services.disclosure.kinds.fields import Day
from services.disclosure.sheets import LAYOUTS, Made, Options, Table, Wrong, table_of
from shared.access import Who, authorize
from shared.events.disclosure import NoticeKind, Reach
from shared.inputs import Moment, Name, Text
from shared.problems import SHOWN, Problem
from shared.service import Service, service_of

router = APIRouter(tags=["imports"])
Disclosure = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELLS = 2000
"""how many cells of a table are shown one by one"""
DRAFTS = 500
TABLE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            EXCEL: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
Short = Annotated[Text, Field(max_length=200)]


class Import(BaseModel):
    """What the table is, what it does not tell itself, where the notices go and when."""

    model_config = ConfigDict(extra="forbid")

    kind: NoticeKind
    preview: Annotated[bool, Field(description="only tell how each cell is read and what is wrong")] = False
    title: Short = ""
    programme: Short = ""
    period: Annotated[Short, Field(description="of subsidies, 2023年")] = ""
    contact: Short = ""
    complaints_line: Short = ""
    starts_on: Annotated[Day | None, Field(description="of an account")] = None
    ends_on: Day | None = None
    reach: Reach | None = None
    village: Annotated[list[Name], Field(max_length=200)] = []
    township: Annotated[list[Name], Field(max_length=50)] = []
    publish_at: Moment | None = None
    by: Person | None = None

    @property
    def options(self) -> Options:
        return Options(**self.model_dump(include=set(Options.__dataclass_fields__)))


@router.post("/imports", openapi_extra=TABLE)
async def import_notices(
    request: Request, service: Disclosure, who: Caller, wish: Annotated[Import, Query()]
) -> dict[str, Any]:
    """Imports a CSV or a workbook as its county keeps it: one notice, or one of each line, by kind.

    Nothing is taken of a table in which anything is wrong. Importing it again writes nothing anew.
    """
    body = await request.body()
    table = await asyncio.to_thread(table_of, body, wish.kind, wish.options)
    if len(table.made) > DRAFTS:
        table.wrong.append(Wrong("", f"一次最多起草 {DRAFTS} 条，请分批导入"))
    if wish.preview:
        return _shown(table, wish.kind)
    if table.wrong:
        first, many = table.wrong[0], len(table.wrong)
        detail = f"{first.address} {first.message}".strip() + (f"；共 {many} 处" if many > 1 else "")
        errors = [{"field": wrong.address or "table", "message": wrong.message} for wrong in table.wrong[:SHOWN]]
        raise Problem(422, "invalid", detail, field=first.address or "table", errors=errors)
    digest = hashlib.sha256(body).hexdigest()
    done = [await _draft(service, who, wish, digest, made) for made in table.made]
    return {**_counts(table), "drafted": sum(new for _, new in done), "notices": [notice for notice, _ in done]}


async def _draft(service: Service, who: Who, wish: Import, digest: str, made: Made) -> tuple[str, bool]:
    """The draft of a notice, and whether it is a new one. Its id is the same whenever this table is imported."""
    notice = str(uuid5(NAMESPACE_URL, f"urn:minsheng:{wish.kind}:{digest}:{made.row}"))
    _, known = await service.commands.load(NOTICE, notice_stream(notice))
    if known.kind is not None:
        return notice, False
    villages, townships = (
        ([made.village] if made.village else wish.village),
        ([made.township] if made.township else wish.township),
    )
    new = NewDraft(
        kind=wish.kind, title=made.title, content=made.content, villages=villages, townships=townships, reach=wish.reach,
        publish_at=wish.publish_at, by=wish.by,
    )  # fmt: skip
    await take_draft(service, who, notice, new)
    return notice, True


def _counts(table: Table) -> dict[str, Any]:
    return {"sheet": table.sheet, "lines": len(table.read.lines), "totals_checked": table.read.totals}


def _shown(table: Table, kind: NoticeKind) -> dict[str, Any]:
    """How the table was read. No name that is not masked, nothing of columns that are left out."""
    columns = LAYOUTS[kind].columns
    return {
        **_counts(table),
        "columns": {column.field: column.called for column in columns},
        "left_out": list(table.read.heading.left_out.values()),
        "cells": table.read.shown[:CELLS],
        "more_cells": max(0, len(table.read.shown) - CELLS),
        "remarks": table.remarks,
        "notes": table.read.notes[:SHOWN],
        "faults": table.wrong[:CELLS],
        "notices": [{"title": made.title, "content": made.content} for made in table.made[:SHOWN]],
        "drafted": 0,
    }
