"""Files beside messages: told by the hash of their bytes, posted before the message that refers to them."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from services.intake.storing import IncomingFile
from shared.events.attachments import AttachmentKind

LARGEST = 100 * 1024 * 1024
"""bytes; what a service takes is its own setting, at most this"""
_KINDS = {
    AttachmentKind.IMAGE: ("jpg", "jpeg", "png", "webp", "gif", "heic"),
    AttachmentKind.VOICE: ("amr", "mp3", "m4a", "silk"),
    AttachmentKind.VIDEO: ("mp4",),
}


class Unusable(ValueError):
    """A file that cannot be given along; the message says why."""


def named(value: object, folder: Path) -> list[Path]:
    """The paths that a cell names, one a line or parted by semicolons, or that a JSON list holds; beside a folder."""
    parts: Sequence[object] = value if isinstance(value, list) else re.split(r"[\n;；]", str(value or ""))
    return [folder / str(part).strip() for part in parts if str(part).strip()]


def described(path: Path) -> IncomingFile:
    """A file as a message refers to it; as what it is shown is told by its name's ending. Raises Unusable."""
    sha256 = hashlib.sha256(read(path)).hexdigest()
    ending = path.suffix.lower().removeprefix(".")
    kind = next((kind for kind, endings in _KINDS.items() if ending in endings), AttachmentKind.FILE)
    return IncomingFile(sha256=sha256, kind=kind, name=path.name)


def read(path: Path) -> bytes:
    """Raises Unusable."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unusable(f"附件 {path} 太大，不得超过 {LARGEST} 字节")
        return path.read_bytes()
    except OSError as error:
        why = "没有这个文件" if isinstance(error, FileNotFoundError) else error.strerror or error
        raise Unusable(f"打不开附件 {path}：{why}") from None
