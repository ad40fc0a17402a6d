"""Training: a county's own words are learned, scored on counties not seen, and never from what is sealed at work."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from services.cli.train import STORIES, base, of_folder
from services.intake.learning import training
from services.intake.learning.examples import FIELD, Example, Story, Told, learnable, of_story, walk
from services.intake.learning.features import SCHEME
from services.intake.learning.model import load
from services.intake.learning.shelf import SHIPPED
from services.intake.learning.together import together
from services.intake.reading import EMPTY, Reading, read
from shared.events import FORGOTTEN
from shared.events.intake import Kind, Role
from shared.learning.shelf import CARD, FILE

from .conftest import MakeModel, Say

PLACES = "渡磨祠碾晒井崖窑柳牌"


def county(say: Say, name: str) -> Story:
    """Ten troubles in words no rule knows, ten answers, ten pieces of talk, ten notices."""
    told = []
    for n, place in enumerate(PLACES):
        at, number = 3000 * n, 5 * n
        official = Role.VILLAGE_OFFICIAL
        told += [
            Told(say(f"嘎呐{place}口又哐咯咧", who=f"v{n}", number=number, after=at), Kind.APPEAL, f"A{n}"),
            Told(
                say(f"晓得咯{place}口，就去", who="o", role=official, number=number + 1, after=at + 100), Kind.ACCEPT, f"A{n}"
            ),
            Told(say(f"{place}边的粉蛮香", who=f"w{n}", number=number + 2, after=at + 900), Kind.CHATTER),
            Told(say(f"{place}口开会咯，都来", who="o", role=official, number=number + 3, after=at + 1000), Kind.ANNOUNCEMENT),
        ]
    return Story(name, tuple(told))


def test_a_countys_own_words_are_learned_and_scored_on_what_was_not_seen(say: Say) -> None:
    stories = [county(say, name) for name in ("a", "b", "c")]
    model, scores = training.train(stories, [], 5, lambda _: None)
    assert scores.held_out == "3 groups of whole counties, one at a time"
    assert scores.whole.together.messages == 120
    assert scores.whole.together.kinds > scores.whole.rules.kinds
    assert scores.whole.together.links > scores.whole.rules.links
    assert scores.helps
    new = say("嘎呐塘口又哐咯咧", who="v99")
    reading = together(new, EMPTY, read(new, EMPTY), model)
    assert (reading.kind, reading.confidence > 0.5) == (Kind.APPEAL, True)
    card = training.card(stories, [], scores, 5, datetime(2025, 6, 2, tzinfo=UTC))
    assert card["examples"]["by_kind"] == {"appeal": 30, "chatter": 30, "accept": 30, "announcement": 30}
    assert sum(n["messages"] for n in card["cross_validated"]["confidence"].values()) == 120


def test_what_was_judged_at_work_is_learned_on_top_of_the_stories(say: Say) -> None:
    field = [replace(one, source=FIELD) for one in of_story(county(say, "x"))]
    _, scores = training.train([], field, 1, lambda _: None)
    assert scores.held_out == "5 parts, one at a time"
    assert scores.by_source[FIELD].together.messages == len(field)
    assert scores.by_source[FIELD].together.kinds > scores.by_source[FIELD].rules.kinds


def test_each_story_and_each_example_is_held_out_once(say: Say) -> None:
    field = [replace(one, source=FIELD) for one in of_story(county(say, "x"))]
    stories = [county(say, str(n)) for n in range(8)]
    parts = training.divided(stories, field)
    assert len(parts) == training.FOLDS
    assert sorted(story.name for part in parts for story in part.stories) == [str(n) for n in range(8)]
    assert sum(len(part.loose) for part in parts) == len(field)


def test_the_counties_the_rules_were_written_with_and_the_field_are_no_witnesses(say: Say) -> None:
    parts = [of_story(county(say, name)) for name in ("a", "north", FIELD)]
    assert {one.source for part in parts for one in part if training._witness(one)} == {"a"}
    scores = training.Scores("")
    for name, rules, both in (("demo", 10, 2), ("a", 6, 7)):
        counts = [training.Count(10, kinds) for kinds in (rules, 0, both)]
        scores.by_source[name] = training.Tally(*counts)
    assert scores.helps
    scores.by_source["a"].together.kinds = 6
    assert not scores.helps


def test_a_reader_reads_on_from_its_own_mistakes(say: Say, model_that_says: MakeModel) -> None:
    [first, second, *_] = walk(county(say, "a"), model_that_says(Kind.CHATTER, by=9.0))
    assert (first.reading.kind, first.linked) == (Kind.CHATTER, False)
    assert second.example.target is None  # what it should belong to was never opened
    rightly = of_story(county(say, "a"))
    assert rightly[1].target == 0


def test_from_too_little_nothing_is_learned(say: Say) -> None:
    examples = of_story(county(say, "a"))
    with pytest.raises(training.TooLittle, match="至少要 20 条"):
        training.train([], examples[:6], 1)
    with pytest.raises(training.TooLittle, match="干部"):
        training.train([], [one for one in examples * 2 if not one.seen.official], 1)


def test_nothing_sealed_forgotten_or_empty_is_learned_from_a_countys_own_log(say: Say) -> None:
    def learned(text: str, kind: Kind, to: str | None = None) -> Example | None:
        return learnable(FIELD, kind, None, say(text, number=2, to=to), sealed)

    accusing = say("村支书贪污低保款，把名额都给了他亲戚", number=1, who="v9")
    sealed = EMPTY.remember(accusing, Reading(Kind.REPORT, sealed=True), "a", None)
    assert learned(accusing.text, Kind.APPEAL) is None  # the rules seal it
    assert learned("他家那个事", Kind.SUPPLEMENT, to="m1") is None  # said to what is sealed
    assert learned("有人照顾自家人", Kind.REPORT) is None
    assert learned(FORGOTTEN, Kind.APPEAL) is None
    assert learned("[图片]", Kind.CHATTER) is None
    assert learned("村口的灯不亮", Kind.APPEAL) is not None


def test_accusations_are_learned_from_stories(say: Say) -> None:
    told = Told(say("有人照顾自家人"), Kind.REPORT, "A1")
    assert [one.kind for one in of_story(Story("a", (told,)))] == [Kind.REPORT]


def test_the_model_that_comes_with_the_program_is_of_these_stories_and_this_scheme() -> None:
    """A story or the features were changed: `make model` trains it anew."""
    card = orjson.loads((SHIPPED / CARD).read_bytes())
    stories = base().stories
    tests = STORIES.parents[3] / "tests" / "acceptance"
    stories += [of_folder(tests / name) for name in ("unseen", "heldout", "north", "hills")]
    assert card["scheme"] == SCHEME
    assert card["stories"] == {story.name: training.digest(story) for story in stories}
    assert load(SHIPPED / FILE).version == card["version"]
    assert (SHIPPED / FILE).stat().st_size < 800_000


def test_on_counties_held_out_the_shipped_model_reads_far_more_rightly_than_the_rules() -> None:
    held_out = orjson.loads((SHIPPED / CARD).read_bytes())["cross_validated"]
    witnesses = [tally for name, tally in held_out["by_source"].items() if name not in training.WRITTEN_WITH]
    shares = {
        reader: [sum(tally[reader][what] for tally in witnesses) for what in ("kinds", "links", "sealed")]
        for reader in ("rules", "together")
    }
    messages, reports = (sum(tally["rules"][what] for tally in witnesses) for what in ("messages", "reports"))
    assert (len(witnesses), messages) == (62, 7072)
    assert shares["together"][0] / messages > 0.78
    assert shares["together"][1] / messages > 0.85
    assert shares["together"][2] / reports > 0.75
    assert shares["rules"][0] / messages < 0.65
