"""How a cell is read: amounts to the 分, days, counts, names. Pure. Whoever cannot read a cell for certain refuses it.

Full-width digits, thousands separators and units are how counties write numbers; letters among digits, vague words and more
places than a 分 has are not read.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from services.disclosure.sheets.grid import Cell

FEN = {"亿元": 10**10, "万元": 10**6, "万": 10**6, "千元": 10**5, "元": 100, "角": 10, "分": 1}
"""unit → how many 分"""
EMPTY = frozenset({"", "-", "--", "—", "——", "/", "无", "未填", "空"})
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_UNIT = re.compile(r"(亿元|万元|千元|万|元|角|分)(?:整|/?(?:每)?(?:亩|户|人|头|只|米|公里|平方米|株|次|天|月|年))?$")
_MONEY_SIGN = re.compile(r"^(?:人民币|RMB|CNY|[¥$])")
_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_COUNTED = re.compile(r"([\d,]+)\s*(?:人|户|名|个|次|件|项|笔)?")
_MEASURED = re.compile(r"([\d,.]+)\s*(亩|头|只|户|人|平方米|㎡|米|公里|株|吨|斤|公斤|个|件|元)?")
_ERRORS = frozenset(["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"])
PLACES = 15
"""digits a number of Excel's is sure of"""


class Unreadable(ValueError):
    """The cell cannot be read for certain; the message says why, in Chinese."""


class Unit(StrEnum):
    """In what the amounts of a column are written."""

    WAN = "万元"
    YUAN = "元"
    FEN = "分"


def plain(text: str) -> str:
    """Half-width, without spaces around: １，２３４ → 1,234."""
    return unicodedata.normalize("NFKC", text).replace("\u3000", " ").strip()


def amount(cell: Cell, unit: str) -> int | None:
    """分; None for an empty cell. A unit within the cell goes before the column's. Raises Unreadable."""
    match cell.value:
        case None:
            return None
        case int() | float() if cell.scaled:
            raise Unreadable(f"“{cell.text}”在 Excel 里按缩小的数或百分比显示，看不准是多少；请把单元格格式改为数值")
        case int() | float() as number:
            return _whole(_decimal(number) * FEN[unit], cell.text)
        case date():
            raise Unreadable(f"“{cell.text}”是日期，不是金额；请把单元格格式改为数值")
        case str() as written:
            return _written_amount(written, unit)


def _written_amount(written: str, unit: str) -> int | None:
    text = plain(written).replace(" ", "")
    if text in EMPTY:
        return None
    text = _MONEY_SIGN.sub("", text)
    bracketed = re.fullmatch(r"\(([\d,.]+)\)", text)
    text = f"-{bracketed[1]}" if bracketed else text
    if found := _UNIT.search(text):
        unit, text = found[1], text[: found.start()]
    if not _NUMBER.fullmatch(text):
        raise Unreadable(f"“{written}”不是看得准的金额{_why(text)}")
    return _whole(Decimal(text.replace(",", "")) * FEN[unit], written)


def _why(text: str) -> str:
    if re.search(r"[一二三四五六七八九十百千万零壹贰叁肆伍陆柒捌玖拾佰仟]", text):
        return "：请用阿拉伯数字"
    if re.search(r"[A-Za-z]", text):
        return "：数字里夹有字母"
    return "：千分位的逗号位置不对" if re.fullmatch(r"[\d,.]+", text) else ""


def _whole(fen: Decimal, written: str) -> int:
    if fen != fen.to_integral_value():
        raise Unreadable(f"“{written}”的小数不到一分，请核对")
    if abs(fen) > 10**15:
        raise Unreadable(f"“{written}”太大")
    return int(fen)


def _decimal(number: int | float) -> Decimal:
    """Of 0.1 + 0.2, which Excel keeps as 0.30000000000000004, 0.3."""
    try:
        return Decimal(number) if isinstance(number, int) else Decimal(f"{number:.{PLACES}g}")
    except InvalidOperation:
        raise Unreadable(f"“{number}”不是数") from None


def day(cell: Cell) -> date | None:
    """Raises Unreadable for what is no whole day."""
    if isinstance(cell.value, date):
        return cell.value
    text = plain(cell.text)
    if text in EMPTY:
        return None
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or _DAY.fullmatch(text)
    if not found:
        hint = "：这是 Excel 的日期序号，请把单元格格式改为日期" if re.fullmatch(r"\d{5}", text) else "，请写成 2023-06-30"
        raise Unreadable(f"“{text}”看不出是哪一天{hint}")
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise Unreadable(f"“{cell.text}”这一天日历上没有") from None


def count(cell: Cell) -> int | None:
    """A whole number, with or without its word: 62户. Raises Unreadable."""
    if isinstance(cell.value, float) and not cell.value.is_integer():
        raise Unreadable(f"“{cell.text}”应为整数")
    text = plain(cell.text)
    if text in EMPTY:
        return None
    found = _COUNTED.fullmatch(text)
    if not found or (("," in found[1]) and not _NUMBER.fullmatch(found[1])):
        raise Unreadable(f"“{cell.text}”应为整数")
    return int(found[1].replace(",", ""))


def quantity(cell: Cell) -> str | None:
    """A number of mu, heads, square metres, as a decimal. Raises Unreadable."""
    text = plain(cell.text)
    if text in EMPTY:
        return None
    if isinstance(cell.value, float):
        return f"{_decimal(cell.value):f}"
    found = _MEASURED.fullmatch(text.replace(" ", ""))
    if not found or not _NUMBER.fullmatch(found[1]):
        raise Unreadable(f"“{cell.text}”不是看得准的数量")
    return found[1].replace(",", "")


def words(cell: Cell) -> str | None:
    """Text, its line breaks made spaces. Raises Unreadable for what a formula of Excel's says instead of a value."""
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    text = " ".join(cell.text.split())
    if text in _ERRORS:
        raise Unreadable(f"公式出错：{text}")
    return None if text in EMPTY else text


def person(cell: Cell) -> str | None:
    """A name: 张　三 → 张三. Raises Unreadable for what has digits in it."""
    text = re.sub(r"\s", "", plain(cell.text))
    if text in EMPTY:
        return None
    if re.search(r"\d|^#", text):
        raise Unreadable(f"“{cell.text}”不像姓名")
    return text
