"""`minsheng sla`: what another policy of time limits would have done to the cases of a month, as a table and a picture."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from services.cli import care, run
from services.cli.options import DatabaseUrl, Home, setting
from services.sla.policy import BadPolicy, Policy, parse
from services.sla.policy_file import read
from services.sla.whatif import Figures, figures, lived_again
from shared import db
from shared.clock import CHINA, SystemClock
from shared.events.sla import ClockEvent, ClockStarted, Promise
from shared.metrics import Metrics
from shared.store import Store
from shared.vault import Vault

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Clocks: the county's promises of time.")
out = Console()
NAMES = {
    Promise.ACCEPT: "答复",
    Promise.ASSIGN: "派单",
    Promise.REPLY: "首次回复",
    Promise.PROGRESS: "进展告知",
    Promise.RESOLVE: "办理",
    Promise.CALLBACK: "回访",
    Promise.SUPERVISE: "督办反馈",
}
Compared = Mapping[Promise, tuple[Figures, Figures]]
"""promise → as it was, as it would have been"""


@app.command(
    "whatif",
    epilog="Example: `minsheng sla whatif policy.toml --month 2025-06 --picture whatif.png`",
)
def whatif(
    policy: Annotated[Path, typer.Argument(help="a TOML file of time limits, see docs/clocks.md")],
    month: Annotated[str | None, typer.Option(help="cases begun in a month, 2025-06; else in the last 30 days")] = None,
    picture: Annotated[Path | None, typer.Option(help="a PNG to write beside the table")] = None,
    database_url: DatabaseUrl = None,
    home: Home = None,
) -> None:
    """Lives through past cases again under another policy; what people did stays as it was."""
    wanted, (since, until) = parse_file(policy), period(month, datetime.now(UTC))
    if picture:
        run.writable(picture)
        _matplotlib()
    with run.database(home, database_url or setting("DATABASE_URL")) as url:
        cases, now = uvloop.run(_cases(url, since, until))
    compared = compare(cases, wanted, now)
    out.print(table(compared, wanted.version, len(cases)))
    if picture:
        draw(compared, wanted.version, picture)
        out.print(f"已写入 {picture}", highlight=False, soft_wrap=True)


def parse_file(path: Path) -> Policy:
    """Raises NotPossible with the line at fault."""
    try:
        return parse(read(str(path)))
    except BadPolicy as trouble:
        raise care.NotPossible(str(trouble)) from None


def period(month: str | None, now: datetime) -> tuple[datetime, datetime]:
    """Raises NotPossible."""
    if month is None:
        return now - timedelta(days=30), now
    try:
        begins = datetime.strptime(month, "%Y-%m").replace(tzinfo=CHINA)
    except ValueError:
        raise care.NotPossible(f"--month takes a month such as 2025-06, not {month!r}") from None
    return begins, (begins + timedelta(days=32)).replace(day=1)


async def _cases(url: str, since: datetime, until: datetime) -> tuple[list[list[ClockEvent]], datetime]:
    """All that was said of the clocks of each case begun within a period, and until when anything was said at all."""
    pool = await care.open_log("sla", url)
    try:
        store = Store(pool, "sla", SystemClock(), Vault(pool), Metrics("sla"))
        last, cases = since, defaultdict[str, list[ClockEvent]](list)
        async for page in store.read_all():
            last = max(last, page[-1].time)
            for r in page:
                if isinstance(event := r.event, ClockEvent):
                    cases[event.appeal].append(event)
    except db.TRANSIENT as trouble:
        raise care.NotPossible(f"PostgreSQL does not answer: {trouble}") from None
    finally:
        await pool.close()
    return [events for events in cases.values() if _begun_within(events[0], since, until)], last


def _begun_within(first: ClockEvent, since: datetime, until: datetime) -> bool:
    return isinstance(first, ClockStarted) and since <= first.started_at < until


def compare(cases: list[list[ClockEvent]], policy: Policy, now: datetime) -> Compared:
    was = figures(event for events in cases for event in events)
    would = figures(event for events in cases for event in lived_again(events, policy, now))
    nothing = Figures()
    return {p: (was.get(p, nothing), would.get(p, nothing)) for p in Promise if p in was or p in would}


def table(compared: Compared, version: str, cases: int) -> Table:
    shown = Table(title=f"{cases} 件诉求：当时 → 若按 {version}", title_justify="left")
    for column in ("时限", "计时", "按时率", "超时", "提醒", "催办督办"):
        shown.add_column(column, justify="left" if column in ("时限", "催办督办") else "right", overflow="fold")
    for promise, (was, would) in compared.items():
        numbers = ((f"{getattr(was, n)} → {getattr(would, n)}") for n in ("clocks", "broken", "warnings"))
        clocks, broken, warnings = numbers
        roles = dict.fromkeys([*was.steps, *would.steps])
        told = "，".join(f"{role} {was.steps[role]} → {would.steps[role]}" for role in roles)
        shown.add_row(NAMES[promise], clocks, f"{_percent(was)} → {_percent(would)}", broken, warnings, told or "无")
    return shown


def _percent(of: Figures) -> str:
    return "–" if of.share is None else f"{of.share:.1%}"


def _matplotlib() -> None:
    """Raises NotPossible when nothing can draw here."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise care.NotPossible(
            "画图需要 matplotlib，请先安装：pip install 'minsheng[pictures]'；不加 --picture 只出表"
        ) from None


def draw(compared: Compared, version: str, target: Path) -> None:
    """The shares kept, as they were and as they would have been. Names in Latin letters, for which every machine has a font."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.7 * len(compared) + 1.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    rows = range(len(compared))
    for shift, side, label, colour in ((-0.2, 0, "as it was", "#9aa5b1"), (0.2, 1, f"under {version}", "#2b6cb0")):
        shares = [100 * (pair[side].share or 0) for pair in compared.values()]
        bars = axes.barh([n + shift for n in rows], shares, 0.38, label=label, color=colour)
        axes.bar_label(bars, [_percent(pair[side]).replace("–", "-") for pair in compared.values()], padding=3)
    axes.set_yticks(list(rows), [str(promise) for promise in compared])
    axes.invert_yaxis()
    axes.set_xlim(0, 115)
    axes.set_xlabel("% kept on time")
    figure.legend(loc="outside lower right", ncols=2)
    figure.savefig(target, dpi=120, format="png")
