"""The rules of one file: it is stored once, shown to whom it was shown on record, destroyed once, and may then be sent anew.

Stream: `attachment-<sha256>`.
"""

from dataclasses import dataclass

from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.attachments import AttachmentDestroyed, AttachmentShown, AttachmentStored

Command = AttachmentStored | AttachmentShown | AttachmentDestroyed


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it stands. `living` is None before it was ever stored and after it was destroyed."""

    living: AttachmentStored | None = None
    lives: int = 0


def attachment_stream(sha256: str) -> str:
    return f"attachment-{sha256}"


def blob_name(sha256: str, life: int) -> str:
    """No two lives share a name, so that what destroys one cannot reach the next."""
    return f"{sha256}.{life}"


def decide(command: Command, state: Attachment) -> list[Event]:
    """Raises Refused for what was destroyed while it was being sent or read."""
    living = state.living
    match command:
        case AttachmentStored():
            if living:
                return []
            if command.life != state.lives + 1:
                raise Refused("destroyed-meanwhile", "这个附件刚刚依法删除，请重新上传")
        case AttachmentShown():
            if living is None:
                raise Refused("destroyed-meanwhile", "这个附件刚刚依法删除")
        case AttachmentDestroyed():
            if living is None or living.blob != command.blob:
                return []
    return [command]


def evolve(state: Attachment, event: Event) -> Attachment:
    match event:
        case AttachmentStored():
            return Attachment(event, event.life)
        case AttachmentDestroyed():
            return Attachment(None, state.lives)
        case _:
            return state


ATTACHMENT: Decider[Command, Attachment] = Decider(Attachment(), decide, evolve)
