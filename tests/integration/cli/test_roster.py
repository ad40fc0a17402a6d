"""`minsheng roster`: the desk sees who is unknown, names him, and says when he leaves."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.cli.roster import NotDone, app
from shared.embedded import Embedded
from tests.chaos.system.processes import Machines

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real intake in which a stranger spoke in 河西村's group; its address."""
    folder = tmp_path_factory.mktemp("roster")
    with Embedded(folder / "home", durable=False) as servers:
        machines = Machines(servers=servers, embedded=None, folder=folder)  # type: ignore[arg-type]
        url = machines.add("intake").url
        try:
            asyncio.run(machines.ready())
            place = {"village": "河西村", "township": "平川镇"}
            message = {"channel": "wecom", "group": "g/hexi", "message_id": "m1", "sender": "v[1]", "text": "俺家没水了"}
            with httpx.Client(base_url=url, trust_env=False) as client:
                client.put("/groups/wecom/g%2Fhexi", json=place).raise_for_status()
                client.post("/messages", json=message | {"sent_at": "2025-06-02T08:00:00+08:00"}).raise_for_status()
                deadline = time.monotonic() + 30
                while not client.get("/people/unknown").json()["people"]:  # the list follows what was said
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield url
        finally:
            machines.stop()


def roster(url: str, *words: str) -> Any:
    return CliRunner().invoke(app, [*words, "--url", url, "--key", "none"])


def test_a_stranger_is_shown_named_and_leaves(intake: str) -> None:
    shown = roster(intake, "unknown").stdout
    assert "v[1]  wecom/g/hexi（平川镇河西村）  1 条，2025年6月2日 08:00 至 2025年6月2日 08:00" in shown
    office = ("--name", "张三", "--role", "village_official", "--department", "village", "--since", "2025-05-01")
    for words in ("已登记", "名册上已是这样"):
        told = roster(intake, "name", "g/hexi", "v[1]", *office).stdout
        assert told.strip() == f"{words}：v[1]  张三  村干部（village），2025年5月1日 起"
    assert roster(intake, "unknown").stdout.strip() == "0 人发过言而不在名册上。"
    assert "最近发言 2025年6月2日 08:00" in roster(intake, "show", "g/hexi").stdout

    left = roster(intake, "end", "g/hexi", "v[1]", "--until", "2025-05-31").stdout
    assert left.strip() == "已结束：v[1]  张三  曾任村干部（village），2025年5月1日 起，到 2025年5月31日 为止"
    assert "v[1]（张三）" in roster(intake, "unknown", "--township", "平川镇").stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("show", "nowhere"), "没有群 wecom/nowhere"),
        (("name", "nowhere", "v", "--name", "张三", "--role", "villager"), "还没有登记"),
        (("name", "g/hexi", "v", "--name", "张三", "--role", "villager", "--since", "昨天"), "--since 看不懂：昨天"),
        (("end", "g/hexi", "nobody"), "没有发言人 nobody"),
    ],
)
def test_what_cannot_be_done_says_why(intake: str, words: tuple[str, ...], reason: str) -> None:
    done = roster(intake, *words)
    assert isinstance(done.exception, NotDone)
    assert reason in str(done.exception)


def test_a_mistake_is_one_plain_line_and_a_failure() -> None:
    command = [sys.executable, "-m", "services.cli.main", "roster", "unknown", "--url", "http://127.0.0.1:9", "--key", "none"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "连不上 http://127.0.0.1:9" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["unknown", "show", "name", "end"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = roster("", command, "--help").stdout
    assert f"Example: minsheng roster {command}" in shown
