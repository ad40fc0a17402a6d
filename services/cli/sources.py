"""Files of messages as counties keep them: JSON lines, CSV as Excel saves it, Excel itself. Each row is a message or a reason why not."""

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from pydantic import ValidationError

from services.cli import files
from services.intake.storing import Incoming, IncomingFile
from shared.clock import CHINA

NAMES = {
    "channel": ("渠道", "来源"),
    "group": ("群", "群聊", "群名", "群名称", "微信群"),
    "message_id": ("消息编号", "编号", "消息ID"),
    "sender": ("发送人", "发言人", "姓名", "昵称"),
    "text": ("内容", "消息内容", "诉求内容", "文本"),
    "sent_at": ("时间", "发送时间", "日期"),
    "reply_to": ("回复", "引用", "回复消息"),
    "attachments": ("附件",),
}
"""how a column may be called, besides its own name"""
_COLUMN = {alias: name for name, aliases in NAMES.items() for alias in (name, *aliases)}
_TIMES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y.%m.%d %H:%M")


class BadFile(Exception):
    """A file that is none of those that can be read; the message says what was expected."""


class Unfit(ValueError):
    """A row that is no message; the message is for the one who kept the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file. `line` counts as an editor or Excel shows it."""

    line: int
    fields: dict[str, Any]
    fault: str | None = None


def rows(path: Path) -> Iterator[Row]:
    """The rows of a .jsonl, .csv or .xlsx file, one after the other, empty ones left out. Raises BadFile, OSError."""
    readers = {".jsonl": _json_lines, ".csv": _csv, ".xlsx": _excel}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadFile(f"{path.name}: 只能导入 {'、'.join(readers)}")
    yield from reader(path)


def beside(row: Row, folder: Path) -> list[Path]:
    """The files that a row names; relative paths are from a folder."""
    return files.named(row.fields.get("attachments"), folder)


def message(
    row: Row, *, channel: str | None = None, group: str | None = None, attachments: Sequence[IncomingFile] = ()
) -> Incoming:
    """The message of a row; `channel` and `group` are for files that have no such column. Raises Unfit.

    A row without an id gets one from its content, so importing a file twice stores each message once. A time without a
    zone is China's.
    """
    if row.fault:
        raise Unfit(row.fault)
    given = {"channel": channel, "group": group} | {k: v for k, v in row.fields.items() if v not in (None, "")}
    given = {k: v for k, v in given.items() if k in NAMES and k != "attachments" and v is not None}
    given["sent_at"] = _time(given.get("sent_at"))
    for name in given.keys() - {"sent_at"}:
        given[name] = str(given[name]).strip()
    if "message_id" not in given:
        parts = [str(given.get(name)) for name in ("channel", "group", "sender", "sent_at", "text")]
        key = "\n".join([*parts, *(file.sha256 for file in attachments)])
        given["message_id"] = f"row-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    try:
        return Incoming.model_validate({**given, "attachments": list(attachments)})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        reason = "缺少" if first["type"] == "missing" else f"不合要求（{first['msg']}）"
        raise Unfit(f"{'/'.join((name, *NAMES[name][:1]))} {reason}") from None


def _time(value: Any) -> datetime:
    if value is None:
        raise Unfit("sent_at/时间 缺少")
    moment = value if isinstance(value, datetime) else _parsed(str(value).strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise Unfit(f"sent_at/时间 看不懂：{text[:40]}，请写成 2023-10-30 20:31")


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for line, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            try:
                fields = json.loads(raw)
            except ValueError:
                yield Row(line, {"": raw.decode("utf-8", "replace").rstrip()}, "不是 JSON")
                continue
            yield Row(line, _named(fields)) if isinstance(fields, dict) else Row(line, {"": fields}, "不是 JSON 对象")


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding=_encoding(path), newline="") as file:
        reader = csv.DictReader(file)
        _check(path, reader.fieldnames or [])
        try:
            for fields in reader:
                if any(fields.values()):
                    yield Row(reader.line_num, _named(fields))
        except csv.Error as error:
            raise BadFile(f"{path.name}: 第 {reader.line_num} 行读不下去：{error}") from None


def _encoding(path: Path) -> str:
    """Excel in China saves GBK unless told otherwise."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _excel(path: Path) -> Iterator[Row]:
    from openpyxl import load_workbook  # it brings numpy along, and every other command would wait for that
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise BadFile(f"{path.name}: 不是可读的 Excel 文件（{error}）") from None
    try:
        lines = enumerate(book.worksheets[0].iter_rows(values_only=True), 1)
        head: list[str] = []
        for _, cells in lines:  # a title may stand above the columns' names
            head = [str(cell or "").strip() for cell in cells]
            if sum(name in _COLUMN for name in head) >= 2:
                break
        _check(path, head)
        for line, cells in lines:
            if any(cell not in (None, "") for cell in cells):
                yield Row(line, _named(dict(zip(head, cells, strict=False))))
    finally:
        book.close()


def _check(path: Path, head: Any) -> None:
    known = {_COLUMN.get(str(name).strip()) for name in head}
    if missing := {"sender", "text", "sent_at"} - known:
        wanted = "、".join("/".join((name, *NAMES[name][:1])) for name in sorted(missing))
        raise BadFile(f"{path.name}: 缺少列 {wanted}")


def _named(fields: dict[Any, Any]) -> dict[str, Any]:
    return {_COLUMN.get(str(name).strip(), str(name)): value for name, value in fields.items() if name is not None}
