"""`minsheng departments`: a table is previewed, imported, shown; what is wrong is told with its line."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from services.cli.departments import app
from services.cli.roster import NotDone
from shared.embedded import Embedded
from tests.chaos.system.processes import Machines

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "services" / "cli" / "demo" / "departments.csv"


@pytest.fixture(scope="module")
def routing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real routing."""
    folder = tmp_path_factory.mktemp("departments")
    with Embedded(folder / "home", durable=False) as servers:
        machines = Machines(servers=servers, embedded=None, folder=folder)  # type: ignore[arg-type]
        url = machines.add("routing").url
        try:
            asyncio.run(machines.ready())
            yield url
        finally:
            machines.stop()


def departments(url: str, *words: str) -> Any:
    return CliRunner().invoke(app, [*words, "--url", url, "--key", "none"])


def lines(done: Any) -> list[str]:
    assert done.exit_code == 0, done.output + repr(done.exception)
    said: list[str] = done.stdout.strip().split("\n")
    return said


def test_a_directory_is_previewed_imported_listed_and_shown(routing: str, tmp_path: Path) -> None:
    many = len(DEMO.read_text(encoding="utf-8").strip().split("\n")) - 1
    assert lines(departments(routing, "import", str(DEMO), "--preview"))[-1] == f"读到 {many} 行，将有 {many} 处改动。"
    assert lines(departments(routing, "list")) == ["0 个部门，目录第 0 版。"]
    assert lines(departments(routing, "import", str(DEMO)))[-1] == f"读到 {many} 行，改动 {many} 处。"
    assert lines(departments(routing, "import", str(DEMO))) == [f"读到 {many} 行，改动 0 处。"]
    listed = lines(departments(routing, "list", "--level", "village"))
    assert listed == ["village  村(居)委会（村级）", f"1 个部门，目录第 {many} 版。"]

    changed = tmp_path / "改名.csv"
    changed.write_bytes("编码,名称,层级,电话\nwater,水务局,垂直,0310-1234567\n".encode("gb18030"))
    told = lines(departments(routing, "import", str(changed)))
    assert re.fullmatch(
        r"第 2 行：修改 water：名称 水利局 → 水务局；层级 county → vertical；电话 无 → 0310-1234567，.* 起", told[0]
    )

    rota, book = tmp_path / "值班表.xlsx", Workbook()
    assert book.active is not None
    for row in (("部门", "姓名", "电话", "星期", "时段"), ("water", "甲某", 13900000001, "1-7", "0-24")):
        book.active.append(row)
    book.save(rota)
    assert lines(departments(routing, "import", str(rota), "--table", "duty")) == ["读到 1 行，改动 1 处。"]
    rules = tmp_path / "分类.csv"
    rules.write_text("分类,部门,乡镇,关键词\n城乡建设/供排水,water,,停水\n城乡建设/供排水,township,平川镇,\n", encoding="utf-8")
    assert lines(departments(routing, "import", str(rules), "--table", "categories"))[0] == "第 2 行：新增 城乡建设/供排水"
    shown = lines(departments(routing, "show", "water"))
    assert shown[0] == "water  水务局（垂直管理）  0310-1234567"
    assert "  分类：城乡建设/供排水" in shown
    assert "  值班：甲某 13900000001  周一至日 0-24 时，现在值班" in shown
    assert "  起初：水利局，县级" in shown


def test_every_mistake_of_a_file_is_told_and_nothing_is_imported(routing: str, tmp_path: Path) -> None:
    file = tmp_path / "错.csv"
    file.write_text("code,name,level\nnew,新局,county\nx,,county\ny,乙局,国家级\n", encoding="utf-8")
    done = departments(routing, "import", str(file))
    assert isinstance(done.exception, NotDone)
    assert "有 2 处错误" in str(done.exception)
    assert "第 3 行有误：name 为空" in done.stdout
    assert "第 4 行有误：level 不合要求" in done.stdout
    assert isinstance(departments(routing, "show", "new").exception, NotDone)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("show", "nowhere"), "目录中没有部门：nowhere"),
        (("list", "--level", "galaxy"), "422"),
    ],
)
def test_what_cannot_be_done_says_why(routing: str, words: tuple[str, ...], reason: str) -> None:
    done = departments(routing, *words)
    assert isinstance(done.exception, NotDone)
    assert reason in str(done.exception)


def test_a_file_that_is_no_table_is_one_plain_line(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "services.cli.main", "departments", "import", str(tmp_path / "none.csv"), "--key", "none"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
