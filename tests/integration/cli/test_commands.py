"""The command line as people type it: helpful help, one plain line for a mistake, and care for the logs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.score import score
from shared.access import Caller, Keys, Who
from shared.settings import PORTS, Settings

ROOT = Path(__file__).parents[3]
STORY = ROOT / "services" / "cli" / "demo"
FIRST = 12
"""messages of the demo that are enough to see a story at work"""


def minsheng(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MINSHENG_")}
    command = [sys.executable, "-m", "services.cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the beginning of the demo was played."""
    home = tmp_path_factory.mktemp("played")
    lines = (STORY / "transcript.jsonl").read_text().splitlines()[:FIRST]
    transcript = home / "transcript.jsonl"
    transcript.write_text("\n".join(lines))
    done = minsheng(*replay_of(transcript, home / "report.jsonl"), "--home", str(home / "data"))
    assert done.returncode == 0, done.stderr
    return home


def replay_of(transcript: Path, report: Path) -> list[str]:
    files = [part for name in ("groups", "roster", "departments") for part in (f"--{name}", str(STORY / f"{name}.csv"))]
    return ["replay", str(transcript), *files, "--report", str(report)]


@pytest.mark.parametrize(
    "command", ["up", "serve", "replay", "score", "republish", "rebuild", "dead-letters", "paste", "templates", "key"]
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = minsheng(command, "--help")
    assert done.returncode == 0
    assert f"minsheng {command}" in done.stdout
    assert "Example" in done.stdout


def test_a_report_has_one_line_a_message_with_everything_promised(played: Path) -> None:
    lines = [json.loads(line) for line in (played / "report.jsonl").read_text().splitlines()]
    assert len(lines) == FIRST
    promised = "message_id kind appeal department status urgent sealed accept_overdue satisfied replies"
    assert all(set(promised.split()) <= line.keys() for line in lines)
    assert any(line["replies"] for line in lines)


def test_replaying_a_story_a_second_time_on_its_home_changes_nothing(played: Path) -> None:
    before = (played / "report.jsonl").read_text()
    done = minsheng(*replay_of(played / "transcript.jsonl", played / "again.jsonl"), "--home", str(played / "data"))
    assert done.returncode == 0, done.stderr
    assert (played / "again.jsonl").read_text() == before


@pytest.mark.parametrize("service", PORTS)
def test_the_views_of_every_service_can_be_rebuilt(service: str, played: Path) -> None:
    done = minsheng("rebuild", service, "--home", str(played / "data"))
    assert done.returncode == 0, done.stderr
    assert "已重建" in done.stdout


def test_a_republication_and_dead_letters_can_be_asked_for(played: Path) -> None:
    home = str(played / "data")
    assert "重新发布" in minsheng("republish", "routing", "--from", "1", "--home", home).stdout
    assert "重新发布" in minsheng("republish", "intake", "--from", "2025-06-01T00:00:00+08:00", "--home", home).stdout
    assert "死信" in minsheng("dead-letters", "notify", "--home", home).stdout
    assert "0 条死信" in minsheng("dead-letters", "notify", "--replay", "--home", home).stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["serve", "nothing"], {}, "there is no service 'nothing'"),
        (["serve", "intake"], {}, "MINSHENG_DATABASE_URL"),
        (["serve", "intake", "--database-url", "x", "--nats-url", "x"], {"MINSHENG_PORT": "99999"}, "MINSHENG_PORT"),
        (
            ["serve", "intake", "--database-url", "x", "--nats-url", "x", "--host", "0.0.0.0"],
            {"MINSHENG_AUTH": "off"},
            "loopback",
        ),
        (["serve", "intake", "--database-url", "x", "--nats-url", "x"], {"MINSHENG_COUNTY": "汤阴"}, "2–6 capital letters"),
        (["score", "none.jsonl", "none.jsonl"], {}, "none.jsonl"),
        (["key", "water-1", "--role", "officer", "--called", "王芳"], {}, ":person=ID"),
        (["key", "water 1", "--role", "officer"], {}, "name:role+role:sha256"),
        (["republish", "routing", "--from", "gestern", "--database-url", "postgresql://127.0.0.1:1/x"], {}, "PostgreSQL"),
    ],
)
def test_a_mistake_is_one_plain_line_and_a_failure(arguments: list[str], environment: dict[str, str], words: str) -> None:
    done = minsheng(*arguments, **environment)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_key_is_made_and_shown_once_with_the_line_that_admits_it() -> None:
    done = minsheng(
        "key", "water-1", "--role", "officer", "--person", "wang.fang", "--called", "王 芳", "--department", "water"
    )
    assert done.returncode == 0, done.stderr
    key, line = (text.strip() for text in done.stdout.splitlines()[1::2])
    assert key not in line
    assert Keys(line).who(key) == Who("water-1", frozenset({Caller.OFFICER}), "wang.fang", "王 芳", "water")


def test_a_transcript_with_a_mistake_names_the_line(tmp_path: Path) -> None:
    transcript = tmp_path / "bad.jsonl"
    first = (STORY / "transcript.jsonl").read_text().splitlines()[0]
    for text, words in ((first + "\n{", "line 2"), (first + "\n" + first, "repeats the id"), ("", "no message")):
        transcript.write_text(text)
        done = minsheng(*replay_of(transcript, tmp_path / "out.jsonl"))
        assert done.returncode == 1
        assert words in done.stderr


def test_a_password_in_a_url_is_never_shown() -> None:
    done = minsheng("rebuild", "intake", "--database-url", "postgresql://u:topsecret@127.0.0.1:1/x")
    assert done.returncode == 1
    assert "topsecret" not in done.stdout + done.stderr


def test_the_settings_table_names_every_setting() -> None:
    shown = minsheng("settings", COLUMNS="200").stdout
    for name in Settings.model_fields:
        assert f"MINSHENG_{name.upper()} " in shown


def test_every_template_is_listed_with_what_it_may_speak_of_and_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "urgent.txt").write_text("加急 {{ number }}")
    listed = minsheng("templates", MINSHENG_TEMPLATES=str(tmp_path), COLUMNS="300").stdout.splitlines()
    [own] = [line for line in listed if " urgent.txt" in line]
    [shipped] = [line for line in listed if " progress.txt" in line]
    assert str(tmp_path / "urgent.txt") in own
    assert all(word in shipped for word in ("number", "words", "自带"))


def test_a_folder_of_templates_is_tried_out_and_what_is_wrong_keeps_the_service_from_starting(tmp_path: Path) -> None:
    (tmp_path / "urgent.txt").write_text("加急 {{ number }}")
    fine = minsheng("templates", "check", str(tmp_path))
    assert (fine.returncode, fine.stdout.splitlines()[0]) == (0, "✓ urgent.txt")
    (tmp_path / "urgent.txt").write_text("加急 {{ nmber }}")
    fault = "urgent.txt 不认识的变量 nmber"
    tried = minsheng("templates", "check", str(tmp_path))
    assert (tried.returncode, fault in tried.stdout) == (1, True)
    started = minsheng("serve", "notify", "--database-url", "x", "--nats-url", "x", MINSHENG_TEMPLATES=str(tmp_path))
    assert (started.returncode, fault in started.stderr, len(started.stderr.splitlines())) == (1, True, 1)


def test_a_score_is_right_about_right_and_wrong() -> None:
    report = [
        {"message_id": "1", "kind": "appeal", "appeal": "TY-1", "department": "water", "urgent": True, "replies": ["x"]},
        {"message_id": "2", "kind": "accept", "appeal": "TY-1"},
        {"message_id": "3", "kind": "chatter", "appeal": None},
    ]
    expected = [
        {"message_id": "1", "kind": "appeal", "appeal": "A", "department_any_of": ["power"], "urgent": True},
        {"message_id": "2", "kind": "progress", "appeal": "A"},
        {"message_id": "3", "kind": "supplement", "appeal": "A"},
    ]
    result = score(report, expected)
    assert (result.kind.right, result.kind.total) == (1, 3)
    assert (result.linking.right, result.linking.misses) == (2, ["3: 归入 None, 应为 A（TY-1）"])
    assert (result.department.right, result.answered.right, result.flags["urgent"].right) == (0, 1, 1)
