"""Rules and model read together: a doubtful rule yields to a sure model, what may accuse is sealed, what is sealed stays so."""

from dataclasses import replace

import pytest

from services.intake.learning.model import Scales
from services.intake.learning.together import together
from services.intake.learning.weighing import ACCUSED
from services.intake.reading import EMPTY, Conversation, Reading, read
from shared.events.intake import Kind, Role

from .conftest import EVEN, MakeModel, Say

DOUBTFUL = Reading(Kind.CHATTER, confidence=0.6, reasons=("闲谈",))


def test_a_doubtful_rule_yields_to_a_sure_model_and_the_reasons_say_what_was_thought_of(
    say: Say, model_that_says: MakeModel
) -> None:
    reading = together(say("老地方，又是那样"), EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL, version=7))
    assert reading.kind is Kind.APPEAL
    assert reading.reasons[0].startswith("模型7权衡:诉求8")
    assert reading.reasons[-1] == "规则认为是闲谈"
    assert "老地方" not in "".join(reading.reasons)


def test_where_both_agree_the_rules_reading_stays_and_is_surer(say: Say, model_that_says: MakeModel) -> None:
    said = say("变压器冒烟了，快来人")
    rules = read(said, EMPTY)
    alone, agreed = (together(said, EMPTY, rules, model_that_says(Kind.APPEAL, villager_appeal=odds)) for odds in (0.0, 2.0))
    assert (agreed.kind, agreed.urgent, agreed.reasons[: len(rules.reasons)]) == (Kind.APPEAL, True, rules.reasons)
    assert agreed.reasons[-1] == "规则看法一致"
    assert agreed.confidence > alone.confidence


def test_a_model_is_not_asked_of_what_has_no_words(say: Say, model_that_says: MakeModel) -> None:
    reading = together(say("[图片]"), EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL, by=9.0))
    assert reading == replace(DOUBTFUL, reasons=("闲谈", "由规则判定"))


@pytest.mark.parametrize(
    ("odds", "kind"), [(4.0, Kind.CHATTER), (1.0, Kind.APPEAL), (-4.0, Kind.APPEAL)]
)  # the model's odds are e to the third
def test_the_rules_word_weighs_as_it_proved_right_so_far(say: Say, model_that_says: MakeModel, odds: float, kind: Kind) -> None:
    model = model_that_says(Kind.APPEAL, by=3.0, villager_chatter=odds)
    assert together(say("老地方，又是那样"), EMPTY, DOUBTFUL, model).kind is kind


def test_a_ground_that_was_tried_counts_before_the_kind_as_a_whole(say: Say, model_that_says: MakeModel) -> None:
    model = model_that_says(Kind.APPEAL, villager_chatter=9.0)
    model.grounds["villager/chatter/闲谈"] = 0.0
    assert together(say("老地方，又是那样"), EMPTY, DOUBTFUL, model).kind is Kind.APPEAL


@pytest.mark.parametrize("kind", [Kind.REPORT, Kind.SUPPLEMENT])
def test_no_model_unseals(say: Say, model_that_says: MakeModel, kind: Kind) -> None:
    sealed = Reading(kind, appeal="a", sealed=True, confidence=0.5)
    reading = together(say("书记的事"), EMPTY, sealed, model_that_says(Kind.CHATTER, by=9.0))
    assert (reading.kind, reading.sealed, reading.appeal, reading.confidence) == (kind, True, "a", 0.5)


def test_what_may_well_accuse_is_sealed_although_another_kind_is_likelier(say: Say, model_that_says: MakeModel) -> None:
    reading = together(say("有些事大家心里有数"), EMPTY, DOUBTFUL, model_that_says(Kind.REPORT, by=0.8))
    assert (reading.kind, reading.sealed, reading.appeal) == (Kind.REPORT, True, None)
    assert ACCUSED <= reading.confidence < 0.5  # the commission is asked
    assert reading.alternatives
    hardly = together(say("有些事大家心里有数"), EMPTY, DOUBTFUL, model_that_says(Kind.CHATTER, by=3.0))
    assert not hardly.sealed


def test_an_unread_message_stays_unread(say: Say, model_that_says: MakeModel) -> None:
    unread = Reading(Kind.CHATTER, confidence=0.0)
    assert together(say("？"), EMPTY, unread, model_that_says(Kind.APPEAL)).confidence == 0


def test_an_addition_needs_an_appeal_to_belong_to(say: Say, model_that_says: MakeModel) -> None:
    said = say("那边还在淌呢", number=2, who="v2", after=20)
    nowhere = together(said, EMPTY, DOUBTFUL, model_that_says(Kind.SUPPLEMENT))
    assert nowhere.kind is not Kind.SUPPLEMENT
    somewhere = together(said, _after_a_burst_pipe(say), DOUBTFUL, model_that_says(Kind.SUPPLEMENT))
    assert (somewhere.kind, somewhere.appeal) == (Kind.SUPPLEMENT, "water")


def test_an_appeal_that_does_not_fit_makes_the_kind_unlikely(say: Say, model_that_says: MakeModel) -> None:
    said, talk = say("那边还在淌呢", number=2, who="v2", after=20), _after_a_burst_pipe(say)
    kinds = [together(said, talk, DOUBTFUL, model_that_says(Kind.SUPPLEMENT, by=1.0, fits=fits)).kind for fits in (2.0, -9.0)]
    assert kinds[0] is Kind.SUPPLEMENT
    assert kinds[1] is not Kind.SUPPLEMENT


def test_a_quoted_appeal_is_the_one_it_belongs_to(say: Say, model_that_says: MakeModel) -> None:
    talk = _after_a_burst_pipe(say)
    lamp = say("路灯又黑了", who="v3", number=3, after=10)
    talk = talk.remember(lamp, read(lamp, talk), "lamp", "TY-20250602-0002")
    quoting = say("那边还在淌呢", number=4, who="v2", to="m1", after=20)
    assert together(quoting, talk, DOUBTFUL, model_that_says(Kind.SUPPLEMENT)).appeal == "water"


def test_two_appeals_that_fit_alike_make_a_link_as_doubtful_as_it_is(say: Say, model_that_says: MakeModel) -> None:
    talk = _after_a_burst_pipe(say)
    said = say("那边还在淌呢", number=4, who="v2", after=20)
    model = model_that_says(Kind.SUPPLEMENT, scales=replace(EVEN, hint=0.0))
    one = together(said, talk, DOUBTFUL, model).confidence
    lamp = say("路灯又黑了", who="v3", number=3, after=10)
    two = together(said, talk.remember(lamp, Reading(Kind.APPEAL), "lamp", None), DOUBTFUL, model).confidence
    assert two == pytest.approx(one / 2, abs=0.01)


def test_an_appeal_a_model_finds_is_urgent_when_its_words_tell_of_danger(say: Say, model_that_says: MakeModel) -> None:
    assert together(say("变压器冒烟了"), EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL)).urgent


@pytest.mark.parametrize(("text", "satisfied"), [("今天洗上澡了", True), ("还是老样子没水", False)])
def test_feedback_only_the_model_hears_is_good_unless_there_is_complaint_in_it(
    say: Say, model_that_says: MakeModel, text: str, satisfied: bool
) -> None:
    talk = _after_a_burst_pipe(say)
    said = say(text, number=2, after=200)
    reading = together(said, talk, DOUBTFUL, model_that_says(Kind.FEEDBACK))
    assert (reading.kind, reading.satisfied) == (Kind.FEEDBACK, satisfied)


def test_a_model_is_only_asked_for_what_such_a_speaker_says(say: Say, model_that_says: MakeModel) -> None:
    official = say("晓得了", role=Role.VILLAGE_OFFICIAL)
    reading = together(official, EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL, by=9.0, scales=Scales()))
    assert reading.kind in (Kind.CHATTER, Kind.ANNOUNCEMENT)


def _after_a_burst_pipe(say: Say) -> Conversation:
    said = say("自来水管破裂，院子都淹了")
    return EMPTY.remember(said, read(said, EMPTY), "water", "TY-20250602-0001")
