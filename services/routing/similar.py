"""The rulebook of similar cases: which solved cases are most like this one, and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.routing.likeness import runs
from services.routing.naming import in_common

LEAST = 0.1
"""likeness below which two cases have nothing to do with each other"""
VILLAGE, TOWNSHIP, SATISFIED = 0.1, 0.05, 0.05
"""what is added when it was in the same village or township, and when its reporter was satisfied"""


@dataclass(frozen=True, slots=True)
class Told:
    """A case in the words that its group may read."""

    appeal: str
    number: str
    text: str
    category: str
    department: str
    village: str
    township: str
    opened_at: datetime
    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """A solved case, how like it is (0–1), and why."""

    case: Told
    score: float
    reasons: tuple[str, ...]


def most_alike(case: Told, solved: Sequence[Told], most: int) -> list[Alike]:
    """The solved cases most like this one, best first; those that are alike in nothing are left out."""
    import numpy as np  # it takes a while to load, and every start would wait for that

    others = [other for other in solved if other.appeal != case.appeal]
    if not others:
        return []
    rows = runs([case.text, *(other.text for other in others)]).rows(np.arange(len(others) + 1))
    lengths = np.maximum(np.linalg.norm(rows, axis=1), 1e-9)
    like = (rows[1:] @ rows[0]) / (lengths[0] * np.maximum(lengths[1:], 0.5))
    found = [_alike(case, others[n], float(like[n])) for n in np.flatnonzero(like >= LEAST)]
    found.sort(key=lambda one: (-one.score, -one.case.opened_at.timestamp(), one.case.appeal))
    return found[:most]


def _alike(case: Told, other: Told, like: float) -> Alike:
    score, reasons = like, list[str]()
    if shared := in_common(case.text, other.text):
        reasons.append(f"都说到{'、'.join(f'“{word}”' for word in shared)}")
    reasons.append(f"同类：{other.category}")
    if case.village and case.village == other.village:
        score, where = score + VILLAGE, "同村"
    elif case.township and case.township == other.township:
        score, where = score + TOWNSHIP, "同一乡镇"
    else:
        where = ""
    if where:
        reasons.append(where)
    if other.satisfied:
        score += SATISFIED
        reasons.append("群众满意")
    return Alike(other, round(min(1.0, score), 3), tuple(reasons))
