"""Tables as counties keep them, read cell by cell into the contents of notices; what is not certain is refused with its address."""

from dataclasses import dataclass

from services.disclosure.sheets.contents import Made, Options, made_of
from services.disclosure.sheets.grid import read_grid
from services.disclosure.sheets.layouts import LAYOUTS
from services.disclosure.sheets.reading import Read, Wrong, read
from shared.events.disclosure import NoticeKind
from shared.problems import Problem

__all__ = ["LAYOUTS", "Made", "Options", "Table", "Wrong", "table_of"]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: its sheet, how it was read, the notices in it, and everything that is wrong with it."""

    sheet: str
    remarks: tuple[str, ...]
    read: Read
    made: list[Made]
    wrong: list[Wrong]


def table_of(body: bytes, kind: NoticeKind, options: Options) -> Table:
    """Raises Problem 422 for what is no such table."""
    layout = LAYOUTS.get(kind)
    if layout is None:
        raise Problem(422, "invalid", "这类公示不用表格导入，请逐条起草", field="kind")
    grid = read_grid(body)
    found = read(grid, layout)
    made, wrong = ([], []) if found.wrong else made_of(kind, found, options)
    return Table(grid.name, grid.remarks, found, made, sorted([*found.wrong, *wrong], key=_place))


def _place(wrong: Wrong) -> tuple[int, int, str]:
    letters = wrong.address.rstrip("0123456789")
    return int(wrong.address[len(letters) :] or 0), len(letters), letters
