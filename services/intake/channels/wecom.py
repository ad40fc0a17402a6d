"""WeCom (企业微信): the callback of an app, a group robot (XML) or a smart robot (JSON), its words sealed with AES.

WeCom wants an answer within 5 s (1 s when it verifies the address) and calls up to three times with the same MsgId. See
developer.work.weixin.qq.com, documents 90930, 91144, 91770, 101033. The signature covers the sealed words, and nothing is
unsealed before it is right.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr

from services.intake.channels import SKEW, Address, Call, Entry, Heard, Media, Once, Reason, Refusal
from services.intake.channels.checks import encoded, from_base64, open_cbc, require_recent, require_signature
from services.intake.channels.words import Tree, held, incoming, json_tree, mark, moment, quoting, xml_tree
from services.intake.storing import ChannelName, Incoming
from shared.channel_files import MaybeSecret, Secret

BLOCK = 32
NOISE = 16
"""random bytes in front of every message"""
SAYS_NOTHING = {"event", "stream"}
"""somebody opened the app, or a smart robot is asked how far its answer is"""
HOST = "https://qyapi.weixin.qq.com"


def _aes_key(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}", secret.get_secret_value()):
        raise ValueError("must be the EncodingAESKey, 43 letters and digits")
    return secret


class WeCom(Entry):
    """One app or robot of a corporation. A smart robot's words are sealed for nobody: its `corp_id` is empty."""

    kind: Literal["wecom"]
    channel: ChannelName = "wecom"
    token: Secret
    aes_key: Annotated[Secret, AfterValidator(_aes_key)]
    corp_id: str
    secret: MaybeSecret = SecretStr("")
    """the app's Secret, with which its files are fetched; without it they stay marks. A robot's need none"""
    host: Address = HOST

    def verify(self, call: Call, now: datetime) -> Heard:
        """WeCom asks whether the address is ours: it is told what its `echostr` holds."""
        return Heard(answer=self._open(call, call.query.get("echostr", ""), now))

    def hear(self, call: Call, now: datetime) -> Heard:
        outer = _tree(call.body)
        opened = self._open(call, outer.text("encrypt"), now)
        digest = hashlib.sha256(opened).digest()
        said = _tree(opened)
        heard = self._message(said, digest, now)
        media = tuple(files(said, by_id=bool(self.secret.get_secret_value()))) if heard else ()
        return Heard((heard,) if heard else (), media, Once(f"{call.query['timestamp']}.{call.query['nonce']}", digest))

    def _open(self, call: Call, sealed: str, now: datetime) -> bytes:
        stamp, nonce = call.query.get("timestamp", ""), call.query.get("nonce", "")
        signed = "".join(sorted([self.token.get_secret_value(), stamp, nonce, sealed]))
        expected = hashlib.sha1(encoded(signed), usedforsecurity=False).hexdigest()  # WeCom's choice, not ours
        require_signature(call.query.get("msg_signature", ""), expected=expected)
        require_recent(stamp, now, SKEW)
        key = base64.b64decode(self.aes_key.get_secret_value() + "=")
        plain = open_cbc(key, key[:16], from_base64(sealed), block=BLOCK)[NOISE:]
        end = 4 + int.from_bytes(plain[:4])
        if len(plain) < 4 or end > len(plain):
            raise Refusal(Reason.CIPHER, "密文的长度不对")
        if not hmac.compare_digest(plain[end:], self.corp_id.encode()):
            raise Refusal(Reason.RECEIVER, "消息的接收方不是配置的企业")
        return plain[4:end]

    def _message(self, said: Tree, digest: bytes, now: datetime) -> Incoming | None:
        kind = said.text("msgtype")
        if kind in SAYS_NOTHING:
            return None
        quote = said.at("quote")
        return incoming(
            self,
            group=said.text("chatid"),
            message_id=said.text("msgid"),
            digest=digest,
            sender=said.text("fromusername") or said.text("from", "userid"),
            text=quoting(words(quote, quote.text("msgtype")), words(said, kind)) if quote.is_object else words(said, kind),
            sent_at=moment(said.text("createtime") or said.text("create_time"), now),
        )


def _tree(raw: bytes) -> Tree:
    return json_tree(raw) if raw.lstrip()[:1] == b"{" else xml_tree(raw)


def words(said: Tree, kind: str) -> str:
    """A message of any of WeCom's forms as text: an app's fields stand beside the type, a robot's within one named like it."""
    own = said.at(kind)
    match kind:
        case "text" | "markdown":
            return said.text("content") or own.text("content")
        case "voice":
            return mark(kind, said.text("recognition") or own.text("content"))
        case "link":
            link = own if own.is_object else said
            return mark(kind, link.text("title"), link.text("url") or link.text("link_url"))
        case "location":
            return mark(kind, said.text("label") or own.text("title"), own.text("address"))
        case "file":
            return mark(kind, said.text("filename") or own.text("filename"))
        case "mixed":
            items = said.items("mixed", "msg_item") + said.items("mixedmessage", "msgitem")
            return "\n".join(words(item, item.text("msgtype")) for item in items if item.text("msgtype") != "mixed")
        case _:
            return mark(kind)


def files(said: Tree, *, by_id: bool) -> Iterator[Media]:
    """The files of a message: an app's have a media id, a smart robot's a sealed address, a group robot's picture an open one."""
    kind = said.text("msgtype")
    for item in said.items("mixed", "msg_item") + said.items("mixedmessage", "msgitem") if kind == "mixed" else ():
        if item.text("msgtype") != "mixed":
            yield from files(item, by_id=by_id)
    name, own = said.text("filename") or said.text(kind, "filename"), said.at(kind)
    if by_id and said.text("mediaid"):
        yield from held(kind, {"media_id": said.text("mediaid")}, name)
    elif own.text("url") and kind in ("image", "file", "video"):
        yield from held(kind, {"url": own.text("url"), "sealed": "1"}, name)
    elif own.text("imageurl"):
        yield from held(kind, {"url": own.text("imageurl")})
