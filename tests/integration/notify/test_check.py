"""`minsheng channels check` tells in one line each what is wrong, and fails if anything is."""

import asyncio
import io
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from services.cli.channels import HELLO, check
from shared.settings import BadSettings
from tests.fakes.chat import SECRET, ChatServer

ROOT = Path(__file__).parents[3]


async def checked(path: Path, text: str) -> tuple[int, list[str]]:
    path.write_text(text)
    shown = io.StringIO()
    failed = await check(path, {"KEY": "key-1"}, Console(file=shown, width=500))
    return failed, shown.getvalue().splitlines()


async def test_every_channel_is_tried_and_what_is_wrong_is_said_in_a_line(chat: ChatServer, tmp_path: Path) -> None:
    failed, lines = await checked(
        tmp_path / "channels.toml",
        f"""
        [channels.good]
        kind = "wecom-robot"
        key = "env:KEY"
        host = "{chat.url}"
        [channels.gone]
        kind = "wecom-robot"
        key = "secret-key"
        host = "{chat.url}"
        [channels.unsigned]
        kind = "dingtalk"
        token = "t1"
        secret = "not-the-secret"
        host = "{chat.url}"
        [channels.away]
        kind = "feishu"
        token = "secret-token"
        host = "http://127.0.0.1:1"
        [channels.member]
        kind = "wecom-app"
        corp = "ww1"
        agent = 1
        secret = "{SECRET}"
        to = "nobody"
        host = "{chat.url}"
        [channels.hand]
        kind = "manual"
        """,
    )
    assert failed == 4
    assert [line[0] for line in lines[:-1]] == ["✓", "✗", "✗", "✗", "✗", "✓"]
    assert "93000 invalid webhook url" in lines[1]
    assert "310000 sign not match" in lines[2]
    assert "连不上" in lines[3]
    assert "81013" in lines[4]
    assert lines[-1] == "6 个渠道，4 个有问题。"
    assert "secret" not in "\n".join(lines)
    assert chat.texts() == [HELLO]


async def test_all_well_is_said_too(chat: ChatServer, tmp_path: Path) -> None:
    failed, lines = await checked(
        tmp_path / "c.toml", f'[channels.a]\nkind = "wecom-robot"\nkey = "env:KEY"\nhost = "{chat.url}"'
    )
    assert failed == 0
    assert lines == ["✓ a（wecom-robot）正常", "1 个渠道，全部正常。"]
    with pytest.raises(BadSettings):
        await checked(tmp_path / "c.toml", "[channels]")


async def test_the_command_s_exit_code_says_whether_any_failed(chat: ChatServer, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MINSHENG_")}
    for key, code in (("key-1", 0), ("wrong", 1)):
        path.write_text(f'[channels.a]\nkind = "wecom-robot"\nkey = "env:ROBOT_KEY"\nhost = "{chat.url}"')
        environment = clean | {"MINSHENG_CHANNELS_OUT": str(path), "ROBOT_KEY": key}
        command = (sys.executable, "-m", "services.cli.main", "channels", "check")
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        shown, _ = await process.communicate()
        assert process.returncode == code, shown.decode()
