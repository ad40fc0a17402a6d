"""Which files a call says that the chat system holds, and what it wants to hear to give them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.channels import Media
from services.intake.channels.config import parsed
from shared.events.attachments import AttachmentKind
from tests.fakes import callbacks

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
CODES = {"downloadCode": "dl/Code+1==", "pictureDownloadCode": "other"}
IMAGE, VOICE, VIDEO, FILE = AttachmentKind.IMAGE, AttachmentKind.VOICE, AttachmentKind.VIDEO, AttachmentKind.FILE


def heard(name: str, call: Any, **change: Any) -> list[Media]:
    entry = parsed({"channels": {name: callbacks.CONFIGURED[name] | change}}, {}).channels[name]
    return list(entry.hear(call, NOW).media)


def app(kind: str, inner: str, **change: Any) -> list[Media]:
    head = "<xml><FromUserName>v1</FromUserName><CreateTime>1748836800</CreateTime><MsgId>1</MsgId>"
    return heard("village-app", callbacks.wecom(f"{head}<MsgType>{kind}</MsgType>{inner}</xml>", NOW), **change)


def robot(**said: Any) -> list[Media]:
    body = {"msgid": "1", "from": {"userid": "v1"}, **said}
    return heard("robot", callbacks.wecom(json.dumps(body), NOW, receiver=""))


def ding(**said: Any) -> list[Media]:
    body = callbacks.dingtalk_said("", message_id="m", sender="v", group="g", now=NOW) | {"robotCode": "r"} | said
    return heard("ding", callbacks.dingtalk(body, NOW))


def lark(kind: str, content: Any) -> list[Media]:
    said = callbacks.feishu_said(content, message_id="om_1", sender="v", group="g", now=NOW, kind=kind)
    return heard("lark", callbacks.feishu(said, NOW))


@pytest.mark.parametrize(
    ("kind", "inner", "held"),
    [
        ("image", "<PicUrl>http://p.qpic.cn/x</PicUrl><MediaId>m</MediaId>", Media(IMAGE, {"media_id": "m"})),
        ("voice", "<MediaId>m</MediaId><Format>amr</Format>", Media(VOICE, {"media_id": "m"})),
        ("video", "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>", Media(VIDEO, {"media_id": "m"})),
        ("file", "<MediaId>m</MediaId><FileName>a.pdf</FileName>", Media(FILE, {"media_id": "m"}, "a.pdf")),
    ],
)
def test_an_apps_files_are_asked_for_by_their_media_id(kind: str, inner: str, held: Media) -> None:
    assert app(kind, inner) == [held]
    assert app(kind, inner, secret="") == []  # without the app's secret nobody gives them


def test_what_has_no_file_holds_none() -> None:
    assert app("text", "<Content>x</Content><MediaId>m</MediaId>") == app("image", "") == app("location", "") == []
    assert ding(msgtype="text", text={"content": "停水了"}) == ding(msgtype="picture", content=7) == []
    assert lark("sticker", {"file_key": "k"}) == lark("image", {}) == lark("text", {"text": "x"}) == []


def test_robots_tell_where_their_files_are_and_a_smart_ones_are_sealed() -> None:
    assert robot(msgtype="image", image={"url": "https://u"}) == [Media(IMAGE, {"url": "https://u", "sealed": "1"})]
    items = [{"msgtype": "text", "text": {"content": "看"}}, {"msgtype": "image", "image": {"url": "https://u"}}]
    assert robot(msgtype="mixed", mixed={"msg_item": items}) == [Media(IMAGE, {"url": "https://u", "sealed": "1"})]
    item = "<MsgItem><MsgType>image</MsgType><Image><ImageUrl>https://u</ImageUrl></Image></MsgItem>"
    assert app("mixed", f"<MixedMessage>{item}{item}</MixedMessage>") == [Media(IMAGE, {"url": "https://u"})] * 2


def test_dingtalks_files_are_exchanged_by_the_robot_that_heard_of_them() -> None:
    ref = {"code": "dl/Code+1==", "robot": "r"}
    assert ding(msgtype="picture", content=CODES) == [Media(IMAGE, ref)]
    assert ding(msgtype="audio", content=CODES | {"recognition": "停电了"}) == [Media(VOICE, ref)]
    assert ding(msgtype="file", content=CODES | {"fileName": "名单\n.xlsx"}) == [Media(FILE, ref, "名单.xlsx")]
    rich = [{"text": "看"}, CODES | {"type": "picture"}, CODES | {"type": "picture"}]
    assert ding(msgtype="richText", content={"richText": rich}) == [Media(IMAGE, ref)] * 2


def test_feishus_files_are_asked_for_by_message_and_key() -> None:
    picture, file = ({"message": "om_1", "key": "k", "type": kind} for kind in ("image", "file"))
    assert lark("image", {"image_key": "k"}) == [Media(IMAGE, picture)]
    assert lark("audio", {"file_key": "k", "duration": 2000}) == [Media(VOICE, file)]
    assert lark("media", {"file_key": "k", "image_key": "i", "file_name": "a.mp4"}) == [Media(VIDEO, file, "a.mp4")]
    assert lark("file", {"file_key": "k", "file_name": "账单.pdf"}) == [Media(FILE, file, "账单.pdf")]
    post = [[{"tag": "text", "text": "看"}, {"tag": "img", "image_key": "k"}], [{"tag": "media", "file_key": "k"}]]
    assert lark("post", {"title": "t", "content": post}) == [Media(IMAGE, picture), Media(VIDEO, file)]
