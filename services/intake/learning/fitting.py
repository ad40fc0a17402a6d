"""scikit-learn finds the weights of a model, and scipy the scales by which its witnesses are weighed."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from services.intake.learning.examples import Example
from services.intake.learning.model import LINKED, SAID_BY_OFFICIALS, SAID_BY_VILLAGERS, Model, Scales
from services.intake.learning.seen import Seen
from services.intake.learning.weighing import COLUMN, LEAST, Heard, hear
from shared.events.intake import BELONGING, Kind
from shared.learning.linear import Features, Linear
from shared.learning.tabling import linear, table

OFTEN = 3
"""what fewer messages have is no pattern"""
STRENGTH = 1.0
"""of the weights against their regularisation (C), where each message is learned from once"""
RARITY = 0.25
"""how much more a rare fragment of words counts than one that everybody writes"""
DOUBT = 4.0
"""As if the rules had been tried so often already on each ground, with the success they have on the kind as a whole."""
BOUNDS = ((0.3, 3.0), (0.3, 2.0), (0.6, 4.0), (0.0, 2.0), (0.3, 4.0))
"""Of heat, trust, lift, link and hint. Counties of other hands alone would have the rules' word count for next to nothing; but
a county may also speak as those do that the rules were written with, where it is worth much. So it counts for this at least."""
ALL = tuple(Kind)


def fit(examples: Sequence[Example], version: int, *, times: int = 1) -> Model:
    """The weights; the rules' grounds and the scales come after, from counties that were held out.

    `times`: how often each message is among the examples, in conversations understood differently.
    """
    with threadpool_limits(1):  # so small a task is slower on several threads
        return Model(
            version,
            _kinds([one for one in examples if not one.seen.official], SAID_BY_VILLAGERS, times),
            _kinds([one for one in examples if one.seen.official], SAID_BY_OFFICIALS, times),
            _links(examples, times),
        )


def _kinds(examples: Sequence[Example], known: tuple[Kind, ...], times: int) -> Linear[Kind]:
    heard = [one for one in examples if one.kind in known]
    found = [one.seen.found for one in heard]
    keys, rarity = _vocabulary(found, times)
    learner = _learnt(table(found, keys).multiply(rarity).tocsr(), [str(one.kind) for one in heard], times)
    weights, bias = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # one row only: of the second kind against the first
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return linear(tuple(Kind(kind) for kind in learner.classes_), keys, (weights * rarity).T, bias)


def _links(examples: Sequence[Example], times: int) -> Linear[Kind]:
    """Of each appeal a message could have belonged to, whether it did; every sign counts once for all kinds and once for its own."""
    belonging = [one for one in examples if one.kind in BELONGING and one.target is not None and one.kind in COLUMN]
    found = [pair for one in belonging for pair in one.seen.pairs]
    right = [n == one.target for one in belonging for n in range(len(one.seen.pairs))]
    kinds = np.array([COLUMN[one.kind] for one in belonging for _ in one.seen.pairs])
    keys, _ = _vocabulary(found, times)
    if len(set(right)) < 2:  # nothing to choose between
        return linear(LINKED, keys, np.zeros((len(keys), len(LINKED))), np.zeros(len(LINKED)))
    told = table(found, keys)
    crossed = hstack([told, *(told.multiply((kinds == column)[:, None]) for column in range(len(LINKED)))]).tocsr()
    learner = _learnt(crossed, right, times)
    weights = learner.coef_[0].reshape(len(LINKED) + 1, len(keys))
    return linear(LINKED, keys, (weights[0] + weights[1:]).T, np.repeat(learner.intercept_, len(LINKED)))


def _learnt(told: csr_matrix, right: Sequence[object], times: int) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH / times, max_iter=400).fit(told, right)


def _vocabulary(found: Sequence[Features], times: int) -> tuple[list[int], NDArray[np.float64]]:
    """The keys worth a weight, and how rare each is; only fragments of words are rare or common."""
    counted = Counter(key for one in found for key in one.keys)
    words = {key for one in found for key in one.keys[: len(one.keys) - len(one.names)]}
    keys = sorted(key for key, count in counted.items() if count >= OFTEN * times)
    rarity = [1.0 + RARITY * math.log((len(found) + 1) / (counted[key] + 1)) if key in words else 1.0 for key in keys]
    return keys, np.array(rarity)


def grounds(examples: Sequence[Example]) -> dict[str, float]:
    """The log-odds that the rules were right, by what they said and why, and by kind for what they never said before."""
    tried: dict[str, list[bool]] = {}
    for one in examples:
        if not one.seen.settled:
            for name in (one.seen.word, one.seen.ground):
                tried.setdefault(name, []).append(one.seen.rules is one.kind)
    kinds = {one.seen.word: one.seen.ground for one in examples}
    shares: dict[str, float] = {}
    for name, right in sorted(tried.items(), key=lambda item: item[0].count("/")):
        before = shares.get(kinds.get(name, ""), 0.5) if name in kinds else 0.5
        shares[name] = (sum(right) + DOUBT * before) / (len(right) + DOUBT)
    return {name: math.log(share / (1 - share)) for name, share in sorted(shares.items())}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the witnesses said of an example, by a model that had not seen its county."""

    example: Example
    heard: Heard


def judged(examples: Sequence[Example], model: Model) -> list[Judged]:
    return [Judged(one, hear(one.seen, model)) for one in examples if not one.seen.settled]


def scales(cases: Sequence[Judged], start: Scales) -> Scales:
    """Under which what is right surprised least."""
    surprises = _Surprises(cases)
    found = minimize(
        surprises.of_kinds, (start.heat, start.trust, start.lift, start.link, start.hint), bounds=BOUNDS, method="Powell",
        options={"xtol": 0.01, "ftol": 1e-5},
    )  # fmt: skip
    heat, trust, lift, link, hint = (float(value) for value in found.x)
    fitted = replace(start, heat=heat, trust=trust, lift=lift, link=link, hint=hint)
    spread = minimize(lambda x: _surprise_of_links(cases, float(x[0]), hint), (1.0,), bounds=((0.2, 3.0),), method="Powell")
    return replace(fitted, spread=float(spread.x[0]))


class _Surprises:
    """The cases as arrays, a row a case, a column a kind, so that scales can be tried quickly."""

    def __init__(self, cases: Sequence[Judged]) -> None:
        shape = (len(cases), len(ALL))
        self.likely, self.links = np.full(shape, -np.inf), np.full(shape, np.inf)
        self.hinted = np.full(len(cases), -np.inf)
        self.odds = np.array([case.heard.odds for case in cases])
        self.rules = np.array([ALL.index(case.example.seen.rules) for case in cases])
        self.right = np.array([ALL.index(case.example.kind) for case in cases])
        for row, case in enumerate(cases):
            self._take(row, case.example.seen, case.heard)

    def _take(self, row: int, seen: Seen, heard: Heard) -> None:
        for kind in {**heard.likely, seen.rules: 0.0}:
            column = ALL.index(kind)
            if kind in BELONGING:
                if heard.links is None:
                    continue
                fits = heard.links[:, COLUMN[kind]]
                self.links[row, column] = fits.max()
                if kind is seen.rules and seen.hinted is not None:
                    self.hinted[row] = fits[seen.hinted]
            self.likely[row, column] = math.log(heard.likely.get(kind, 0.0) + LEAST)

    def of_kinds(self, values: Sequence[float]) -> float:
        """`weighing.weigh`, for all at once."""
        heat, trust, lift, link, hint = values
        rows, links = np.arange(len(self.rules)), self.links.copy()
        links[rows, self.rules] = np.maximum(links[rows, self.rules], self.hinted + hint)
        scores = heat * self.likely + link * np.minimum(0.0, links)
        scores[rows, self.rules] += np.maximum(0.0, trust * self.odds + lift)
        most = scores.max(axis=1, initial=-1e9)
        whole = np.log(np.exp(scores - most[:, None]).sum(axis=1) + 1e-12) + most
        right = np.maximum(scores[rows, self.right] - whole, math.log(LEAST))
        return -float(right.mean())


def _surprise_of_links(cases: Sequence[Judged], spread: float, hint: float) -> float:
    total = 0.0
    for case in cases:
        one, links = case.example, case.heard.links
        if one.target is None or links is None or len(links) < 2 or one.kind not in COLUMN:
            continue
        fits = links[:, COLUMN[one.kind]].astype(float)
        if one.seen.rules is one.kind and one.seen.hinted is not None:
            fits[one.seen.hinted] += hint
        fits = spread * (fits - fits.max())
        total -= fits[one.target] - math.log(np.exp(fits).sum())
    return total
