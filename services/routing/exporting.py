"""Cases as files: CSV and Excel for people, in Chinese and China's time; Parquet for programs, in the names of the API.

Page by page, so that the memory is the same for a hundred cases and for all of them. What a villager wrote may begin like a formula:
in a spreadsheet it is only ever text.
"""

import asyncio
import contextlib
import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import IO, Any, Protocol

from services.routing.gaming import Sign
from services.routing.rules import STATUS_NAMES
from shared.clock import CHINA
from shared.events.intake import Kind
from shared.problems import Problem

PAGE = 1_000
"""cases in memory at a time"""
ROWS = 500_000
EXCEL_ROWS = 100_000
"""a workbook is written cell by cell before its first byte can be sent: more than a proxy waits for"""
CHUNK = 256 * 1024
HEADINGS = {
    "number": "编号", "status": "状态", "kind": "类型", "category": "分类", "department_name": "主办部门", "department": "部门代码",
    "township": "乡镇", "village": "村", "urgent": "紧急", "sealed": "密封", "waits": "待定部门", "late": "超期", "reopened": "重办次数",
    "satisfied": "满意", "opened_at": "登记时间", "changed_at": "最近变动", "closed_at": "结案时间", "suspended_until": "挂起至",
    "signs": "异常迹象", "words": "诉求内容",
}  # fmt: skip
NAMES: dict[str, dict[Any, str]] = {
    "status": {**STATUS_NAMES},
    "kind": {Kind.APPEAL: "诉求", Kind.ENQUIRY: "咨询", Kind.REPORT: "举报"},
    "signs": {
        Sign.NOTHING_DONE: "未办先结", Sign.REOPENED_AGAIN: "反复重办", Sign.CALLED_BY_HANDLER: "自办自访",
        Sign.BACKDATED: "事后补录", Sign.PARTS_UNFINISHED: "协办未完", Sign.SUSPENDED_AGAIN: "反复挂起",
        Sign.CONTRADICTED: "前后回访不一",
    },
}  # fmt: skip
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
"""how a cell begins that a spreadsheet would compute; full-width signs are as good as others to some"""
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""what XML has no place for"""

Pages = AsyncIterator[list[dict[str, Any]]]


class Writer(Protocol):
    """Writes a file, page by page; blocks."""

    def add(self, page: list[dict[str, Any]]) -> None: ...

    def finish(self) -> None: ...


async def as_csv(pages: Pages) -> AsyncIterator[bytes]:
    """A CSV as Excel opens it with a double click: UTF-8 with its mark."""
    yield b"\xef\xbb\xbf" + _lines([list(HEADINGS.values())])
    async for page in pages:
        yield await asyncio.to_thread(_lines, map(_cells, page))


async def as_file(pages: Pages, writer: Callable[[IO[bytes]], Writer]) -> AsyncIterator[bytes]:
    """What a writer makes of the pages, complete before this returns: whatever goes wrong is told before the first byte is sent."""
    with contextlib.ExitStack() as failed:
        file = failed.enter_context(tempfile.TemporaryFile())
        made = await asyncio.to_thread(writer, file)
        async for page in pages:
            await asyncio.to_thread(made.add, page)
        await asyncio.to_thread(made.finish)
        file.seek(0)
        failed.pop_all()
    return _sent(file)


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


class Excel:
    """A workbook of one sheet; its rows go to a file of their own as they come."""

    def __init__(self, file: IO[bytes]) -> None:
        from openpyxl import Workbook  # it brings numpy along, and every start would wait for that

        self._file, self._book = file, Workbook(write_only=True)
        self._sheet = self._book.create_sheet("案件")
        self._sheet.freeze_panes = "A2"
        for letter, width in {"A": 20, "D": 18, "E": 18, "O": 18, "P": 18, "Q": 18, "T": 80}.items():
            self._sheet.column_dimensions[letter].width = width
        self._sheet.append(list(HEADINGS.values()))

    def add(self, page: list[dict[str, Any]]) -> None:
        for case in page:
            self._sheet.append(_cells(case))

    def finish(self) -> None:
        self._book.save(self._file)


class Parquet:
    """A table of typed columns. Raises Problem 501 where pyarrow, which is larger than all of Minsheng, was not installed."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            how = "本机没有安装 Parquet 支持：请管理员运行 pip install 'minsheng[parquet]'，或改用 CSV"
            raise Problem(501, "not-installed", how) from None
        moment = pyarrow.timestamp("us", tz="UTC")
        kinds = {
            **dict.fromkeys(("urgent", "sealed", "waits", "late", "satisfied"), pyarrow.bool_()),
            **dict.fromkeys(("opened_at", "changed_at", "closed_at", "suspended_until"), moment),
            "reopened": pyarrow.int32(),
            "signs": pyarrow.list_(pyarrow.string()),
        }
        self._schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in ("appeal", *HEADINGS)])
        self._table = pyarrow.Table
        self._writer = pyarrow.parquet.ParquetWriter(file, self._schema, compression="zstd")

    def add(self, page: list[dict[str, Any]]) -> None:
        self._writer.write_table(self._table.from_pylist(page, self._schema))

    def finish(self) -> None:
        self._writer.close()


def _cells(case: dict[str, Any]) -> list[Any]:
    """A case in the order of the headings: texts, whole numbers, moments of China's clock, None."""
    return [_cell(name, case[name]) for name in HEADINGS]


def _cell(name: str, value: Any) -> Any:
    match value:
        case bool():
            return "是" if value else "否"
        case datetime():
            return value.astimezone(CHINA).replace(tzinfo=None, microsecond=0)
        case list():
            return "、".join(str(NAMES[name].get(one, one)) for one in value)
        case str():
            text: str = NAMES.get(name, {}).get(value, value)
            return _UNWRITABLE.sub("", f"'{text}" if _FORMULA.match(text) else text)
        case _:
            return value


def _lines(rows: Iterable[list[Any]]) -> bytes:
    """None is an empty cell, a moment is written as Excel reads it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
