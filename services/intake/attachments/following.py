"""The rules of files that come after their message: sent by hand later, or fetched from the chat system that holds them.

Stream: `following-<message>`, beside the message's own, so that reading and correcting a message never waits for a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.attachments import Attached
from shared.events.intake import AttachmentsAdded, MediaAwaited, MediaMissed

ATTACHMENTS = 9
"""files of one message, as many as WeChat sends at once"""


@dataclass(frozen=True, slots=True)
class Named:
    """A file, and what its sender called it."""

    file: Attached
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """These files belong to the message too. `own` are the hashes it came with, `media` which of the awaited files this is."""

    message: str
    person: str
    own: tuple[str, ...]
    files: Sequence[Named]
    media: int | None = None


Command = Add | MediaAwaited | MediaMissed


@dataclass(frozen=True)
class Following:
    """What followed a message. `settled` are those of the awaited files that were fetched or given up."""

    awaited: MediaAwaited | None = None
    added: tuple[str, ...] = ()
    settled: frozenset[int] = frozenset()


def following_stream(message: str) -> str:
    return f"following-{message}"


def decide(command: Command, state: Following) -> list[Event]:
    """What is known already is not said again. Raises Refused when a person gives a message more files than it may have."""
    match command:
        case MediaAwaited():
            return [] if state.awaited else [command]
        case MediaMissed():
            return [] if state.awaited is None or command.ordinal in state.settled else [command]
        case Add():
            return _added(command, state)


def _added(command: Add, state: Following) -> list[Event]:
    """An awaited file that is the same as one already there is settled by an event without files."""
    if command.media is not None and (state.awaited is None or command.media in state.settled):
        return []
    known = dict.fromkeys((*command.own, *state.added))
    new = {named.file.sha256: named for named in command.files if named.file.sha256 not in known}
    if not new and command.media is None:
        return []
    if command.media is None and len(known) + len(new) > ATTACHMENTS:
        raise Refused("too-many-attachments", f"一条消息最多 {ATTACHMENTS} 个附件，这条已有 {len(known)} 个")
    first = len(command.own) + len(state.added)
    names = [named.name or "" for named in new.values()]
    return [
        AttachmentsAdded(
            message=command.message,
            person=command.person,
            first=first,
            attachments=tuple(named.file for named in new.values()),
            attachment_names="\n" * first + "\n".join(names) if any(names) else None,
            media=command.media,
        )
    ]


def evolve(state: Following, event: Event) -> Following:
    match event:
        case MediaAwaited():
            return replace(state, awaited=event)
        case MediaMissed():
            return replace(state, settled=state.settled | {event.ordinal})
        case AttachmentsAdded():
            settled = state.settled if event.media is None else state.settled | {event.media}
            return replace(state, added=(*state.added, *(file.sha256 for file in event.attachments)), settled=settled)
        case _:
            return state


FOLLOWING: Decider[Command, Following] = Decider(Following(), decide, evolve)
