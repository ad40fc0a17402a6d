"""A file lives once at a time: stored, shown on record, destroyed, and sent anew."""

import pytest

from services.intake.attachments.domain import ATTACHMENT, Attachment, blob_name, decide
from shared.decider import Refused
from shared.events.attachments import AttachmentDestroyed, AttachmentShown, AttachmentStored

HASH = "ab" * 32


def stored(life: int = 1) -> AttachmentStored:
    return AttachmentStored(sha256=HASH, type="image/png", size=9, life=life, blob=blob_name(HASH, life))


def destroyed(life: int = 1) -> AttachmentDestroyed:
    return AttachmentDestroyed(sha256=HASH, blob=blob_name(HASH, life))


SHOWN = AttachmentShown(sha256=HASH, part="original", to="wang")


def after(*events: object) -> Attachment:
    return ATTACHMENT.fold(ATTACHMENT.initial, list(events))  # type: ignore[arg-type]


def test_a_file_is_stored_once_however_often_it_is_sent() -> None:
    assert decide(stored(), after()) == [stored()]
    assert decide(stored(), after(stored())) == []
    assert decide(stored(), after(stored(), SHOWN)) == []


def test_each_showing_is_an_event_of_its_own() -> None:
    assert decide(SHOWN, after(stored(), SHOWN)) == [SHOWN]


def test_what_was_destroyed_is_shown_to_nobody_and_destroyed_once() -> None:
    assert decide(destroyed(), after(stored())) == [destroyed()]
    assert decide(destroyed(), after(stored(), destroyed())) == []
    with pytest.raises(Refused, match="依法删除"):
        decide(SHOWN, after(stored(), destroyed()))


def test_what_was_destroyed_may_be_sent_anew_and_what_destroyed_it_does_not_reach_it() -> None:
    again = after(stored(), destroyed())
    assert decide(stored(2), again) == [stored(2)]
    assert decide(destroyed(1), after(stored(), destroyed(), stored(2))) == []


def test_a_file_whose_key_was_destroyed_while_it_was_being_stored_must_be_sent_again() -> None:
    with pytest.raises(Refused, match="重新上传"):
        decide(stored(1), after(stored(), destroyed()))
