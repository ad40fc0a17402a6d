"""DingTalk, Feishu and the signed webhook: their messages as text, their quotes, and everything that is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as Library

from services.intake.channels import Adapter, Call, Heard, Reason, Refusal
from services.intake.channels.feishu import Feishu
from services.intake.channels.webhook import Webhook
from tests.fakes import callbacks

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
IN_OURS = {"channel": "wecom", "group": "g", "message_id": "m", "sender": "v", "text": "停水", "sent_at": NOW.isoformat()}


def entry(name: str) -> Adapter:
    return callbacks.channels().channels[name]


def reason(name: str, call: Call, now: datetime = NOW) -> Reason:
    with pytest.raises(Refusal) as refused:
        entry(name).hear(call, now)
    return refused.value.reason


def ding(now: datetime = NOW, **change: Any) -> Heard:
    said = callbacks.dingtalk_said("停水了", message_id="m1", sender="v1", group="cid1", now=now) | change
    return entry("ding").hear(callbacks.dingtalk(said, now), now)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "停水了"),
        ({"msgtype": "picture", "content": {"downloadCode": "c"}}, "[图片]"),
        ({"msgtype": "audio", "content": {"recognition": "停电了"}}, "[语音] 停电了"),
        ({"msgtype": "file", "content": {"fileName": "名单.xlsx"}}, "[文件] 名单.xlsx"),
        ({"msgtype": "richText", "content": {"richText": [{"text": "看这里"}, {"type": "picture"}]}}, "看这里\n[图片]"),
        ({"msgtype": "video", "content": 7}, "[视频]"),
        ({"text": {"content": "已修好", "isReplyMsg": True, "repliedMsg": {"content": {"text": "灯不亮"}}}}, "「灯不亮」\n- - - - - - - - - - - - - - -\n已修好"),
    ],
)  # fmt: skip
def test_dingtalks_messages_become_text(change: dict[str, Any], text: str) -> None:
    heard = ding(**change)
    [message] = heard.messages
    assert message.text == text
    assert (message.channel, message.group, message.sender, message.message_id) == ("dingtalk", "cid1", "v1", "m1")
    assert message.sent_at == NOW
    assert heard.answer == b"{}"


def test_dingtalk_names_the_message_it_quotes_and_single_chats_have_the_configured_group() -> None:
    [quoting] = ding(
        text={"content": "收到", "isReplyMsg": True, "repliedMsg": {"msgId": "m0", "content": {"text": "灯"}}}
    ).messages
    assert (quoting.reply_to, quoting.text) == ("m0", "收到")
    [alone] = ding(conversationType="1").messages
    assert alone.group == "direct"


def test_dingtalks_signature_and_time() -> None:
    call = callbacks.dingtalk({"msgtype": "text"}, NOW)
    assert reason("ding", callbacks.dingtalk({}, NOW, secret="other")) is Reason.SIGNATURE
    assert reason("ding", replace(call, headers={})) is Reason.SIGNATURE
    assert reason("ding", call, NOW + timedelta(minutes=61)) is Reason.TIMESTAMP
    for body in (b"", b"[]", b"{", b'{"a": "\xff"}', b'"x"', b"[" * 5000):
        assert reason("ding", callbacks.dingtalk(body, NOW)) is Reason.BODY


def lark(content: Any, kind: str = "text", **more: Any) -> Heard:
    said = callbacks.feishu_said(content, message_id="om_1", sender="ou_1", group="oc_1", now=NOW, kind=kind, **more)
    return entry("lark").hear(callbacks.feishu(said, NOW), NOW)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text", {"text": "@_user_1 停水了 @_user_9"}, "@王主任 停水了 @某人"),
        ("image", {"image_key": "k"}, "[图片]"),
        ("audio", {"file_key": "k"}, "[语音]"),
        ("file", {"file_name": "a.pdf"}, "[文件] a.pdf"),
        ("location", {"name": "村口"}, "[位置] 村口"),
        ("post", {"title": "反映", "content": [[{"tag": "text", "text": "路"}, {"tag": "img"}], [{"tag": "at", "user_name": "李"}]]}, "反映\n路[图片]\n@李"),
        ("post", {"content": [[{"tag": "a", "text": "通知", "href": "https://x.cn"}]]}, "通知 https://x.cn"),
        ("text", "not an object", ""),
    ],
)  # fmt: skip
def test_feishus_messages_become_text(kind: str, content: Any, text: str) -> None:
    [message] = lark(content, kind, mentions=[{"key": "@_user_1", "name": "王主任"}], parent_id="om_0").messages
    assert message.text == text
    assert (message.group, message.sender, message.message_id, message.reply_to) == ("oc_1", "ou_1", "om_1", "om_0")


def test_feishus_published_example_opens() -> None:
    challenge = {"type": "url_verification", "challenge": "ajls384k", "token": callbacks.VERIFICATION}
    heard = entry("lark").hear(Call({}, {}, callbacks.feishu_sealed(json.dumps(challenge))), NOW)
    assert heard.answer == b'{"challenge":"ajls384k"}'
    sample = Call({}, {}, b'{"encrypt": "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="}')
    published = Feishu.model_validate({"kind": "feishu", "verification_token": "x", "encrypt_key": "test key"})
    assert published._open(sample.body) == b"hello world"


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[", b'{"encrypt": "AAAA"}', callbacks.feishu_sealed("no json"), callbacks.feishu_sealed("{}", "other key"),
        callbacks.feishu_sealed('{"type": "url_verification", "token": "wrong", "challenge": "c"}'),
        json.dumps({"type": "url_verification", "token": callbacks.VERIFICATION, "challenge": "c"}).encode(),
    ],
    ids=["empty", "cut", "too short", "no JSON within", "another's key", "wrong token", "open, though sealed is agreed"],
)  # fmt: skip
def test_unsigned_bodies_of_feishu_are_all_refused_alike(body: bytes) -> None:
    assert reason("lark", Call({}, {}, body)) is Reason.SIGNATURE


def test_feishus_signature_token_and_other_events() -> None:
    said = callbacks.feishu_said({"text": "x"}, message_id="m", sender="s", group="g", now=NOW)
    call = callbacks.feishu(said, NOW)
    assert reason("lark", replace(call, body=call.body + b" ")) is Reason.SIGNATURE
    assert reason("lark", callbacks.feishu(said, NOW, key="other")) is Reason.SIGNATURE
    assert reason("lark", call, NOW + timedelta(minutes=61)) is Reason.TIMESTAMP
    assert reason("lark", callbacks.feishu(b"\xff", NOW)) is Reason.BODY
    assert reason("lark", callbacks.feishu({**said, "header": {"token": "wrong"}}, NOW)) is Reason.SIGNATURE
    other = {"header": {"event_type": "im.chat.updated_v1", "token": callbacks.VERIFICATION}}
    assert entry("lark").hear(callbacks.feishu(other, NOW), NOW).messages == ()


def test_either_key_of_a_webhook_opens_and_the_librarys_signature_is_ours() -> None:
    for key in (callbacks.OLD_KEY, callbacks.NEW_KEY):
        [message] = entry("ours").hear(callbacks.webhook(IN_OURS, NOW, key=key, others="v1,xx v2,yy v1a,zz "), NOW).messages
        assert message.text == "停水"
        body = json.dumps(IN_OURS)
        signed = {"webhook-id": "i", "webhook-timestamp": str(int(NOW.timestamp()))}
        signed["webhook-signature"] = Library(key).sign("i", NOW, body)
        assert entry("ours").hear(Call(signed, {}, body.encode()), NOW).messages == (message,)


def test_a_webhook_may_carry_a_list_and_speaks_for_its_own_channel_only() -> None:
    two = [IN_OURS, IN_OURS | {"message_id": "m2"}]
    assert len(entry("ours").hear(callbacks.webhook(two, NOW), NOW).messages) == 2
    assert reason("ours", callbacks.webhook(IN_OURS | {"channel": "feishu"}, NOW)) is Reason.RECEIVER
    anybody = Webhook.model_validate({"kind": "webhook", "secrets": [callbacks.OLD_KEY]})
    assert anybody.hear(callbacks.webhook(IN_OURS | {"channel": "feishu"}, NOW), NOW).messages


def test_a_webhooks_signature_time_and_body() -> None:
    call = callbacks.webhook(IN_OURS, NOW)
    assert reason("ours", replace(call, body=call.body + b" ")) is Reason.SIGNATURE
    assert reason("ours", replace(call, headers=dict(call.headers) | {"webhook-id": "other"})) is Reason.SIGNATURE
    assert reason("ours", callbacks.webhook(IN_OURS, NOW, call_id="")) is Reason.SIGNATURE
    assert reason("ours", Call({}, {}, call.body)) is Reason.SIGNATURE
    assert reason("ours", call, NOW + timedelta(seconds=301)) is Reason.TIMESTAMP
    assert entry("ours").hear(call, NOW + timedelta(seconds=299)).messages
    for body in (b"", b"[]", b"\xff", b"{}", json.dumps(IN_OURS | {"text": None}).encode()):
        assert reason("ours", callbacks.webhook(body, NOW)) is Reason.BODY
