"""Replies: every step that concerns the reporter is answered, nothing sealed is spoken of, a failed delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain import (
    DELIVERY,
    FIRST_RETRY,
    GIVE_UP,
    LONGEST_RETRY,
    Arrived,
    Delivery,
    GrownLate,
    Handed,
    Missed,
    Requeue,
    replies_to,
)
from services.notify.known import PURPOSES
from services.notify.texts import Texts
from shared.decider import Refused
from shared.events import BY_SERVICE, COUNTY, Event
from shared.events.casework import (
    CallFailed,
    CaseCalledAgain,
    CaseDivided,
    CaseFoundInadmissible,
    CaseSealed,
    CaseSuspended,
    CaseWithdrawn,
    DeadlineMissed,
    DepartmentAccused,
    ExclusionProposed,
    ExclusionReviewed,
    ExtensionAsked,
    ExtensionGranted,
    PartNumbered,
    SecondCallDrawn,
)
from shared.events.disclosure import (
    ItemState,
    NoticeCorrected,
    NoticeKind,
    NoticePublished,
    NoticeWithdrawn,
    RectificationUpdated,
)
from shared.events.intake import Kind
from shared.events.notify import Audience, ReplyDelivered, ReplyFailed, ReplyQueued
from shared.events.routing import (
    CONFIRMED,
    INADMISSIBLE,
    MISREGISTERED,
    UNREACHABLE,
    CaseAccepted,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseResolved,
    CaseUrgencyRaised,
)
from shared.events.sla import BackupPaged, CaseEscalated, CaseOverdue, ClockEvent, ClockWarned, Colour, Promise

NOW = datetime(2025, 6, 2, tzinfo=UTC)
compose = Texts().compose
FACTS = {
    "appeal": "a1", "number": "TY-20250602-0001", "channel": "wecom", "group": "g1", "village": "河西", "township": "平川镇",
    "message_id": "m1", "reporter": "p1", "department": "water", "department_name": "水利局", "urgent": False, "sealed": False,
    "occurred_at": NOW, "kind": Kind.APPEAL, "category": "供水", "opened_at": NOW, "confidence": 0.9, "by": "o1", "reason": "理由",
    "count": 1, "from_department": "village", "outcome": "已答复", "satisfied": True, "reply": "修好了。", "note": "在修",
    "waits_for": "weather", "until": NOW, "days": 5, "asked_at": NOW, "assistant": "housing", "assistant_name": "住建局",
    "part": "查管网", "answer": "查过了", "instead": "县人民法院", "comment": "请抓紧", "ground": "unreasonable", "granted": True,
    "crowd": "c1", "about": "供水", "lead": "a0", "lead_number": "TY-20250602-0000", "due_at": NOW, "share": 0.1, "result": "confirmed", "into": "a2",
    "part_appeal": "a2", "part_number": "TY-20250602-0002", "accused": ("water",),
}  # fmt: skip
CLOCK = {
    "appeal": "a1", "number": "TY-20250602-0001", "promise": Promise.ACCEPT, "channel": "wecom", "group": "g1",
    "township": "平川镇", "department": "water", "department_name": "水利局", "sealed": False, "due_at": NOW, "warned_at": NOW,
    "escalated_at": NOW, "step": 1, "to": "township", "paged_at": NOW, "title": "备班人员",
}  # fmt: skip
NOTICE = {
    "notice": "n1", "kind": NoticeKind.JOB, "title": "招聘", "body": "保洁两名", "groups": ("g1",), "revision": 2, "by": "desk", "reason": "理由",
    "published_at": NOW, "corrected_at": NOW, "withdrawn_at": NOW,
}  # fmt: skip
QUEUED = ReplyQueued(
    reply="r1", appeal="a1", channel="wecom", group="g1", audience=Audience.GROUP, person="p1", template="received",
    text="已登记", queued_at=NOW,
)  # fmt: skip


def texts(event: object) -> list[tuple[Audience, str]]:
    return [(said.audience, compose(said.template, **said.known)) for said in replies_to(event)]  # type: ignore[arg-type]


UNSPOKEN = {
    CaseDivided,
    PartNumbered,
    CaseCalledBack,
    CaseCalledAgain,
    SecondCallDrawn,
    CallFailed,
    CaseWithdrawn,
    DeadlineMissed,
    DepartmentAccused,
    ExclusionProposed,
    ExclusionReviewed,
}
"""what was said already, is said by a clock, or concerns the score alone"""
SPOKEN = [e for e in BY_SERVICE["routing"] if issubclass(e, CaseEvent) and e not in UNSPOKEN]


@pytest.mark.parametrize("kind", SPOKEN, ids=lambda kind: kind.__name__)
def test_every_step_of_a_case_is_told_with_its_number(kind: type[CaseEvent]) -> None:
    said = texts(kind.model_validate(FACTS | {"sealed": kind is CaseSealed}))
    assert said
    assert all("TY-20250602-0001" in text for _, text in said)


SAID_OF = [*SPOKEN, CaseOverdue, CaseEscalated, ClockWarned, BackupPaged, NoticePublished, NoticeCorrected, NoticeWithdrawn]


@pytest.mark.parametrize("kind", SAID_OF, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sealed": True},
        {"late": True},
        *({"promise": p} for p in Promise),
        *({"outcome": o} for o in (CONFIRMED, MISREGISTERED, UNREACHABLE)),
    ],
)
def test_every_template_is_told_exactly_what_is_known_to_it(kind: type[Event], changes: dict[str, object]) -> None:
    facts = CLOCK | FACTS if issubclass(kind, CaseEvent | ClockEvent) else NOTICE
    for said in replies_to(kind.model_validate(facts | changes)):
        assert set(said.known) == set(PURPOSES[said.template].names), said.template


def test_who_accepted_a_case_and_when_is_told_in_the_countys_time() -> None:
    [(_, text)] = texts(CaseAccepted.model_validate(FACTS | {"by_name": "村干部党长河"}))
    assert "村干部党长河受理（6月2日08:00）" in text


def test_a_new_appeal_is_answered_in_its_group_quoting_the_message() -> None:
    [said] = replies_to(CaseAssigned.model_validate(FACTS))
    assert (said.audience, said.group, said.quote) == (Audience.GROUP, "g1", "m1")
    assert "水利局" in compose(said.template, **said.known)


def test_a_case_that_was_none_is_taken_back_with_a_word_and_a_sealed_one_with_none() -> None:
    ended = CaseClosed.model_validate(FACTS | {"outcome": MISREGISTERED})
    [(audience, text)] = texts(ended)
    assert (audience, "已撤销" in text, "重办" in text) == (Audience.GROUP, True, False)
    assert texts(ended.model_copy(update={"sealed": True})) == []


def test_a_part_of_a_message_is_told_with_both_numbers() -> None:
    part = FACTS | {"number": "TY-20250602-0002", "divided_from": "a1", "divided_from_number": "TY-20250602-0001"}
    [said] = replies_to(CaseAssigned.model_validate(part))
    assert set(said.known) == set(PURPOSES[said.template].names)
    text = compose(said.template, **said.known)
    assert (said.quote, "TY-20250602-0001" in text, "TY-20250602-0002" in text) == ("m1", True, True)


def test_that_a_case_was_sealed_is_told_to_its_reporter_alone_without_a_word_of_why() -> None:
    [(audience, text)] = texts(CaseSealed.model_validate(FACTS | {"sealed": True}))
    assert (audience, "密封" in text, "理由" in text) == (Audience.PRIVATE, True, False)


def test_what_nobody_may_take_on_is_told_once_with_where_to_go_instead() -> None:
    [(audience, text)] = texts(CaseFoundInadmissible.model_validate(FACTS))
    assert (audience, "理由" in text, "县人民法院" in text) == (Audience.GROUP, True, True)
    assert texts(CaseClosed.model_validate(FACTS | {"outcome": INADMISSIBLE})) == []


def test_a_reporter_who_was_not_reached_is_not_called_satisfied() -> None:
    [(_, text)] = texts(CaseClosed.model_validate(FACTS | {"outcome": UNREACHABLE}))
    assert "不计为满意" in text


def test_a_suspension_says_what_it_waits_for_and_until_when_in_the_countys_time() -> None:
    [(audience, text)] = texts(CaseSuspended.model_validate(FACTS))
    assert (audience, "等待天气好转" in text, "最迟6月2日08:00" in text) == (Audience.GROUP, True, True)


def test_an_extension_is_asked_among_officials_and_told_to_the_group_when_granted() -> None:
    assert [audience for audience, _ in texts(ExtensionAsked.model_validate(FACTS))] == [Audience.OFFICIALS]
    assert [audience for audience, _ in texts(ExtensionGranted.model_validate(FACTS))] == [Audience.GROUP]


def test_an_enquiry_is_promised_an_answer_not_a_repair() -> None:
    [(_, text)] = texts(CaseAssigned.model_validate(FACTS | {"kind": Kind.ENQUIRY}))
    assert "解答" in text


def test_of_a_sealed_case_the_group_hears_a_neutral_receipt_and_nothing_after() -> None:
    group, private = texts(CaseAssigned.model_validate(FACTS | {"sealed": True}))
    assert group[0] is Audience.GROUP
    assert "TY-" not in group[1]
    assert private[0] is Audience.PRIVATE
    assert "TY-20250602-0001" in private[1]
    for kind in (CaseAccepted, CaseResolved, CaseUrgencyRaised):
        assert texts(kind.model_validate(FACTS | {"sealed": True})) == []


def test_an_official_hears_of_a_broken_promise_and_so_does_the_group_unless_sealed() -> None:
    assert [audience for audience, _ in texts(CaseOverdue.model_validate(CLOCK))] == [Audience.OFFICIALS, Audience.GROUP]
    assert [a for a, _ in texts(CaseOverdue.model_validate(CLOCK | {"sealed": True}))] == [Audience.OFFICIALS]


def test_the_ladder_names_who_is_told() -> None:
    [(_, text)] = texts(CaseEscalated.model_validate(CLOCK | {"step": 2, "to": "vice-leader", "title": "分管副县长"}))
    assert "督办" in text
    assert "分管副县长" in text
    [(_, old)] = texts(CaseEscalated.model_validate(CLOCK | {"step": 2, "to": "county", "title": ""}))
    assert "县诉求中心" in old


def test_the_back_up_is_told_to_take_over_at_once() -> None:
    [(audience, text)] = texts(BackupPaged.model_validate(CLOCK))
    assert audience is Audience.OFFICIALS
    assert "请备班人员立即接手" in text


def test_of_the_smaller_promises_only_officials_hear() -> None:
    for promise in set(Promise) - {Promise.ACCEPT, Promise.RESOLVE}:
        [(audience, text)] = texts(CaseOverdue.model_validate(CLOCK | {"promise": promise}))
        assert audience is Audience.OFFICIALS
        assert "已超过时限" in text


def test_what_is_said_too_late_says_when_it_had_to_be() -> None:
    for kind in (CaseOverdue, CaseEscalated, ClockWarned, BackupPaged):
        _, text = texts(kind.model_validate(CLOCK | {"late": True}))[0]
        assert "本应于6月2日08:00提醒，系统补发" in text


def test_a_warning_tells_how_much_of_the_time_is_gone() -> None:
    shares = {colour: texts(ClockWarned.model_validate(CLOCK | {"colour": colour}))[0][1] for colour in Colour}
    assert "七成" in shares[Colour.YELLOW]
    assert "九成" in shares[Colour.ORANGE]


def test_a_notice_goes_to_each_of_its_groups_on_the_channel_named() -> None:
    notice = NoticePublished(
        notice="n1", kind=NoticeKind.JOB, title="招聘", body="保洁两名", groups=("g1", "feishu/g2"), by="desk", published_at=NOW
    )
    assert [(r.channel, r.group, r.person) for r in replies_to(notice)] == [("wecom", "g1", COUNTY), ("feishu", "g2", COUNTY)]


@pytest.mark.parametrize("state", ItemState)
def test_the_groups_that_saw_a_list_of_what_must_be_put_right_hear_how_it_goes_on(state: ItemState) -> None:
    updated = RectificationUpdated(
        item="n1-2", notice="n1", number=2, matter="白条入账", responsible="农经站", due_at=NOW, state=state, evidence="照片",
        groups=("g1",), by="o1", updated_at=NOW,
    )  # fmt: skip
    [said] = replies_to(updated)
    assert set(said.known) == set(PURPOSES[said.template].names)
    [(audience, text)] = texts(updated)
    assert audience is Audience.GROUP
    assert text.startswith("【整改进展】第2项“白条入账”（农经站）")


def test_very_long_words_are_shortened_with_a_mark() -> None:
    text = compose("resolved", number="TY-20250602-0001", words="长" * 5000)
    assert len(text) < 700
    assert "……" in text


def given_up(now: datetime = NOW) -> tuple[Delivery, list[timedelta], datetime]:
    """A reply whose channel never takes it: its state in the end, the pauses between attempts, and when it was given up."""
    delivery, pauses = DELIVERY.evolve(DELIVERY.initial, QUEUED), list[timedelta]()
    while not delivery.failed:
        [event] = DELIVERY.decide(Missed("webhook", now, "500"), delivery)
        assert isinstance(event, ReplyFailed)
        delivery = DELIVERY.evolve(delivery, event)
        if event.retry_at:
            pauses.append(event.retry_at - now)
            now = event.retry_at
    return delivery, pauses, now


def test_a_reply_that_did_not_arrive_is_tried_again_after_growing_pauses_and_given_up_after_a_day() -> None:
    _, pauses, ended = given_up()
    assert pauses == sorted(pauses)
    assert pauses[0] == FIRST_RETRY
    assert pauses[-1] == LONGEST_RETRY
    assert GIVE_UP - LONGEST_RETRY <= ended - NOW <= GIVE_UP


def test_retries_of_many_replies_are_spread() -> None:
    delivery = DELIVERY.evolve(DELIVERY.initial, QUEUED)
    [soon], [late] = (DELIVERY.decide(Missed("x", NOW, "500", jitter=jitter), delivery) for jitter in (0.0, 1.0))
    assert isinstance(soon, ReplyFailed)
    assert isinstance(late, ReplyFailed)
    assert soon.retry_at
    assert late.retry_at
    assert late.retry_at - soon.retry_at == FIRST_RETRY / 2


def test_a_reply_is_not_tried_before_the_channel_wants_to_hear_of_it() -> None:
    later = NOW + timedelta(minutes=10)
    [event] = DELIVERY.decide(Missed("x", NOW, "45009", not_before=later), DELIVERY.evolve(DELIVERY.initial, QUEUED))
    assert isinstance(event, ReplyFailed)
    assert event.retry_at == later


def test_a_reply_that_was_given_up_is_tried_again_when_a_person_says_so_for_another_day() -> None:
    delivery, _, ended = given_up()
    [event] = DELIVERY.decide(Requeue("desk", ended), delivery)
    delivery = DELIVERY.evolve(delivery, event)
    [missed] = DELIVERY.decide(Missed("webhook", ended, "500"), delivery)
    assert isinstance(missed, ReplyFailed)
    assert missed.retry_at == ended + FIRST_RETRY
    assert not missed.final
    with pytest.raises(Refused):
        DELIVERY.decide(Requeue("desk", ended), delivery)


def test_the_duty_officer_is_told_once_of_a_late_reply_and_never_of_one_that_arrived() -> None:
    delivery = DELIVERY.evolve(DELIVERY.initial, QUEUED)
    [late] = DELIVERY.decide(GrownLate("r2", NOW), delivery)
    assert DELIVERY.decide(GrownLate("r3", NOW), DELIVERY.evolve(delivery, late)) == []
    [arrived] = DELIVERY.decide(Arrived("wecom", NOW), delivery)
    assert DELIVERY.decide(GrownLate("r2", NOW), DELIVERY.evolve(delivery, arrived)) == []


def test_a_reply_in_a_persons_hands_is_sent_by_that_person_with_his_name() -> None:
    delivery = DELIVERY.evolve(DELIVERY.initial, QUEUED)
    [handed] = DELIVERY.decide(Handed("hand", NOW), delivery)
    delivery = DELIVERY.evolve(delivery, handed)
    assert DELIVERY.decide(Handed("hand", NOW), delivery) == []
    [sent] = DELIVERY.decide(Arrived("manual", NOW, by="王芳"), delivery)
    assert isinstance(sent, ReplyDelivered)
    assert sent.by == "王芳"


def test_a_hopeless_failure_is_final_at_once() -> None:
    delivery = DELIVERY.evolve(DELIVERY.initial, QUEUED)
    [event] = DELIVERY.decide(Missed("webhook", NOW, "410", hopeless=True), delivery)
    assert isinstance(event, ReplyFailed)
    assert event.final


def test_a_receipt_that_comes_twice_counts_once() -> None:
    delivery = DELIVERY.evolve(DELIVERY.initial, QUEUED)
    [event] = DELIVERY.decide(Arrived("wecom", NOW), delivery)
    assert isinstance(event, ReplyDelivered)
    assert DELIVERY.decide(Arrived("wecom", NOW), DELIVERY.evolve(delivery, event)) == []


def test_a_receipt_for_a_reply_nobody_queued_changes_nothing() -> None:
    assert DELIVERY.decide(Arrived("wecom", NOW), Delivery()) == []
