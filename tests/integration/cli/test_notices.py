"""`minsheng notices`: a county's table is shown as it is read, refused with addresses, or drafted, reviewed and published."""

import asyncio
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from matplotlib import font_manager
from openpyxl import Workbook
from typer.testing import CliRunner

from services.cli.bulletin.writing import chinese_font
from services.cli.main import app as main
from services.cli.notices import app
from services.cli.roster import NotDone
from shared.embedded import Embedded
from tests.chaos.system.processes import Machines

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def disclosure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real disclosure."""
    folder = tmp_path_factory.mktemp("notices")
    with Embedded(folder / "home", durable=False) as servers:
        machines = Machines(servers=servers, embedded=None, folder=folder)  # type: ignore[arg-type]
        url = machines.add("disclosure").url
        try:
            asyncio.run(machines.ready())
            yield url
        finally:
            machines.stop()


def notices(url: str, *words: str) -> Any:
    return CliRunner().invoke(app, [*words, "--url", url, "--key", "none"])


def lines(done: Any) -> list[str]:
    assert done.exit_code == 0, done.output + repr(done.exception)
    said: list[str] = done.stdout.strip().split("\n")
    return said


def workbook(folder: Path, total: str) -> Path:
    book, file = Workbook(), folder / "补贴.xlsx"
    assert book.active is not None
    for row in (
        ("2023年河西村花椒补助发放表",),
        ("姓名", "组", "金额（元）"),
        ("张三四", "一组", "1,000.50"),
        ("李四", "二组", "２００"),
        ("合计", None, total),
    ):
        book.active.append(row)
    book.save(file)
    return file


def test_a_table_is_previewed_drafted_reviewed_and_published(disclosure: str, tmp_path: Path) -> None:
    file = str(workbook(tmp_path, "1200.50"))
    usual = ("import", file, "--kind", "subsidy", "--village", "河西村", "--by", "王芳")
    shown = lines(notices(disclosure, *usual, "--dry-run"))
    assert any("C4" in line and "２００" in line and "200.00元" in line for line in shown)
    assert any("A3" in line and "张*四" in line for line in shown)
    assert not any("张三四" in line for line in shown)
    assert shown[-1] == "读到 2 行，核对合计 1 处，没有发现不符；将起草 1 条公示。"
    assert lines(notices(disclosure, "drafts")) == ["0 条草稿。"]

    told, notice = lines(notices(disclosure, *usual))[-2:]
    assert told == "读到 2 行，新起草 1 条公示，早已有 0 条。"
    assert lines(notices(disclosure, *usual))[-2] == "读到 2 行，新起草 0 条公示，早已有 1 条。"
    assert lines(notices(disclosure, "drafts"))[0].startswith(f"{notice}  待审核  2023年河西村花椒补助发放表")
    assert isinstance(notices(disclosure, "publish", notice).exception, NotDone)
    assert lines(notices(disclosure, "review", notice, "--by", "刘强")) == ["《2023年河西村花椒补助发放表》审核通过，待发布。"]
    told = "《2023年河西村花椒补助发放表》已发布，第 1 版，没有登记的群在它的范围内，群里不会收到。"
    assert lines(notices(disclosure, "publish", notice)) == [told]
    [listed] = httpx.get(f"{disclosure}/notices", headers={"authorization": "Bearer none"}, trust_env=False).json()["notices"]
    assert (listed["amount_fen"], listed["body"]) == (120_050, "2023年河西村花椒补助发放表，共2户，合计1,200.50元")


def test_a_table_that_does_not_add_up_is_refused_with_the_address(disclosure: str, tmp_path: Path) -> None:
    before = lines(notices(disclosure, "drafts"))
    done = notices(disclosure, "import", str(workbook(tmp_path, "1,200.51")), "--kind", "subsidy", "--village", "河西村")
    assert isinstance(done.exception, NotDone)
    assert str(done.exception) == "补贴.xlsx 有 1 处有误，改好后再导入；现在什么都没有存"
    assert "C5 有误：金额合计写的是1,200.51元，按明细算是1,200.50元，相差0.01元" in done.stdout
    assert lines(notices(disclosure, "drafts")) == before


def test_a_list_of_what_needs_no_second_reader_is_published_at_once_a_notice_a_line(disclosure: str, tmp_path: Path) -> None:
    file = tmp_path / "致富信息.csv"
    file.write_bytes(
        "类别,内容,信息来源\n种植技术,花椒春季剪枝要点,县农技中心\n市场行情,核桃收购价每斤6元,县供销社\n".encode("gb18030")
    )
    told = lines(notices(disclosure, "import", str(file), "--kind", "enrichment", "--publish"))
    assert "读到 2 行，新起草 2 条公示，早已有 0 条。" in told
    wanted = {"authorization": "Bearer none"}
    for _ in range(100):
        listed = httpx.get(f"{disclosure}/notices?kind=enrichment", headers=wanted, trust_env=False).json()["notices"]
        if len(listed) == 2:
            break
        time.sleep(0.1)
    assert {notice["title"] for notice in listed} == {"【种植技术】花椒春季剪枝要点", "【市场行情】核桃收购价每斤6元"}
    assert {notice["reach"] for notice in listed} == {"county"}


def test_the_commands_of_the_guide_work(disclosure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they stand there; NOTICE is what the import answered."""
    (tmp_path / "docs").symlink_to(DOCS)
    monkeypatch.chdir(tmp_path)
    shown = re.findall(r"^minsheng (notices|bulletin) (.*)$", (DOCS / "notices.md").read_text(encoding="utf-8"), re.MULTILINE)
    notice, answers = "", []
    for command, rest in shown:
        if "png" in rest and chinese_font([font.name for font in font_manager.fontManager.ttflist]) is None:
            continue  # the unit tests say what is said then
        words = [command, *shlex.split(rest.replace("NOTICE", notice)), "--url", disclosure, "--key", "none"]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, (words, done.output, done.exception)
        answers.append(done.stdout)
        notice = done.stdout.strip().split("\n")[-1] if "新起草 1 条" in done.stdout else notice
    assert "读到 3 行，核对合计 4 处，没有发现不符；将起草 1 条公示。" in answers[0]
    assert "已发布，第 1 版" in answers[4]
    assert {file.name for file in tmp_path.iterdir()} >= {"bulletin.docx", "bulletin.xlsx"}
