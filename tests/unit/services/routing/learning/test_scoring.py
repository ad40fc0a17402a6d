"""F1, confusion and reliability, checked against scikit-learn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from services.routing.learning.scoring import Score


def score_of(*named: tuple[str, str, float]) -> Score:
    score = Score()
    for one in named:
        score.take(*one)
    return score


LABELS = st.sampled_from(["水", "电", "路", "学校"])


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40))
def test_the_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    score = score_of(*((right, named, 0.5) for right, named in pairs))
    right, named = [one for one, _ in pairs], [one for _, one in pairs]
    assert score.macro_f1 == pytest.approx(f1_score(right, named, average="macro", zero_division=0))
    assert score.accuracy == pytest.approx(accuracy_score(right, named))
    figures = precision_recall_fscore_support(right, named, labels=score.labels, zero_division=0)
    for n, one in enumerate(score.by_label.values()):
        assert (one.precision, one.recall, one.f1, one.messages) == pytest.approx(tuple(part[n] for part in figures))


def test_the_reliability_curve_tells_what_was_said_and_what_was_right_by_tenths() -> None:
    score = score_of(("水", "水", 0.95), ("水", "电", 0.93), ("电", "电", 0.42), ("电", "电", 1.0))
    assert [(step.messages, round(step.said, 2), round(step.right, 2)) for step in score.steps] == [
        (1, 0.42, 1.0),
        (3, 0.96, 0.67),
    ]
    assert score.gap == pytest.approx((0.58 + 3 * (0.96 - 2 / 3)) / 4)


def test_who_says_what_is_so_has_no_gap_and_nothing_has_none_either() -> None:
    assert score_of(("水", "水", 1.0)).gap == Score().gap == 0.0
    assert (Score().macro_f1, Score().accuracy, Score().labels) == (0.0, 0.0, [])
