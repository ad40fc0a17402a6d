"""What docs/channels-out.md shows is what works: the file of channels, and the adapter of one's own."""

import asyncio
import json
import os
import re
import sys
import tomllib
from pathlib import Path

from services.notify.config import parse
from services.notify.outlets import Outlets
from shared.embedded import Embedded
from shared.events.notify import ReplyDelivered, ReplyHanded
from tests.integration.notify.conftest import Open

DOCS = Path(__file__).parents[3] / "docs"
ADAPTER = DOCS / "examples" / "chat_adapter.py"


async def test_the_example_file_is_right_and_shows_every_kind() -> None:
    [shown] = re.findall(r"```toml\n(.*?)```", (DOCS / "channels-out.md").read_text(), re.DOTALL)
    secrets = dict.fromkeys(re.findall(r"env:(\w+)", shown), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    outlets = Outlets(parse(tomllib.loads(shown), secrets))
    kinds = {getattr(outlet.entry, "kind", "") for outlet in outlets.by_name.values()}
    assert kinds == {"wecom-robot", "wecom-app", "dingtalk", "feishu", "email", "webhook", "manual", "adapter"}
    for outlet in outlets.by_name.values():
        await outlet.channel.close()


async def test_the_example_adapter_says_what_is_queued_and_its_receipts_count(open_desk: Open, servers: Embedded) -> None:
    assert len(ADAPTER.read_text().splitlines()) <= 60
    desk = await open_desk('[channels.mychat]\nkind = "adapter"\ngroups = ["mychat/*"]\n')
    await desk.queue(*(desk.reply(f"第{n}条", channel="mychat") for n in range(3)))
    environment = os.environ | {
        "NATS_URL": servers.nats.url,
        "NOTIFY_URL": desk.url,
        "MINSHENG_KEY": "any",
        "CHANNEL": "mychat",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ADAPTER), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        async with asyncio.timeout(30):
            said = [json.loads(await process.stdout.readline()) for _ in range(3)]
            while sum(isinstance(event, ReplyDelivered) for event in await desk.events()) < 3:
                await asyncio.sleep(0.05)
    finally:
        process.kill()
        await process.wait()
    assert [line["text"] for line in said] == ["第0条", "第1条", "第2条"]
    assert any(isinstance(event, ReplyHanded) for event in await desk.events())
