"""Prometheus is asked the right questions: of services that exist, about metrics that exist."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.dashboards import dashboards
from services.cli.figures import table
from services.intake.channels import Reason
from shared.settings import PORTS

ROOT = Path(__file__).parents[3]
HERE, GRAFANA = ROOT / "deploy" / "prometheus", ROOT / "deploy" / "grafana"
RUNBOOK = ROOT / "docs" / "runbook.md"
PROMTOOL, AMTOOL = shutil.which("promtool"), shutil.which("amtool")
needs_amtool = pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed: apt-get install prometheus-alertmanager")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")


def read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text())


def all_rules() -> list[dict[str, Any]]:
    return [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]


def rules() -> list[dict[str, Any]]:
    """Those that alert; the others record shares for them."""
    return [rule for rule in all_rules() if "alert" in rule]


def run(tool: str | None, *words: str, where: Path = HERE) -> str:
    assert tool
    done = subprocess.run([tool, *words], cwd=where, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def promtool(*words: str, where: Path = HERE) -> str:
    return run(PROMTOOL, *words, where=where)


def runbook() -> dict[str, str]:
    """The sections about alerts: name → text."""
    text = RUNBOOK.read_text(encoding="utf-8").partition("## Alerts")[2]
    return dict(re.findall(r"^### (\w+)\n(.+?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))


def exposed() -> set[str]:
    """The names of the time series that services show."""
    suffixes = {"histogram": ("_bucket", "_sum", "_count")}
    return {row.name + suffix for row in table() for suffix in suffixes.get(row.kind, ("",))}


def test_one_machine_is_scraped_at_the_usual_ports() -> None:
    [job] = read("prometheus.yml")["scrape_configs"]
    found = {entry["labels"]["service"]: entry["targets"] for entry in job["static_configs"]}
    assert found == {name: [f"127.0.0.1:{port}"] for name, port in PORTS.items()}


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus-kubernetes.yml"])
def test_every_configuration_reads_the_alerts(name: str) -> None:
    assert read(name)["rule_files"] == ["alerts.yml"]


def test_every_alert_has_patience_a_severity_and_what_to_do_in_chinese() -> None:
    for rule in rules():
        assert re.fullmatch(r"[1-9]\d*m", rule["for"])
        assert rule["labels"]["severity"] in {"critical", "warning"}
        for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
            assert re.search(r"[\u4e00-\u9fff]{4}", text)


def test_every_alert_has_its_section_in_the_runbook_and_every_section_its_alert() -> None:
    assert [*runbook()] == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert f"**{rule['labels']['severity'].capitalize()}.**" in runbook()[rule["alert"]]
        assert len(runbook()[rule["alert"]].split()) > 30


def test_every_metric_of_an_alert_is_shown_by_a_service() -> None:
    asked = {name for rule in all_rules() for name in re.findall(r"\bminsheng_\w+", rule["expr"])}
    assert asked
    assert asked <= exposed()


def test_every_share_an_alert_asks_for_is_recorded() -> None:
    recorded = {rule["record"] for rule in all_rules() if "record" in rule}
    assert {name for rule in rules() for name in re.findall(r"\bminsheng:[\w:]+", rule["expr"])} == recorded


def test_every_metric_of_an_alerts_test_and_runbook_is_shown_by_a_service() -> None:
    text = (HERE / "alerts_test.yml").read_text() + "".join(rule["annotations"]["description"] for rule in rules())
    text += "".join(runbook().values())
    assert set(re.findall(r"\bminsheng_\w+", text)) <= exposed()


def test_the_alert_for_a_channel_leaves_out_reasons_that_exist() -> None:
    [rule] = [r for r in rules() if r["alert"] == "MinshengChannelRefuses"]
    [left_out] = re.findall(r'reason!~"([^"]+)"', rule["expr"])
    assert set(left_out.split("|")) < set(Reason)
    assert set(re.findall(r"[a-z]{5,}", rule["annotations"]["description"].partition("2. ")[2])) - {"intake"} <= set(Reason)


def test_the_alert_for_a_service_that_does_not_work_names_all_services() -> None:
    [rule] = [r for r in rules() if r["alert"] == "MinshengServiceNotWorking"]
    assert re.findall(r'"service", "(\w+)"', rule["expr"]) == list(PORTS)


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires, silent = set(), set()
    for test in read("alerts_test.yml")["tests"]:
        for check in test["alert_rule_test"]:
            (fires if check["exp_alerts"] else silent).add(check["alertname"])
    assert fires == silent == {rule["alert"] for rule in rules()}


@needs_promtool
def test_promtool_accepts_the_configuration_of_one_machine() -> None:
    promtool("check", "config", "prometheus.yml")


@needs_promtool
def test_promtool_accepts_the_configuration_of_a_cluster(tmp_path: Path) -> None:
    """But for the discovery of pods, which Debian's promtool was built without."""
    config = read("prometheus-kubernetes.yml")
    for job in config["scrape_configs"]:
        assert job.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["minsheng"]}}]
    shutil.copy(HERE / "alerts.yml", tmp_path)
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    promtool("check", "config", "prometheus.yml", where=tmp_path)


@needs_promtool
def test_promtool_accepts_the_alerts() -> None:
    promtool("check", "rules", "alerts.yml")


@needs_promtool
def test_the_alerts_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", "alerts_test.yml")


# -- Alertmanager


def test_both_configurations_tell_alertmanager() -> None:
    for name in ("prometheus.yml", "prometheus-kubernetes.yml"):
        [manager] = read(name)["alerting"]["alertmanagers"]
        assert len(manager["static_configs"]) == 1


def test_what_silences_an_alert_and_what_is_silenced_are_alerts() -> None:
    known = {rule["alert"] for rule in rules()}
    for rule in read("alertmanager.yml")["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            [names] = re.findall(r'"(.+)"', matcher)
            assert set(names.split("|")) <= known
        assert rule["equal"] == ["service"]


@needs_amtool
def test_amtool_accepts_the_configuration() -> None:
    run(AMTOOL, "check-config", "alertmanager.yml")


@needs_amtool
@pytest.mark.parametrize(("severity", "receiver"), [("critical", "night-duty"), ("warning", "day-duty"), ("new", "day-duty")])
def test_who_is_told_depends_on_the_severity(severity: str, receiver: str) -> None:
    words = ("--config.file=alertmanager.yml", f"severity={severity}", "alertname=MinshengTimersLate")
    assert run(AMTOOL, "config", "routes", "test", *words).split() == [receiver]


# -- Grafana


def expressions() -> list[str]:
    found = [json.loads(written) for written in dashboards(table()).values()]
    return [target["expr"] for board in found for panel in board["panels"] for target in panel["targets"]]


def test_the_dashboards_are_those_of_the_code() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in GRAFANA.iterdir()} == dashboards(table()), "make metrics"


def test_the_dashboards_ask_for_metrics_that_exist_and_leave_none_out() -> None:
    asked = {name for expression in expressions() for name in re.findall(r"\bminsheng_\w+", expression)}
    assert asked <= exposed()
    assert {row.name for row in table()} <= {name.removesuffix("_bucket") for name in asked}
    recorded = {rule["record"] for rule in all_rules() if "record" in rule}
    assert {name for expression in expressions() for name in re.findall(r"\bminsheng:[\w:]+", expression)} <= recorded


@needs_promtool
def test_promtool_accepts_every_expression_of_the_dashboards(tmp_path: Path) -> None:
    written = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(expressions())]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": written}]}))
    promtool("check", "rules", "panels.yml", where=tmp_path)
