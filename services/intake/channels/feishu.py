"""Feishu (飞书): event subscription 2.0, bodies sealed with the Encrypt Key and signed with it.

Feishu verifies the address with a sealed but unsigned challenge. That one path unseals words nobody has signed, so whatever is
wrong on it is answered alike: an answer that told bad padding from bad words would help to break the seal.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, Self

import orjson
from pydantic import SecretStr, model_validator

from services.intake.channels import SKEW, Address, Call, Entry, Heard, Media, Once, Reason, Refusal
from services.intake.channels.checks import encoded, from_base64, open_cbc, require_recent, require_signature
from services.intake.channels.words import Tree, held, incoming, inner_json, json_tree, mark, moment
from services.intake.storing import ChannelName, Incoming
from shared.channel_files import MaybeSecret, Secret

BLOCK = IV = 16
MESSAGE = "im.message.receive_v1"
HOST = "https://open.feishu.cn"


class Feishu(Entry):
    """One application. The Encrypt Key is required: without it Feishu signs nothing."""

    kind: Literal["feishu"]
    channel: ChannelName = "feishu"
    verification_token: Secret
    encrypt_key: Secret
    app_id: str = ""
    app_secret: MaybeSecret = SecretStr("")
    """with both, the files of its messages are fetched; without, they stay marks"""
    host: Address = HOST

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.app_id) != bool(self.app_secret.get_secret_value()):
            raise ValueError("app_id and app_secret belong together")
        return self

    def hear(self, call: Call, now: datetime) -> Heard:
        if "x-lark-signature" not in call.headers:
            return self._challenged(call)
        stamp, nonce = call.headers.get("x-lark-request-timestamp", ""), call.headers.get("x-lark-request-nonce", "")
        signed = encoded(stamp + nonce + self.encrypt_key.get_secret_value()) + call.body
        require_signature(call.headers["x-lark-signature"], expected=hashlib.sha256(signed).hexdigest())
        require_recent(stamp, now, SKEW)
        opened = self._open(call.body)
        said = json_tree(opened)
        require_signature(said.text("header", "token"), expected=self.verification_token.get_secret_value())
        digest = hashlib.sha256(opened).digest()
        once = Once(f"{stamp}.{nonce}", digest)
        if said.text("header", "event_type") != MESSAGE:
            return Heard((), (), once, b"{}", "application/json")
        media = tuple(files(said.at("event", "message"))) if self.app_id else ()
        return Heard((self._message(said, digest, now),), media, once, b"{}", "application/json")

    def _challenged(self, call: Call) -> Heard:
        try:
            said = json_tree(self._open(call.body))
            require_signature(said.text("type"), expected="url_verification")
            require_signature(said.text("token"), expected=self.verification_token.get_secret_value())
        except Refusal:
            raise Refusal(Reason.SIGNATURE, "没有签名，也不是飞书的地址验证") from None
        return Heard(answer=orjson.dumps({"challenge": said.text("challenge")}), media_type="application/json")

    def _open(self, body: bytes) -> bytes:
        sealed = from_base64(json_tree(body).text("encrypt"))
        key = hashlib.sha256(self.encrypt_key.get_secret_value().encode()).digest()
        return open_cbc(key, sealed[:IV], sealed[IV:], block=BLOCK)

    def _message(self, said: Tree, digest: bytes, now: datetime) -> Incoming:
        message, sender = said.at("event", "message"), said.at("event", "sender", "sender_id")
        return incoming(
            self,
            group=message.text("chat_id") if message.text("chat_type") != "p2p" else "",
            message_id=message.text("message_id"),
            digest=digest,
            sender=sender.text("open_id") or sender.text("user_id"),
            text=words(message),
            sent_at=moment(message.text("create_time"), now, milliseconds=True),
            reply_to=message.text("parent_id"),
        )


def words(message: Tree) -> str:
    """A message as text, with people's names where Feishu writes placeholders."""
    kind, content = message.text("message_type"), inner_json(message.text("content"))
    match kind:
        case "text":
            names = {mention.text("key"): mention.text("name") for mention in message.items("mentions")}
            return re.sub(r"@_user_\d+", lambda key: f"@{names.get(key[0]) or '某人'}", content.text("text"))
        case "post":
            lines = ["".join(_part(part) for part in line.items()) for line in content.items("content")]
            return "\n".join([*filter(None, [content.text("title")]), *lines])
        case "file":
            return mark(kind, content.text("file_name"))
        case "location":
            return mark(kind, content.text("name"))
        case _:
            return mark(kind)


def _part(part: Tree) -> str:
    match tag := part.text("tag"):
        case "text" | "md":
            return part.text("text")
        case "at":
            return f"@{part.text('user_name') or '某人'}"
        case "a":
            return f"{part.text('text')} {part.text('href')}"
        case _:
            return mark(tag)


def files(message: Tree) -> Iterator[Media]:
    """The files of a message. A video comes with a picture of its own, which is not fetched."""
    kind, content = message.text("message_type"), inner_json(message.text("content"))
    parts = [part for line in content.items("content") for part in line.items()] if kind == "post" else []
    for shown, part in [(part.text("tag"), part) for part in parts] or [(kind, content)]:
        picture = shown in ("image", "img")
        key = part.text("image_key") if picture else part.text("file_key")
        ref = {"message": message.text("message_id"), "key": key, "type": "image" if picture else "file"}
        yield from held(shown, ref, part.text("file_name"))
