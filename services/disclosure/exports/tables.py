"""Notices as tables, in CSV and Excel: a line a notice, or a line of one notice's own list. Pure.

Amounts are in 元 with two places, as people calculate; JSON has them in 分.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.disclosure.kinds import KINDS, label
from services.disclosure.kinds.fields import Content
from shared.clock import CHINA
from shared.events.disclosure import NoticeKind

Table = tuple[list[str], list[list[Any]]]
"""the names of the columns, and the lines"""
HEADS = ["编号", "类别", "标题", "正文", "乡镇", "村", "金额（元）", "版本", "发布时间", "到期时间", "状态"]
STATES = {"published": "公示中", "withdrawn": "已撤回", "expired": "已到期"}
_FORMULA = re.compile(r"^[=+\-@\t\r]")


def notices(listed: Iterable[dict[str, Any]]) -> Table:
    """A line a notice."""
    return HEADS, [
        [
            row["notice"], KINDS[NoticeKind(row["kind"])].called, row["title"], row["body"], "、".join(row["townships"]),
            "、".join(row["villages"]), _yuan(row["amount_fen"]), row["revision"], _time(row["published_at"]),
            _time(row["expires_at"]), STATES.get(row["status"], row["status"]),
        ]
        for row in listed
    ]  # fmt: skip


def own_list(content: Content) -> Table:
    """The longest list within a content, a line each; without any its fields, a line each."""
    fields = {name: value for name, value in content if value is not None}
    lists = {
        name: value
        for name, value in fields.items()
        if isinstance(value, tuple) and value and hasattr(value[0], "model_fields_set")
    }
    if not lists:
        return ["项目", "内容"], [[_head(type(content), (name,)), _cell(name, value)] for name, value in fields.items()]
    parts = max(lists.values(), key=len)
    shape = type(parts[0])
    columns = [column for column in shape.model_fields if any(getattr(part, column) is not None for part in parts)]
    return [_head(shape, (column,)) for column in columns], [[_cell(c, getattr(part, c)) for c in columns] for part in parts]


def as_csv(table: Table) -> bytes:
    """With the mark by which Excel knows UTF-8. What a spreadsheet would take for a formula is told to be text."""
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerows([table[0], *([_written(value) for value in line] for line in table[1])])
    return kept.getvalue().encode("utf-8-sig")


def as_excel(table: Table, title: str) -> bytes:
    from openpyxl import Workbook  # it brings numpy along, and every other start would wait for that

    book = Workbook()
    sheet: Any = book.active
    sheet.title = re.sub(r"[\\/*?:\[\]]", "", title)[:31] or "公示"
    for line in [table[0], *table[1]]:
        sheet.append([_harmless(value) for value in line])
    for column, head in enumerate(table[0], 1):
        if head.endswith("（元）"):
            for (cell,) in sheet.iter_rows(min_row=2, min_col=column, max_col=column):
                cell.number_format = "#,##0.00"
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _head(shape: Any, loc: Sequence[str]) -> str:
    return label(shape, tuple(loc)) + ("（元）" if loc[-1].endswith("_fen") else "")


def _cell(name: str, value: Any) -> Any:
    match value:
        case int() if name.endswith("_fen"):
            return _yuan(value)
        case int() | None:
            return value
        case tuple():
            return "、".join(map(str, value))
        case _:
            return str(value)


def _yuan(fen: int | None) -> float | int | None:
    """元: to 15 digits, which is what a double keeps, exact."""
    return None if fen is None else fen / 100


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _written(value: Any) -> Any:
    """元 to the 分, and harmless words."""
    return f"{value:.2f}" if isinstance(value, float) else _harmless(value)


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
