"""A county's file as a grid of cells with their addresses: CSV, or the first sheet of a workbook that has anything in it.

What a merged range says is known in each of its cells, together with the range, for a name may stand for several lines and an
amount may not.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.problems import Problem
from shared.tables import UNPACKED

ROWS, COLUMNS = 6000, 60
_SCALES = re.compile(r"[0#?],+(?![0#?,])|[!\\]\.|%")
"""in a format: a comma behind the digits shows thousands, an escaped point what is none, a percent sign hundredths"""
_HEAD = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands at an address: text, a number or a day as Excel keeps it; None for nothing.

    `merged` is the range it belongs to (`A3:A5`), `lines` the rows of that. `uncounted`: a formula that was never reckoned.
    `scaled`: Excel shows the number as another one (12,345 as 1.2万).
    """

    address: str
    value: str | int | float | date | None
    merged: str = ""
    lines: int = 1
    uncounted: bool = False
    scaled: bool = False

    @property
    def text(self) -> str:
        """As a person sees it."""
        if self.value is None:
            return ""
        if isinstance(self.value, float) and self.value.is_integer() and abs(self.value) < 1e15:
            return str(int(self.value))
        return str(self.value).strip()


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a sheet; its name, empty for a CSV; what a reader of the preview should know beside: other sheets, hidden rows."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    remarks: tuple[str, ...] = ()


def read_grid(body: bytes) -> Grid:
    """Raises Problem 422 for what is neither CSV nor a workbook, or too large."""
    return _excel(body) if body.startswith(_HEAD) else _csv(body)


def address(row: int, column: int) -> str:
    """(3, 28) → AB3."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _csv(body: bytes) -> Grid:
    if b"\x00" in body:
        raise Problem(422, "invalid", "文件含有空字符，既不是 CSV 也不是 Excel")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Problem(422, "invalid", "文件读不出来：请另存为 Excel 或“CSV UTF-8”")
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise Problem(422, "invalid", f"不是可读的 CSV：{error}") from None
    _bounded(len(lines), max(map(len, lines), default=0))
    return Grid("", tuple(
        tuple(Cell(address(r, c), value.strip() or None) for c, value in enumerate(line, 1)) for r, line in enumerate(lines, 1)
    ))  # fmt: skip


def _excel(body: bytes) -> Grid:
    from openpyxl import load_workbook  # it brings numpy along, and every other start would wait for that

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise Problem(422, "invalid", f"Excel 文件展开后超过 {UNPACKED} 字节，请分批导入")
        told, written = (load_workbook(io.BytesIO(body), data_only=reckoned) for reckoned in (True, False))
        sheet = next((sheet for sheet in told.worksheets if sheet.max_row > 1), told.worksheets[0])
        _bounded(sheet.max_row, sheet.max_column)
        return Grid(sheet.title, tuple(_rows(sheet, written[sheet.title])), tuple(_remarks(told, sheet)))
    except Problem:
        raise
    except Exception as error:  # the reader raises whatever it stumbles over in a file that is none
        raise Problem(422, "invalid", f"不是可读的 Excel 文件（{type(error).__name__}）") from None


def _remarks(book: Any, sheet: Any) -> Iterator[str]:
    if others := [other.title for other in book.worksheets if other is not sheet and other.max_row > 1]:
        yield f"只读了工作表“{sheet.title}”，没有读：{'、'.join(others)}"
    hidden = [str(row) for row, how in sorted(sheet.row_dimensions.items()) if how.hidden and row <= sheet.max_row]
    if hidden:
        yield f"隐藏的行照样读了：第 {'、'.join(hidden[:20])} 行{' 等' if len(hidden) > 20 else ''}"


def _rows(sheet: Any, written: Any) -> Iterator[tuple[Cell, ...]]:
    merged = {
        at: (span.min_row, span.min_col, span.coord, span.max_row - span.min_row + 1)
        for span in sheet.merged_cells.ranges
        for at in ((row, column) for row, column in _cells_of(span))
    }
    for r in range(1, sheet.max_row + 1):
        cells = []
        for c in range(1, sheet.max_column + 1):
            row, column, coord, lines = merged.get((r, c), (r, c, "", 1))
            anchor = sheet.cell(row, column)
            value = _plain(anchor.value)
            formula = value is None and str(written.cell(row, column).value or "").startswith("=")
            scaled = isinstance(value, int | float) and bool(_SCALES.search(str(anchor.number_format)))
            cells.append(Cell(address(r, c), value, coord, lines, formula, scaled))
        yield tuple(cells)


def _cells_of(span: Any) -> Iterator[tuple[int, int]]:
    """The addresses of a merged range, of which a sheet can name a million."""
    if span.max_row > ROWS or span.max_col > COLUMNS:
        return
    for row in range(span.min_row, span.max_row + 1):
        for column in range(span.min_col, span.max_col + 1):
            yield row, column


def _plain(value: Any) -> str | int | float | date | None:
    match value:
        case datetime():
            return value.date()
        case bool():
            return str(value)
        case str():
            return value.replace("\x00", "").strip() or None
        case int() | float() | date() | None:
            return value
        case _:
            return str(value)


def _bounded(rows: int, columns: int) -> None:
    if rows > ROWS or columns > COLUMNS:
        raise Problem(422, "invalid", f"一张表最多 {ROWS} 行、{COLUMNS} 列，这张有 {rows} 行、{columns} 列，请分批导入")
