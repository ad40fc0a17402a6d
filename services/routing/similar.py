"""The rulebook of similar cases: which solved cases are most like this one, and why. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from services.routing.likeness import runs
from services.routing.naming import in_common, pieces, plain

LEAST = 0.1
"""likeness below which two cases have nothing to do with each other"""
VILLAGE, TOWNSHIP, SATISFIED = 0.1, 0.05, 0.05
"""what is added when it was in the same village or township, and when its reporter was satisfied"""


LONGER = 3
"""characters of a phrase that cases of different categories must have in common"""
TELLING = 8
"""pairs of letters by which cases of other categories are looked for: the same trouble is not always taken for the same"""


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

    others = list({other.appeal: other for other in solved if other.appeal != case.appeal}.values())
    if not others:
        return []
    rows = runs([case.text, *(other.text for other in others)]).rows(np.arange(len(others) + 1))
    like = rows[1:] @ rows[0]
    near = [(_score(case, others[n], float(like[n])), others[n]) for n in np.flatnonzero(like >= LEAST)]
    found = (Alike(other, score, reasons) for score, other in sorted(near, key=_first) if (reasons := _reasons(case, other)))
    return list(islice(found, most))


def telling(case: Told, others: Sequence[Told]) -> str:
    """The pairs of letters in this case that fewest others say, any of them, as PostgreSQL's `tsquery` is written.

    Where it is tells nothing of what it is: names and numbers of places are left out.
    """
    text = re.sub(r"[0-9A-Za-z]+|[一二三四五六七八九十]+[组队号]", " ", plain(case.text))
    for place in (case.village, case.township):
        text = text.replace(place or " ", " ").replace(place.rstrip("村镇乡") or " ", " ")
    said = {pair: sum(pair in other.text for other in others) for pair in pieces(text, 2)}
    rarest = sorted(said, key=lambda pair: (said[pair], text.find(pair)))[:TELLING]
    return " | ".join(f"'{pair}'" for pair in rarest)


def _first(scored: tuple[float, Told]) -> tuple[float, float, str]:
    """The likest first, of equal ones the newest."""
    score, other = scored
    return -score, -other.opened_at.timestamp(), other.appeal


def _score(case: Told, other: Told, like: float) -> float:
    near = VILLAGE if _same_village(case, other) else TOWNSHIP if _same_township(case, other) else 0.0
    return round(min(1.0, like + near + (SATISFIED if other.satisfied else 0.0)), 3)


def _reasons(case: Told, other: Told) -> tuple[str, ...]:
    """Why it is alike; nothing when they have no phrase in common, across categories a longer one: chance makes no example."""
    common = in_common(case.text, other.text)
    if not common or (other.category != case.category and len(common[0]) < LONGER):
        return ()
    shared = "、".join(f"“{word}”" for word in common)
    where = "同村" if _same_village(case, other) else "同一乡镇" if _same_township(case, other) else ""
    same = f"同类：{other.category}" if other.category == case.category else ""
    told = (f"都说到{shared}", same, where, "群众满意" if other.satisfied else "")
    return tuple(reason for reason in told if reason)


def _same_village(case: Told, other: Told) -> bool:
    return bool(case.village) and (case.township, case.village) == (other.township, other.village)


def _same_township(case: Told, other: Told) -> bool:
    return bool(case.township) and case.township == other.township
