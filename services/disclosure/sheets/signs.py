"""By which signs a row of a table is told to be data, a total, what was carried forward, a heading again, or a note."""

import re
from enum import StrEnum

from services.disclosure.sheets.cells import plain
from services.disclosure.sheets.grid import Cell
from services.disclosure.sheets.heading import Heading
from services.disclosure.sheets.layouts import Layout

_TAIL = r"(?:金额|资金|人数|户数)?[:：]?(?:\d+(?:户|人|笔|项))?"
_TOTAL = re.compile(rf"(?:本期|本月|本季|本年|全村|全镇|全乡|全县|村)?(?:合计|总计|共计|累计){_TAIL}")
_SUBTOTAL = re.compile(rf".{{0,8}}小计{_TAIL}|.{{1,8}}(?:组|队|页)合计{_TAIL}")
_CARRIED = re.compile(
    r"(?:上期|上年|上月|上季|期初|年初)(?:结转|结余|余额)[:：]?|(?:期末|本期|年末)(?:余额|结余|结存)[:：]?|结转下[期年月季]"
)
_SINCE_JANUARY = re.compile(r"(?:本年|全年)?累计")
"""of an account: with what lies before its period"""
_NOTE = re.compile(
    r"(?:注|备注|说明|填表人?|制表人?|制单|审核人?|负责人|经办人?|监督|公示|举报|单位(?:\(盖章\)|负责人)?|日期)[^:：]{0,6}[:：]"
)
_IN_WORDS = re.compile(r"大写")


class Row(StrEnum):
    """What a row is."""

    EMPTY = "empty"
    DATA = "data"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    CARRIED = "carried"
    HEADING = "heading"
    NOTE = "note"


def kind_of(row: tuple[Cell, ...], heading: Heading, layout: Layout) -> Row:
    """What the row is."""
    filled = [cell for cell in row if cell.value is not None or cell.uncounted]
    if not filled:
        return Row.EMPTY
    names = [re.sub(r"\s", "", plain(cell.text)) for cell in filled]
    heads = {re.sub(r"\s", "", name) for name in heading.names.values()}
    if len(filled) > 1 and sum(name in heads for name in names) >= max(2, len(set(names)) // 2 + 1):
        return Row.HEADING
    label = next((name for name in names if not re.fullmatch(r"[\d.,]+", name)), "")
    if any(column.field == "balance_fen" for column in layout.columns):
        if any(map(_CARRIED.fullmatch, names)):
            return Row.CARRIED
        if any(map(_SINCE_JANUARY.fullmatch, names)):
            return Row.NOTE
    if _SUBTOTAL.fullmatch(label):
        return Row.SUBTOTAL
    if _TOTAL.fullmatch(label):
        return Row.TOTAL
    if _complete(row, heading):
        return Row.DATA
    alone = len({cell.merged or cell.address for cell in filled}) == 1
    says_so = _NOTE.match(label) or any(map(_IN_WORDS.search, names))
    return Row.NOTE if says_so or (alone and not _could_be_data(filled[0], row, heading)) else Row.DATA


def _complete(row: tuple[Cell, ...], heading: Heading) -> bool:
    """Nothing that a line must have is missing, and one cell is not merged over all of it: then it is a line, whatever it says."""
    needed = [row[n] for n, column in heading.columns.items() if column.needed and n < len(row)]
    return all(cell.value is not None for cell in needed) and len({cell.merged or cell.address for cell in needed}) == len(
        needed
    )


def _could_be_data(only: Cell, row: tuple[Cell, ...], heading: Heading) -> bool:
    """A lone amount may be a line whose other cells were forgotten; a lone sentence is a note."""
    place = next(n for n, cell in enumerate(row) if cell is only)
    column = heading.columns.get(place)
    return column is not None and column.read is None and not isinstance(only.value, str)
