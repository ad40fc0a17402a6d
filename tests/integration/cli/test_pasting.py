"""`minsheng paste` as a duty officer uses it: reads, shows, asks, stores, and says what to answer."""

import asyncio
import fcntl
import io
import os
import pty
import sys
import termios
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from rich.console import Console

from services.cli import paste
from services.cli.system import System, free_port, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import CHINA, SystemClock
from shared.embedded import Embedded
from tests.unit.services.intake.attachments.samples import SAMPLES

ROOT = Path(__file__).parents[3]
SECONDS = 60
VILLAGES = {"plain": "河东村", "asked": "河西村", "piped": "河南村", "shown": "河北村", "pictured": "河中村"}
GROUPS = "group,channel,village,township\n" + "".join(f"{g},wechat,{village},平川镇\n" for g, village in VILLAGES.items())
ROSTER = "sender,group,real_name,role,department\n" + "".join(
    f"v1,{g},张三,villager,\nv2,{g},刘翠花,villager,\no1,{g},李四,village_official,village\n" for g in VILLAGES
)
DEPARTMENTS = (
    "code,name,level,duties\nvillage,村委会,village,村内路灯\nletters,信访局,county,信访\npower,供电公司,county,停电 变压器\n"
)


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The whole system on the machine's clock; its replies are sent by a person."""
    folder = tmp_path_factory.mktemp("paste")
    (folder / "channels.toml").write_text('[channels.hand]\nkind = "manual"\ngroups = ["*/*"]\n')
    with Embedded(folder / "home", durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url, nats_url=embedded.nats_url, console="off",
            keys=" ".join(key_line(str(caller), frozenset({caller}), str(caller)) for caller in Caller),
            channels_out=str(folder / "channels.toml"), attachments=str(folder / "attachments"),
        )  # fmt: skip
        async with running(config, SystemClock()) as system:
            async with httpx.AsyncClient(headers={"authorization": "Bearer admin"}, trust_env=False) as client:
                for url, body in (
                    (f"{system.urls['intake']}/groups", GROUPS),
                    (f"{system.urls['intake']}/roster?channel=wechat", ROSTER),
                    (f"{system.urls['routing']}/departments", DEPARTMENTS),
                ):
                    (await client.put(url, content=body)).raise_for_status()
            yield system


def command(county: System, *words: str) -> tuple[list[str], dict[str, str]]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MINSHENG_")}
    where = ["--url", county.urls["intake"], "--notify-url", county.urls["notify"]]
    return [sys.executable, "-m", "services.cli.main", "paste", *words, *where], {
        **clean, "MINSHENG_KEY": "officer", "COLUMNS": "160",
    }  # fmt: skip


async def minsheng(county: System, *words: str, given: bytes = b"") -> Done:
    """Runs `minsheng paste` where there is no terminal."""
    line, environment = command(county, *words)
    process = await asyncio.create_subprocess_exec(
        *line, cwd=ROOT, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate(given)
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


async def at_a_terminal(county: System, file: Path, answers: list[str], *words: str) -> str:
    """Runs it with the text on standard input and a person at the terminal; returns what he saw."""
    line, environment = command(county, *words)
    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    with file.open("rb") as text:
        process = await asyncio.create_subprocess_exec(
            *line, cwd=ROOT, env=environment, stdin=text, stdout=theirs, stderr=theirs, preexec_fn=take_terminal
        )
    os.close(theirs)
    shown, asked = b"", 0
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                shown += await asyncio.to_thread(os.read, ours, 4096)
            except OSError:  # the other end is closed
                break
            if shown.count(b"[y/N]") > asked:
                os.write(ours, f"{answers[asked]}\n".encode())
                asked += 1
        assert await process.wait() == 0
    os.close(ours)
    return shown.decode()


def conversation() -> str:
    ago = [f"{datetime.now(CHINA) - timedelta(minutes=minutes):%Y/%m/%d %H:%M}" for minutes in (4, 3, 2)]
    return (
        f"张三 {ago[0]}\n村西头变压器冒烟了，滋滋响\n[图片]\n\n翠花嫂 {ago[1]}\n俺家也停电了\n\n"
        f"李四 {ago[2]}\n「张三：村西头变压器冒烟了，滋滋响」\n- - - - - -\n收到，马上去看\n\n“王五”撤回了一条消息\n"
    )


async def manual(county: System, group: str) -> list[str]:
    async with httpx.AsyncClient(headers={"authorization": "Bearer officer"}, trust_env=False) as client:
        replies = (await client.get(f"{county.urls['notify']}/replies/manual")).json()["replies"]
    return [reply["template"] for reply in replies if reply["group"] == group]


async def seen(county: System, file: Path, group: str, **wish: Any) -> str:
    """What an officer sees, without a process of its own. Raises NotPasted."""
    given = {"by": None, "links": {}, "copied_at": datetime.now(CHINA), "dry_run": False, "yes": False, **wish}
    desk = paste.Desk(county.urls["intake"], county.urls["notify"], given.pop("key", "officer"))
    out = Console(record=True, file=io.StringIO(), width=160)
    await asyncio.to_thread(paste.run, str(file), desk, paste.Wish("wechat", group, **given), out)
    return out.export_text()


async def test_a_dry_run_shows_how_it_is_read_and_stores_nothing(county: System, tmp_path: Path) -> None:
    file = tmp_path / "聊天.txt"
    file.write_text(conversation(), encoding="utf-8")
    for _ in range(2):
        shown = await seen(county, file, "shown", dry_run=True)
        for words in (
            "河北村",
            "→ 张三 村民 v1",
            "→ 未认出，可能是：刘翠花 v2",
            "张三：村西头变压器冒烟了",
            "（在上面）",
            "第 13 行",
        ):
            assert words in shown
        assert "--link 翠花嫂=v2" in shown
        assert "早已存过" not in shown


async def test_stored_at_once_it_gives_numbers_and_replies_ready_to_copy(county: System, tmp_path: Path) -> None:
    file = tmp_path / "聊天.txt"
    file.write_bytes(conversation().replace("\n", "\r\n").encode("gb18030"))
    done = await minsheng(county, str(file), "--group", "plain", "--link", "翠花嫂=v2", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "新存 3 条" in done.out
    assert "→ 刘翠花 村民 v2" in done.out
    number = next(word for word in done.out.split() if word.startswith("TY-"))
    assert f"\n【民声】诉求 {number} 已登记，交由供电公司办理。" in done.out
    assert "已由李四受理" in done.out
    assert await manual(county, "plain") == ["received", "accepted"]
    again = await seen(county, file, "plain")
    assert "全部早已存过" in again
    assert number in again


async def test_piped_text_is_confirmed_at_the_terminal_and_sent_replies_are_crossed_off(county: System, tmp_path: Path) -> None:
    file = tmp_path / "piped.txt"
    file.write_text(conversation(), encoding="utf-16")
    refused = await at_a_terminal(county, file, ["n"], "--group", "asked", "--by", "王芳")
    assert "没有存入" in refused
    stored = await at_a_terminal(county, file, ["y", "y"], "-", "--group", "asked", "--by", "王芳")
    assert "新存 3 条" in stored
    assert "2 条，由王芳发出" in stored
    assert await manual(county, "asked") == []


async def test_the_picture_behind_a_mark_is_stored_with_its_message(county: System, tmp_path: Path) -> None:
    file, picture, paper = tmp_path / "a.txt", tmp_path / "变压器.jpg", tmp_path / "说明.txt"
    file.write_text(conversation(), encoding="utf-8")
    picture.write_bytes(SAMPLES["jpeg"][0])
    paper.write_text("说明")
    assert "例如：--file 1=照片.jpg" in await seen(county, file, "pictured", dry_run=True)
    for path, words in ((tmp_path / "none.jpg", "没有这个文件"), (paper, "不收这种文件")):
        with pytest.raises(paste.NotPasted, match=words):
            await seen(county, file, "pictured", yes=True, files={1: [path]})
    done = await minsheng(county, str(file), "--group", "pictured", "--file", f"1={picture}", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "＋ 变压器.jpg" in done.out
    assert "新存 3 条" in done.out
    number = next(word for word in done.out.split() if word.startswith("TY-"))
    async with httpx.AsyncClient(headers={"authorization": "Bearer officer"}, trust_env=False) as client:
        for _ in range(100):
            answer = (await client.get(f"{county.urls['intake']}/appeals/{number}")).json()
            if found := answer["messages"][0]["attachments"]:
                break
            await asyncio.sleep(0.05)
        assert (found[0]["name"], found[0]["kind"]) == ("变压器.jpg", "image")
        link = f"{county.urls['intake']}{found[0]['link']}"
        assert (await client.get(link)).content == picture.read_bytes()
        later = tmp_path / "近看.png"
        later.write_bytes(SAMPLES["png"][0])
        assert "附件已补上" in await seen(county, file, "pictured", yes=True, files={1: [picture, later]})
        shown = (await client.get(f"{county.urls['intake']}/appeals/{number}")).json()["messages"][0]["attachments"]
        assert [file["name"] for file in shown] == ["变压器.jpg", "近看.png"]


async def test_where_nobody_can_be_asked_nothing_is_stored_and_one_line_says_why(county: System, tmp_path: Path) -> None:
    done = await minsheng(county, "--group", "piped", given=conversation().encode())
    assert (done.code, "--yes" in done.err, done.err.count("\n")) == (1, True, 1)
    (tmp_path / "a.txt").write_text(conversation())
    assert "早已存过" not in await seen(county, tmp_path / "a.txt", "piped", dry_run=True)


async def test_a_group_that_is_not_registered_is_pointed_out(county: System, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(conversation())
    assert "wechat/nowhere 没有登记" in await seen(county, tmp_path / "a.txt", "nowhere", dry_run=True)


@pytest.mark.parametrize(
    ("text", "wish", "said"),
    [
        (None, {}, "没有这个文件"),
        (" \n", {}, "没有内容"),
        ("张三:\n没水了", {"group": ""}, "--group"),
        ("村里没水了", {}, "姓名 时间"),
        ("张三:\n没水了", {"links": {"张三": "v9"}}, "花名册里没有 v9"),
        ("张三:\n没水了", {"key": "wrong"}, "密钥"),
        ("张三:\n没水了", {"key": "adapter"}, "密钥"),
        ("张三:\n" + "没水了\n" * 300_000, {"yes": True}, "不得超过"),
    ],
)
async def test_a_mistake_is_told_in_plain_words(
    county: System, tmp_path: Path, text: str | None, wish: dict[str, Any], said: str
) -> None:
    file = tmp_path / "a.txt"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(paste.NotPasted, match=said) as told:
        await seen(county, file, **{"group": "plain", **wish})
    assert "\n" not in str(told.value)


async def test_another_address_than_the_desks_is_named(county: System, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("张三:\n没水了")
    wish = paste.Wish("wechat", "plain", None, {}, datetime.now(CHINA), dry_run=True, yes=False)
    for url in (f"http://127.0.0.1:{free_port()}", county.urls["notify"], "nonsense"):
        with pytest.raises(paste.NotPasted, match=url):
            await asyncio.to_thread(
                paste.run, str(tmp_path / "a.txt"), paste.Desk(url, url, "officer"), wish, Console(quiet=True)
            )


def test_options_that_say_nothing_are_refused() -> None:
    assert paste.links_of(["老刘=v05", "张三="]) == {"老刘": "v05", "张三": None}
    assert paste.moment_of("2025-06-09 08:10") == datetime(2025, 6, 9, 8, 10, tzinfo=CHINA)
    for wrong in ("张三", "=v05"):
        with pytest.raises(paste.NotPasted, match="--link"):
            paste.links_of([wrong])
    with pytest.raises(paste.NotPasted, match="--copied-at"):
        paste.moment_of("昨天")
