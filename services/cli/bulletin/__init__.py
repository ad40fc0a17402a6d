"""`minsheng bulletin`: what was settled, told and disclosed in a period, as the county reports it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.bulletin.figures import BadPeriod, Bulletin, Period, period_of
from services.cli.bulletin.writing import WRITERS
from services.cli.options import Home
from services.cli.roster import Desk, Key, NotDone, desk_of, out, say
from shared.settings import PORTS

DISCLOSURE = f"http://127.0.0.1:{PORTS['disclosure']}"


class Format(StrEnum):
    """As what a bulletin is written."""

    MD = "md"
    DOCX = "docx"
    XLSX = "xlsx"
    PNG = "png"


def write(
    period: Annotated[str, typer.Option(help="2023, 2023-Q2, 2023-06, or 2023-06-01..2023-06-15")],
    kind: Annotated[
        Format, typer.Option("--format", help="docx and png need the extra: pip install 'minsheng[bulletin]'")
    ] = Format.MD,
    file: Annotated[Path | None, typer.Option("--out", help="the file to write; Markdown is printed without one")] = None,
    township: Annotated[str | None, typer.Option(help="only of this township")] = None,
    place: Annotated[str, typer.Option(help="whose bulletin it is, in its title")] = "全县",
    url: Annotated[str, typer.Option(help="where disclosure answers")] = DISCLOSURE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Writes the county's bulletin: appeals settled, policies told, projects and money disclosed, by township and month."""
    try:
        chosen = period_of(period)
    except BadPeriod as bad:
        raise NotDone(str(bad)) from None
    bulletin = told(desk_of(url, key, home), chosen, township, township or place)
    written = WRITERS[kind](bulletin)
    if file is None and kind is Format.MD:
        out.print(written.decode(), markup=False, highlight=False, soft_wrap=True, end="")
        return
    chosen_file = file or Path(f"{bulletin.title}.{kind}")
    chosen_file.write_bytes(written)
    say(f"已写入 {chosen_file}（{len(written)} 字节）。")


def told(desk: Desk, period: Period, township: str | None, place: str) -> Bulletin:
    """The figures, as disclosure tells them."""
    wanted: dict[str, Any] = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    wanted |= {"township": township} if township else {}
    by_place = desk.ask("GET", "/totals", params=wanted | {"by": "village" if township else "township"})
    by_month = desk.ask("GET", "/totals", params=wanted | {"by": "month"})
    return Bulletin(period, place, by_place["totals"], by_place["parts"], by_month["parts"], "村" if township else "乡镇")
