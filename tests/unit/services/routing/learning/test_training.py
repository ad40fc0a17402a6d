"""A model is learned from messages and their labels, and tried on those it has not seen."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest

from services.routing.learning import training
from services.routing.learning.model import Model
from services.routing.learning.training import FEWEST, Labelled, Outcome, TooLittle, card, train

Trained = tuple[Model, Outcome]


def quietly(examples: list[Labelled]) -> Trained:
    return train(examples, 1, lambda _: None)


@pytest.mark.parametrize(
    ("said", "label"),
    [("变压器又坏了，全村停电", "供电所"), ("自来水管漏水，没水吃", "水务局"), ("公交车不来，公路全是坑", "交通局")],
)
def test_it_names_the_department_of_a_message_it_has_not_seen(trained: Trained, said: str, label: str) -> None:
    likely = trained[0].judge(said)
    assert likely[0][0] == label
    assert sum(probability for _, probability in likely) == pytest.approx(1.0)


def test_each_message_is_scored_once_by_a_model_that_had_not_seen_it(trained: Trained, examples: list[Labelled]) -> None:
    outcome = trained[1]
    assert outcome.whole.messages == len(examples)
    assert outcome.by_source["lists"].pairs == outcome.whole.pairs
    assert 0.6 < outcome.whole.macro_f1 <= 1.0


def test_messages_that_are_equal_but_for_their_punctuation_are_held_out_together(examples: list[Labelled]) -> None:
    once = [replace(one, label="甲" if n % 2 else "乙") for n, one in enumerate(examples)]  # labels that say nothing
    twice = [*once, *(replace(one, text=f"您好，{one.text}！！") for one in once)]
    # Who could learn from the twin would name nearly all rightly.
    assert quietly(twice)[1].whole.accuracy < 0.75


def test_a_label_with_too_few_messages_is_left_out_and_told(examples: list[Labelled]) -> None:
    few = [Labelled(f"学校食堂第{n}次涨价", "教育局", "lists") for n in range(FEWEST - 1)]
    model, outcome = quietly([*examples, *few, Labelled("？？", "教育局", "lists")])
    assert "教育局" not in model.labels.kinds
    assert outcome.left_out == {"教育局": FEWEST - 1}


def test_of_two_labels_either_may_be_named(examples: list[Labelled]) -> None:
    model, _ = quietly([one for one in examples if one.label != "交通局"])
    assert (model.judge("停电了，电表坏了")[0][0], model.judge("没水了，水管坏了")[0][0]) == ("供电所", "水务局")


@pytest.mark.parametrize("kept", [0, 10])
def test_from_one_label_or_none_nothing_is_learned(examples: list[Labelled], kept: int) -> None:
    with pytest.raises(TooLittle, match="样本太少"):
        quietly(examples[:kept])


def test_the_same_messages_make_the_same_model(trained: Trained, examples: list[Labelled]) -> None:
    again, _ = quietly(examples)
    # two parts that are held out are learned at once and draw from one source of chance: their scale differs in the last digits
    one, other = (model.labels.weights / np.linalg.norm(model.labels.weights) for model in (again, trained[0]))
    assert np.allclose(one, other, rtol=1e-4, atol=1e-6)
    assert np.allclose(np.linalg.norm(again.labels.weights), np.linalg.norm(trained[0].labels.weights), rtol=0.02)


def test_the_card_tells_from_what_and_how_well(trained: Trained) -> None:
    told = orjson.loads(orjson.dumps(card(trained[1], 3, datetime(2025, 6, 9, 8, tzinfo=UTC))))
    assert (told["version"], told["trained_at"]) == (3, "2025-06-09T08:00:00+00:00")
    assert told["examples"] == {
        "all": 30,
        "by_source": {"lists": 30},
        "by_label": {"供电所": 10, "水务局": 10, "交通局": 10},
        "left_out": {},
    }
    assert told["cross_validated"]["macro_f1"] == pytest.approx(trained[1].whole.macro_f1, abs=1e-4)
    assert set(told["cross_validated"]["per_class"]) == {"供电所", "水务局", "交通局"}
    assert training.summary(trained[1].whole)["messages"] == 30
