"""Training: a county's own words are learned, scored on what was not seen, and never from what is sealed."""

from datetime import UTC, datetime

import pytest

from services.intake.learning import examples as learning
from services.intake.learning import training
from services.intake.learning.examples import DEMO, FIELD, Example, of_story
from services.intake.reading import EMPTY
from shared.events import FORGOTTEN
from shared.events.intake import Kind, Role

from .conftest import Say

PLACES = "渡磨祠碾晒井崖窑柳牌"


def county(say: Say, source: str) -> list[Example]:
    """Ten troubles in words no rule knows, ten pieces of talk, ten answers."""
    told = []
    for n, place in enumerate(PLACES):
        told += [
            (say(f"嘎呐{place}口又哐咯咧", who=f"v{n}", number=4 * n, after=3000 * n), Kind.APPEAL, False),
            (say(f"{place}边的粉蛮香", who=f"w{n}", number=4 * n + 1, after=3000 * n + 900), Kind.CHATTER, False),
            (say(f"收到，就去{place}口", who="o", role=Role.VILLAGE_OFFICIAL, number=4 * n + 2, after=3000 * n + 1000),
             Kind.ACCEPT, False),
        ]  # fmt: skip
    return of_story(source, told)


def test_a_countys_own_words_are_learned_and_scored_on_what_was_not_seen(say: Say) -> None:
    examples = county(say, FIELD)
    model, scores = training.train(examples, 5)
    assert scores.held_out == "a fifth at a time"
    assert scores.whole.messages == len(examples)
    assert scores.whole.together > scores.whole.rules
    assert scores.helps
    new = learning.example("new", Kind.APPEAL, say("嘎呐塘口又哐咯咧", who="v99"), EMPTY)
    assert new
    guess = model.guess(new.found, official=False)
    assert (guess.version, guess.best, guess.likely[Kind.APPEAL] > 0.6) == (5, Kind.APPEAL, True)
    card = training.card(examples, scores, 5, datetime(2025, 6, 2, tzinfo=UTC))
    assert card["examples"]["by_kind"] == {"appeal": 10, "chatter": 10, "accept": 10}
    assert card["cross_validated"]["by_source"][FIELD]["messages"] == len(examples)


def test_with_three_counties_each_is_scored_by_the_others_and_the_field_by_fifths(say: Say) -> None:
    examples = [one for source in ("a", "b", FIELD) for one in county(say, source)]
    folds, held_out = training._folds(examples)
    tested = [{examples[i].source for i in test} for _, test in folds]
    assert tested == [{"a"}, {"b"}, *[{FIELD}] * 5]
    assert sorted(i for _, test in folds for i in test) == list(range(len(examples)))
    assert all(not set(train) & set(test) for train, test in folds)
    assert held_out.startswith("one source at a time")


def test_how_far_the_rules_are_trusted_is_told_by_whole_counties_they_were_not_written_with(say: Say) -> None:
    _, told = training.train([one for source in ("a", "b", "c") for one in county(say, source)], 1)
    assert told.trust < 0.5  # its speech is strange to the rules
    for silent in ((FIELD,), ("north", "hills", DEMO)):
        model, untold = training.train([one for source in silent for one in county(say, source)], 1)
        assert (model.trust, untold.trust) == (training.UNWITNESSED, training.UNWITNESSED)


def test_the_demo_is_no_witness_of_its_own_model() -> None:
    scores = training.Scores("")
    scores.by_source = {DEMO: training.Tally(10, 10, 5, 2), "a": training.Tally(10, 6, 7, 7)}
    assert scores.helps
    scores.by_source["a"].together = 6
    assert not scores.helps


def test_from_too_little_nothing_is_learned(say: Say) -> None:
    with pytest.raises(training.TooLittle, match="至少要 20 条"):
        training.train(county(say, "a")[:6], 1)
    villagers = [one for one in county(say, "a") + county(say, "b") if not one.official]
    with pytest.raises(training.TooLittle, match="干部"):
        training.train(villagers, 1)


def test_nothing_sealed_forgotten_or_empty_is_an_example(say: Say) -> None:
    told = [
        (say("村支书贪污低保款，把名额都给了他亲戚", number=1), Kind.APPEAL, False),  # the rules seal it
        (say("他家那个事", number=2, to="m1"), Kind.SUPPLEMENT, False),  # said to what is sealed
        (say("有人照顾自家人", number=3, after=9000), Kind.REPORT, False),
        (say("就是他", number=4, after=18000), Kind.SUPPLEMENT, True),  # a person sealed it
        (say(FORGOTTEN, number=5, after=27000), Kind.APPEAL, False),
        (say("[图片]", number=6, after=36000), Kind.CHATTER, False),
    ]
    assert of_story("a", told) == []
