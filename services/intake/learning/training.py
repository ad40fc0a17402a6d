"""Training: scikit-learn finds the weights, scores them on messages it has not seen, and says whether they help.

Each message is scored by a model that was trained without its source (county); with fewer than three sources, and for what
was judged at work, without its fifth of the examples. The temperature that makes the model's 0.8 mean 80 % is found on the same unseen guesses.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

import numpy as np

from services.intake.learning.examples import DEMO, FIELD, Example
from services.intake.learning.features import BUCKETS, SCHEME
from services.intake.learning.model import Model
from services.intake.learning.together import LEAST, SUREST, decide, weighed
from shared.events.intake import Kind

FEWEST = 20
"""examples; from fewer nothing is learned that holds"""
SOURCES = 3
"""from so many sources on, a whole source is held out at a time"""
FOLDS = 5
OFTEN = 2
STRENGTH = 1.0
"""of the weights against their regularisation (C)"""
HEATS = (1.0, 5.0)
"""Never below 1: the stories the rules were written with would make a model surer than it is elsewhere."""
TRUSTS = (0.0, 2.0)
UNWITNESSED = 2.0
"""Trust in the rules where nobody can say how right they are: what they are sure of stands."""
WRITTEN_WITH = frozenset({DEMO, "heldout", "hills", "north", "unseen"})
"""The counties the rules were written with: they are right there as nowhere else, so these tell nothing of their worth."""
SELECTED = frozenset({FIELD})
"""What was judged at work is mostly what the rules were unsure of: wrong more often than all that they read."""


class TooLittle(Exception):
    """There is not enough to learn from; the message says what there is."""


@dataclass
class Tally:
    """How many messages were read rightly, by the rules alone, by the model alone, by both together."""

    messages: int = 0
    rules: int = 0
    model: int = 0
    together: int = 0

    def take(self, one: Example, guessed: Kind, decided: Kind) -> None:
        self.messages += 1
        self.rules += one.rules is one.kind
        self.model += guessed is one.kind
        self.together += decided is one.kind


@dataclass
class Scores:
    """Cross-validated."""

    held_out: str
    heat: float = 1.0
    trust: float = UNWITNESSED
    whole: Tally = field(default_factory=Tally)
    by_source: dict[str, Tally] = field(default_factory=dict)

    @property
    def helps(self) -> bool:
        """Whether more is read rightly with the model, by the witnesses if there are any."""
        heard = [tally for source, tally in self.by_source.items() if source not in WRITTEN_WITH] or [self.whole]
        return sum(tally.together for tally in heard) > sum(tally.rules for tally in heard)


def train(examples: Sequence[Example], version: int) -> tuple[Model, Scores]:
    """A model of all examples, and how well such a model does on messages it has not seen. Raises TooLittle."""
    kinds = Counter(one.kind for one in examples)
    speakers = {one.official for one in examples}
    if len(examples) < FEWEST or len(kinds) < 2 or len(speakers) < 2:
        listed = "、".join(f"{kind} {count}" for kind, count in kinds.most_common()) or "无"
        raise TooLittle(f"可学的样本太少：{len(examples)} 条（{listed}）；至少要 {FEWEST} 条，干部和群众的话都要有")
    folds, held_out = _folds(examples)
    scores = Scores(held_out)
    unseen = [(test, _fit([examples[i] for i in train], version)) for train, test in folds]
    scores.heat, scores.trust = _weights(examples, unseen)
    for test, model in unseen:
        model.heat, model.trust = scores.heat, scores.trust
        for i in test:
            _score(examples[i], model, scores)
    model = _fit(examples, version)
    model.heat, model.trust = scores.heat, scores.trust
    return model, scores


def card(examples: Sequence[Example], scores: Scores, version: int, trained_at: datetime) -> dict[str, Any]:
    """What is written beside the model."""
    by_source = Counter(one.source for one in examples)
    by_kind = Counter(str(one.kind) for one in examples)
    return {
        "version": version,
        "trained_at": trained_at.isoformat(timespec="seconds"),
        "scheme": SCHEME,
        "scikit_learn": installed("scikit-learn"),
        "examples": {"all": len(examples), "by_source": dict(by_source), "by_kind": dict(by_kind)},
        "without": "sealed messages; words of people who are forgotten",
        "temperature": round(scores.heat, 3),
        "trust_in_rules": round(scores.trust, 3),
        "cross_validated": {
            "held_out": scores.held_out,
            "all": vars(scores.whole),
            "by_source": {source: vars(tally) for source, tally in scores.by_source.items()},
        },
        "helps": scores.helps,
    }


def _score(one: Example, model: Model, scores: Scores) -> None:
    guess = model.guess(one.found, official=one.official)
    decided = decide(one.rules, one.confidence, guess, one.possible).kind if one.doubted else one.rules
    for tally in (scores.whole, scores.by_source.setdefault(one.source, Tally())):
        tally.take(one, guess.best, decided)


def _folds(examples: Sequence[Example]) -> tuple[list[tuple[list[int], list[int]]], str]:
    """(train, test) as places; each place is tested once."""
    sources = sorted({one.source for one in examples})
    if len(sources) < SOURCES:
        parts, held_out = _fifths(list(range(len(examples)))), "a fifth at a time"
    else:
        places = {source: [i for i, one in enumerate(examples) if one.source == source] for source in sources}
        parts = [p for source in sources for p in (_fifths(places[source]) if source == FIELD else [places[source]])]
        held_out = f"one source at a time, of {FIELD} a fifth"
    return [_against(part, len(examples)) for part in parts if part], held_out


def _fifths(places: list[int]) -> list[list[int]]:
    order = np.random.default_rng(0).permutation(places).tolist()
    return [order[n::FOLDS] for n in range(FOLDS)]


def _against(test: list[int], size: int) -> tuple[list[int], list[int]]:
    held = set(test)
    return [i for i in range(size) if i not in held], test


def _fit(examples: Sequence[Example], version: int) -> Model:
    """Weights for the features that at least two examples have; what only one has is no pattern."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    counted = Counter(bucket for one in examples for bucket in one.found)
    kept = sorted(bucket for bucket, count in counted.items() if count >= OFTEN)
    place = {bucket: n for n, bucket in enumerate(kept)}
    cells = [(row, place[b], value) for row, one in enumerate(examples) for b, value in one.found.items() if b in place]
    rows, columns, values = zip(*cells, strict=True)
    table = csr_matrix((values, (rows, columns)), shape=(len(examples), len(kept)))
    learner = LogisticRegression(C=STRENGTH, max_iter=1000)
    with threadpool_limits(1):  # so small a task is slower on several threads
        learner.fit(table, [str(one.kind) for one in examples])
    found, bias = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # one row only: of the second kind against the first
        found, bias = np.vstack([-found, found]) / 2, np.concatenate([-bias, bias]) / 2
    weights = np.zeros((BUCKETS, len(learner.classes_)), np.float32)
    weights[kept] = found.T
    return Model(version, tuple(Kind(kind) for kind in learner.classes_), weights, bias.astype(np.float32))


def _weights(examples: Sequence[Example], unseen: Sequence[tuple[list[int], Model]]) -> tuple[float, float]:
    """The temperature of the model and the trust in the rules under which unseen messages were the least surprising.

    How far the rules are to be trusted, whole counties tell that they were not written with.
    """
    from scipy.optimize import minimize

    heard = [(examples[i], model) for test, model in unseen for i in test]
    witnesses = [(one, model) for one, model in heard if one.source not in WRITTEN_WITH | SELECTED and one.doubted]

    def surprise(weights: Sequence[float]) -> float:
        total = 0.0
        for one, model in witnesses or heard:
            model.heat, model.trust = weights[0], weights[1] if witnesses else UNWITNESSED
            both = weighed(one.rules, min(one.confidence, SUREST), model.guess(one.found, official=one.official))
            total -= float(np.log(max(both.get(one.kind, 0.0), LEAST)))
        return total

    found = minimize(surprise, (1.5, 1.0), bounds=(HEATS, TRUSTS), method="Powell", options={"xtol": 0.02, "ftol": 1e-4})
    return float(found.x[0]), float(found.x[1]) if witnesses else UNWITNESSED
