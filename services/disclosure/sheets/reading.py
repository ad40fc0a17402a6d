"""A table as a county keeps it, read cell by cell: each is right or refused with its address, and every total is reckoned again.

Titles above, total and subtotal rows, headings repeated on every page, and notes below are told from lines of data.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from services.disclosure.kinds.fields import masked_name, yuan
from services.disclosure.sheets import cells
from services.disclosure.sheets.cells import Unreadable, plain
from services.disclosure.sheets.grid import Cell, Grid
from services.disclosure.sheets.heading import Heading, find
from services.disclosure.sheets.layouts import Column, Layout
from services.disclosure.sheets.signs import Row, kind_of

_CALLED_TOTAL = re.compile(r"合计|总计|小计|共计|累计")


@dataclass(frozen=True, slots=True)
class Shown:
    """How a cell was read, for the preview: amounts in 元, names masked. `note`: what was assumed, or that it is left out."""

    address: str
    column: str
    text: str
    read: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, and at which address."""

    address: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of data: its row, what its cells say by field, and the address of each."""

    row: int
    told: dict[str, Any]
    at: dict[str, str]


@dataclass
class Read:
    """What came of a table."""

    heading: Heading
    lines: list[Line] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    carried: list[Line] = field(default_factory=list)
    """what was carried forward, and what is left: of an account"""
    totals: int = 0
    """how many totals were reckoned again"""


def read(grid: Grid, layout: Layout) -> Read:
    """Raises Problem 422 for what has no such columns."""
    found = Read(find(grid, layout))
    sums, group = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    for number, row in enumerate(grid.rows[found.heading.first :], found.heading.first + 1):
        match kind_of(row, found.heading, layout):
            case Row.EMPTY | Row.HEADING:
                continue
            case Row.NOTE:
                found.notes.append(next(plain(cell.text) for cell in row if cell.value is not None))
            case Row.SUBTOTAL:
                _total(row, group, found)
                group.clear()
            case Row.TOTAL:
                _total(row, sums, found)
            case Row.CARRIED:
                found.carried.append(_line(number, row, found, needed=False))
            case Row.DATA:
                line = _line(number, row, found)
                found.lines.append(line)
                for name, value in line.told.items():
                    if (part := _summed(name, value)) is not None:
                        sums[name], group[name] = sums[name] + part, group[name] + part
    if not found.lines and not found.wrong:
        found.wrong.append(Wrong("", "表里没有一行数据"))
    return found


def _summed(name: str, value: Any) -> Decimal | None:
    """What a value adds to its column's total; None where there is none."""
    if name == "quantity":
        return Decimal(value)
    return Decimal(value) if isinstance(value, int) and name not in ("number", "standard_fen", "balance_fen") else None


def _line(number: int, row: tuple[Cell, ...], found: Read, *, needed: bool = True) -> Line:
    told: dict[str, Any] = {}
    at: dict[str, str] = {}
    for n, column in found.heading.columns.items():
        cell = row[n] if n < len(row) else None
        if cell is None:
            continue
        at[column.field] = cell.address
        value = _value(cell, n, column, found)
        if value is not None:
            told[column.field] = value
        elif needed and column.needed and not any(wrong.address == cell.address for wrong in found.wrong):
            found.wrong.append(Wrong(cell.address, f"{column.called}没有填"))
    _leave_out(row, found)
    return Line(number, told, at)


def _leave_out(row: tuple[Cell, ...], found: Read) -> None:
    """What must not be published is not even shown."""
    for n, name in found.heading.left_out.items():
        if n < len(row) and row[n].value is not None:
            found.shown.append(Shown(row[n].address, name, "", "", "不公示"))


def _value(cell: Cell, place: int, column: Column, found: Read) -> Any:
    """What a cell says; None for nothing. What cannot be read is noted with its address."""
    try:
        if cell.uncounted:
            raise Unreadable("公式没有算出的值，请在 Excel 里打开并保存一次，或粘贴为数值")
        if cell.lines > 1 and not column.shared and cell.value is not None:
            raise Unreadable(f"{cell.merged} 合并成一格，看不出各行{column.called}是多少")
        if column.read is not None:
            value = column.read(cell)
            shown, note = _as_people_see(column, value), f"合并单元格 {cell.merged}" if cell.lines > 1 else ""
        else:
            unit, where = found.heading.units[place]
            value = cells.amount(cell, unit)
            if value is not None and value < 0 and column.field != "balance_fen":
                raise Unreadable(f"“{cell.text}”是负数，请核对；冲减请另起一笔写明")
            shown = "" if value is None else yuan(value)
            note = "" if where else f"没有写明单位，按{unit}"
    except Unreadable as unreadable:
        found.wrong.append(Wrong(cell.address, str(unreadable)))
        return None
    if value is not None:
        text = shown if column.read is cells.person else cell.text
        found.shown.append(Shown(cell.address, column.called, text[:200], shown[:200], note))
    return value


def _as_people_see(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.read is cells.person:
        return masked_name(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _total(row: tuple[Cell, ...], sums: dict[str, Decimal], found: Read) -> None:
    """A total that is told must be the sum; one that Excel never reckoned tells nothing."""
    for n, column in found.heading.columns.items():
        cell = row[n] if n < len(row) else None
        summed = column.field not in ("standard_fen", "balance_fen") and column.read in (None, cells.quantity)
        if cell is None or cell.value is None or not summed or _CALLED_TOTAL.search(cell.text):
            continue
        try:
            read = cells.amount(cell, found.heading.units[n][0]) if column.read is None else column.read(cell)
        except Unreadable as unreadable:
            found.wrong.append(Wrong(cell.address, str(unreadable)))
            continue
        if read is not None:
            _compare(cell, column, Decimal(read), sums[column.field], found)


def _compare(cell: Cell, column: Column, told: Decimal, reckoned: Decimal, found: Read) -> None:
    def said(value: Decimal) -> str:
        return yuan(int(value)) if column.read is None else f"{value:f}"

    found.totals += 1
    if told == reckoned:
        found.shown.append(Shown(cell.address, f"{column.called}合计", cell.text, said(told), "与明细相符"))
        return
    gap = said(abs(told - reckoned))
    message = f"{column.called}合计写的是{said(told)}，按明细算是{said(reckoned)}，相差{gap}"
    found.wrong.append(Wrong(cell.address, message))
