"""Delivery on real servers to chat systems that fail: nothing lost, in order, within the limits, one broken robot alone."""

import re
from collections import Counter
from datetime import timedelta

import pytest

from shared.events.notify import Audience, ReplyDelivered, ReplyFailed, ReplyLate
from tests.fakes.chat import FAULTS, SECRET, ChatServer
from tests.integration.notify.conftest import Desk, Open

REPLIES = 300
MARK = re.compile(r"第\d{4}条")
DETAILS = "，已登记，交由水利局办理。值班人员将在10分钟内答复，办理情况会在本群告知。" * 3
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def robots(chat: ChatServer, *names: str, more: str = "") -> str:
    return "".join(
        f'[channels.{name}]\nkind = "wecom-robot"\nkey = "key-{name}"\nhost = "{chat.url}"\ngroups = ["wecom/{name}"]\n{more}\n'
        for name in names
    )


def marks(chat: ChatServer, robot: str) -> list[str]:
    return [mark for text in chat.texts(robot) for mark in MARK.findall(text)]


async def until_delivered(desk: Desk, replies: int, hours: float = 12) -> None:
    for _ in range(int(hours * 12)):
        if sum(isinstance(event, ReplyDelivered) for event in await desk.events()) >= replies:
            return
        await desk.pass_time(timedelta(minutes=5))
    raise AssertionError(Counter(type(event).__name__ for event in await desk.events()))


@pytest.mark.parametrize("digests", [True, False])
async def test_no_reply_is_lost_on_the_way_to_a_robot_that_fails_every_fifth_time(
    chat: ChatServer, open_desk: Open, digests: bool
) -> None:
    chat.share = 0.2
    groups = ["a", "b", "c"]
    desk = await open_desk(robots(chat, *groups, more=f"digests = {str(digests).lower()}"))
    await desk.queue(*(desk.reply(f"【民声】第{n:04}条{DETAILS}", groups[n % 3]) for n in range(REPLIES)))
    await until_delivered(desk, REPLIES)

    assert chat.over == 0
    assert digests or all(chat.met[fault] for fault in FAULTS)
    assert sum(chat.met[fault] for fault in FAULTS) > 0
    unanswered = Counter(mark for text, many in chat.unanswered.items() for mark in MARK.findall(text) * many)
    for n, group in enumerate(groups):
        said = marks(chat, f"key-{group}")
        expected = [f"第{m:04}条" for m in range(n, REPLIES, 3)]
        assert list(dict.fromkeys(said)) == expected, "lost or out of order"
        again = {mark: many - 1 for mark, many in Counter(said).items() if many > 1}
        assert all(many <= unanswered[mark] for mark, many in again.items()), "said twice though the answer was clear"
    delivered = [event for event in await desk.events() if isinstance(event, ReplyDelivered)]
    assert len({event.reply for event in delivered}) == len(delivered) == REPLIES
    if digests:
        assert len(chat.heard) < REPLIES / 2


async def test_a_receiver_that_knows_keys_says_nothing_twice(chat: ChatServer, open_desk: Open) -> None:
    chat.share = 0.2
    file = f'[channels.hook]\nkind = "webhook"\nurl = "{chat.url}/hook"\nsecret = "{WHSEC}"\ngroups = ["*/*"]\n'
    desk = await open_desk(file)
    await desk.queue(*(desk.reply(f"第{n:04}条", f"g{n % 10}") for n in range(REPLIES)))
    await until_delivered(desk, REPLIES)
    said = {heard.key: heard.text for heard in chat.heard}
    assert len(said) == REPLIES
    assert len(chat.heard) > REPLIES
    assert all(said[heard.key] == heard.text for heard in chat.heard)


async def test_twenty_a_minute_are_kept_after_a_restart_too(chat: ChatServer, open_desk: Open) -> None:
    file = robots(chat, "a", more="digests = false")
    first = await open_desk(file)
    await first.queue(*(first.reply(f"第{n:04}条", "a") for n in range(50)))
    await first.settle()
    assert len(chat.heard) == 20
    await first.service.stop()
    second = await open_desk(file)
    await second.settle()
    assert len(chat.heard) == 20
    await second.pass_time(timedelta(seconds=59))
    assert len(chat.heard) == 20
    await second.pass_time(timedelta(seconds=61))
    assert len(chat.heard) == 50
    assert chat.over == 0


async def test_a_broken_robot_delays_nobody_else_rests_and_recovers(chat: ChatServer, open_desk: Open) -> None:
    chat.broken = {"key-a"}
    desk = await open_desk(robots(chat, "a", "b"))
    await desk.queue(*(desk.reply(f"第{n:04}条", "ab"[n % 2]) for n in range(10)))
    await desk.pass_time(timedelta(hours=1))
    assert len(chat.texts("key-b")) == 5
    asked = chat.met["500"]
    assert asked < 30, "a robot that is out of order is left alone"
    failed = [event for event in await desk.events() if isinstance(event, ReplyFailed)]
    assert len({event.reply for event in failed}) == 1, "those behind the first spend no attempts"
    chat.broken = set()
    await desk.pass_time(timedelta(minutes=10))
    assert marks(chat, "key-a") == [f"第{n:04}条" for n in range(0, 10, 2)]


async def test_a_receiver_that_asks_for_a_pause_gets_it(chat: ChatServer, open_desk: Open) -> None:
    desk = await open_desk(robots(chat, "a"))
    chat.faults = ["429"]
    await desk.queue(desk.reply("第0001条", "a"), desk.reply("第0002条", "a"))
    await desk.pass_time(timedelta(seconds=6.5))
    assert chat.heard == []
    await desk.pass_time(timedelta(seconds=1))
    assert marks(chat, "key-a") == ["第0001条", "第0002条"]


async def test_a_long_reply_goes_on_behind_the_part_that_arrived(chat: ChatServer, open_desk: Open) -> None:
    desk = await open_desk(robots(chat, "a"))
    chat.faults = ["", "500"]
    await desk.queue(desk.reply("长" * 1500, "a"))
    await desk.pass_time(timedelta(minutes=1))
    assert [text[:5] for text in chat.texts()] == ["（1/3）", "（2/3）", "（3/3）"]


async def test_at_night_only_what_is_urgent_is_said(chat: ChatServer, open_desk: Open) -> None:
    desk = await open_desk('[delivery]\nquiet = "08:30-10:00"\n' + robots(chat, "a"))
    await desk.queue(desk.reply("第0001条", "a"), desk.reply("第0002条", "a", urgent=True))
    await desk.pass_time(timedelta(minutes=59))
    assert marks(chat, "key-a") == ["第0002条"]
    await desk.pass_time(timedelta(minutes=2))
    assert marks(chat, "key-a") == ["第0002条", "第0001条"]


async def test_the_duty_officer_hears_of_what_did_not_arrive_in_time_and_of_what_nobody_serves(
    chat: ChatServer, open_desk: Open
) -> None:
    chat.broken = {"key-a"}
    duty = f'[channels.duty]\nkind = "dingtalk"\ntoken = "t-duty"\nsecret = "{SECRET}"\nhost = "{chat.url}"\n'
    desk = await open_desk('[delivery]\nlate_minutes = 10\nfallback = "duty"\n' + robots(chat, "a") + duty)
    await desk.queue(desk.reply("张三家的事", "a"), desk.reply("第0002条", "a"), desk.reply("第0003条", "nowhere"))
    await desk.pass_time(timedelta(minutes=5))
    [at_once] = chat.texts("t-duty")
    assert "wecom/nowhere：1 条（没有渠道服务此群）" in at_once
    await desk.pass_time(timedelta(minutes=10))
    [_, later] = chat.texts("t-duty")
    assert "wecom/a：2 条（HTTP 500）" in later
    assert "张三" not in later
    assert len([event for event in await desk.events() if isinstance(event, ReplyLate)]) == 3
    assert [reply["group"] for reply in (await desk.get("/replies/manual"))["replies"]] == ["a", "a", "nowhere"]


async def test_secrets_are_in_no_event_and_no_reply(chat: ChatServer, open_desk: Open) -> None:
    file = (
        '[channels.a]\nkind = "wecom-robot"\nkey = "very-secret"\nhost = "http://127.0.0.1:1/very-secret"\ngroups = ["*/*"]\n'
    )
    desk = await open_desk(file)
    await desk.queue(desk.reply("第0001条", audience=Audience.GROUP))
    await desk.pass_time(timedelta(minutes=1))
    assert any(isinstance(event, ReplyFailed) for event in await desk.events())
    assert "very-secret" not in str(await desk.events()) + str(await desk.replies())
