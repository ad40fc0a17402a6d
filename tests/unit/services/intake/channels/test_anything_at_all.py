"""Whatever a caller sends, signed or not, an adapter hears messages or refuses; it never breaks.

MINSHENG_FUZZ sets how many inputs there are, an equal share for each way in, half of it signed; their number is then told as they
pass. An input that breaks an adapter is printed, cut down to what matters.
"""

import contextlib
import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.channels import Call, Heard, Refusal, archive
from tests.fakes import callbacks

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
CHANNELS = callbacks.channels().channels
KINDS = ("village-app", "robot", "ding", "lark", "ours")
INPUTS = int(os.environ.get("MINSHENG_FUZZ", "2000"))
SHARE = INPUTS // (len(KINDS) + 1)
many = settings(max_examples=SHARE // 2, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
passed: Counter[str] = Counter()
TOLD = 2000
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
    "revoke",
    "pre_msgid",
    "action",
    "roomid",
    "msgtime",
    "item",
    "info",
    "weapp",
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
half_characters = st.text(st.characters(categories=["Cs", "Lo"]), max_size=20)
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


def real(name: str) -> bytes:
    """What this chat system says on a good day."""
    who = {"message_id": "m1", "sender": "v1", "now": NOW}
    match CHANNELS[name].kind:
        case "wecom" if name == "robot":
            said: Any = {
                "msgid": "m1",
                "chatid": "c",
                "from": {"userid": "v1"},
                "msgtype": "text",
                "text": {"content": "没水了"},
            }
        case "wecom":
            return callbacks.wecom_said("没水了", **who).encode()
        case "dingtalk":
            said = callbacks.dingtalk_said("没水了", group="cid", **who)
        case "feishu":
            said = callbacks.feishu_said({"text": "没水了"}, group="oc", **who)
        case _:
            said = {
                "channel": "wecom",
                "group": "g",
                "message_id": "m1",
                "sender": "v1",
                "text": "t",
                "sent_at": NOW.isoformat(),
            }
    return json.dumps(said).encode()


def bent(raw: bytes) -> st.SearchStrategy[bytes]:
    """A real message, a piece of which was taken out and something else put there."""
    cuts = st.tuples(
        st.integers(0, len(raw)), st.integers(0, 12), st.binary(max_size=8) | st.sampled_from([b'"', b"{}", b"0", b"<", b"]]>"])
    )
    return cuts.map(lambda cut: raw[: cut[0]] + cut[2] + raw[cut[0] + cut[1] :])


def counted(name: str) -> None:
    passed[name] += 1
    if "MINSHENG_FUZZ" in os.environ and passed[name] % TOLD == 0:
        print(f"{name}: {passed[name]:,} of {SHARE:,} inputs", file=sys.__stderr__, flush=True)


def survives(name: str, call: Call) -> None:
    counted(name)
    with contextlib.suppress(Refusal):
        heard = CHANNELS[name].hear(call, NOW)
        assert isinstance(heard, Heard)
        assert orjson.dumps([media.ref for media in heard.media])  # as they are noted


@pytest.mark.parametrize("name", KINDS)
@many
@given(headers=headers, body=st.binary(max_size=300) | objects.flatmap(lambda o: st.sampled_from(forms(o))))
def test_what_strangers_send(name: str, headers: dict[str, str], body: bytes) -> None:
    survives(name, Call(headers, headers, body))


@pytest.mark.parametrize("name", KINDS)
@many
@given(data=st.data())
def test_what_is_signed(name: str, data: st.DataObject) -> None:
    anything = st.binary(max_size=200) | (objects | trees).flatmap(lambda o: st.sampled_from(forms(o)))
    survives(name, signed(name, data.draw(anything | bent(real(name)))))


@pytest.mark.parametrize("name", KINDS)
def test_numbers_and_people_that_are_nothing_but_a_nul(name: str) -> None:
    survives(name, signed(name, b'{"msgid": "\\u0000", "msgId": "\\u0000", "from": "\\u0000"}'))


@settings(many, max_examples=SHARE)
@given(said=st.dictionaries(st.sampled_from(WORDS), trees | half_characters, max_size=8))
def test_what_the_archive_holds(said: dict[str, Any]) -> None:
    counted("archive")
    with contextlib.suppress(ValidationError):
        item = archive.Item.model_validate({"msgid": "1", "action": "send", **said})
        message = archive.incoming(item, "wecom", "direct", NOW)
        assert message.model_dump_json()
