"""Rules and model decide together: a doubtful rule yields to a sure model, and nothing sealed is ever opened."""

from dataclasses import replace

import pytest

from services.intake.learning.model import Guess
from services.intake.learning.together import LOOSE, SILENCED, decide, together
from services.intake.reading import EMPTY, Conversation, Reading, read
from shared.events.intake import Kind, Role

from .conftest import MakeModel, Say

DOUBTFUL = Reading(Kind.CHATTER, confidence=0.6, reasons=("闲谈",))


def guess(**likely: float) -> Guess:
    return Guess(3, {Kind(kind): p for kind, p in likely.items()})


def test_a_doubtful_rule_yields_to_a_sure_model_whose_name_stands_in_the_reasons(say: Say, model_that_says: MakeModel) -> None:
    reading = together(say("老地方，又是那样"), EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL, version=7))
    assert reading.kind is Kind.APPEAL
    assert reading.reasons[0] == "由模型7判定为诉求（91%），规则认为是闲谈"
    assert [(one.kind, one.reason) for one in reading.alternatives] == [(Kind.CHATTER, "规则的看法")]


def test_a_model_is_not_asked_of_what_has_no_words(say: Say, model_that_says: MakeModel) -> None:
    reading = together(say("[图片]"), EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL, by=9.0))
    assert reading == replace(DOUBTFUL, reasons=("闲谈", "由规则判定"))


def test_how_much_the_rules_word_weighs_was_learned_with_the_model(say: Say, model_that_says: MakeModel) -> None:
    sure, model = replace(DOUBTFUL, confidence=0.9), model_that_says(Kind.APPEAL, by=3.0)
    for trust, kind in ((1.5, Kind.CHATTER), (1.0, Kind.APPEAL), (0.0, Kind.APPEAL)):  # odds of 27, 9 and 1 against 20
        model.trust = trust
        assert together(say("老地方，又是那样"), EMPTY, sure, model).kind is kind


@pytest.mark.parametrize("kind", [Kind.REPORT, Kind.SUPPLEMENT])
def test_no_model_unseals(say: Say, model_that_says: MakeModel, kind: Kind) -> None:
    sealed = Reading(kind, appeal="a", sealed=True, confidence=0.5)
    reading = together(say("书记的事"), EMPTY, sealed, model_that_says(Kind.CHATTER, by=9.0))
    assert (reading.kind, reading.sealed, reading.appeal, reading.confidence) == (kind, True, "a", 0.5)


def test_an_unread_message_stays_unread(say: Say, model_that_says: MakeModel) -> None:
    unread = Reading(Kind.CHATTER, confidence=0.0)
    assert together(say("？"), EMPTY, unread, model_that_says(Kind.APPEAL)).confidence == 0


def test_the_odds_of_both_are_multiplied() -> None:
    agree = decide(Kind.CHATTER, 0.75, guess(chatter=0.8, appeal=0.2), lambda _: True)
    assert (agree.kind, agree.confidence, agree.overruled) == (Kind.CHATTER, 0.92, False)  # 3 × 4 to 1
    doubted = decide(Kind.CHATTER, 0.8, guess(chatter=0.25, appeal=0.75), lambda _: True)
    assert (doubted.kind, doubted.confidence) == (Kind.CHATTER, 0.57)  # 4 × ⅓ to 1: a person is asked
    won = decide(Kind.CHATTER, 0.6, guess(chatter=0.2, appeal=0.8), lambda _: True)
    assert (won.kind, won.confidence, won.overruled) == (Kind.APPEAL, 0.73, True)  # 1.5 × ¼ to 1


def test_a_model_torn_between_two_is_not_sure_and_one_that_is_impossible_does_not_overrule() -> None:
    torn = decide(Kind.CHATTER, 0.6, guess(chatter=0.1, appeal=0.5, enquiry=0.4), lambda _: True)
    assert (torn.kind, torn.confidence) == (Kind.APPEAL, 0.48)  # a person is asked
    assert decide(Kind.CHATTER, 0.6, guess(chatter=0.1, supplement=0.9), lambda _: False).kind is Kind.CHATTER


def test_what_the_rules_would_have_numbered_is_not_passed_over_without_a_person() -> None:
    silenced = decide(Kind.APPEAL, 0.6, guess(appeal=0.01, chatter=0.99), lambda _: True)
    assert (silenced.kind, silenced.confidence) == (Kind.CHATTER, SILENCED)


def test_an_addition_needs_an_appeal_to_belong_to(say: Say, model_that_says: MakeModel) -> None:
    said = say("那边还在淌呢", number=2, who="v2", after=20)
    nowhere = together(said, EMPTY, DOUBTFUL, model_that_says(Kind.SUPPLEMENT))
    assert nowhere.kind is Kind.CHATTER
    somewhere = together(said, _after_a_burst_pipe(say), DOUBTFUL, model_that_says(Kind.SUPPLEMENT))
    assert (somewhere.kind, somewhere.appeal) == (Kind.SUPPLEMENT, "water")
    assert somewhere.confidence <= LOOSE  # it was not quoted: a person looks at it


def test_a_quoted_appeal_is_the_one_it_belongs_to(say: Say, model_that_says: MakeModel) -> None:
    quoting = say("那边还在淌呢", number=2, who="v2", to="m1", after=20)
    reading = together(quoting, _after_a_burst_pipe(say), DOUBTFUL, model_that_says(Kind.SUPPLEMENT))
    assert (reading.appeal, reading.confidence > LOOSE) == ("water", True)


def test_an_appeal_a_model_finds_is_urgent_when_its_words_tell_of_danger(say: Say, model_that_says: MakeModel) -> None:
    assert together(say("变压器冒烟了"), EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL)).urgent


def test_a_model_is_only_asked_for_what_such_a_speaker_says(say: Say, model_that_says: MakeModel) -> None:
    official = say("晓得了", role=Role.VILLAGE_OFFICIAL)
    reading = together(official, EMPTY, DOUBTFUL, model_that_says(Kind.APPEAL, by=9.0))
    assert reading.kind is Kind.CHATTER


def _after_a_burst_pipe(say: Say) -> Conversation:
    said = say("自来水管破裂，院子都淹了")
    return EMPTY.remember(said, read(said, EMPTY), "water", "TY-20250602-0001")
