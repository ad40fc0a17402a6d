"""Cases as files over REST: what a person opens, what a program reads, and what is too much or not there."""

import csv
import io
import sys
from datetime import datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pyarrow.parquet
import pytest

from services.routing import exporting
from tests.integration.services.conftest import Village

FORMULA = '=HYPERLINK("http://x")自来水停了，一早上没水'


async def exported(village: Village, ending: str, **filters: Any) -> httpx.Response:
    here = {"village": f"河湾{village.number}村", **filters}
    return await village.client.get(f"{village.system.urls['routing']}/cases.{ending}", params=here)


async def two_cases(village: Village) -> tuple[str, str]:
    """The numbers of one that begins like a formula, and of one of another department."""
    water, power = await village.say("v", FORMULA), await village.say("w", "变压器坏了停电一天了")
    return water["number"], power["number"]


async def test_a_csv_opens_in_excel_and_computes_nothing(village: Village) -> None:
    water, power = await two_cases(village)
    answer = await exported(village, "csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="cases-2025')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["编号"] for row in rows] == [power, water]
    assert rows[1]["诉求内容"] == f"'{FORMULA}"
    assert (rows[1]["状态"], rows[1]["主办部门"], rows[1]["紧急"]) == ("已派单", "水利局", "否")
    filtered = (await exported(village, "csv", department="power", text="变压器")).content.decode("utf-8-sig")
    assert [row["编号"] for row in csv.DictReader(io.StringIO(filtered))] == [power]


async def test_a_workbook_has_moments_of_chinas_clock_and_texts(village: Village) -> None:
    water, power = await two_cases(village)
    answer = await exported(village, "xlsx")
    assert answer.status_code == 200, answer.text
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    head, *rows = sheet.iter_rows(values_only=True)
    assert head == tuple(exporting.HEADINGS.values())
    cells = dict(zip(head, rows[1], strict=True))
    assert [row[0] for row in rows] == [power, water]
    assert (cells["诉求内容"], cells["重办次数"]) == (f"'{FORMULA}", 0)
    opened = datetime.fromisoformat((await village.get("routing", f"/cases/{water}"))["opened_at"])
    assert cells["登记时间"] == opened.replace(tzinfo=None, microsecond=0) + timedelta(hours=8)


async def test_a_program_reads_typed_columns(village: Village) -> None:
    water, power = await two_cases(village)
    answer = await exported(village, "parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    assert [row["number"] for row in table] == [power, water]
    opened = datetime.fromisoformat((await village.get("routing", f"/cases/{water}"))["opened_at"])
    assert (table[1]["words"], table[1]["urgent"], table[1]["opened_at"]) == (FORMULA, False, opened)


async def test_without_the_extra_parquet_says_what_to_do(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where it is not installed
    answer = await exported(village, "parquet")
    assert (answer.status_code, answer.headers["content-type"]) == (501, "application/problem+json")
    assert "minsheng[parquet]" in answer.json()["detail"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
async def test_nothing_found_is_a_file_with_its_headings_and_bad_filters_are_named(village: Village, ending: str) -> None:
    answer = await exported(village, ending)
    assert answer.status_code == 200
    assert len(answer.content) > 100
    refused = await exported(village, ending, status="done")
    assert [fault["field"] for fault in refused.json()["errors"]] == ["status.0"]


async def test_more_than_a_file_may_hold_is_refused_and_not_cut_off(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_cases(village)
    monkeypatch.setattr(exporting, "EXCEL_ROWS", 1)
    answer = await exported(village, "xlsx")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:minsheng:problem:invalid")
    assert "超过 1 件" in answer.json()["detail"]
    assert (await exported(village, "xlsx", department="power")).status_code == 200
