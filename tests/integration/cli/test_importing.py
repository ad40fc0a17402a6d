"""`minsheng import`: files as counties keep them, taken once, with a word for each row that was not."""

import asyncio
import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook
from rich.console import Console

from services.cli import files, importing, sources
from services.cli.importing import Door
from services.cli.sources import BadFile, Unfit
from shared.embedded import Embedded
from tests.chaos.system.processes import Machines
from tests.unit.services.intake.attachments.samples import SAMPLES

ROOT = Path(__file__).parents[3]
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A real intake."""
    folder = tmp_path_factory.mktemp("import")
    with Embedded(folder / "home") as servers:
        machines = Machines(servers=servers, embedded=None, folder=folder)  # type: ignore[arg-type]
        replica = machines.add("intake", MINSHENG_ATTACHMENTS=str(folder / "attachments"))
        try:
            asyncio.run(machines.ready())
            yield Door(replica.url, "none")
        finally:
            machines.stop()


def excel(path: Path, *lines: tuple[object, ...]) -> Path:
    book = Workbook()
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr]
    book.save(path)
    return path


def test_an_excel_file_with_a_title_above_is_imported_once(door: Door, tmp_path: Path) -> None:
    file = excel(
        tmp_path / "诉求.xlsx",
        ("前路村群聊记录",),
        ("发送人", "时间", "内容", "群"),
        ("张三", datetime(2023, 10, 30, 20, 31), "变压器冒烟了", "g-qianlu"),
        ("李四", "2023/10/30 20:33", "收到", "g-qianlu"),
    )
    first = importing.run(file, door, tmp_path / "r.csv", QUIET, channel="import")
    again = importing.run(file, door, tmp_path / "r.csv", QUIET, channel="import")
    assert (first.read, first.stored, first.known, first.rejected) == (2, 2, 0, 0)
    assert (again.stored, again.known) == (0, 2)
    assert not (tmp_path / "r.csv").exists()
    assert not (tmp_path / "诉求.xlsx.progress").exists()


def test_the_files_that_rows_name_come_with_their_messages_and_what_is_not_taken_is_told(door: Door, tmp_path: Path) -> None:
    (tmp_path / "照片").mkdir()
    picture, paper = tmp_path / "照片" / "变压器.jpg", tmp_path / "发票.pdf"
    picture.write_bytes(SAMPLES["jpeg"][0])
    paper.write_bytes(b"%PDF-1.7 ")
    (tmp_path / "a.exe").write_bytes(b"MZ")
    said = ("张三", "2023/10/30 20:31", "[图片]", "g-files")
    file = excel(
        tmp_path / "诉求.xlsx",
        ("发送人", "时间", "内容", "群", "附件"),
        (*said, "照片/变压器.jpg；发票.pdf"),
        (*said, "发票.pdf"),
        (*said, "none.jpg"),
        (*said, "a.exe"),
        (*said, None),
    )
    dry = importing.run(file, None, tmp_path / "r.csv", QUIET, channel="import")
    assert (dry.stored, dry.rejected) == (4, 1)
    for stored, known in ((3, 0), (0, 3)):
        outcome = importing.run(file, door, tmp_path / "r.csv", QUIET, channel="import")
        assert (outcome.stored, outcome.known, outcome.rejected) == (stored, known, 2)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as written:
        refused = [(row["行"], row["原因"]) for row in csv.DictReader(written)]
    assert [line for line, _ in refused] == ["4", "5"]
    assert "没有这个文件" in refused[0][1]
    assert "附件 a.exe：不收这种文件" in refused[1][1]
    row = next(sources.rows(file))
    described = [files.described(path) for path in sources.beside(row, tmp_path)]
    message_id = sources.message(row, channel="import", attachments=described).message_id
    kept = httpx.get(f"{door.url}/messages/import/{message_id}", trust_env=False).json()["attachments"]
    assert [(one["name"], one["kind"], one["type"]) for one in kept] == [
        ("变压器.jpg", "image", "image/jpeg"),
        ("发票.pdf", "file", "application/pdf"),
    ]


def test_a_csv_in_gbk_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("发送人,时间,内容\n张三,2023-10-30 20:31,没水了\n".encode("gb18030"))
    [row] = sources.rows(file)
    said = sources.message(row, channel="import", group="g")
    assert (said.sender, said.text, said.sent_at.isoformat()) == ("张三", "没水了", "2023-10-30T20:31:00+08:00")


def test_what_cannot_be_taken_is_written_down_with_its_line_and_reason(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    good = {"group": "g", "sender": "v", "text": "没水了", "sent_at": "2023-10-30T20:31:00+08:00"}
    lines = [json.dumps(good), "{", json.dumps(good | {"sent_at": "前天晚上"}), json.dumps(good | {"sender": ""}), "[1]"]
    file.write_text("\n".join(lines), encoding="utf-8")
    outcome = importing.run(file, door, tmp_path / "r.csv", QUIET, channel="import")
    assert (outcome.stored, outcome.rejected) == (1, 4)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as written:
        refused = [(row["行"], row["原因"]) for row in csv.DictReader(written)]
    assert [line for line, _ in refused] == ["2", "3", "4", "5"]
    assert [reason.split("：")[0] for _, reason in refused] == [
        "不是 JSON",
        "sent_at/时间 看不懂",
        "sender/发送人 缺少",
        "不是 JSON 对象",
    ]


def test_an_interrupted_import_goes_on_where_it_stopped(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    said = [{"group": "g", "sender": "v", "text": f"第{n}句", "sent_at": "2023-10-30T20:31:00+08:00"} for n in range(450)]
    file.write_text("\n".join(json.dumps(line) for line in said), encoding="utf-8")

    class Cut(Door):
        """An intake that is cut off after the first batch."""

        def post(self, messages: list[importing.Incoming]) -> list[dict[str, object]]:
            if messages[0].text != "第0句":
                raise importing.NotImported("cut off")
            return super().post(messages)

    with pytest.raises(importing.NotImported):
        importing.run(file, Cut(door.url, door.key), tmp_path / "r.csv", QUIET, channel="import")
    rest = importing.run(file, door, tmp_path / "r.csv", QUIET, channel="import")
    assert (rest.read, rest.stored, rest.known) == (250, 250, 0)


def test_a_dry_run_stores_nothing_and_says_what_would_be(tmp_path: Path) -> None:
    file = excel(
        tmp_path / "a.xlsx", ("发送人", "时间", "内容"), ("张三", "2023/10/30 20:31", "没水了"), ("李四", "昨晚", "没电")
    )
    words = [
        sys.executable,
        "-m",
        "services.cli.main",
        "import",
        str(file),
        "--group",
        "g",
        "--dry-run",
        "--url",
        "http://127.0.0.1:9",
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "可导入 1 条" in done.stdout) == (1, True)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("name", "body"), [("a.pdf", b""), ("a.xlsx", b"no zip"), ("a.csv", "甲,乙\n1,2\n".encode())])
def test_a_file_of_another_kind_is_refused_with_a_word(name: str, body: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(BadFile, match=name):
        list(sources.rows(tmp_path / name))


def test_a_row_without_a_group_needs_one_from_the_command() -> None:
    row = sources.Row(2, {"sender": "v", "text": "没水了", "sent_at": "2023-10-30 20:31"})
    with pytest.raises(Unfit, match="group"):
        sources.message(row, channel="import")
