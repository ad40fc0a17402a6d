"""Tables that people import: CSV as Excel saves it, checked line by line before anything takes effect."""

import csv
import io
from typing import Any

from shared.problems import Problem

ROWS = 100_000
NAME_LIMIT, CELL_LIMIT = 200, 4000
"""characters of a column that must be filled, for it names something, and of any other"""


def read_csv(body: bytes, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """A CSV with a header line, in UTF-8 (with or without a mark), whose `columns` are filled in every line.

    Raises Problem 422 that names the line and column at fault.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(422, "invalid", "文件不是 UTF-8 编码，请另存为“CSV UTF-8”") from None
    if "\x00" in text:
        raise Problem(422, "invalid", "文件含有空字符，不是文本")
    try:
        reader = csv.DictReader(io.StringIO(text))
        if missing := [c for c in columns if c not in (reader.fieldnames or [])]:
            raise Problem(422, "invalid", f"缺少列：{', '.join(missing)}；需要 {', '.join(columns)}", field=missing[0])
        rows = []
        for line, row in enumerate(reader, 2):
            if empty := [c for c in columns if not (row[c] or "").strip()]:
                raise Problem(422, "invalid", f"第 {line} 行：{empty[0]} 为空", field=empty[0], line=line)
            if long := _too_long(row, columns):
                raise Problem(422, "invalid", f"第 {line} 行：{long} 太长", field=long, line=line)
            rows.append({name: (value or "").strip() for name, value in row.items() if name})
    except csv.Error as error:
        raise Problem(422, "invalid", f"不是可读的 CSV：{error}") from None
    if len(rows) > ROWS:
        raise Problem(422, "invalid", f"一次最多 {ROWS} 行，请分批导入")
    return rows


def _too_long(row: dict[str | Any, str | Any], columns: tuple[str, ...]) -> str | None:
    """The first column whose cell is longer than it may be."""
    limits = ((name, NAME_LIMIT if name in columns else CELL_LIMIT) for name in row if name)
    return next((name for name, limit in limits if len(row[name] or "") > limit), None)
