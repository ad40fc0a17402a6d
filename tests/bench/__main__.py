"""`make bench`: measures Minsheng against ceilings of the same run, prints a table, writes JSON, fails when a target is missed."""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from shared import memory
from shared.embedded import Embedded
from tests.bench import append, command, consume, finding, hot, judge, naming, post, relay, replay, timers, whole
from tests.bench.measure import Line
from tests.bench.rig import Rig

SUBJECTS: dict[str, Callable[[Rig], Awaitable[list[Line]]]] = {
    "append": append.measure,
    "post": post.measure,
    "relay": relay.measure,
    "consume": consume.measure,
    "replay": replay.measure,
    "whole": whole.measure,
    "command": command.measure,
    "judge": judge.measure,
    "naming": naming.measure,
    "finding": finding.measure,
    "hot": hot.measure,
    "timers": timers.measure,
}
THOROUGH, QUICK = (5, 0.5), (2, 0.15)
"""rounds, and seconds of a round"""


def main() -> int:
    arguments = _arguments()
    out = Console(width=None if sys.stdout.isatty() else 150)
    began = time.monotonic()
    try:
        lines = uvloop.run(_measure(arguments.only or list(SUBJECTS), out, quick=arguments.quick))
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    seconds = time.monotonic() - began
    out.print(_table(lines))
    _write(arguments.json, lines, seconds, quick=arguments.quick)
    missed = [line.what for line in lines if line.ok is False]
    out.print(f"{len(lines)} lines in {seconds:.0f} s, written to {arguments.json}; missed: {', '.join(missed) or 'none'}")
    return 1 if missed and not arguments.quick else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few short rounds, and never an exit code of 1")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="only this subject; may be given again")
    parser.add_argument("--json", type=Path, default=Path("bench-results/latest.json"), help="where the figures go")
    return parser.parse_args()


async def _measure(names: list[str], out: Console, *, quick: bool) -> list[Line]:
    """Runs the subjects; told to stop, it still stops its servers and children."""
    running = asyncio.current_task()
    assert running
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    memory.settle()  # as every process of ours does; the ceilings gain by it too
    rounds, seconds = QUICK if quick else THOROUGH
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="minsheng-bench-", ignore_cleanup_errors=True) as folder, out.status("") as status:
        Path(folder).chmod(0o755)
        home = Path(folder, "home")
        status.update("starting PostgreSQL and NATS, durable")
        embedded = Embedded(home)
        servers = await asyncio.to_thread(embedded.start)
        try:
            at = 0
            rig = Rig(servers, home, rounds, seconds, lambda what: status.update(f"[{at}/{len(names)}] {what}"))
            for at, name in enumerate(names, 1):
                began = time.monotonic()
                found = await SUBJECTS[name](rig)
                lines += found
                out.print(f"[{at}/{len(names)}] {name}: {time.monotonic() - began:.0f} s", *map(_short, found), sep="\n    ")
        finally:
            await asyncio.to_thread(embedded.stop)
    return lines


def _short(line: Line) -> str:
    ratio = f", {line.ratio:.2f}× of {line.ceiling_is}" if line.ratio is not None else ""
    return f"{line.what}: {_figure(line.median)} {line.unit}{ratio}"


def _table(lines: list[Line]) -> Table:
    table = Table(title="Minsheng, and the ceilings of the same run (medians; min–max of the rounds)")
    table.add_column("what", max_width=44)
    table.add_column("ours", justify="right")
    table.add_column("min–max", justify="right")
    table.add_column("ceiling", justify="right")
    table.add_column("which is", max_width=40)
    table.add_column("ratio", justify="right")
    table.add_column("target", justify="right", max_width=16)
    table.add_column("", justify="right")
    for line in lines:
        ceiling = _spread(line.ceiling)
        table.add_row(
            line.what,
            f"{_figure(line.median)} {line.unit}",
            f"{_figure(min(line.ours))}–{_figure(max(line.ours))}",
            ceiling,
            line.ceiling_is,
            f"{line.ratio:.2f}×" if line.ratio is not None else "",
            line.goal,
            {True: "[green]ok", False: "[red]missed", None: "[dim]–"}[line.ok],
        )
    return table


def _spread(values: list[float]) -> str:
    return f"{_figure(sorted(values)[len(values) // 2])} ({_figure(min(values))}–{_figure(max(values))})" if values else ""


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _write(path: Path, lines: list[Line], seconds: float, *, quick: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "quick": quick,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "lines": [line.as_dict() for line in lines],
    }
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
