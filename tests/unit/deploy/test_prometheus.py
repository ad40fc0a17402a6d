"""Prometheus is asked the right questions: of services that exist, about metrics that exist."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.figures import table
from services.intake.channels import Reason
from shared.settings import PORTS

HERE = Path(__file__).parents[3] / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")


def read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]


def promtool(*words: str, where: Path = HERE) -> str:
    assert PROMTOOL
    done = subprocess.run([PROMTOOL, *words], cwd=where, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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


def test_there_are_four_alerts_each_with_patience_severity_and_what_to_do_in_chinese() -> None:
    assert len(rules()) == 4
    for rule in rules():
        assert re.fullmatch(r"[1-9]\d*m", rule["for"])
        assert rule["labels"]["severity"] in {"critical", "warning"}
        for text in (rule["annotations"]["summary"], rule["annotations"]["runbook"]):
            assert re.search(r"[\u4e00-\u9fff]{4}", text)
            assert "$labels.service" in rule["annotations"]["summary"]


def test_every_metric_of_an_alert_is_shown_by_a_service() -> None:
    asked = {name for rule in rules() for name in re.findall(r"\bminsheng_\w+", rule["expr"])}
    assert asked
    assert asked <= exposed()


def test_every_metric_of_an_alerts_test_and_runbook_is_shown_by_a_service() -> None:
    text = (HERE / "alerts_test.yml").read_text() + "".join(rule["annotations"]["runbook"] for rule in rules())
    assert set(re.findall(r"\bminsheng_\w+", text)) <= exposed()


def test_the_alert_for_a_channel_leaves_out_reasons_that_exist() -> None:
    [rule] = [r for r in rules() if r["alert"] == "MinshengChannelRefuses"]
    [left_out] = re.findall(r'reason!~"([^"]+)"', rule["expr"])
    assert set(left_out.split("|")) < set(Reason)
    assert set(re.findall(r"[a-z]{5,}", rule["annotations"]["runbook"].partition("2. ")[2])) - {"intake"} <= set(Reason)


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
