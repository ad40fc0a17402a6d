"""Tables that people import: CSV as Excel saves it, checked line by line before anything takes effect."""

import csv
import io

from shared.problems import Problem

ROWS = 100_000


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
            rows.append({name: (value or "").strip() for name, value in row.items() if name})
    except csv.Error as error:
        raise Problem(422, "invalid", f"不是可读的 CSV：{error}") from None
    if len(rows) > ROWS:
        raise Problem(422, "invalid", f"一次最多 {ROWS} 行，请分批导入")
    return rows
