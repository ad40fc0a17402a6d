"""Where a table begins: the row or the two rows of its columns' names, below titles, and in what its amounts are written."""

import re
from dataclasses import dataclass

from services.disclosure.sheets.cells import FEN, plain
from services.disclosure.sheets.grid import Cell, Grid
from services.disclosure.sheets.layouts import Column, Layout
from shared.problems import Problem

DEPTH = 20
"""in how many rows the heading is looked for"""
_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
_OTHERS = r"(?:(?:亩|头|只|户|人|株|吨|公斤|斤|米|公里|平方米|㎡|个|件)[、,/和\s]*)*"
_UNIT = re.compile(rf"(?<![报制送用位])单位[:\s]*{_OTHERS}(?:人民币)?\s*(亿元|万元|千元|元|分)")
"""单位：万元, 金额单位：元, 单位：亩、万元; not 填报单位：元村"""
USUAL = "元"


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns by place (from 0), the unit of each amount, where it was told (empty: nowhere), the first row of data (from 0)."""

    columns: dict[int, Column]
    units: dict[int, tuple[str, str]]
    names: dict[int, str]
    left_out: dict[int, str]
    first: int
    titles: tuple[str, ...]


def find(grid: Grid, layout: Layout) -> Heading:
    """Raises Problem 422 that names the columns that are missing."""
    depth = min(DEPTH, len(grid.rows))
    at = max(range(depth), key=lambda n: (len(_columns(_names([grid.rows[n]]), layout)), -n), default=0)
    rows = [grid.rows[at]] if grid.rows else []
    best = _columns(_names(rows), layout) if rows else {}
    for more in ([at - 1, at], [at, at + 1]):  # a name over several columns, or below one
        if more[0] < 0 or more[1] >= len(grid.rows):
            continue
        tried = [grid.rows[n] for n in more]
        found = _columns(_names(tried), layout)
        if len({column.field for column in found.values()}) > len({column.field for column in best.values()}):
            at, rows, best = more[0], tried, found
    below = at + len(rows)
    if rows and below < len(grid.rows) and _units_only(grid.rows[below], rows[-1]):
        rows = [*rows, grid.rows[below]]
    if missing := [c.called for c in layout.columns if c.needed and c.field not in {b.field for b in best.values()}]:
        raise Problem(422, "invalid", f"表头里缺少：{'、'.join(missing)}", field=missing[0])
    return _heading(grid, layout, at, rows, best)


def _heading(grid: Grid, layout: Layout, at: int, rows: list[tuple[Cell, ...]], columns: dict[int, Column]) -> Heading:
    names = _names(rows)
    fields = [column.field for column in columns.values()]
    if twice := [column.called for column in columns.values() if fields.count(column.field) > 1]:
        raise Problem(422, "invalid", f"表头里有两列都像是“{twice[0]}”，请只留一列", field=twice[0])
    above = [plain(cell.text) for row in grid.rows[:at] for cell in row if cell.value is not None]
    told = next(((found[1], "表上方") for text in above if (found := _UNIT.search(text))), (USUAL, ""))
    units = {n: _unit(names[n], told) for n, column in columns.items() if column.read is None}
    left_out = {n: name for n, name in names.items() if n not in columns and _bare(name) in layout.left_out}
    titles = tuple(dict.fromkeys(text for text in above if not _UNIT.search(text)))
    return Heading(columns, units, names, left_out, at + len(rows), titles)


def _units_only(row: tuple[Cell, ...], above: tuple[Cell, ...]) -> bool:
    """A row in which the names above go on as units: （亩） （元）."""
    own = [
        cell
        for cell, over in zip(row, above, strict=False)
        if cell.value is not None and cell.merged not in {over.merged} - {""}
    ]
    return bool(own) and all(not _bare(re.sub(r"\s", "", plain(cell.text))) for cell in own)


def _names(rows: list[tuple[Cell, ...]]) -> dict[int, str]:
    """A column's name: the lowest of the rows in which it has one. A unit may stand in a row of its own: 金额 over （万元）."""
    names: dict[int, str] = {}
    for row in rows:
        for n, cell in enumerate(row):
            if text := re.sub(r"\s", "", plain(cell.text)):
                bare = _bare(text)
                names[n] = text if bare else names.get(n, "") + text
    return names


def _columns(names: dict[int, str], layout: Layout) -> dict[int, Column]:
    return {n: column for n, name in names.items() if (column := layout.of(_bare(name)))}


def _bare(name: str) -> str:
    """金额（万元） → 金额."""
    return _BRACKETS.sub("", name).rstrip(":：*")


def _unit(name: str, told: tuple[str, str]) -> tuple[str, str]:
    for inner in _BRACKETS.findall(name):
        if (unit := re.split(r"[/每]", inner.removeprefix("单位:"))[0]) in FEN:
            return unit, "表头"
    return told
