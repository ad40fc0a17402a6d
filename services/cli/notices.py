"""`minsheng notices`: tables become notices, shown as they were read before anything is taken; exports; what waits for a reader."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.markup import escape
from rich.table import Table

from services.cli.options import Home
from services.cli.roster import Key, NotDone, desk_of, out, say
from shared.events.disclosure import NoticeKind, Reach
from shared.settings import PORTS

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Notices (公示): import, review, publish, export.")
DISCLOSURE = f"http://127.0.0.1:{PORTS['disclosure']}"
Url = Annotated[str, typer.Option(help="where disclosure answers")]
Notice = Annotated[str, typer.Argument(metavar="NOTICE", help="its id, as `minsheng notices drafts` shows it")]
By = Annotated[str | None, typer.Option(help="who does it, if several people use this key")]
SHOWN = 40
STATES = {"drafted": "待审核", "approved": "待发布", "published": "公示中"}


@app.command("import", epilog="Example: `minsheng notices import 补贴发放表.xlsx --kind subsidy --village 河西村 --dry-run`")
def import_table(
    file: Annotated[Path, typer.Argument(help=".csv or .xlsx, as the county keeps it")],
    kind: Annotated[NoticeKind, typer.Option(help="what the table holds")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show how each cell is read and what is wrong")] = False,
    title: Annotated[str, typer.Option(help="of the notice; else what stands above the table")] = "",
    period: Annotated[str, typer.Option(help="of subsidies, if the title does not tell: 2023年")] = "",
    village: Annotated[list[str] | None, typer.Option(help="the village it is for")] = None,
    township: Annotated[list[str] | None, typer.Option(help="the township it is for")] = None,
    reach: Annotated[Reach | None, typer.Option(help="how far it goes, if not as far as its kind usually does")] = None,
    complaints_line: Annotated[str, typer.Option(help="监督电话")] = "",
    publish: Annotated[bool, typer.Option("--publish", help="publish at once what needs no second reader")] = False,
    all_cells: Annotated[bool, typer.Option("--all", help="show every cell")] = False,
    by: By = None,
    url: Url = DISCLOSURE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Imports a table as drafts, whole or, if a cell is wrong, not at all; each mistake is told with its address."""
    desk, body = desk_of(url, key, home), file.read_bytes()
    wish: dict[str, Any] = {
        "kind": kind.value, "title": title, "period": period, "village": village or [], "township": township or [],
        "complaints_line": complaints_line,
    }  # fmt: skip
    wish |= {name: value for name, value in (("reach", reach and reach.value), ("by", by)) if value}
    found = desk.ask("POST", "/imports", content=body, params=wish | {"preview": "true"})
    _show(found, all_cells=all_cells)
    if found["faults"]:
        raise NotDone(f"{file.name} 有 {len(found['faults'])} 处有误，改好后再导入；现在什么都没有存")
    if dry_run:
        say(
            f"读到 {found['lines']} 行，核对合计 {found['totals_checked']} 处，没有发现不符；将起草 {len(found['notices'])} 条公示。"
        )
        return
    if publish:
        wish["publish_at"] = datetime.now(UTC).isoformat()
    done = desk.ask("POST", "/imports", content=body, params=wish)
    say(f"读到 {done['lines']} 行，新起草 {done['drafted']} 条公示，早已有 {len(done['notices']) - done['drafted']} 条。")
    for notice in done["notices"]:
        say(notice)


def _show(found: dict[str, Any], *, all_cells: bool) -> None:
    table = Table(title=found["sheet"] or None, title_justify="left")
    for name in ("单元格", "列", "原样", "读作", "说明"):
        table.add_column(name)
    cells = found["cells"] if all_cells else found["cells"][:SHOWN]
    for cell in cells:
        table.add_row(*(escape(cell[name]) for name in ("address", "column", "text", "read", "note")))
    out.print(table)
    if more := len(found["cells"]) - len(cells) + found["more_cells"]:
        say(f"另有 {more} 个单元格，加 --all 全部列出")
    for remark in found["remarks"]:
        say(f"注意：{remark}")
    for note in found["notes"]:
        say(f"表下说明，不公示：{note}")
    for fault in found["faults"]:
        say(f"{fault['address']} 有误：{fault['message']}".lstrip())


@app.command("drafts", epilog="Example: `minsheng notices drafts`")
def drafts(url: Url = DISCLOSURE, key: Key = None, home: Home = None) -> None:
    """Lists what is written and not published, newest first."""
    found = desk_of(url, key, home).ask("GET", "/drafts", params={"limit": "500"})["drafts"]
    for draft in found:
        say(
            f"{draft['notice']}  {STATES.get(draft['status'], draft['status'])}  {draft['title']}（{draft['drafted_by']} 起草）"
        )
    say(f"{len(found)} 条草稿。")


@app.command("review", epilog="Example: `minsheng notices review NOTICE --by 刘强`")
def review(
    notice: Notice,
    refuse: Annotated[str | None, typer.Option(help="send it back, with what must be changed")] = None,
    by: By = None,
    url: Url = DISCLOSURE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Approves a draft of somebody else's, or sends it back."""
    said = {"approved": refuse is None, "note": refuse, "by": by}
    done = desk_of(url, key, home).ask("POST", f"/notices/{notice}/review", json=said)
    say(f"《{done['title']}》{'已退回修改' if refuse else '审核通过，' + STATES.get(done['status'], done['status'])}。")


@app.command("publish", epilog="Example: `minsheng notices publish NOTICE`")
def publish(notice: Notice, by: By = None, url: Url = DISCLOSURE, key: Key = None, home: Home = None) -> None:
    """Publishes a draft now."""
    done = desk_of(url, key, home).ask("POST", f"/notices/{notice}/publish", json={"by": by})
    told = f"发到 {done['groups']} 个群" if done["groups"] else "没有登记的群在它的范围内，群里不会收到"
    say(f"《{done['title']}》已发布，第 {done['revision']} 版，{told}。")


class Format(StrEnum):
    """As what notices are exported."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    OCDS = "ocds"


@app.command("export", epilog="Example: `minsheng notices export --kind project --format ocds --out projects.json`")
def export(
    file: Annotated[Path, typer.Option("--out", help="the file to write")],
    form: Annotated[Format, typer.Option("--format", help="ocds: projects as Open Contracting releases")] = Format.CSV,
    kind: Annotated[NoticeKind | None, typer.Option(help="only of this kind")] = None,
    notice: Annotated[str | None, typer.Option(help="a notice's own list instead: recipients, entries, items")] = None,
    url: Url = DISCLOSURE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Exports what stands or stood before the public."""
    path = (
        f"/notices/{quote(notice, safe='')}/table" if notice else "/exports/ocds" if form is Format.OCDS else "/exports/notices"
    )
    wanted = {} if form is Format.OCDS else {"format": form.value} | ({"kind": kind.value} if kind and not notice else {})
    if notice and form is Format.OCDS:
        raise NotDone("单条公示没有 OCDS 格式；去掉 --notice，导出全部项目")
    body = desk_of(url, key, home).fetch(path, params=wanted)
    file.write_bytes(body)
    say(f"已写入 {file}（{len(body)} 字节）。")
