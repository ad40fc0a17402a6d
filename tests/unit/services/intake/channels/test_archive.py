"""Items of WeCom's conversation archive as messages, and a recall that marks what it takes back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake import domain
from services.intake.channels.archive import Item, incoming
from services.intake.domain import MESSAGE
from shared.events.intake import MessageRecalled, MessageReceived

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
ITEM = {"msgid": "a_1", "seq": 7, "action": "send", "from": "v1", "tolist": ["o1"], "roomid": "wrx", "msgtime": 1748836800000}


def said(**change: Any) -> Any:
    return incoming(Item.model_validate(ITEM | change), "wecom", "direct", NOW)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"msgtype": "text", "text": {"content": "停水"}}, "停水"),
        ({"msgtype": "image", "image": {"sdkfileid": "x", "filesize": 3}}, "[图片]"),
        ({"msgtype": "voice", "voice": {"play_length": 3}}, "[语音]"),
        ({"msgtype": "file", "file": {"filename": "a.doc"}}, "[文件] a.doc"),
        ({"msgtype": "link", "link": {"title": "通知", "link_url": "https://x.cn"}}, "[链接] 通知 https://x.cn"),
        ({"msgtype": "location", "location": {"title": "村口", "address": "平川镇"}}, "[位置] 村口 平川镇"),
        ({"msgtype": "weapp", "weapp": {"title": "报修"}}, "[小程序] 报修"),
        ({"msgtype": "markdown", "info": {"content": "**停水**"}}, "**停水**"),
        ({"msgtype": "mixed", "mixed": {"item": [{"type": "text", "content": json.dumps({"content": "看"})}, {"type": "image", "content": "{"}]}}, "看\n[图片]"),
        ({"msgtype": "sphfeed", "sphfeed": {"feed_type": 4}}, "[sphfeed]"),
        ({"msgtype": "text", "text": 5}, ""),
    ],
)  # fmt: skip
def test_every_type_becomes_text(change: dict[str, Any], text: str) -> None:
    message = said(**change)
    assert message.text == text
    assert (message.group, message.sender, message.message_id) == ("wrx", "v1", "a_1")
    assert message.sent_at == datetime.fromtimestamp(1748836800, UTC)


def test_what_is_said_outside_a_group_has_the_group_of_the_batch() -> None:
    assert said(roomid="", msgtype="text").group == "direct"
    assert said(msgtime=0, msgtype="text").sent_at == NOW


def test_a_recall_marks_what_was_stored_once_and_nothing_else() -> None:
    received = MessageReceived(
        message="k", channel="wecom", group="g", message_id="m", person="p", sender="v", text="停水", sent_at=NOW
    )
    recall = MessageRecalled(message="k", recalled_at=NOW + timedelta(minutes=1))
    assert MESSAGE.decide(recall, MESSAGE.initial) == []
    state = MESSAGE.fold(MESSAGE.initial, [received])
    assert MESSAGE.decide(recall, state) == [recall]
    state = MESSAGE.fold(state, [recall])
    assert state == domain.Message(received, recalled_at=recall.recalled_at)
    assert MESSAGE.decide(recall, state) == MESSAGE.decide(received, state) == []
