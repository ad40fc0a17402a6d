"""Training: scikit-learn finds the weights, messages that were held out tell how sure they may make anybody.

Equal messages are held out together: a model must not be asked what it was told. The scores of those held out are then
calibrated, so that 0.8 means 80 %; all of it is linear, so what is kept is one table of weights.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from scipy.special import log_softmax
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from services.routing.learning.features import SCHEME, features, tidied
from services.routing.learning.model import Model
from services.routing.learning.scoring import Score
from shared.learning.tabling import linear, table

FOLDS = 5
FEWEST = FOLDS
"""messages of a label: with fewer it would be missing from what is learned when its own are held out"""
OFTEN = 2
"""what fewer messages have is no pattern"""
STRENGTH = 0.5
"""of the weights against their regularisation (C)"""
SMOOTH = 0.05
"""added to how much there is of each key, with a label and without"""
CORES = 2
Say = Callable[[str], None]
Floats = NDArray[np.float64]


class TooLittle(Exception):
    """There is not enough to learn from; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what people say it is."""

    text: str
    label: str
    source: str
    """the file, or the log"""


@dataclass
class Outcome:
    """How it went: on messages each judged by a model that had not seen them."""

    learned: Counter[str] = field(default_factory=Counter)
    """label → messages"""
    left_out: Counter[str] = field(default_factory=Counter)
    """label → messages of which there were too few"""
    sources: Counter[str] = field(default_factory=Counter)
    whole: Score = field(default_factory=Score)
    by_source: dict[str, Score] = field(default_factory=dict)
    seconds: float = 0.0


def train(examples: Sequence[Labelled], version: int, say: Say = print) -> tuple[Model, Outcome]:
    """A model of all, and how well such a model does on what it has not seen. Raises TooLittle."""
    began = time.monotonic()
    outcome, kept = _usable(examples)
    say("读样本……")
    keys, told = tabled([one.text for one in kept])
    kinds = sorted(outcome.learned)
    place = {label: n for n, label in enumerate(kinds)}
    right = np.array([place[one.label] for one in kept])
    belongs = right[:, None] == np.arange(len(kinds))
    say(f"分 {FOLDS} 份，轮流留出检验……")
    folds = _folds(kept, right)
    scores = np.zeros((len(kept), len(kinds)))
    with ThreadPoolExecutor(CORES) as pool, threadpool_limits(1):  # the learners let go of the interpreter's lock
        fits = list(pool.map(lambda fold: fit(told[fold[0]], belongs[fold[0]]), folds))
    for (_, held), (weights, bias) in zip(folds, fits, strict=True):
        scores[held] = told[held] @ weights + bias
    _judge_held_out(kept, kinds, folds, scores, right, outcome)
    say("用全部样本训练……")
    weights, bias = fit(told, belongs)
    scale, shift = _calibrated(scores, right)
    outcome.seconds = time.monotonic() - began
    return Model(version, linear(tuple(kinds), keys, weights * scale, bias * scale + shift)), outcome


def _usable(examples: Sequence[Labelled]) -> tuple[Outcome, list[Labelled]]:
    """Without what says nothing and labels too rare to learn. Raises TooLittle."""
    said = [one for one in examples if tidied(one.text)]
    counted = Counter(label for label, _ in {(one.label, tidied(one.text)) for one in said})  # equal ones are one
    rare = {label for label, count in counted.items() if count < FEWEST}
    kept = [one for one in said if one.label not in rare]
    learned = Counter(one.label for one in kept)
    if len(learned) < 2:
        listed = "、".join(f"{label} {count}" for label, count in counted.most_common(10)) or "无"
        raise TooLittle(f"可学的样本太少：{listed}；至少要两类，每类至少 {FEWEST} 条")
    return Outcome(learned, Counter({label: counted[label] for label in rare}), Counter(one.source for one in kept)), kept


def _folds(kept: Sequence[Labelled], right: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """What is learned from and what is held out, five times; every message once, each label in every part."""
    known: dict[str, int] = {}
    same = [known.setdefault(tidied(one.text), len(known)) for one in kept]
    return list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(np.zeros(len(kept)), right, same))


def tabled(texts: Sequence[str]) -> tuple[list[int], csr_matrix]:
    """The keys that are more than one text's, and the features of each text, a row each."""
    found = [features(text) for text in texts]
    keys = sorted(key for key, count in Counter(key for one in found for key in one.keys).items() if count >= OFTEN)
    return keys, table(found, keys)


def fit(told: csr_matrix, belongs: NDArray[np.bool_], strength: float = STRENGTH) -> tuple[Floats, Floats]:
    """Weights, a row a key, a column a label, and their bias: support vectors, each label against all that is not of it.

    A run of characters that is rare, or much more usual with the label than without it, may weigh more (Wang and Manning,
    Baselines and Bigrams, 2012; the root of their ratio did better than the ratio). A rare label is as dear as a common one.
    """
    often = np.bincount(told.indices, minlength=told.shape[1])
    rarity = np.log((1 + told.shape[0]) / (1 + often)) + 1
    usual = (told @ diags(rarity)).power(2).sum() / told.power(2).sum()
    scaled = (told @ diags(rarity / np.sqrt(usual))).tocsr()  # on average as large as before
    weights, bias = np.zeros((told.shape[1], belongs.shape[1])), np.full(belongs.shape[1], -1.0)
    for label in np.flatnonzero(belongs.any(axis=0)).tolist():  # one that is wholly held out is never named
        mine = belongs[:, label]
        ratio = _ratio(scaled, mine)
        learner = LinearSVC(C=strength, class_weight="balanced", max_iter=4000, random_state=0)
        learner.fit((scaled @ diags(ratio)).tocsr(), mine)
        weights[:, label] = learner.coef_[0] * ratio * rarity / np.sqrt(usual)
        bias[label] = learner.intercept_[0]
    return weights, bias


def _ratio(scaled: csr_matrix, mine: NDArray[np.bool_]) -> Floats:
    """Of each key: how much more, or less, of it there is with the label than without."""
    with_label, without = (SMOOTH + np.asarray(scaled[rows].sum(axis=0)).ravel() for rows in (mine, ~mine))
    ratio: Floats = np.sqrt(np.abs(np.log(with_label / with_label.sum()) - np.log(without / without.sum())))
    return ratio


def _calibrated(scores: Floats, right: NDArray[np.int64]) -> tuple[float, Floats]:
    """A scale and a shift for each label, under which what is right surprised least."""
    count = scores.shape[1]
    rows = np.arange(len(scores))

    def surprise(values: Floats) -> float:
        likely = log_softmax(values[0] * scores + values[1:], axis=1)
        return float(-likely[rows, right].mean() + 1e-3 * (values[1:] ** 2).sum())

    start = np.concatenate([[2.0], np.zeros(count)])
    found = minimize(surprise, start, bounds=[(0.05, 50.0), *[(-5.0, 5.0)] * count], method="L-BFGS-B").x
    return float(found[0]), found[1:]


def _judge_held_out(
    kept: Sequence[Labelled], kinds: list[str], folds: list[Any], scores: Floats, right: NDArray[np.int64], outcome: Outcome
) -> None:
    """Each part calibrated by the others, as a new message is by all."""
    for rest, held in folds:
        scale, shift = _calibrated(scores[rest], right[rest])
        likely = np.exp(log_softmax(scale * scores[held] + shift, axis=1))
        for n, row in zip(held, likely, strict=True):
            best = int(row.argmax())
            for score in (outcome.whole, outcome.by_source.setdefault(kept[n].source, Score())):
                score.take(kept[n].label, kinds[best], float(row[best]))


def card(outcome: Outcome, version: int, trained_at: datetime) -> dict[str, Any]:
    """What is written beside the model."""
    whole = outcome.whole
    return {
        "version": version,
        "trained_at": trained_at.isoformat(timespec="seconds"),
        "scheme": SCHEME,
        "scikit_learn": installed("scikit-learn"),
        "seconds": round(outcome.seconds, 1),
        "examples": {
            "all": whole.messages,
            "by_source": dict(outcome.sources),
            "by_label": dict(outcome.learned.most_common()),
            "left_out": dict(outcome.left_out),
        },
        "cross_validated": {
            "held_out": f"{FOLDS} parts, one at a time; equal messages in the same part",
            **summary(whole),
            "by_source": {source: summary(score) for source, score in outcome.by_source.items()},
        },
    }


def summary(score: Score) -> dict[str, Any]:
    """Shares, to four digits."""
    return {
        "messages": score.messages,
        "macro_f1": round(score.macro_f1, 4),
        "accuracy": round(score.accuracy, 4),
        "calibration_error": round(score.gap, 4),
        "per_class": {label: _rounded(asdict(one)) for label, one in score.by_label.items()},
        "reliability": [_rounded(asdict(step)) for step in score.steps],
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
