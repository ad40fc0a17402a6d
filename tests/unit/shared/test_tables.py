"""Tables as people save them: CSV and workbooks say the same, and what is no table is refused in words."""

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook

from shared.problems import Problem
from shared.tables import Line, fault_of, read_csv, read_lines

ALIASES = {"编码": "code", "名称": "name", "code": "code", "name": "name", "自": "since"}


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        assert book.active is not None
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


def test_a_workbook_is_read_below_its_title_with_lines_as_excel_counts_them() -> None:
    body = workbook(
        ("某县部门目录",), ("编码", "名称", "自"), (101.0, " 水利局 ", datetime(2025, 6, 10)), (), ("b", None, None)
    )
    assert read_lines(body, ("code", "name"), ALIASES) == [
        Line(3, {"code": "101", "name": "水利局", "since": "2025-06-10"}),
        Line(5, {"code": "b", "name": "", "since": ""}),
    ]


def test_a_csv_may_have_its_columns_in_chinese() -> None:
    body = "\ufeff编码,名称,备注\na,甲,x\n".encode()
    assert read_lines(body, ("code", "name"), ALIASES) == [Line(2, {"code": "a", "name": "甲", "备注": "x"})]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "缺少列：code, name"),
        (b"code\na\n", "缺少列：name"),
        ("编码,名称\n".encode("gbk"), "不是 UTF-8"),
        (b"code,name\n\x00,a\n", "空字符"),
        (b"PK\x03\x04 and nothing behind it", "不是可读的 Excel 文件"),
        (workbook(("不相干",), ("的表",)), "缺少列：code, name"),
        (workbook(), "缺少列：code, name"),
    ],
)
def test_what_is_no_such_table_is_told_in_words(body: bytes, words: str) -> None:
    with pytest.raises(Problem) as told:
        read_lines(body, ("code", "name"), ALIASES)
    assert words in told.value.detail


def test_a_small_workbook_that_unpacks_to_far_more_is_refused_unread() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(Problem, match="展开后超过"):
        read_lines(packed.getvalue(), ("code",), ALIASES)


def test_a_line_with_an_empty_name_or_a_cell_too_long_says_which() -> None:
    assert fault_of(Line(2, {"code": "", "name": "a"}), ("code", "name")) == ("code", "code 为空")
    assert fault_of(Line(2, {"code": "c" * 201}), ("code",)) == ("code", "code 太长")
    assert fault_of(Line(2, {"code": "c", "duties": "d" * 4001}), ("code",)) == ("duties", "duties 太长")
    assert fault_of(Line(2, {"code": "c", "duties": "d" * 4000}), ("code",)) is None


def test_a_csv_that_must_be_right_is_refused_at_its_first_wrong_line() -> None:
    with pytest.raises(Problem) as told:
        read_csv("code,name\na,甲\n,乙\n".encode(), ("code", "name"))
    assert (told.value.detail, told.value.members) == ("第 3 行：code 为空", {"field": "code", "line": 3})
