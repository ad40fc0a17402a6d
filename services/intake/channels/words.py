"""Somebody else's JSON or XML turned into a message: nothing in it is certain, and nothing that was said is dropped.

A picture, a voice, a file become a mark in the text ("[图片]"), and are fetched later. What a chat system quotes without
saying which message it was is written as people paste it, 「…」, a form the reading knows.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.intake.channels import Entry, Media, Reason, Ref, Refusal
from services.intake.storing import TEXT_LIMIT, Incoming
from shared.events.attachments import AttachmentKind

NAME_LIMIT = 200
DEPTH = 6
"""how deep XML is followed; the chat systems' is four deep"""
RULE = "- - - - - - - - - - - - - - -"
MARKS = {
    "image": "[图片]", "picture": "[图片]", "img": "[图片]", "voice": "[语音]", "audio": "[语音]", "video": "[视频]", "media": "[视频]",
    "shortvideo": "[视频]", "file": "[文件]", "link": "[链接]", "location": "[位置]", "emotion": "[表情]", "sticker": "[表情]",
    "weapp": "[小程序]", "miniprogram": "[小程序]", "card": "[名片]", "chatrecord": "[聊天记录]", "redpacket": "[红包]",
}  # fmt: skip
KINDS = {
    "image": AttachmentKind.IMAGE, "picture": AttachmentKind.IMAGE, "img": AttachmentKind.IMAGE, "voice": AttachmentKind.VOICE,
    "audio": AttachmentKind.VOICE, "video": AttachmentKind.VIDEO, "media": AttachmentKind.VIDEO,
    "shortvideo": AttachmentKind.VIDEO, "file": AttachmentKind.FILE,
}  # fmt: skip


class Tree:
    """A value in which what is not there, or is of another kind, reads as empty."""

    def __init__(self, value: object) -> None:
        self._value = value

    def at(self, *path: str) -> "Tree":
        value = self._value
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return Tree(value)

    def text(self, *path: str) -> str:
        value = self.at(*path)._value
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    def items(self, *path: str) -> list["Tree"]:
        """A list's elements; what stands alone is a list of one, as XML cannot tell the difference."""
        value = self.at(*path)._value
        if isinstance(value, list):
            return [Tree(item) for item in value]
        return [Tree(value)] if value else []

    @property
    def is_object(self) -> bool:
        return isinstance(self._value, Mapping)


def json_tree(raw: bytes | str) -> Tree:
    """Raises Refusal for what is no JSON object."""
    try:
        tree = Tree(orjson.loads(raw))
    except ValueError:
        tree = Tree(None)
    if not tree.is_object:
        raise Refusal(Reason.BODY, "内容不是 JSON 对象")
    return tree


def inner_json(text: str) -> Tree:
    """JSON that stands as a text within JSON; what is none reads as empty."""
    try:
        return Tree(orjson.loads(text))
    except ValueError:
        return Tree(None)


def xml_tree(raw: bytes) -> Tree:
    """XML, its tags in lower case. Raises Refusal for what is none, and for any document type: it may hold entity bombs."""
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Refusal(Reason.BODY, "内容不是 XML，或带有文档类型声明") from None
    return Tree(_mapping(root, DEPTH))


def _mapping(element: Element, depth: int) -> Any:
    if not len(element) or not depth:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        name, value = child.tag.lower(), _mapping(child, depth - 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def mark(kind: str, *notes: str) -> str:
    """`[链接] title url`: what was sent, in words."""
    named = MARKS.get(kind) or f"[{kind[:40] or '其他消息'}]"
    return " ".join([named, *(note.strip() for note in notes if note.strip())])


def held(kind: str, ref: Ref, called: str = "") -> Iterator[Media]:
    """The file of that kind of message, if it has one and the chat system says how to ask for it."""
    ref = {name: storable(value) for name, value in ref.items()}
    if kind in KINDS and all(ref.values()):
        shown = "".join(c for c in storable(called) if c.isprintable()).strip()[:NAME_LIMIT]
        yield Media(KINDS[kind], ref, shown or None)


def quoting(quoted: str, text: str) -> str:
    """A quote whose message the chat system does not name, as people paste one."""
    words = quoted.strip().replace("」", "』")
    return f"「{words[:400]}」\n{RULE}\n{text}" if words else text


def moment(stamp: str, now: datetime, *, milliseconds: bool = False) -> datetime:
    """When it was said; a stamp that means no time of this century is replaced by now."""
    try:
        said = datetime.fromtimestamp(int(stamp) / (1000 if milliseconds else 1), UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return said if 2000 <= said.year < 2100 else now


def incoming(
    entry: Entry, *, group: str, message_id: str, digest: bytes, sender: str, text: str, sent_at: datetime, reply_to: str = ""
) -> Incoming:
    """A message within our bounds: a name too long becomes its digest, a text too long is cut and says so.

    `digest` is of all that was called, and names a message to which the chat system gave no id.
    """
    return Incoming(
        channel=entry.channel,
        group=name(group) or entry.group,
        message_id=name(message_id) or digest.hex(),
        sender=name(sender) or "unknown",
        text=bounded(text),
        sent_at=sent_at,
        reply_to=name(reply_to) or None,
    )


def storable(text: str) -> str:
    """Without NUL, and with a question mark for half a character: JSON may hold both (`"\\ud83d"`), PostgreSQL neither."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def name(text: str) -> str:
    text = storable(text)
    return text if len(text) <= NAME_LIMIT else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def bounded(text: str) -> str:
    text = storable(text).strip()
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 10]}……（过长，已截）"
