"""A model of departments on public messages to government, kept beside the project on machines that have them.

Every third of them: the whole, which takes a minute, is in the bench.
"""

from pathlib import Path

import pytest

from services.cli.routing_model import read_labelled
from services.routing.learning import training

OUTSIDE = Path(__file__).parents[2].parent / "shared" / "data" / "tipdm"
TABLES = (OUTSIDE / "train.csv", OUTSIDE / "train_raw.csv")


@pytest.mark.skipif(not TABLES[0].is_file(), reason="the public messages are not on this machine")
def test_seven_classes_of_public_messages_are_told_apart_prepared_and_raw() -> None:
    _, outcome = training.train(read_labelled(TABLES)[::3], 1, lambda _: None)
    assert set(outcome.by_source) == {"train", "train_raw"}
    assert min(score.macro_f1 for score in outcome.by_source.values()) >= 0.88
    assert outcome.whole.gap < 0.03
