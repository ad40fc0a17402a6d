"""From the lines of a table to the contents of notices; what the kind's rules refuse is told with the address of its cell."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.disclosure.kinds import KINDS, Unfit, content_of
from services.disclosure.kinds.fields import yuan
from services.disclosure.sheets.reading import Line, Read, Wrong
from shared.events.disclosure import NoticeKind

_PERIOD = re.compile(r"\d{4}年(?:度|第[一二三四1-4]季度|\d{1,2}月(?:份)?)?")
_OPENING = re.compile(r"上期|上年|上月|上季|期初|年初")
_STATES = {"已完成": "done", "已整改": "done", "完成": "done", "已销号": "verified", "已核验": "verified"}
_POINTS = re.compile(r"[；;\n]+")


@dataclass(frozen=True, slots=True)
class Options:
    """What the table itself may not tell. Left out, the title above the table is the title and the programme."""

    title: str = ""
    programme: str = ""
    period: str = ""
    contact: str = ""
    complaints_line: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A notice of a table: which row it came of (0: all of them), and where it belongs as far as the table tells."""

    title: str
    content: dict[str, Any]
    row: int = 0
    village: str = ""
    township: str = ""


def made_of(kind: NoticeKind, found: Read, options: Options) -> tuple[list[Made], list[Wrong]]:
    """The notices, each as its kind has it, and what is wrong."""
    wrong: list[Wrong] = []
    made = _MAKERS[kind](found, options, wrong)
    checked = []
    for one in made:
        try:
            content = content_of(kind, one.content)
        except Unfit as unfit:
            wrong += [Wrong(_address(fault.field, one, found), fault.message) for fault in unfit.faults]
            continue
        assert content is not None
        checked.append(
            Made(one.title or KINDS[kind].called, content.model_dump(mode="json"), one.row, one.village, one.township)
        )
    return (checked, []) if not wrong else ([], wrong)


def _address(field: str, made: Made, found: Read) -> str:
    """`recipients.3.amount_fen` → the amount's cell of the fourth line; of a whole line its last cell."""
    if made.row:
        line = next(line for line in found.lines if line.row == made.row)
        return line.at.get(field.split(".")[0], f"A{made.row}")
    parts = field.split(".")
    if len(parts) < 2 or not parts[1].isdigit():
        return ""
    line = found.lines[int(parts[1])]
    name = parts[2] if len(parts) > 2 else "amount_fen"
    return line.at.get(name, f"A{line.row}")


def _title(found: Read, options: Options) -> str:
    return (options.title or next(iter(found.heading.titles), ""))[:200]


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _subsidy(found: Read, options: Options, wrong: list[Wrong]) -> list[Made]:
    title = _title(found, options)
    period = options.period or next((p[0] for text in (title, *found.heading.titles) if (p := _PERIOD.search(text))), "")
    if not period:
        wrong.append(Wrong("", "没有写明补贴期间，请补上，如 2023年"))
    if not (title or options.programme):
        wrong.append(Wrong("", "没有写明补贴项目，请补上"))
    recipients = [line.told for line in found.lines]
    content = {
        "programme": options.programme or title, "period": period, "recipients": recipients, "households": len(recipients),
        "total_fen": sum(recipient["amount_fen"] for recipient in recipients),
        **_given(contact=options.contact, complaints_line=options.complaints_line),
    }  # fmt: skip
    return [] if wrong else [Made(title, content)]


def _ledger(found: Read, options: Options, wrong: list[Wrong]) -> list[Made]:
    """What was carried forward and what is left stand in rows of their own, or else the balance of the first and last line."""
    carried = {bool(_OPENING.search(str(line.told.get("matter") or line.told.get("on")))): line for line in found.carried}
    opening_line, closing_line = carried.get(True), carried.get(False)
    if opening_line is None:
        wrong.append(Wrong("", "没有“上期结转”一行，看不出从多少开始"))
        return []
    opening = _balance(opening_line)
    running, before = opening, None
    for line in found.lines:
        on = line.told.get("on", before)  # a day is written once for all entries of that day
        if on is None:
            wrong.append(Wrong(line.at.get("on", f"A{line.row}"), "日期没有填"))
            continue
        before = line.told["on"] = on
        running += line.told.get("income_fen", 0) - line.told.get("expense_fen", 0)
        if line.told.get("balance_fen", running) != running:
            told = yuan(line.told["balance_fen"])
            wrong.append(Wrong(line.at["balance_fen"], f"余额写的是{told}，按上笔和本笔算是{yuan(running)}"))
            return []
    closing = _balance(closing_line) if closing_line else running
    if closing_line and closing != running:
        place = closing_line.at["balance_fen" if "balance_fen" in closing_line.told else "matter"]
        wrong.append(
            Wrong(place, f"期末余额写的是{yuan(closing)}，按明细算是{yuan(running)}，相差{yuan(abs(closing - running))}")
        )
    if wrong:
        return []
    days = [line.told["on"] for line in found.lines]
    content = {
        "starts_on": options.starts_on or min(days), "ends_on": options.ends_on or max(days), "opening_fen": opening,
        "closing_fen": closing, "entries": [line.told for line in found.lines],
    }  # fmt: skip
    return [Made(_title(found, options), content)]


def _balance(line: Line) -> int:
    amounts = (line.told.get(name) for name in ("balance_fen", "income_fen", "expense_fen"))
    return next((amount for amount in amounts if amount is not None), 0)


def _rectification(found: Read, options: Options, wrong: list[Wrong]) -> list[Made]:
    title, items = _title(found, options), []
    for number, line in enumerate(found.lines, 1):
        told = dict(line.told)
        state = str(told.pop("state", ""))
        items.append({"number": number, **told, "state": next((s for word, s in _STATES.items() if state == word), "open")})
    content = {"source": title or "巡察反馈问题", "items": items, **_given(complaints_line=options.complaints_line)}
    return [Made(title, content)]


def _projects(found: Read, options: Options, wrong: list[Wrong]) -> list[Made]:
    made = []
    for line in found.lines:
        told = dict(line.told)
        village, township = told.pop("village", ""), told.pop("township", "")
        source = {"name": told.pop("source"), "amount_fen": told["amount_fen"]}
        made.append(Made(str(told["project"])[:200], {**told, "sources": [source]}, line.row, village, township))
    return made


def _lines(title_of: Callable[[dict[str, Any]], str]) -> Callable[[Read, Options, list[Wrong]], list[Made]]:
    def make(found: Read, options: Options, wrong: list[Wrong]) -> list[Made]:
        return [Made(title_of(line.told)[:200], dict(line.told), line.row) for line in found.lines]

    return make


def _policies(found: Read, options: Options, wrong: list[Wrong]) -> list[Made]:
    made = []
    for line in found.lines:
        told = dict(line.told)
        points = [point.strip() for point in _POINTS.split(told.pop("points")) if point.strip()]
        made.append(Made(str(told.pop("title"))[:200], {**told, "points": points}, line.row))
    return made


_MAKERS: dict[NoticeKind, Callable[[Read, Options, list[Wrong]], list[Made]]] = {
    NoticeKind.SUBSIDY: _subsidy,
    NoticeKind.ASSET: _ledger,
    NoticeKind.RECTIFICATION: _rectification,
    NoticeKind.PROJECT: _projects,
    NoticeKind.FUND: _projects,
    NoticeKind.JOB: _lines(lambda told: f"{told['employer']}招聘{told['post']}"),
    NoticeKind.ENRICHMENT: _lines(lambda told: f"【{told['field']}】{told['matter']}"),
    NoticeKind.POLICY: _policies,
    NoticeKind.LAW: _policies,
    NoticeKind.WARNING: _policies,
}
