"""A model of departments on public messages to government, kept beside the project on machines that have them."""

import time
from pathlib import Path
from statistics import median

import pytest

from services.cli.routing_model import read_labelled
from services.routing.learning import training

OUTSIDE = Path(__file__).parents[2].parent / "shared" / "data" / "tipdm"
TABLES = (OUTSIDE / "train.csv", OUTSIDE / "train_raw.csv")


@pytest.mark.skipif(not TABLES[0].is_file(), reason="the public messages are not on this machine")
def test_seven_classes_of_public_messages_are_told_apart_prepared_and_raw() -> None:
    examples = read_labelled(TABLES)
    model, outcome = training.train(examples, 1, lambda _: None)
    scores = {source: score.macro_f1 for source, score in outcome.by_source.items()}
    assert outcome.seconds < 120
    assert outcome.whole.gap < 0.02
    assert min(outcome.whole.macro_f1, *scores.values()) >= 0.93
    taken = []
    for one in examples[::100]:
        began = time.perf_counter()
        model.judge(one.text)
        taken.append(time.perf_counter() - began)
    assert median(taken) < 0.002
