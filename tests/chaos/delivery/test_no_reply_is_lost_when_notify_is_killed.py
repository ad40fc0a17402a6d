"""Ten thousand replies go out to fifty robots that fail now and then, while notify is killed twice on the way."""

import asyncio
import os
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notify.domain import reply_stream
from shared import db
from shared.clock import SystemClock
from shared.envelope import Append, Cause
from shared.events import COUNTY
from shared.events.notify import Audience, ReplyQueued
from shared.metrics import Metrics
from shared.store import Store
from shared.vault import Vault
from tests.chaos.system.conftest import durable_servers
from tests.chaos.system.processes import Machines
from tests.fakes.chat import ChatServer

REPLIES = int(os.environ.get("MINSHENG_CHAOS_REPLIES", "10000"))
ROBOTS = 50
PER_MINUTE = 120
"""what a robot takes; real ones take 20, which would last all night"""
KILLS = 2
FAULTS = 0.2
"""share of the messages that the robots refuse, or take without an answer"""
MARK = re.compile(r"第\d{6}条")


def channels(chat: ChatServer) -> str:
    """Half of the robots put a burst together, half let it wait."""
    return "".join(
        f'[channels.r{n}]\nkind = "wecom-robot"\nkey = "key-{n}"\nhost = "{chat.url}"\ngroups = ["wecom/g{n}"]\n'
        f"per_minute = {PER_MINUTE}\ndigests = {'true' if n % 2 else 'false'}\n"
        for n in range(ROBOTS)
    )


async def queue_all(database_url: str) -> None:
    pool = await db.open_pool(database_url, "notify", size=2)
    try:
        store = Store(pool, "notify", SystemClock(), Vault(pool), Metrics("notify"))
        for begin in range(0, REPLIES, 500):
            await store.append_many([queued(n) for n in range(begin, min(begin + 500, REPLIES))])
    finally:
        await pool.close()


def queued(n: int) -> Append:
    group = f"g{n % ROBOTS}"
    reply = ReplyQueued(
        reply=f"r{n}", appeal=None, channel="wecom", group=group, audience=Audience.GROUP, person=COUNTY, template="notice",
        text=f"【民声】第{n:06}条：已登记，交由水利局办理，值班人员将在10分钟内答复。", queued_at=datetime.now(UTC),
    )  # fmt: skip
    return Append(reply_stream(reply.reply), 0, [reply], Cause("test"), f"wecom:{group}")


async def until_all_delivered(database_url: str, seconds: float) -> float:
    began = time.monotonic()
    pool = await db.open_pool(database_url, "notify", size=1)
    try:
        while True:
            done = await pool.fetchval("select count(*) from events where type = 'minsheng.notify.reply-delivered.v1'")
            if done >= REPLIES:
                return time.monotonic() - began
            assert time.monotonic() - began < seconds, f"{done} of {REPLIES} delivered"
            await asyncio.sleep(0.5)
    finally:
        await pool.close()


async def kill_when_underway(machines: Machines, chat: ChatServer) -> None:
    """Both replicas at a third and at two thirds of the way: one of them is sending."""
    for kill in range(1, KILLS + 1):
        while len({mark for text in chat.texts() for mark in MARK.findall(text)}) < REPLIES * kill // (KILLS + 1):
            await asyncio.sleep(0.1)
        for replica in machines.replicas.values():
            await asyncio.to_thread(replica.kill)
            replica.start()


@pytest.mark.timeout(900)
async def test_no_reply_is_lost_when_notify_is_killed(tmp_path: Path) -> None:
    kinds = ("429", "500", "reset", "heard-reset")
    chat = await ChatServer(lambda: datetime.now(UTC), per_minute=PER_MINUTE, share=FAULTS, kinds=kinds).start()
    file = tmp_path / "channels.toml"
    file.write_text(channels(chat))
    with durable_servers(tmp_path) as machines:
        for name in ("notify", "notify-2"):
            machines.add("notify", name, MINSHENG_CHANNELS_OUT=str(file))
        await machines.ready()
        await asyncio.gather(queue_all(machines.servers.database_url), kill_when_underway(machines, chat))
        seconds = await until_all_delivered(machines.servers.database_url, 600)
        faults = {fault: many for fault, many in chat.met.items() if fault}
        print(f"{REPLIES} replies in {len(chat.heard)} messages, {seconds:.0f} s after the last kill, faults {faults}")
        await judge(chat)
    await chat.stop()


async def judge(chat: ChatServer) -> None:
    assert chat.over == 0, "more than the limit was sent"
    unanswered = Counter(mark for text, many in chat.unanswered.items() for mark in MARK.findall(text) * many)
    twice = 0
    for n in range(ROBOTS):
        said = [mark for text in chat.texts(f"key-{n}") for mark in MARK.findall(text)]
        assert list(dict.fromkeys(said)) == [f"第{m:06}条" for m in range(n, REPLIES, ROBOTS)], (
            f"robot {n}: lost, or out of order"
        )
        again = Counter(said) - Counter(dict.fromkeys(said, 1)) - unanswered
        assert all(many <= KILLS for many in again.values()), f"robot {n}: said again though the answer was clear: {again}"
        if n % 2 == 0:
            assert again.total() <= KILLS, f"robot {n}: a kill may repeat what was on its way, which is one message: {again}"
        twice += again.total()
    print(f"{unanswered.total()} said again for want of an answer, {twice} because of the kills")
