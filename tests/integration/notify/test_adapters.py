"""Each chat system is spoken to as it publishes, and its refusals are understood."""

from collections.abc import Callable

import pytest

from services.notify.channels import Channel, Message, Rejected, Throttled, Undeliverable
from services.notify.channels.dingtalk import DingtalkRobot
from services.notify.channels.dingtalk import sign as dingtalk_sign
from services.notify.channels.feishu import FeishuRobot
from services.notify.channels.feishu import sign as feishu_sign
from services.notify.channels.http import PAUSE_SECONDS, retry_after
from services.notify.channels.wecom import WecomApp, WecomRobot
from tests.fakes.chat import SECRET, ChatServer

HELLO = Message("r1", "【民声】诉求已受理。")


def open_one(chat: ChatServer, name: str) -> Channel:
    match name:
        case "wecom":
            return WecomRobot("key-1", host=chat.url)
        case "app":
            return WecomApp("ww1", SECRET, 1000002, "zhangsan|lisi", host=chat.url)
        case "dingtalk":
            return DingtalkRobot("t1", SECRET, host=chat.url)
        case _:
            return FeishuRobot("t1", SECRET, host=chat.url)


async def test_every_system_takes_a_message_signed_as_it_wants(chat: ChatServer) -> None:
    for name in ("wecom", "app", "dingtalk", "feishu"):
        channel = open_one(chat, name)
        assert await channel.send(HELLO)
        await channel.close()
    assert chat.texts() == [HELLO.text] * 4


@pytest.mark.parametrize("name", ["wecom", "app", "dingtalk", "feishu"])
async def test_every_system_s_refusals_are_understood(chat: ChatServer, name: str) -> None:
    channel = open_one(chat, name)
    chat.faults = ["throttled", "429", "500", "reset", "silence"]
    with pytest.raises(Throttled) as throttled:
        await channel.send(HELLO)
    assert throttled.value.seconds >= 10
    with pytest.raises(Throttled) as throttled:
        await channel.send(HELLO)
    assert throttled.value.seconds == 7
    with pytest.raises(Rejected, match="500"):
        await channel.send(HELLO)
    for _ in range(2):
        with pytest.raises(Exception) as trouble:  # noqa: PT011 - whatever the network says
            await channel.send(HELLO)
        assert not isinstance(trouble.value, Undeliverable)
    assert await channel.send(HELLO)
    await channel.close()


async def trouble_of(channel: Channel, message: Message = HELLO) -> Exception:
    """What the channel raises."""
    try:
        with pytest.raises((Rejected, Undeliverable, Throttled)) as raised:
            await channel.send(message)
        return raised.value
    finally:
        await channel.close()


@pytest.mark.parametrize(
    ("channel", "message", "kind", "words"),
    [
        (lambda url: WecomRobot("wrong", host=url), HELLO, Rejected, "93000 invalid webhook url"),
        (lambda url: WecomRobot("key-1", host=url), Message("r1", "长" * 683), Undeliverable, "40058"),
        (lambda url: WecomApp("ww1", "wrong", 1, "a", host=url), HELLO, Rejected, "40001"),
        (lambda url: DingtalkRobot("t1", "wrong", host=url), HELLO, Rejected, "310000 sign not match"),
        (lambda url: DingtalkRobot("gone", SECRET, host=url), HELLO, Rejected, "300001"),
        (lambda url: FeishuRobot("t1", "wrong", host=url), HELLO, Rejected, "19021"),
    ],
)
async def test_a_wrong_key_is_the_channels_trouble_and_a_text_too_long_is_the_messages(
    chat: ChatServer, channel: Callable[[str], Channel], message: Message, kind: type[Exception], words: str
) -> None:
    trouble = await trouble_of(channel(chat.url), message)
    assert type(trouble) is kind
    assert words in str(trouble)


async def test_an_access_token_is_kept_and_renewed_when_it_is_withdrawn(chat: ChatServer) -> None:
    app = WecomApp("ww1", SECRET, 1000002, "zhangsan", host=chat.url)
    for _ in range(3):
        await app.send(HELLO)
    assert chat.tokens == 1
    chat.token = "withdrawn"
    await app.send(HELLO)
    assert chat.tokens == 2
    assert len(chat.heard) == 4
    await app.close()


async def test_only_urgent_messages_call_people_by_name(chat: ChatServer) -> None:
    robot = WecomRobot("key-1", mention=("@all",), host=chat.url)
    await robot.send(HELLO)
    await robot.send(Message("r2", "漏电了", urgent=True))
    await robot.close()
    assert [heard.body["text"].get("mentioned_mobile_list") for heard in chat.heard] == [None, ["@all"]]


def test_signatures_are_those_openssl_makes() -> None:
    assert dingtalk_sign("this is secret", 1577262236757) == "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    assert feishu_sign("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


def test_retry_after_is_seconds_or_a_date_and_else_a_minute() -> None:
    assert retry_after("7") == 7
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") == PAUSE_SECONDS
    assert retry_after(None) == PAUSE_SECONDS
