"""Channels in: one file a chat system, one small interface.

A channel's entry in the configuration is its adapter. `hear` is pure: from a call and the time it makes the messages that were
said, or raises `Refusal`. Nothing in it waits or stores; `api` beside it does, so that a chat system that gives up after
seconds is answered as soon as the words are stored. Reading them, and fetching the files they came with, happens later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict

from services.intake.storing import ChannelName, Incoming
from shared.events.attachments import AttachmentKind
from shared.inputs import Name

VENDOR_LIMIT = 64 * 1024
"""bytes of a chat system's call; the longest of their messages are a tenth of it"""
SKEW = timedelta(hours=1)
"""how far a chat system's time may be from ours: DingTalk's published rule, and room for the others' late retries"""


class Reason(StrEnum):
    """Why a call is not taken; few and fixed, for they are a metric's label."""

    UNKNOWN = "unknown"
    """there is no such channel"""
    SIZE = "size"
    BODY = "body"
    """not what this chat system writes"""
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    NONCE = "nonce"
    """used before, for other words"""
    CIPHER = "cipher"
    RECEIVER = "receiver"
    """meant for somebody else"""


class Refusal(Exception):
    """The call is not taken. The sentence tells an operator why, and nobody a secret."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason, self.sentence = reason, sentence


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request of a chat system. Header names are in lower case."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Once:
    """A signature's nonce, and a digest of the words it came with. At most `bodies` different ones may share the nonce."""

    nonce: str
    said: bytes
    bodies: int = 1


Ref = Mapping[str, str]
"""what a chat system wants to hear to give a file; each has its own words"""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the chat system holds: as what it was shown, how to ask for it, and what its sender called it."""

    kind: AttachmentKind
    ref: Ref
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a verified call says. `media` are the files of its one message, `answer` is what the chat system wants to be told; None: what became of the messages."""

    messages: tuple[Incoming, ...] = ()
    media: tuple[Media, ...] = ()
    once: Once | None = None
    answer: bytes | None = b""
    media_type: str = "text/plain"


class Adapter(Protocol):
    """What every channel in can do."""

    @property
    def limit(self) -> int:
        """How many bytes a call may have."""

    def hear(self, call: Call, now: datetime) -> Heard:
        """The messages of a call whose signature is right and whose time is near `now`. Raises Refusal."""


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class Entry(BaseModel):
    """What every kind of channel of a chat system has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: ChannelName
    """the channel its groups and rosters are imported for; usually the name of the chat system"""
    group: Name = "direct"
    """the group of what is said to the robot or the app alone, outside any group chat"""

    file_hosts: tuple[str, ...] = ()
    """names (`*` for any part) under which the chat system keeps files, beside those that are known"""

    @property
    def limit(self) -> int:
        return VENDOR_LIMIT
