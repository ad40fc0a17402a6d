"""`minsheng train intake` as an operator types it: a version from stories and tables, put to use, listed, taken back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from services.cli import train
from services.cli.train import NotTrained, activate, of_folder, of_table
from services.intake.learning.shelf import shelf_of

ROOT = Path(__file__).parents[3]
STORY = ROOT / "tests" / "acceptance" / "unseen"


def minsheng(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli.main", "train", "intake", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def table(path: Path, *lines: str) -> str:
    path.write_text("\n".join(("text,label,role", *lines)), encoding="utf-8")
    return str(path)


def test_a_model_of_stories_and_a_table_is_kept_with_its_card(tmp_path: Path) -> None:
    models = tmp_path / "models"
    hints = table(
        tmp_path / "hotline.csv", "村口路灯不亮了,appeal,", "好的收到,chatter,village_official", "补贴怎么领,enquiry,"
    )
    done = minsheng(str(STORY), str(train.DEMO), hints, "--no-base", "--model", str(models))
    assert done.returncode == 0, done.stdout + done.stderr
    card = json.loads((models / "1" / "card.json").read_text())
    assert set(card["examples"]["by_source"]) == {"demo", "unseen", "hotline"}
    assert card["examples"]["by_source"]["hotline"] == 3
    assert set(card["stories"]) == {"demo", "unseen"}
    scored = card["cross_validated"]["all"]["model"]
    assert scored["messages"] == card["examples"]["all"]
    assert scored["kinds"] > 0.5 * scored["messages"]
    assert (models / "1" / "model.npz").stat().st_size < 1_000_000
    listed = minsheng("--list", "--model", str(models))
    assert str(card["examples"]["all"]) in listed.stdout


@pytest.mark.parametrize(
    ("line", "word"),
    [("村口路灯不亮了,gossip,", "line 2: 'gossip' is no kind"), ("村口路灯不亮了,appeal,king", "line 2: 'king' is no role")],
)
def test_a_table_with_a_mistake_is_refused_with_its_line(tmp_path: Path, line: str, word: str) -> None:
    with pytest.raises(NotTrained, match=word):
        of_table(Path(table(tmp_path / "a.csv", line)))


def dated_story(folder: Path, *roster: str) -> Path:
    """The same word of one person on two days."""
    lines = ("sender,group,real_name,role,department,since,until", *roster)
    (folder / "roster.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "groups.csv").write_text("group,channel,village,township\ng,wecom,河西,平川镇", encoding="utf-8")
    (folder / "departments.csv").write_text("code,name,level,duties", encoding="utf-8")
    said = [
        {"channel": "wecom", "group": "g", "message_id": f"m{day}", "sender": "p", "text": "路灯不亮了，我去看看",
         "sent_at": f"2025-06-0{day}T08:00:00+08:00"}
        for day in (1, 5)
    ]  # fmt: skip
    (folder / "transcript.jsonl").write_text("\n".join(map(json.dumps, said)), encoding="utf-8")
    right = [{"message_id": "m1", "kind": "appeal", "appeal": "A"}, {"message_id": "m5", "kind": "accept", "appeal": "A"}]
    (folder / "expected.jsonl").write_text("\n".join(map(json.dumps, right)), encoding="utf-8")
    return folder


def test_who_became_an_official_is_one_from_that_day_on(tmp_path: Path) -> None:
    roles = ("p,g,王某,villager,,,2025-06-02", "p,g,王某,village_official,village,2025-06-03,")
    assert [one.said.role.official for one in of_folder(dated_story(tmp_path, *roles)).told] == [False, True]


def test_a_roster_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(NotTrained, match=r"roster\.csv: 第 2 行"):
        of_folder(dated_story(tmp_path, "p,g,王某,villager,,昨天,"))


@pytest.mark.parametrize("body", ["甲,乙\n1,2\n".encode(), "text,label\n好,chatter\n".encode("gbk")])
def test_another_file_is_refused_with_a_word(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(body)
    with pytest.raises(NotTrained, match=r"a\.csv"):
        of_table(tmp_path / "a.csv")


def test_too_little_is_one_plain_line_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = minsheng(table(tmp_path / "a.csv", "灯不亮,appeal,"), "--no-base", "--model", str(tmp_path / "models"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "样本太少" in done.stderr
    assert not (tmp_path / "models").exists()


def test_a_version_that_does_not_help_is_not_put_to_use(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "card.json").write_text('{"helps": false}')
    with pytest.raises(NotTrained, match="不比只用规则好"):
        activate(shelf_of(tmp_path), 1, Console(quiet=True))
