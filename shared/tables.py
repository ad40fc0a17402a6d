"""Tables that people import: CSV or a workbook as Excel saves it, checked line by line before anything takes effect."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from shared.problems import Problem

ROWS = 100_000
NAME_LIMIT, CELL_LIMIT = 200, 4000
"""characters of a column that must be filled, for it names something, and of any other"""
UNPACKED = 50_000_000
"""bytes; a workbook is a ZIP, and a small one can unpack to far more than a machine has"""
_HEADS = 10
"""in how many of its first rows a workbook may have its columns' names: a title may stand above them"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table as an editor or Excel numbers it, its cells by the names of the columns, "" for an empty one."""

    number: int
    cells: dict[str, str]


def read_csv(body: bytes, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """A CSV with a header line, in UTF-8 (with or without a mark), whose `columns` are filled in every line.

    Raises Problem 422 that names the line and column at fault.
    """
    rows = []
    for line in _read(_csv_rows(body, {}), columns):
        if fault := fault_of(line, columns):
            raise Problem(422, "invalid", f"第 {line.number} 行：{fault[1]}", field=fault[0], line=line.number)
        rows.append(line.cells)
    return rows


def read_lines(body: bytes, columns: tuple[str, ...], aliases: Mapping[str, str]) -> list[Line]:
    """The lines of a CSV or a workbook with these columns, whatever stands in their cells; `aliases` → a column's own name.

    Raises Problem 422 for what is no such table.
    """
    excel = body.startswith(b"PK\x03\x04")
    return list(_read(_excel_rows(body, aliases) if excel else _csv_rows(body, aliases), columns))


def fault_of(line: Line, columns: tuple[str, ...]) -> tuple[str, str] | None:
    """The first column that is empty though it must be filled, or too long; and what is wrong with it."""
    for name in columns:
        if not line.cells.get(name):
            return name, f"{name} 为空"
    for name, value in line.cells.items():
        if len(value) > (NAME_LIMIT if name in columns else CELL_LIMIT):
            return name, f"{name} 太长"
    return None


def _read(rows: Iterator[tuple[int, dict[str, str]]], columns: tuple[str, ...]) -> Iterator[Line]:
    _, head = next(rows)
    if missing := [c for c in columns if c not in head]:
        raise Problem(422, "invalid", f"缺少列：{', '.join(missing)}；需要 {', '.join(columns)}", field=missing[0])
    for many, (number, cells) in enumerate(rows, 1):
        if many > ROWS:
            raise Problem(422, "invalid", f"一次最多 {ROWS} 行，请分批导入")
        yield Line(number, cells)


def _csv_rows(body: bytes, aliases: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The head first, as a row of its names, then the lines."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(422, "invalid", "文件不是 UTF-8 编码，请另存为“CSV UTF-8”") from None
    if "\x00" in text:
        raise Problem(422, "invalid", "文件含有空字符，不是文本")
    try:
        reader = csv.DictReader(io.StringIO(text))
        own = {name: _own(name, aliases) for name in reader.fieldnames or []}
        yield 1, {name: name for name in own.values()}
        for number, row in enumerate(reader, 2):
            yield number, {own[name]: (value or "").strip() for name, value in row.items() if name}
    except csv.Error as error:
        raise Problem(422, "invalid", f"不是可读的 CSV：{error}") from None


def _excel_rows(body: bytes, aliases: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Of the first sheet."""
    from openpyxl import load_workbook  # it brings numpy along, and every other start would wait for that

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise Problem(422, "invalid", f"Excel 文件展开后超过 {UNPACKED} 字节，请分批导入")
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        lines = [
            [_cell(cell) for cell in cells] for cells in book.worksheets[0].iter_rows(values_only=True, max_row=ROWS + _HEADS)
        ]
    except Problem:
        raise
    except Exception as error:  # the reader raises whatever it stumbles over in a file that is none
        raise Problem(422, "invalid", f"不是可读的 Excel 文件（{type(error).__name__}）") from None
    known = {*aliases.values()}
    heads = [[_own(cell, aliases) for cell in cells] for cells in lines[:_HEADS]]
    at = max(range(len(heads)), key=lambda n: (sum(name in known for name in heads[n]), -n), default=0)
    head = heads[at] if heads else []
    yield at + 1, {name: name for name in head}
    for number, cells in enumerate(lines[at + 1 :], at + 2):
        if any(cells):
            yield number, {name: cell for name, cell in zip(head, cells, strict=False) if name}


def _own(name: str, aliases: Mapping[str, str]) -> str:
    return aliases.get(name.strip(), name)


def _cell(value: Any) -> str:
    """What Excel shows: a day without its midnight, a whole number without its point."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).replace("\x00", "").strip()
