"""Notices as open data: release packages that Open Contracting's own schema accepts, and tables that people open in Excel.

`ocds/release-schema.json` is the release schema of OCDS 1.1.4 as published (standard.open-contracting.org/schema/1__1__4, Apache 2.0).
"""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openpyxl import load_workbook

from services.disclosure.exports import ocds, tables
from services.disclosure.kinds import content_of
from services.disclosure.kinds.money import ProjectFunds
from shared.events.disclosure import NoticeKind
from tests.unit.services.disclosure import samples

SCHEMA = json.loads((Path(__file__).parent / "ocds" / "release-schema.json").read_text(encoding="utf-8"))
PACKAGE = {"uri", "version", "publishedDate", "publisher", "releases"}
"""what the schema of release packages 1.1 requires beside its releases"""
AT = datetime(2023, 6, 1, tzinfo=UTC)


def package(*contents: dict[str, Any]) -> dict[str, Any]:
    versions = []
    for revision, told in enumerate(contents, 1):
        content = content_of(NoticeKind.PROJECT, told)
        assert isinstance(content, ProjectFunds)
        versions.append(ocds.Version("n1", revision, "公示", content, "平川镇人民政府", AT))
    return ocds.package(versions, prefix="ocds-000000", publisher="县诉求中心", uri="http://127.0.0.1/exports/ocds", at=AT)


def check(told: dict[str, Any]) -> None:
    told = json.loads(json.dumps(told))
    assert set(told) >= PACKAGE
    assert told["version"] == "1.1"
    validator = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    for release in told["releases"]:
        assert [error.message for error in validator.iter_errors(release)] == []


def test_every_version_is_a_release_of_one_process_that_the_schema_accepts() -> None:
    corrected = {**samples.PROJECT, "paid_fen": 0, "payments": [], "attachments": [{"name": "合同.pdf", "sha256": "a" * 64}]}
    told = package(samples.PROJECT, corrected)
    check(told)
    first, second = told["releases"]
    assert first["ocid"] == second["ocid"] == "ocds-000000-n1"
    assert (first["id"], second["id"]) == ("n1-1", "n1-2")
    assert first["planning"]["budget"]["amount"] == {"amount": 4_333_200, "currency": "CNY"}
    assert first["contracts"][0]["implementation"]["transactions"][0]["value"]["amount"] == 1_000_000
    assert (first["tag"], second["tag"]) == (
        ["planning", "award", "contract", "implementation"],
        ["planningUpdate", "awardUpdate", "contractUpdate"],
    )


def test_a_project_without_a_contractor_is_planning_alone() -> None:
    told = package({**samples.PROJECT, "contractor": None})
    check(told)
    assert told["releases"][0]["tag"] == ["planning"]
    assert "contracts" not in told["releases"][0]


def test_whoever_is_referred_to_is_among_the_parties_once() -> None:
    others = [{"on": "2023-05-01", "to": name, "amount_fen": 100} for name in ("平川建筑有限公司", "监理公司", "监理公司")]
    [release] = package({**samples.PROJECT, "payments": others, "paid_fen": 300})["releases"]
    known = [party["id"] for party in release["parties"]]
    assert len(known) == len(set(known)) == 3
    transactions = release["contracts"][0]["implementation"]["transactions"]
    assert {t[side]["id"] for t in transactions for side in ("payer", "payee")} <= set(known)


def test_the_schema_is_one_that_refuses() -> None:
    told = package(samples.PROJECT)
    told["releases"][0]["tag"] = ["published"]
    with pytest.raises(AssertionError):
        check(told)


def test_a_list_of_recipients_is_a_table_with_masked_names_and_yuan() -> None:
    content = content_of(NoticeKind.SUBSIDY, samples.SUBSIDY)
    assert content is not None
    table = tables.own_list(content)
    assert table == (
        ["户主姓名", "村民小组", "数量", "补助标准（元）", "金额（元）"],
        [["张*", "一组", "2.5", 400.0, 1000.0], ["欧阳*华", "二组", None, None, 400.0]],
    )
    sheet = load_workbook(io.BytesIO(tables.as_excel(table, "补贴[一]/2023"))).worksheets[0]
    assert (sheet.title, sheet["E2"].value, sheet["E2"].number_format) == ("补贴一2023", 1000, "#,##0.00")
    told = tables.as_csv(table)
    assert told.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))[1] == ["张*", "一组", "2.5", "400.00", "1000.00"]


@pytest.mark.parametrize("kind", [kind for kind, sample in samples.SAMPLES.items() if sample])
def test_every_kind_has_a_table(kind: NoticeKind) -> None:
    content = content_of(kind, samples.SAMPLES[kind])
    assert content is not None
    heads, lines = table = tables.own_list(content)
    assert lines
    assert all(len(line) == len(heads) for line in lines)
    assert not any("_" in head for head in heads), "columns are told as people call them"
    assert tables.as_excel(table, kind)


def test_what_a_spreadsheet_would_reckon_is_told_to_be_text() -> None:
    told = tables.as_csv((["正文"], [["=1+1"], ["@x"], ["-5℃"], ["平"]])).decode("utf-8-sig")
    assert told.split("\r\n")[1:5] == ["'=1+1", "'@x", "'-5℃", "平"]
