"""WeCom's callback: its own sample, another implementation as a judge, every form of message, and everything that is refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from services.intake.channels import Call, Reason, Refusal
from services.intake.channels.wecom import WeCom
from services.intake.storing import Incoming
from tests.fakes.callbacks import AES_KEY, CONFIGURED, CORP, TOKEN, channels, wecom, wecom_query, wecom_said, wecom_sealed

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
SAMPLE_TIME = datetime.fromtimestamp(1409659813, UTC)
ECHOSTR = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
ENCRYPT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUk"
    "SUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekU"
    "NXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rU"
    "PA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+"
    "qN+E7Q=="
)


@pytest.fixture
def app() -> WeCom:
    entry = channels().find("wecom", "village-app")
    assert isinstance(entry, WeCom)
    return entry


@pytest.fixture
def robot() -> WeCom:
    entry = channels().find("wecom", "robot")
    assert isinstance(entry, WeCom)
    return entry


def xml(kind: str, inner: str, message_id: str = "42") -> str:
    return (
        f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>v1</FromUserName><CreateTime>{int(NOW.timestamp())}</CreateTime>"
        f"<MsgType>{kind}</MsgType>{inner}<MsgId>{message_id}</MsgId><AgentID>1</AgentID></xml>"
    )


def only(entry: WeCom, message: str) -> Incoming:
    [heard] = entry.hear(wecom(message, NOW, receiver=entry.corp_id), NOW).messages
    return heard


def reason(entry: WeCom, call: Call, now: datetime = NOW) -> Reason:
    with pytest.raises(Refusal) as refused:
        entry.hear(call, now)
    return refused.value.reason


def test_wecoms_own_sample_of_a_verified_address(app: WeCom) -> None:
    query = {
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "timestamp": "1409659589", "nonce": "263014780",
        "echostr": ECHOSTR,
    }  # fmt: skip
    heard = app.verify(Call({}, query), SAMPLE_TIME)
    assert heard.answer == WeChatCrypto(TOKEN, AES_KEY, CORP).check_signature(*query.values()).encode()
    assert heard.answer == b"1616140317555161061"


def test_wecoms_own_sample_of_a_message(app: WeCom) -> None:
    query = {"msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6", "timestamp": "1409659813", "nonce": "1372623149"}
    body = f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt><AgentID><![CDATA[218]]></AgentID></xml>"
    heard = app.hear(Call({}, query, body.encode()), SAMPLE_TIME)
    assert heard.answer == b""
    [message] = heard.messages
    assert message == Incoming(
        channel="wecom", group="app", message_id="4561255354251345929", sender="mycreate", text="hello", sent_at=SAMPLE_TIME
    )


def test_another_implementation_seals_what_we_open(app: WeCom) -> None:
    sealed = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(xml("text", "<Content>停水了</Content>"), "n9", "1748836800")
    encrypt = sealed.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    signature = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    call = Call({}, {"msg_signature": signature, "timestamp": "1748836800", "nonce": "n9"}, sealed.encode())
    assert encrypt
    [message] = app.hear(call, NOW).messages
    assert message.text == "停水了"


@pytest.mark.parametrize(
    ("kind", "inner", "text"),
    [
        ("text", "<Content><![CDATA[家里停水 <三天>]]></Content>", "家里停水 <三天>"),
        ("image", "<PicUrl>http://x</PicUrl><MediaId>m</MediaId>", "[图片]"),
        ("voice", "<MediaId>m</MediaId><Format>amr</Format>", "[语音]"),
        ("voice", "<MediaId>m</MediaId><Recognition>停水了</Recognition>", "[语音] 停水了"),
        ("video", "<MediaId>m</MediaId>", "[视频]"),
        ("link", "<Title>通知</Title><Description>d</Description><Url>https://x.cn/1</Url>", "[链接] 通知 https://x.cn/1"),
        ("location", "<Location_X>1</Location_X><Label>村口</Label>", "[位置] 村口"),
        ("hologram", "", "[hologram]"),
    ],
)
def test_an_apps_messages_become_text(app: WeCom, kind: str, inner: str, text: str) -> None:
    message = only(app, xml(kind, inner))
    assert (message.text, message.group, message.sender, message.sent_at) == (text, "app", "v1", NOW)


def test_an_event_says_nothing_and_is_answered(app: WeCom) -> None:
    heard = app.hear(wecom(xml("event", "<Event>enter_agent</Event>"), NOW), NOW)
    assert (heard.messages, heard.answer) == ((), b"")


def test_a_group_robot_names_the_chat_and_the_sender(app: WeCom) -> None:
    said = (
        "<xml><WebhookUrl>https://x</WebhookUrl><ChatId>wrk1</ChatId><ChatType>group</ChatType><From><UserId>T1</UserId>"
        "<Name>张三</Name></From><MsgType>mixed</MsgType><MixedMessage><MsgItem><MsgType>text</MsgType><Text><Content>看</Content>"
        "</Text></MsgItem><MsgItem><MsgType>image</MsgType><Image><ImageUrl>u</ImageUrl></Image></MsgItem></MixedMessage>"
        "<MsgId>CAEQ</MsgId></xml>"
    )
    message = only(app, said)
    assert (message.group, message.sender, message.message_id, message.text) == ("wrk1", "T1", "CAEQ", "看\n[图片]")
    assert message.sent_at == NOW


def test_a_smart_robots_quote_is_written_as_people_paste_one(robot: WeCom) -> None:
    said = {
        "msgid": "CAIQ", "aibotid": "b", "chatid": "wrk2", "chattype": "group", "from": {"userid": "o1"}, "msgtype": "text",
        "create_time": 1748836800, "text": {"content": "@机器人 已修好"},
        "quote": {"msgtype": "text", "text": {"content": "路灯不亮「真的」"}},
    }  # fmt: skip
    message = only(robot, json.dumps(said))
    assert (message.group, message.sender) == ("wrk2", "o1")
    assert message.text == "「路灯不亮「真的』」\n- - - - - - - - - - - - - - -\n@机器人 已修好"


def test_what_is_too_long_is_cut_and_what_has_no_id_gets_one(app: WeCom) -> None:
    long = only(app, xml("text", f"<Content>{'长' * 20_100}</Content>"))
    assert len(long.text) <= 20_000
    assert long.text.endswith("（过长，已截）")
    nameless = xml("text", "<Content>x</Content>", message_id="")
    assert only(app, nameless).message_id == only(app, nameless).message_id != ""
    assert only(app, xml("text", "", message_id="9" * 300)).message_id.startswith("sha256:")


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", Reason.BODY),
        (b"no xml", Reason.BODY),
        (b"{no json", Reason.BODY),
        (b"\xff\xfe<xml>", Reason.BODY),
        (b"<xml><Encrypt>\xff</Encrypt></xml>", Reason.BODY),
        (b'<?xml version="1.0" encoding="klingon"?><xml/>', Reason.BODY),
        (BOMB.encode(), Reason.BODY),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>', Reason.BODY),
        (b"<xml/>", Reason.SIGNATURE),
        (b'{"encrypt": 5}', Reason.SIGNATURE),
    ],
)
def test_a_body_that_is_none_is_refused(app: WeCom, body: bytes, expected: Reason) -> None:
    assert reason(app, Call({}, {"msg_signature": "x", "timestamp": "1", "nonce": "1"}, body)) is expected


def test_a_signature_time_or_receiver_that_is_wrong_is_refused(app: WeCom) -> None:
    call = wecom(xml("text", ""), NOW)
    assert reason(app, Call({}, call.query | {"nonce": "n2"}, call.body)) is Reason.SIGNATURE
    assert reason(app, Call({}, {}, call.body)) is Reason.SIGNATURE
    assert reason(app, Call({}, call.query | {"msg_signature": "é"}, call.body)) is Reason.SIGNATURE
    assert reason(app, call, NOW + timedelta(minutes=61)) is Reason.TIMESTAMP
    assert reason(app, call, NOW - timedelta(minutes=61)) is Reason.TIMESTAMP
    assert reason(app, wecom(xml("text", ""), NOW, receiver="ww-other")) is Reason.RECEIVER
    assert reason(app, wecom(xml("text", ""), NOW, receiver="")) is Reason.RECEIVER


@pytest.mark.parametrize(
    "sealed", ["", "!!!", "AAAA", wecom_sealed("x")[:-44], ECHOSTR[:43] + "=", "密文"],
    ids=["empty", "no base64", "too short", "cut", "padded wrongly", "no ASCII"],
)  # fmt: skip
def test_a_seal_that_does_not_open_is_refused_whatever_signed_it(app: WeCom, sealed: str) -> None:
    call = Call({}, wecom_query(sealed, NOW), json.dumps({"encrypt": sealed}).encode())
    assert reason(app, call) is Reason.CIPHER


def test_a_sealed_bomb_is_refused_too(app: WeCom) -> None:
    assert reason(app, wecom(BOMB, NOW)) is Reason.BODY
    assert reason(app, wecom(b"<xml>\xff</xml>", NOW)) is Reason.BODY


def test_the_same_words_sealed_again_are_the_same_call(app: WeCom) -> None:
    said = wecom_said("停电", message_id="1", sender="v1", now=NOW)
    assert wecom(said, NOW).body != wecom(said, NOW).body
    assert app.hear(wecom(said, NOW), NOW).once == app.hear(wecom(said, NOW), NOW).once


def test_no_secret_is_shown(app: WeCom) -> None:
    assert CONFIGURED["village-app"]["token"] not in repr(app)
    assert AES_KEY not in repr(app) + app.model_dump_json()
