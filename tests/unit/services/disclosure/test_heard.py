"""What disclosure keeps of appeals: a question is answered until its case is reopened, a case is settled once."""

from datetime import UTC, datetime, timedelta

import pytest

from services.disclosure.asking import Standing, meant, pairs_of
from services.disclosure.heard import APPEAL, GROUP, Answered, Appeal, Command, Reopened, Settled
from services.disclosure.reactions import _dispute, _question, _settled
from shared.events import Event
from shared.events.disclosure import DisputeNoted, GroupNoted, QuestionHeard
from shared.events.intake import AppealOpened, Kind
from shared.events.routing import CONFIRMED, INADMISSIBLE, CaseAssigned, CaseClosed

NOW = datetime(2023, 6, 1, tzinfo=UTC)
QUESTION = QuestionHeard(
    appeal="a", number="TY-1", channel="wecom", group="g1", reporter="p", text="花椒补助为啥没有俺家？", asked_at=NOW
)
FACTS = {
    "appeal": "a", "number": "TY-1", "channel": "wecom", "group": "g1", "village": "河西村", "township": "平川镇", "message_id": "m",
    "reporter": "p", "department": "village", "department_name": "村委会", "urgent": False, "sealed": False, "occurred_at": NOW,
}  # fmt: skip


def said(*commands: Command) -> list[str]:
    state, events = APPEAL.initial, list[Event]()
    for command in commands:
        new = APPEAL.decide(command, state)
        state, events = APPEAL.fold(state, new), events + new
    return [type(event).__name__ for event in events]


def test_a_question_is_answered_once_and_again_after_its_case_was_reopened() -> None:
    settled, reopened = Settled("a", "河西村", "平川镇", NOW), Reopened("a", NOW)
    assert said(QUESTION, QUESTION, Answered("a", NOW), Answered("a", NOW), settled, reopened, settled) == [
        "QuestionHeard", "QuestionAnswered", "CaseCounted", "QuestionReopened", "CaseUncounted", "QuestionAnswered", "CaseCounted",
    ]  # fmt: skip


def test_a_case_that_questions_nothing_is_counted_alone_and_once() -> None:
    settled = Settled("a", "河西村", "平川镇", NOW)
    assert said(Answered("a", NOW), settled, settled, Reopened("a", NOW), Reopened("a", NOW)) == [
        "CaseCounted",
        "CaseUncounted",
    ]


def test_a_settled_dispute_counts_as_mediated() -> None:
    state = APPEAL.evolve(Appeal(), DisputeNoted(appeal="a", category="村务/邻里纠纷"))
    [counted] = APPEAL.decide(Settled("a", "河西村", "平川镇", NOW), state)
    assert counted.dispute


def assigned(category: str, **more: object) -> CaseAssigned:
    return CaseAssigned(**FACTS | more, kind=Kind.APPEAL, category=category, opened_at=NOW, confidence=1)


def closed(**more: object) -> CaseClosed:
    return CaseClosed(**FACTS | {"by": "desk", "outcome": CONFIRMED} | more)


def test_disputes_are_told_by_their_category_and_sealed_ones_by_nothing() -> None:
    assert _dispute(assigned("村务/邻里纠纷"))
    assert _dispute(assigned("城乡建设/供排水")) is None
    assert _dispute(assigned("村务/邻里纠纷", sealed=True)) is None


@pytest.mark.parametrize("why", [{"withdrawn": True}, {"outcome": INADMISSIBLE}])
def test_what_was_no_appeal_of_anybodys_here_was_answered_but_not_settled(why: dict[str, object]) -> None:
    assert said(QUESTION, _settled(closed(**why))) == ["QuestionHeard", "QuestionAnswered"]
    assert said(_settled(closed(**why))) == []


def test_of_a_sealed_case_it_is_counted_that_there_was_one_but_not_where() -> None:
    settled = _settled(closed(sealed=True))
    assert isinstance(settled, Settled)
    assert (settled.village, settled.township) == ("", "")


def test_a_sealed_report_under_a_notice_is_no_question_that_everybody_sees() -> None:
    known = {
        name: FACTS[name] for name in ("appeal", "number", "channel", "group", "village", "township", "message_id", "reporter")
    }
    opened = AppealOpened(**known, kind=Kind.APPEAL, text="为啥", questions_notice=True, occurred_at=NOW)
    assert _question(opened)
    assert _question(opened.model_copy(update={"sealed": True})) is None
    assert _question(opened.model_copy(update={"questions_notice": False})) is None


def test_a_group_is_noted_again_only_when_it_is_another_villages() -> None:
    noted = GroupNoted(channel="wecom", group="g1", village="河西村", township="平川镇")
    state = GROUP.fold(GROUP.initial, GROUP.decide(noted, GROUP.initial))
    assert GROUP.decide(noted, state) == []
    assert GROUP.decide(noted.model_copy(update={"village": "河东村"}), state)


def standing(notice: str, words: str, days: int, group: str = "wecom/g1") -> Standing:
    return Standing(notice, frozenset({group}), NOW - timedelta(days=days), pairs_of(words))


def test_a_question_means_the_notice_whose_words_it_shares_else_the_newest_of_its_group() -> None:
    pepper, lamps = standing("pepper", "花椒产业补助名单", 9), standing("lamps", "路灯电费收支", 2)
    elsewhere, old = standing("elsewhere", "花椒补助", 1, "wecom/g2"), standing("old", "花椒补助", 120)
    later = standing("later", "花椒补助", -1)
    found = meant(QUESTION, [pepper, lamps, elsewhere, old, later])
    assert found is pepper
    assert meant(QUESTION.model_copy(update={"text": "这是咋算的？"}), [pepper, lamps]) is lamps
    assert meant(QUESTION, [elsewhere, old, later]) is None
