"""What trained models say of who answers. Pure.

One comes with the program and knows kinds of offices, learned from many counties; it is weighed with the rules (proposing.py).
The other a county trained of its own cases, and what it says is told here as departments: a label is a department's code, or a category of the county's own catalogue, which says who answers for it there and then.
In its shadow time a model only watches: what it would have done stands beside what was done, and is compared later with what
the officials made of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.routing.categories import Place, answering
from services.routing.departments import Departments
from services.routing.proposing import MOST, Proposal

WORTH_SAYING = 0.05
"""a probability below which a label is not told"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a version of the model says of a text: labels with probabilities, likeliest first."""

    version: int
    labels: tuple[tuple[str, float], ...]
    shadow: bool = True


@dataclass(frozen=True, slots=True)
class Hearing:
    """What all models say of a text."""

    offices: Mapping[str, float] = field(default_factory=dict)
    """by kind of office: how like the text is to those that such an office answered elsewhere"""
    own: Heard | None = None
    """the county's own model"""


SILENT = Hearing()


def proposals(heard: Heard, departments: Departments, place: Place) -> tuple[Proposal, ...]:
    """The departments it means, likeliest first, each once; labels that are nobody's here are left out."""
    directory = departments.index
    elsewhere = {directory.departments[index].code for index in directory.elsewhere(place.village, place.township)}
    sure: dict[str, tuple[float, str]] = {}
    for label, probability in heard.labels:
        department, category = _meant(label, departments, place)
        if department and department not in elsewhere and probability >= WORTH_SAYING:
            before, named = sure.get(department, (0.0, category))
            sure[department] = (before + probability, named or category)
    ranked = sorted(sure.items(), key=lambda one: -one[1][0])[:MOST]
    return tuple(_proposal(code, *found, departments, heard.version) for code, found in ranked)


def joined(read: Sequence[Proposal], heard: Sequence[Proposal]) -> list[Proposal]:
    """Whoever is surer first: what the county's own model says was compared with its officials before it counts."""
    named = [proposal if proposal.category else replace(proposal, category=read[0].category) for proposal in heard]
    return sorted([*read, *named], key=lambda proposal: -proposal.confidence)


def _meant(label: str, departments: Departments, place: Place) -> tuple[str, str]:
    """The department of a label, and its category if it is one."""
    if label in departments.by_code:
        return label, ""
    known = departments.categories.get(label)
    office = answering(known, place) if known else None
    return (office.department, label) if office and office.department in departments.by_code else ("", "")


def _proposal(code: str, probability: float, category: str, departments: Departments, version: int) -> Proposal:
    why = f"同类诉求以往由{departments.by_code[code].name}办理（模型第 {version} 版，把握 {probability:.0%}）"
    return Proposal(code, round(min(0.97, probability), 3), category, (why,))
