"""Proposals, and how what rules found and what was learned from other counties come to one word. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from types import MappingProxyType

from services.routing.directory import Directory
from services.routing.offices import BY_KEY

MOST = 3
"""How many departments are proposed: the lead and whom a triager would think of next."""
OF_RULES, OF_DUTIES = 0.5, 4.5
"""what the rules' evidence counts beside the margins that were learned, and what likeness to the duties does"""
SHARPNESS = 3.0
"""how sharply all of it together tells departments apart, so that of what is named with 0.7 at least seven in ten are right

All of these were measured on counties that were held out."""
ALIKE = 9
"""departments whose duties are likest, that count"""
LIKE = -0.5
"""a margin above which a text is like those of an office, and that is told"""
UNLIKE = -2.0
"""the margin of a department that is no kind of office we know"""
NOBODY_HEARD: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A department that may be accountable. By rules alone, below about 0.45 nothing in the text clearly said so."""

    department: str
    confidence: float
    category: str
    """of two levels; empty where nothing said what it is about"""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """What rules found for a department: what it is about, and by which words."""

    category: str
    reasons: tuple[str, ...] = ()


def together(
    text: str, directory: Directory, found: Mapping[int, tuple[float, Why]], offices: Mapping[str, float],
    elsewhere: frozenset[int],
) -> tuple[Proposal, ...]:  # fmt: skip
    """The departments, best first. `found` is the rules' evidence: how much of it, and why.

    Offices of one kind (a station in each township) share what was learned and stand for one among the others.
    """
    alike = dict(directory.resembling(text)[:ALIKE])
    score: dict[int, float] = {}
    kinds: dict[tuple[str, ...], float] = {}
    for index, mine in enumerate(directory.offices):
        if index not in elsewhere:
            likeness = max((offices.get(office, UNLIKE) for office in mine), default=UNLIKE)
            ruled = found[index][0] if index in found else 0.0
            score[index] = SHARPNESS * (OF_RULES * ruled + OF_DUTIES * alike.get(index, 0.0) + likeness)
            kinds[mine] = max(kinds.get(mine, score[index]), score[index])
    highest = max(kinds.values())
    whole = sum(exp(one - highest) for one in kinds.values())
    best = sorted(score, key=lambda index: (-score[index], index))[:MOST]
    return tuple(_proposal(directory, index, found.get(index), offices, exp(score[index] - highest) / whole) for index in best)


def _proposal(
    directory: Directory, index: int, found: tuple[float, Why] | None, offices: Mapping[str, float], sure: float
) -> Proposal:
    known = [office for office in directory.offices[index] if office in offices]
    likest = max(known, key=lambda office: offices[office], default=None)
    why = found[1] if found else Why(f"其他/{BY_KEY[likest].label}" if likest else "其他/待分办")
    reasons = why.reasons
    if likest and (offices[likest] > LIKE or not reasons):
        reasons = (*reasons, f"说法与各地由{BY_KEY[likest].label}部门办理的诉求相近（模型）")
    return Proposal(directory.departments[index].code, round(min(0.97, sure), 3), why.category, reasons)
