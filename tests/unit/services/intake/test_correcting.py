"""A person's word on a reading: what may be said, what follows, and what was promised is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake import domain
from services.intake.correcting import CORRECTION, Confirm, Correct, Target, outcome
from services.intake.domain import MESSAGE, Context, Group, Member, Message
from shared.decider import Refused
from shared.events import Event, personal_fields
from shared.events.intake import (
    AppealOpened,
    AppealSupplemented,
    AppealWithdrawn,
    FeedbackRead,
    Kind,
    MessageConfirmed,
    MessageCorrected,
    MessageRead,
    MessageRecalled,
    MessageReceived,
    OfficialActionRead,
    ReportSealed,
    Role,
    Withdrawal,
)

NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)
RECEIVED = MessageReceived(
    message=str(domain.message_key("wecom", "m1")),
    channel="wecom",
    group="g1",
    message_id="m1",
    person="p1",
    sender="v1",
    text="老地方，又是那样",
    sent_at=NOON,
)
OTHER = Target("b", "TY-20250602-0002", sealed=False)
SECRET = Target("s", "TY-20250602-0003", sealed=True)


def read_as(kind: Kind, appeal: str | None = None, **more: Any) -> Message:
    read = MessageRead(message=RECEIVED.message, kind=kind, appeal=appeal, role=Role.VILLAGER, confidence=0.6, **more)
    return MESSAGE.fold(MESSAGE.initial, [RECEIVED, read])


def says(kind: Kind, **more: Any) -> Correct:
    return Correct(by="县中心", at=LATER, kind=kind, fresh="fresh", **more)


def corrected(state: Message, command: Correct) -> MessageCorrected:
    [event] = CORRECTION.decide(command, state)
    assert isinstance(event, MessageCorrected)
    return event


def follows(state: Message, command: Correct) -> dict[type[Event], Event]:
    """What a correction sets off, by type."""
    event = corrected(state, command)
    number = "TY-20250602-0009" if event.opens else None
    context = Context(Group("河西", "平川镇"), Member(Role.VILLAGER, "张某"), event.appeal, number, event.sealed)
    found = outcome(event, RECEIVED, context)
    assert all(said.appeal == appeal for appeal, said in found)  # type: ignore[attr-defined]
    return {type(said): said for _, said in found}


def refusal(state: Message, command: Correct | Confirm) -> str:
    with pytest.raises(Refused) as refused:
        CORRECTION.decide(command, state)
    return refused.value.code


def test_who_was_a_stranger_when_he_was_read_is_known_by_the_roster_of_the_correction() -> None:
    state = read_as(Kind.CHATTER)
    event = corrected(state, says(Kind.ACCEPT, target=OTHER, role=Role.VILLAGE_OFFICIAL))
    assert MESSAGE.evolve(state, event).read.role is Role.VILLAGE_OFFICIAL  # type: ignore[union-attr]
    said_before_roles = corrected(state, says(Kind.ACCEPT, target=OTHER))
    assert MESSAGE.evolve(state, said_before_roles).read.role is Role.VILLAGER  # type: ignore[union-attr]


def test_talk_that_was_an_appeal_opens_one_at_the_time_it_was_said() -> None:
    [opened] = follows(read_as(Kind.CHATTER), says(Kind.APPEAL, urgent=True)).values()
    assert isinstance(opened, AppealOpened)
    assert (opened.appeal, opened.number, opened.urgent) == ("fresh", "TY-20250602-0009", True)
    assert (opened.occurred_at, opened.text) == (NOON, RECEIVED.text)


def test_danger_in_the_words_makes_a_corrected_appeal_urgent_without_being_told() -> None:
    state = replace(read_as(Kind.CHATTER), received=RECEIVED.model_copy(update={"text": "变压器冒烟了，着火了"}))
    assert corrected(state, says(Kind.APPEAL)).urgent
    assert not corrected(state, says(Kind.APPEAL, urgent=False)).urgent


def test_an_appeal_that_was_talk_is_withdrawn_and_reaches_an_outcome() -> None:
    [withdrawn] = follows(read_as(Kind.APPEAL, "a"), says(Kind.CHATTER)).values()
    assert isinstance(withdrawn, AppealWithdrawn)
    assert (withdrawn.appeal, withdrawn.reason, withdrawn.into, withdrawn.by) == ("a", Withdrawal.MISREAD, None, "县中心")
    assert withdrawn.occurred_at == LATER


def test_an_appeal_that_was_part_of_another_is_joined_to_it() -> None:
    found = follows(read_as(Kind.APPEAL, "a"), says(Kind.SUPPLEMENT, target=OTHER))
    withdrawn, added = found[AppealWithdrawn], found[AppealSupplemented]
    assert isinstance(withdrawn, AppealWithdrawn)
    assert isinstance(added, AppealSupplemented)
    assert (withdrawn.reason, withdrawn.into) == (Withdrawal.JOINED, OTHER.number)
    assert (added.appeal, added.text) == ("b", RECEIVED.text)


@pytest.mark.parametrize(
    ("kind", "event"),
    [(Kind.SUPPLEMENT, AppealSupplemented), (Kind.FEEDBACK, FeedbackRead), (Kind.RESOLVE, OfficialActionRead)],
)
def test_what_belongs_to_another_appeal_is_told_to_that_one(kind: Kind, event: type[Event]) -> None:
    found = follows(read_as(Kind.SUPPLEMENT, "a"), says(kind, target=OTHER, satisfied=False))
    assert list(found) == [event]
    assert getattr(found[event], "satisfied", None) == (False if kind is Kind.FEEDBACK else None)


def test_another_opening_kind_keeps_the_appeal_and_its_number() -> None:
    state = read_as(Kind.APPEAL, "a")
    assert corrected(state, says(Kind.ENQUIRY)).appeal == "a"
    assert follows(state, says(Kind.ENQUIRY)) == {}
    assert list(follows(state, says(Kind.APPEAL, urgent=True))) == [AppealSupplemented]


def test_an_urgent_appeal_is_never_made_to_wait_longer_by_a_correction() -> None:
    assert follows(read_as(Kind.APPEAL, "a", urgent=True), says(Kind.APPEAL, urgent=False)) == {}


def test_sealing_afterwards_withdraws_the_open_appeal_and_opens_a_sealed_one() -> None:
    found = follows(read_as(Kind.APPEAL, "a"), says(Kind.REPORT))
    withdrawn, opened, sealed = found[AppealWithdrawn], found[AppealOpened], found[ReportSealed]
    assert isinstance(withdrawn, AppealWithdrawn)
    assert isinstance(opened, AppealOpened)
    assert isinstance(sealed, ReportSealed)
    assert (withdrawn.appeal, withdrawn.reason) == ("a", Withdrawal.MISREAD)  # as of any other that was none
    assert (opened.appeal, opened.sealed, opened.text) == ("fresh", True, None)
    assert sealed.text == RECEIVED.text


def test_a_report_is_sealed_whatever_is_said_and_an_addition_as_its_appeal_is() -> None:
    assert corrected(read_as(Kind.CHATTER), says(Kind.REPORT, sealed=False)).sealed
    found = follows(read_as(Kind.CHATTER), says(Kind.SUPPLEMENT, target=SECRET))
    added = found[AppealSupplemented]
    assert isinstance(added, AppealSupplemented)
    assert added.text is None
    assert refusal(read_as(Kind.CHATTER), says(Kind.SUPPLEMENT, target=OTHER, sealed=True)) == "sealed-by-its-appeal"
    assert refusal(read_as(Kind.CHATTER), says(Kind.OFFER, sealed=True)) == "sealed-by-its-appeal"


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        (MESSAGE.initial, says(Kind.APPEAL), "not-read-yet"),
        (MESSAGE.initial, Confirm("县中心", LATER), "not-read-yet"),
        (read_as(Kind.CHATTER), says(Kind.CHATTER), "nothing-to-correct"),
        (read_as(Kind.CHATTER), says(Kind.ACCEPT), "appeal-needed"),
        (read_as(Kind.CHATTER), says(Kind.APPEAL, target=OTHER), "no-appeal-wanted"),
        (read_as(Kind.CHATTER), says(Kind.OFFER, target=OTHER), "no-appeal-wanted"),
        (read_as(Kind.APPEAL, "b"), says(Kind.SUPPLEMENT, target=OTHER), "its-own-appeal"),
        (read_as(Kind.CHATTER), says(Kind.SUPPLEMENT, target=replace(OTHER, withdrawn=True)), "appeal-withdrawn"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(state: Message, command: Correct | Confirm, code: str) -> None:
    assert refusal(state, command) == code


def test_a_recalled_message_can_be_confirmed_but_not_corrected() -> None:
    state = MESSAGE.evolve(read_as(Kind.CHATTER), MessageRecalled(message=RECEIVED.message, recalled_at=LATER))
    assert refusal(state, says(Kind.APPEAL)) == "recalled"
    assert len(CORRECTION.decide(Confirm("县中心", LATER), state)) == 1


def test_a_correction_holds_until_it_is_corrected_and_saying_it_twice_is_refused() -> None:
    state = read_as(Kind.CHATTER)
    first = corrected(state, says(Kind.APPEAL))
    state = MESSAGE.evolve(state, first)
    assert state.read
    assert (state.read.kind, state.read.appeal, state.read.confidence) == (Kind.APPEAL, "fresh", 1.0)
    assert state.read.reasons[-1] == "由县中心改判"
    assert refusal(state, says(Kind.APPEAL)) == "nothing-to-correct"
    second = corrected(state, replace(says(Kind.CHATTER), fresh="other"))
    assert (second.was_kind, second.was_appeal, second.withdraws) == (Kind.APPEAL, "fresh", True)
    third = corrected(MESSAGE.evolve(state, second), replace(says(Kind.APPEAL), fresh="third"))
    assert third.appeal == "third"


def test_a_reading_is_confirmed_once_and_not_after_it_was_corrected() -> None:
    state = read_as(Kind.CHATTER)
    [confirmed] = CORRECTION.decide(Confirm("县中心", LATER), state)
    assert isinstance(confirmed, MessageConfirmed)
    assert CORRECTION.decide(Confirm("县中心", LATER), MESSAGE.evolve(state, confirmed)) == []
    state = MESSAGE.evolve(state, corrected(state, says(Kind.OFFER)))
    assert CORRECTION.decide(Confirm("县中心", LATER), state) == []


def test_a_note_may_quote_what_is_sealed_and_stays_in_intake() -> None:
    assert personal_fields(MessageCorrected)["note"].confined
