"""`minsheng train routing` and `minsheng evaluate routing` as an operator types them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
KNOWN = {
    "供电所": "停电 电表 变压器 电线 电压 跳闸 电线杆 电费 漏电 断电",
    "水务局": "停水 水管 自来水 机井 水渠 水表 水塔 水压 水费 排水沟",
    "交通局": "公路 公交车 大货车 桥栏杆 客车 红绿灯 修路 出租车 路面 公交站",
}
SAID = ("村里的{}坏了，请来看看", "{}的事反映了三次没人管", "我家门口的{}太危险", "{}又出毛病了，老人孩子都发愁")


def minsheng(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli.main", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def table(path: Path, rows: list[tuple[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return str(path)


@pytest.fixture(scope="module")
def said() -> list[tuple[str, str]]:
    return [(form.format(word), label) for label, words in KNOWN.items() for word in words.split() for form in SAID]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str]]) -> Path:
    """Two versions: of one table, and of two."""
    folder = tmp_path_factory.mktemp("routing")
    first, second = table(folder / "hotline.csv", said[::2]), table(folder / "letters.csv", said[1::4])
    for sources in ((first,), (first, second)):
        done = minsheng("train", "routing", *sources, "--model", str(folder / "models"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "macro-F1" in done.stdout
    return folder / "models"


def test_a_model_is_kept_with_its_card_and_evaluated_on_other_messages(
    models: Path, said: list[tuple[str, str]], tmp_path: Path
) -> None:
    card = json.loads((models / "2" / "card.json").read_text())
    assert set(card["examples"]["by_source"]) == set(card["cross_validated"]["by_source"]) == {"hotline", "letters"}
    test = table(tmp_path / "test.csv", said[3::4])
    done = minsheng("evaluate", "routing", test, "--model", str(models), "--json", "--pictures", str(tmp_path / "drawn"))
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["version"], told["messages"], set(told["per_class"])) == (2, 30, set(KNOWN))
    assert told["macro_f1"] > 0.8
    for picture in told["pictures"].values():
        assert Image.open(picture).format == "PNG"


def test_a_person_reads_a_table_and_where_the_pictures_are(models: Path, said: list[tuple[str, str]], tmp_path: Path) -> None:
    test = table(tmp_path / "test.csv", [*said[3::8], ("食堂饭菜太贵", "教育局")])
    done = minsheng("evaluate", "routing", test, "--model", str(models / "1" / "model.npz"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(word in done.stdout for word in ("版本 1", "macro-F1", "供电所", "教育局", "confusion.png", "reliability.png"))
    assert (models / "1" / "evaluations" / "1-test" / "confusion.png").is_file()


def test_versions_are_listed_chosen_and_taken_back(models: Path) -> None:
    for words in (("--activate", "1"), ("--activate", "2"), ("--rollback",)):
        assert minsheng("train", "routing", *words, "--model", str(models)).returncode == 0
    assert (models / "active").read_text() == "1\n"
    listed = minsheng("train", "routing", "--list", "--model", str(models)).stdout
    assert "60" in listed
    assert "90" in listed
    unknown = minsheng("train", "routing", "--activate", "9", "--model", str(models))
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert "现有：1、2" in unknown.stderr


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("text,label\n停电了,供电所\n停水了,\n", "line 3"),
        ("text,label\n停电了," + "供" * 61 + "\n", "line 2"),
        ("text,label\n停电了,供电所\n", "样本太少"),
        ("内容,部门\n停电了,供电所\n", "text and label"),
        ("text,label\n" + "".join(f"停电了,{n}\n" for n in range(501)), "500 labels"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_one_plain_line_and_leaves_nothing_behind(
    tmp_path: Path, body: str, word: str
) -> None:
    (tmp_path / "a.csv").write_text(body, encoding="utf-8")
    done = minsheng("train", "routing", str(tmp_path / "a.csv"), "--model", str(tmp_path / "models"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert word in done.stderr
    assert not (tmp_path / "models").exists()


def test_what_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    test = table(tmp_path / "test.csv", [("停电了", "供电所")])
    for words, word in (
        (("evaluate", "routing", test, "--model", str(tmp_path / "none")), "minsheng train routing"),
        (("train", "routing", "--model", str(tmp_path / "none")), "nothing to learn from"),
        (("train", "routing", str(tmp_path / "none.csv"), "--model", str(tmp_path / "none")), "none.csv"),
    ):
        done = minsheng(*words)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert word in done.stderr
