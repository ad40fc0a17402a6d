"""Grafana's dashboards, made of the table of metrics: the county's promise, and the machinery behind it.

`make metrics` writes them and docs/metrics.md anew.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.figures import Row, markdown, table

WIDTH, HEIGHT = 8, 7
"""of a panel; a dashboard is 24 wide"""
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """`lines` are pairs of a legend and an expression of PromQL; `unit` is one of Grafana's names."""

    title: str
    lines: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"


ACCEPT = "sum by (le) (increase(minsheng_accept_seconds_bucket[1d]))"
PROMISE = (
    Panel("十分钟内答复的比例（一天）", (("", "1 - minsheng:answers_late:share1d"),), "percentunit", "stat"),
    Panel("超过时限仍未兑现", (("{{promise}}", 'max by (promise) (minsheng_clocks{state="overdue"})'),), kind="stat"),
    Panel("最早一条未发答复已等", (("", "max(minsheng_reply_oldest_seconds)"),), "s", "stat"),
    Panel(
        "首次答复用时（一天）",
        tuple((f"{share} %", f"histogram_quantile(0.{share}, {ACCEPT})") for share in (50, 90, 95)),
        "s",
    ),
    Panel("时限：运行、将到、超时", (("{{promise}} {{state}}", "max by (promise, state) (minsheng_clocks)"),)),
    Panel(
        "一小时内兑现与落空",
        (
            ("{{promise}} 兑现", "sum by (promise) (increase(minsheng_promises_kept_total[1h]))"),
            ("{{promise}} 落空", "sum by (promise) (increase(minsheng_promises_broken_total[1h]))"),
        ),
    ),
    Panel("逐级督办（一小时）", (("{{promise}} → {{to}}", "sum by (promise, to) (increase(minsheng_escalations_total[1h]))"),)),
    Panel("来件（一小时）", (("{{channel}}", "sum by (channel) (increase(minsheng_messages_received_total[1h]))"),)),
    Panel("读作什么（一小时）", (("{{kind}}", "sum by (kind) (increase(minsheng_messages_read_total[1h]))"),)),
    Panel(
        "新诉求（一小时）", (("{{channel}} {{kind}}", "sum by (channel, kind) (increase(minsheng_appeals_opened_total[1h]))"),)
    ),
    Panel(
        "等人判别、被人改判",
        (
            ("等待", "max(minsheng_triage_waiting)"),
            ("改判为 {{kind}}（一小时）", "sum by (kind) (increase(minsheng_messages_corrected_total[1h]))"),
        ),
    ),
    Panel(
        "群里的图片和文件",
        (
            ("等待", "max(minsheng_media_awaited)"),
            ("取到（一小时）", "sum(increase(minsheng_media_fetched_total[1h]))"),
            ("放弃 {{kind}} {{trouble}}（一小时）", "sum by (kind, trouble) (increase(minsheng_media_missed_total[1h]))"),
        ),
    ),
    Panel("在办案件：办到哪一步", (("{{status}}", "sum by (status) (max by (status, department) (minsheng_open_cases))"),)),
    Panel(
        "在办案件：最多的单位",
        (("{{department}}", "topk(10, sum by (department) (max by (status, department) (minsheng_open_cases)))"),),
    ),
    Panel("案件的每一步（一小时）", (("{{step}}", "sum by (step) (increase(minsheng_case_steps_total[1h]))"),)),
    Panel(
        "答复去向（一小时）",
        (("{{channel}} {{outcome}}", "sum by (channel, outcome) (increase(minsheng_replies_total[1h]))"),),
    ),
    Panel(
        "等着发出的答复",
        (
            ("{{state}}", "max by (state) (minsheng_replies_waiting)"),
            ("已告值班员（一小时）", "sum(increase(minsheng_replies_late_total[1h]))"),
        ),
    ),
    Panel("公示（一天）", (("{{step}}", "sum by (step) (increase(minsheng_notices_total[1d]))"),)),
)


def machinery(rows: Iterable[Row]) -> list[Panel]:
    """A panel a metric, drawn as its kind is read: counters by their rate, gauges by the largest, histograms by shares."""
    return [_panel(row) for row in rows]


def _panel(row: Row) -> Panel:
    unit = "s" if row.name.endswith("_seconds") else "short"
    by = ", ".join(dict.fromkeys(("service", *row.labels)))
    legend = " ".join(f"{{{{{label}}}}}" for label in dict.fromkeys(("service", *row.labels)))
    if row.kind == "counter":
        return Panel(f"{row.help}, per second", ((legend, f"sum by ({by}) (rate({row.name}[5m]))"),))
    if row.kind == "gauge":
        return Panel(row.help, ((legend, f"max by ({by}) ({row.name})"),), unit)
    buckets = f"sum by (le, service) (rate({row.name}_bucket[5m]))"
    shares = tuple((f"{{{{service}}}} {share} %", f"histogram_quantile(0.{share}, {buckets})") for share in (50, 99))
    return Panel(row.help, shares, unit)


def dashboards(rows: Sequence[Row]) -> dict[str, str]:
    """File name → JSON of a dashboard. What the promise does not show, the machinery does."""
    told = " ".join(expression for panel in PROMISE for _, expression in panel.lines)
    rest = [row for row in rows if row.name not in told]
    return {
        "promise.json": _dashboard("minsheng-promise", "民声 · 对群众的承诺", PROMISE),
        "machinery.json": _dashboard("minsheng-machinery", "民声 · 系统运行", machinery(rest)),
    }


def _dashboard(uid: str, title: str, panels: Sequence[Panel]) -> str:
    datasource = {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    written = {
        "uid": uid,
        "title": title,
        "tags": ["minsheng"],
        "timezone": "Asia/Shanghai",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [datasource]},
        "panels": [_drawn(n, panel) for n, panel in enumerate(panels)],
    }
    return json.dumps(written, ensure_ascii=False, indent=1) + "\n"


def _drawn(n: int, panel: Panel) -> dict[str, Any]:
    return {
        "id": n + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": DATASOURCE,
        "gridPos": {"x": n % 3 * WIDTH, "y": n // 3 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + i), "datasource": DATASOURCE, "expr": expression, "legendFormat": legend}
            for i, (legend, expression) in enumerate(panel.lines)
        ],
    }


def main(document: Path, folder: Path) -> None:
    """Writes the table and the dashboards."""
    rows = table()
    document.write_text(markdown(rows), encoding="utf-8")
    folder.mkdir(exist_ok=True)
    for name, written in dashboards(rows).items():
        (folder / name).write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
