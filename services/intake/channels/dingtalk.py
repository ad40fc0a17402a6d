"""DingTalk (钉钉): what is said to a robot, posted as JSON with `timestamp` and `sign` in the headers.

The signature covers the millisecond alone, not the words: two villagers may share one by chance, and who could read a call on
its way could put other words under it for an hour. So an https address is a must, and only a few different words may come
under one signature; refusing the second would now and then silence the slower of two villagers.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from services.intake.channels import SKEW, Address, Call, Entry, Heard, Media, Once
from services.intake.channels.checks import encoded, require_recent, require_signature
from services.intake.channels.words import Tree, held, incoming, json_tree, mark, moment, quoting
from services.intake.storing import ChannelName, Incoming
from shared.channel_files import Secret

SAME_MILLISECOND = 4
HOST = "https://api.dingtalk.com"


class DingTalk(Entry):
    """One robot; its secret is the application's AppSecret."""

    kind: Literal["dingtalk"]
    channel: ChannelName = "dingtalk"
    app_secret: Secret
    app_key: str = ""
    """the application's AppKey, with which its files are fetched; without it they stay marks"""
    host: Address = HOST

    def hear(self, call: Call, now: datetime) -> Heard:
        stamp, sign = call.headers.get("timestamp", ""), call.headers.get("sign", "")
        secret = self.app_secret.get_secret_value()
        expected = hmac.digest(secret.encode(), encoded(f"{stamp}\n{secret}"), "sha256")
        require_signature(sign, expected=base64.b64encode(expected).decode())
        require_recent(stamp, now, SKEW, milliseconds=True)
        digest = hashlib.sha256(call.body).digest()
        said = json_tree(call.body)
        media = tuple(files(said)) if self.app_key else ()
        return Heard(
            (self._message(said, digest, now),), media, Once(stamp, digest, SAME_MILLISECOND), b"{}", "application/json"
        )

    def _message(self, said: Tree, digest: bytes, now: datetime) -> Incoming:
        replied = said.at("text", "repliedMsg")
        quoted = replied.text("msgId") or said.text("originalMsgId")
        text = words(said, said.text("msgtype"))
        return incoming(
            self,
            group=said.text("conversationId") if said.text("conversationType") == "2" else "",
            message_id=said.text("msgId"),
            digest=digest,
            sender=said.text("senderStaffId") or said.text("senderId"),
            text=text if quoted or not replied.is_object else quoting(replied.text("content", "text"), text),
            sent_at=moment(said.text("createAt"), now, milliseconds=True),
            reply_to=quoted,
        )


def words(said: Tree, kind: str) -> str:
    """A message as text."""
    content = said.at("content")
    match kind:
        case "text":
            return said.text("text", "content")
        case "richText":
            return "\n".join(part.text("text") or mark(part.text("type")) for part in content.items("richText"))
        case "audio":
            return mark(kind, content.text("recognition"))
        case "file":
            return mark(kind, content.text("fileName"))
        case "link":
            return mark(kind, content.text("title"), content.text("messageUrl"))
        case _:
            return mark(kind)


def files(said: Tree) -> Iterator[Media]:
    """The files of a message, each by its code, which only the robot that heard it may exchange."""
    kind, content, robot = said.text("msgtype"), said.at("content"), said.text("robotCode")
    for part in content.items("richText") if kind == "richText" else ():
        yield from _held(part.text("type"), part, robot)
    yield from _held(kind, content, robot)


def _held(kind: str, content: Tree, robot: str) -> Iterator[Media]:
    ref = {"code": content.text("downloadCode")} | ({"robot": robot} if robot else {})
    return held(kind, ref, content.text("fileName"))
