"""What intake says of files (附件): what one is, that it is kept, shown, destroyed."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.events.base import Event, Personal


class AttachmentKind(StrEnum):
    """As what the chat showed it."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"


class Attached(BaseModel):
    """A file that came with a message: the SHA-256 of its bytes, and the media type that its bytes have."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    type: str
    kind: AttachmentKind


class AttachmentStored(Event):
    """A file was stored, encrypted under a key of its own. `life` counts how often: a destroyed file may be sent again."""

    TYPE: ClassVar[str] = "minsheng.intake.attachment-stored.v1"
    sha256: str
    type: str
    size: int
    """bytes"""
    life: int
    blob: str
    """its name where files are kept, which is also whose key it is sealed with"""
    origin: Annotated[str | None, Personal(of="blob", confined=True)] = None
    """where and when a picture was taken, as JSON; None: it does not tell"""


class AttachmentShown(Event):
    """Somebody was shown an original, or where and when it was taken: `part`. `to` is the caller's name."""

    TYPE: ClassVar[str] = "minsheng.intake.attachment-shown.v1"
    sha256: str
    part: str
    to: str


class AttachmentDestroyed(Event):
    """Nobody's message refers to the file any more, or none ever did: its key is destroyed, then its bytes."""

    TYPE: ClassVar[str] = "minsheng.intake.attachment-destroyed.v1"
    sha256: str
    blob: str


EVENTS: tuple[type[Event], ...] = (AttachmentStored, AttachmentShown, AttachmentDestroyed)
