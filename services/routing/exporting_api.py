"""Cases as files over REST, with the same filters as the list. What is too much for one file is refused, never cut off."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from services.routing import exporting, finding
from services.routing.finding_api import Filters
from shared.access import Who, authorize
from shared.clock import CHINA
from shared.problems import Problem
from shared.service import Service, service_of

log = structlog.get_logger()
router = APIRouter(tags=["finding"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Asked = Annotated[Filters, Query()]
CSV = "text/csv"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"
Responses = dict[int | str, dict[str, Any]]


def _file(media_type: str, example: str | None = None) -> Responses:
    told: dict[str, Any] = {"schema": {"type": "string"} if example else {"type": "string", "format": "binary"}}
    return {200: {"description": "the file", "content": {media_type: told | ({"example": example} if example else {})}}}


EXAMPLE = "编号,状态,类型,分类,主办部门,…\r\nTY-20250602-0007,已派单,诉求,城乡建设/供排水,水利局,…\r\n"


@router.get("/cases.csv", response_class=StreamingResponse, responses=_file(CSV, EXAMPLE))
async def export_cases_csv(service: Routing, who: Caller, filters: Asked) -> StreamingResponse:
    """All cases of these filters, newest first, at most 500,000: Chinese headings, China's time, UTF-8 with a mark as Excel opens it."""
    pages = await _pages(service, who, filters, exporting.ROWS, "csv")
    return _answer(service, exporting.as_csv(pages), CSV, "csv")


@router.get("/cases.xlsx", response_class=StreamingResponse, responses=_file(EXCEL))
async def export_cases_xlsx(service: Routing, who: Caller, filters: Asked) -> StreamingResponse:
    """The same as an Excel workbook, at most 100,000 cases."""
    pages = await _pages(service, who, filters, exporting.EXCEL_ROWS, "xlsx")
    return _answer(service, await exporting.as_file(pages, exporting.Excel), EXCEL, "xlsx")


@router.get("/cases.parquet", response_class=StreamingResponse, responses={**_file(PARQUET), 501: {}})
async def export_cases_parquet(service: Routing, who: Caller, filters: Asked) -> StreamingResponse:
    """The same as Parquet, at most 500,000 cases: columns as the API names them, moments in UTC. Needs `minsheng[parquet]`."""
    pages = await _pages(service, who, filters, exporting.ROWS, "parquet")
    return _answer(service, await exporting.as_file(pages, exporting.Parquet), PARQUET, "parquet")


async def _pages(service: Service, who: Who, filters: Filters, most: int, kind: str) -> exporting.Pages:
    wanted = filters.wanted
    if await finding.more_than(service, wanted, most):
        raise Problem(422, "invalid", f"符合条件的案件超过 {most} 件，请加上筛选条件（如登记时间）分批导出")
    log.info("cases_exported", by=who.name, kind=kind)
    return finding.pages(service, wanted, exporting.PAGE)


def _answer(service: Service, body: AsyncIterator[bytes], media_type: str, ending: str) -> StreamingResponse:
    name = f"cases-{service.clock.now().astimezone(CHINA):%Y%m%d-%H%M}.{ending}"
    return StreamingResponse(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
