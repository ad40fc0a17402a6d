"""Intake: one message is stored once, numbers have no gaps, and sealed words go into no event that others hear."""

from datetime import UTC, date, datetime

import pytest

from services.intake import domain
from services.intake.domain import MESSAGE, PERSON, REGISTER, Context, IssueNumber, consequences
from services.intake.reading import Reading
from services.intake.roster import Group, Member
from shared.decider import Refused
from shared.events import personal_fields
from shared.events.intake import (
    AppealOpened,
    AppealSupplemented,
    FeedbackRead,
    Kind,
    MessageReceived,
    OfficialActionRead,
    PersonForgotten,
    ReportSealed,
    Role,
)

NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
RECEIVED = MessageReceived(
    message=str(domain.message_key("wecom", "m1")),
    channel="wecom",
    group="g1",
    message_id="m1",
    person=domain.person_key("wecom", "v1"),
    sender="v1",
    text="变压器冒烟了",
    sent_at=NOON,
)
CONTEXT = Context(Group("河西", "平川镇"), Member(Role.VILLAGER, "张某"), "a1", "TY-20250602-0001", sealed=False)


def test_a_message_delivered_twice_is_stored_once() -> None:
    state = MESSAGE.fold(MESSAGE.initial, MESSAGE.decide(RECEIVED, MESSAGE.initial))
    assert MESSAGE.decide(RECEIVED, state) == []


def test_the_same_message_id_on_another_channel_is_another_message() -> None:
    assert domain.message_key("wecom", "m1") != domain.message_key("feishu", "m1")
    assert domain.person_key("wecom", "v1") != domain.person_key("feishu", "v1")


def test_numbers_of_a_day_count_from_one_without_gaps() -> None:
    issued, numbers = REGISTER.initial, []
    for appeal in ("a", "b", "c"):
        [event] = REGISTER.decide(IssueNumber("TY", date(2025, 6, 2), appeal), issued)
        numbers.append(event.number)
        issued = REGISTER.evolve(issued, event)
    assert numbers == ["TY-20250602-0001", "TY-20250602-0002", "TY-20250602-0003"]


def test_an_opening_message_becomes_an_appeal_with_its_words_and_place() -> None:
    [event] = consequences(RECEIVED, Reading(kind=Kind.APPEAL, urgent=True), CONTEXT)
    assert isinstance(event, AppealOpened)
    assert (event.text, event.village, event.urgent, event.reporter_name) == ("变压器冒烟了", "河西", True, "张某")


def test_a_report_is_sealed_and_its_words_are_for_the_commission_alone() -> None:
    opened, sealed = consequences(RECEIVED, Reading(kind=Kind.REPORT, sealed=True), CONTEXT)
    assert isinstance(opened, AppealOpened)
    assert (opened.text, opened.reporter_name, opened.sealed) == (None, None, True)
    assert isinstance(sealed, ReportSealed)
    assert sealed.keeper == "commission"
    assert personal_fields(ReportSealed)["text"].confined


def test_whatever_is_added_to_a_sealed_appeal_passes_no_words_on() -> None:
    context = Context(CONTEXT.group, CONTEXT.member, "a1", None, sealed=True)
    for kind in (Kind.SUPPLEMENT, Kind.FEEDBACK, Kind.ACCEPT):
        [event] = consequences(RECEIVED, Reading(kind=kind, appeal="a1"), context)
        assert isinstance(event, AppealSupplemented | FeedbackRead | OfficialActionRead)
        assert event.text is None


def test_a_message_about_no_appeal_has_no_consequences() -> None:
    context = Context(CONTEXT.group, CONTEXT.member, None, None, sealed=False)
    assert consequences(RECEIVED, Reading(kind=Kind.CHATTER), context) == []


def test_raw_words_never_leave_intake() -> None:
    assert all(mark.confined for mark in personal_fields(MessageReceived).values())


def test_a_person_is_forgotten_once() -> None:
    event = PersonForgotten(person="p1", forgotten_at=NOON)
    state = PERSON.fold(PERSON.initial, PERSON.decide(event, PERSON.initial))
    with pytest.raises(Refused, match="已经依法删除"):
        PERSON.decide(event, state)
