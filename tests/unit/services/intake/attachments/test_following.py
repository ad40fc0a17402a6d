"""Files that come after their message: each once, no more than a message may have, and what was awaited is settled once."""

from datetime import UTC, datetime

import pytest

from services.intake.attachments.following import ATTACHMENTS, FOLLOWING, Add, Following, Named
from shared.decider import Refused
from shared.events import Event
from shared.events.attachments import Attached, AttachmentKind
from shared.events.intake import AttachmentsAdded, MediaAwaited, MediaMissed, MediaTrouble

NOW = datetime(2025, 6, 2, tzinfo=UTC)
AWAITED = MediaAwaited(
    message="m", person="p", door="village-app", kinds=(AttachmentKind.IMAGE, AttachmentKind.VOICE), media="[{},{}]"
)
GONE = MediaMissed(message="m", ordinal=1, kind=AttachmentKind.VOICE, trouble=MediaTrouble.GONE, missed_at=NOW)


def adding(*names: str, own: tuple[str, ...] = (), media: int | None = None) -> Add:
    """Files whose hash is their name; a name with an ending is what the sender called it too."""
    files = [Named(Attached(sha256=n, type="image/png", kind=AttachmentKind.IMAGE), n if "." in n else None) for n in names]
    return Add("m", "p", own, files, media)


def after(*commands: Add | MediaAwaited | MediaMissed) -> tuple[Following, list[Event]]:
    state, events = FOLLOWING.initial, list[Event]()
    for command in commands:
        events = FOLLOWING.decide(command, state)
        state = FOLLOWING.fold(state, events)
    return state, events


def test_a_file_follows_its_message_once_and_takes_the_next_place() -> None:
    state, [added] = after(adding("b.jpg", "c", "c", own=("a",)))
    assert isinstance(added, AttachmentsAdded)
    assert (added.first, [file.sha256 for file in added.attachments]) == (1, ["b.jpg", "c"])
    assert added.attachment_names == "\nb.jpg\n"  # a line for the one that was there before
    assert FOLLOWING.decide(adding("a", "c", own=("a",)), state) == []
    [later] = FOLLOWING.decide(adding("d", own=("a",)), state)
    assert isinstance(later, AttachmentsAdded)
    assert (later.first, later.attachment_names) == (3, None)


def test_a_person_gives_a_message_no_more_files_than_it_may_have() -> None:
    state, _ = after(adding(*map(str, range(ATTACHMENTS - 1)), own=("a",)))
    with pytest.raises(Refused, match="最多 9 个附件，这条已有 9 个"):
        FOLLOWING.decide(adding("one-more", own=("a",)), state)
    assert FOLLOWING.decide(adding("a", own=("a",)), state) == []


def test_what_a_chat_system_holds_is_awaited_once_and_settled_once() -> None:
    state, _ = after(AWAITED)
    assert FOLLOWING.decide(AWAITED, state) == []
    state, [added] = after(AWAITED, adding("b", media=0))
    assert isinstance(added, AttachmentsAdded)
    assert added.media == 0
    assert FOLLOWING.decide(adding("other", media=0), state) == []
    state, [missed] = after(AWAITED, GONE)
    assert missed == GONE
    assert FOLLOWING.decide(GONE, state) == FOLLOWING.decide(adding("b", media=1), state) == []


def test_a_fetched_file_that_came_with_the_message_already_settles_what_was_awaited_and_adds_nothing() -> None:
    _, [added] = after(AWAITED, adding("a", own=("a",), media=0))
    assert isinstance(added, AttachmentsAdded)
    assert (added.attachments, added.media) == ((), 0)


def test_nothing_is_fetched_or_given_up_that_nobody_awaited() -> None:
    assert after(GONE)[1] == after(adding("b", media=0))[1] == []
