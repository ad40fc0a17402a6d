"""How the witnesses are weighed: the model of kinds, the score of the best appeal, the rules' word on its ground. Pure.

Taken jointly: a kind that belongs to an appeal is as likely as there is an appeal it fits, and impossible where there is none.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.intake.learning.model import LINKED, Model, Scales
from services.intake.learning.seen import Seen
from shared.events.intake import BELONGING, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ACCUSED = 0.2
"""From this likelihood of a report on a message is sealed: in doubt it is, and the commission is asked."""
LEAST = 1e-3
"""of a kind the model does not expect at all"""
COLUMN = {kind: n for n, kind in enumerate(LINKED)}


@dataclass(frozen=True, slots=True)
class Heard:
    """What each witness says of a message, before it is weighed."""

    likely: dict[Kind, float]
    links: "NDArray[np.float32] | None"
    """a row a candidate, a column a kind of LINKED: the log-odds that it belongs there; None without candidates"""
    odds: float
    """the log-odds that the rules are right on this ground"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind and candidate that won, how sure both are, and how likely each kind is by all."""

    kind: Kind
    candidate: int | None
    confidence: float
    likely: dict[Kind, float]
    candidates: dict[Kind, tuple[int, float]]
    """kind → the candidate that fits best, and its share among all"""


def hear(seen: Seen, model: Model) -> Heard:
    part = model.officials if seen.official else model.villagers
    scores = part.scores([seen.found])[0].tolist()
    most = max(scores)
    raised = [math.exp(score - most) for score in scores]
    whole = sum(raised)
    likely = {kind: one / whole for kind, one in zip(part.kinds, raised, strict=True)}
    links = model.links.scores(seen.pairs) if seen.pairs else None
    return Heard(likely, links, model.grounds.get(seen.word, model.grounds.get(seen.ground, 0.0)))


def weigh(seen: Seen, heard: Heard, scales: Scales) -> Verdict:
    """Raises nothing: chatter is always possible."""
    scores: dict[Kind, float] = {}
    candidates: dict[Kind, tuple[int, float]] = {}
    for kind in {**heard.likely, seen.rules: 0.0}:
        score = scales.heat * math.log(heard.likely.get(kind, 0.0) + LEAST)
        if kind is seen.rules:
            score += said_by_rules(heard.odds, scales)
        if kind in BELONGING:
            if heard.links is None or kind not in COLUMN:
                continue
            n, fit, share = _best(heard.links[:, COLUMN[kind]].tolist(), seen.hinted if kind is seen.rules else None, scales)
            candidates[kind] = n, share
            score += scales.link * min(0.0, fit)
        scores[kind] = score
    if not scores:  # of people who speak only to appeals, where there is none
        scores[Kind.CHATTER] = 0.0
    most = max(scores.values())
    raised = {kind: math.exp(score - most) for kind, score in scores.items()}
    whole = sum(raised.values())
    likely = {kind: one / whole for kind, one in raised.items()}
    best = max(likely, key=likely.__getitem__)
    if likely.get(Kind.REPORT, 0.0) >= ACCUSED:
        best = Kind.REPORT
    candidate, share = candidates.get(best, (None, 1.0))
    return Verdict(best, candidate, likely[best] * share, likely, candidates)


def said_by_rules(odds: float, scales: Scales) -> float:
    """What their word adds to their kind: nothing where they were mostly wrong so far."""
    return max(0.0, scales.trust * odds + scales.lift)


def _best(fits: list[float], hinted: int | None, scales: Scales) -> tuple[int, float, float]:
    """The candidate that fits best, its score, its share."""
    if hinted is not None:
        fits[hinted] += scales.hint
    n = max(range(len(fits)), key=fits.__getitem__)
    return n, fits[n], 1 / sum(math.exp(scales.spread * (fit - fits[n])) for fit in fits)
