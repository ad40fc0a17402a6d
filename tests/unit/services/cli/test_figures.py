"""docs/metrics.md is the metrics of all services: named as Prometheus wants it, none missing, none out of date."""

import re
from pathlib import Path

from services.cli.figures import markdown, table
from services.sla.figures import MINUTES
from shared.metrics import OTHER, Few

DOCUMENT = Path(__file__).parents[4] / "docs" / "metrics.md"
BOUNDED = {
    "channel", "department", "durable", "follower", "kind", "method", "outcome", "promise", "reason", "route", "service",
    "source", "state", "status", "step", "to", "trouble", "work",
}  # fmt: skip


def test_the_document_is_the_table_of_the_code() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == markdown(table()), "make metrics"


def test_every_metric_is_named_by_the_conventions() -> None:
    for row in table():
        assert re.fullmatch(r"minsheng(_[a-z]+)+", row.name)
        assert row.name.endswith("_total") == (row.kind == "counter")
        assert not re.search(r"_(ms|minutes|hours|count|sum|bucket)$", row.name)
        if row.kind == "histogram":
            assert row.name.endswith(("_seconds", "_requests"))


def test_every_label_is_one_whose_values_are_few_and_nobodys_name() -> None:
    assert {label for row in table() for label in row.labels} == BOUNDED


def test_the_first_answers_time_is_measured_closely_around_ten_minutes() -> None:
    assert {8, 9, 10, 11, 12} < set(MINUTES)


def test_names_made_up_outside_share_one_label_value_once_there_are_many() -> None:
    few = Few(2)
    assert [few(name) for name in ("wecom", "feishu", "x1", "x2", "wecom")] == ["wecom", "feishu", OTHER, OTHER, "wecom"]
