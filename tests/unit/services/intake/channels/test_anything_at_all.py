"""Whatever a caller sends, signed or not, an adapter hears messages or refuses; it never breaks.

MINSHENG_FUZZ sets how many inputs each adapter is given, half of them signed.
"""

import contextlib
import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.intake.channels import Call, Heard, Refusal
from tests.fakes import callbacks

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
CHANNELS = callbacks.channels().channels
KINDS = ("village-app", "ding", "lark", "ours")
many = settings(
    max_examples=int(os.environ.get("MINSHENG_FUZZ", "2000")) // 2, deadline=None, suppress_health_check=list(HealthCheck)
)
HEADERS = (
    "timestamp", "sign", "x-lark-signature", "x-lark-request-timestamp", "x-lark-request-nonce", "webhook-id",
    "webhook-timestamp", "webhook-signature", "msg_signature", "nonce", "echostr",
)  # fmt: skip
WORDS = [
    "msgtype",
    "text",
    "content",
    "from",
    "userid",
    "chatid",
    "msgid",
    "quote",
    "mixed",
    "msg_item",
    "link",
    "title",
    "url",
    "voice",
    "image",
    "fromusername",
    "createtime",
    "create_time",
    "conversationId",
    "conversationType",
    "msgId",
    "senderStaffId",
    "senderId",
    "createAt",
    "repliedMsg",
    "richText",
    "header",
    "event",
    "token",
    "event_type",
    "message",
    "message_id",
    "message_type",
    "chat_id",
    "mentions",
    "key",
    "name",
    "parent_id",
    "sender",
    "sender_id",
    "open_id",
    "encrypt",
    "type",
    "challenge",
    "msgItem",
    "mixedmessage",
    "channel",
    "group",
    "sent_at",
]
VALUES = st.sampled_from([
    "text", "image", "mixed", "richText", "post", "im.message.receive_v1", callbacks.VERIFICATION, "url_verification", "1", "2",
    "99999999999999999999", "-1", '{"text": "@_user_1"}', '{"content": [[{"tag": "at"}], 3, [[]]]}', "\x00", "」",
])  # fmt: skip
leaves = (
    VALUES | st.text(max_size=40) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=6), max_leaves=12
)  # fmt: skip
objects = st.dictionaries(st.sampled_from(WORDS), trees, max_size=8)
headers = st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=30) | st.from_regex(r"[0-9]{1,20}", fullmatch=True))


def as_xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{k}>{as_xml(v)}</{k}>" for k, v in value.items() if k.isidentifier() and k.isascii())
    if isinstance(value, list):
        return "".join(as_xml(v) for v in value)
    return str(value)


def forms(value: Any) -> list[bytes]:
    return [json.dumps(value).encode(), f"<xml>{as_xml(value)}</xml>".encode("utf-8", "replace")]


def signed(name: str, raw: bytes) -> Call:
    match CHANNELS[name].kind:
        case "wecom":
            return callbacks.wecom(raw, NOW, receiver=str(callbacks.CONFIGURED[name]["corp_id"]))
        case "dingtalk":
            return callbacks.dingtalk(raw, NOW)
        case "feishu":
            return callbacks.feishu(raw, NOW)
        case _:
            return callbacks.webhook(raw, NOW)


def survives(name: str, call: Call) -> None:
    with contextlib.suppress(Refusal):
        assert isinstance(CHANNELS[name].hear(call, NOW), Heard)


@pytest.mark.parametrize("name", KINDS)
@many
@given(headers=headers, body=st.binary(max_size=300) | objects.flatmap(lambda o: st.sampled_from(forms(o))))
def test_what_strangers_send(name: str, headers: dict[str, str], body: bytes) -> None:
    survives(name, Call(headers, headers, body))


@pytest.mark.parametrize("name", KINDS)
@many
@example(said=b'{"msgid": "\\u0000", "msgId": "\\u0000", "from": "\\u0000"}')
@given(said=st.binary(max_size=200) | (objects | trees).flatmap(lambda o: st.sampled_from(forms(o))))
def test_what_is_signed(name: str, said: bytes) -> None:
    survives(name, signed(name, said))
