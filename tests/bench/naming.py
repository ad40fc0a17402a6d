"""The model of departments on public messages to government: how right on what it has not seen, how long to train, to ask.

The ceiling is the plain thing anybody would try: character n-grams by TF-IDF and a linear SVM, on the same folds.
"""

import asyncio
import time
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from services.cli.routing_model import read_labelled
from services.routing.learning.features import tidied
from services.routing.learning.training import FOLDS, Labelled, train
from tests.bench.judge import milliseconds
from tests.bench.measure import Line
from tests.bench.rig import Rig

OUTSIDE = Path(__file__).parents[2].parent / "shared" / "data" / "tipdm"
TABLES = (OUTSIDE / "train.csv", OUTSIDE / "train_raw.csv")
RIGHT, TRAINED, ASKED = 93.0, 120.0, 2.0
"""macro-F1 in hundredths, seconds, milliseconds"""
UNIT = "% F1"


async def measure(rig: Rig) -> list[Line]:
    if not TABLES[0].is_file():
        rig.say("skipped: the public messages are not on this machine")
        return []
    examples = read_labelled(TABLES)
    rig.say("training the model of departments")
    began = time.monotonic()
    model, outcome = await asyncio.to_thread(train, examples, 1, lambda _: None)
    seconds = time.monotonic() - began
    rig.say("the plain thing anybody would try")
    plain = await asyncio.to_thread(_plain, examples)
    asked = [milliseconds([lambda one=one: model.judge(one.text) for one in examples[n::100]]) for n in range(rig.rounds)]  # type: ignore[misc]
    by_source = [
        Line(f"… of {source}", [100 * score.macro_f1], unit=UNIT, enough=RIGHT) for source, score in outcome.by_source.items()
    ]
    return [
        Line("naming who answers, messages held out", [100 * outcome.whole.macro_f1], [100 * plain], "TF-IDF, linear SVM", UNIT, enough=RIGHT),
        *by_source,
        Line("training it", [seconds], unit="s", at_most=TRAINED),
        Line("asking it", asked, unit="ms", at_most=ASKED),
    ]  # fmt: skip


def _plain(examples: list[Labelled]) -> float:
    texts, labels = [one.text for one in examples], [one.label for one in examples]
    pipeline = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, min_df=2), LinearSVC())
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    named = cross_val_predict(pipeline, texts, labels, cv=folds, groups=[tidied(text) for text in texts])
    return float(f1_score(labels, named, average="macro"))
