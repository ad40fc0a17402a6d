"""The model that comes with the program: which kind of office answers for what people say, learned from many counties.

Each county's directory is its own, but everywhere somebody looks after the power line and somebody after the pensions: so what
is learned is the kind of office (offices.py), and an appeal that several may rightly answer is an example of each. Counties are
held out whole, for people of one county say things alike.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from services.routing.directory import Directory
from services.routing.learning.features import SCHEME
from services.routing.learning.model import Model
from services.routing.learning.training import fit, tabled
from services.routing.matching import propose, without_places
from services.routing.proposing import Proposal
from shared.events.intake import Kind
from shared.learning.tabling import linear

FOLDS = 6
STRENGTH = 0.3
"""of the weights: there is less to learn from than a hotline has"""


@dataclass(frozen=True)
class Opening:
    """An appeal of a county's story, and the codes of those who may rightly answer for it."""

    county: str
    text: str
    kind: Kind
    village: str
    township: str
    directory: Directory
    right: frozenset[str]

    @property
    def words(self) -> str:
        return without_places(self.text, self.village, self.township)

    @property
    def offices(self) -> frozenset[str]:
        known = zip(self.directory.departments, self.directory.offices, strict=True)
        return frozenset(office for department, offices in known if department.code in self.right for office in offices)


@dataclass
class Tally:
    """How many appeals went to one who may rightly answer."""

    appeals: int = 0
    rules: int = 0
    together: int = 0
    sure: Counter[str] = field(default_factory=Counter)
    """confidence of so many tenths → appeals, and `0.7 right` how many of them rightly"""


def train(
    openings: Sequence[Opening], written_with: frozenset[str], version: int, say: Callable[[str], None] = print
) -> tuple[Model, dict[str, Tally]]:
    """The model of all, and how it does on counties held out whole; `all` without those the rules were written with."""
    keys, told = tabled([one.words for one in openings])
    kinds = sorted(frozenset[str]().union(*(one.offices for one in openings)))
    belongs = np.array([[kind in one.offices for kind in kinds] for one in openings])
    counties = sorted({one.county for one in openings})
    part = np.array([counties.index(one.county) % FOLDS for one in openings])
    tallies: dict[str, Tally] = {}
    with threadpool_limits(1):
        for n in range(FOLDS):
            say(f"留出第 {n + 1}/{FOLDS} 组县检验……")
            model = _model(version, kinds, keys, *fit(told[part != n], belongs[part != n], STRENGTH))
            for index in np.flatnonzero(part == n).tolist():
                one = openings[index]
                counted = [tallies.setdefault(one.county, Tally())]
                if one.county not in written_with:
                    counted.append(tallies.setdefault("all", Tally()))
                _judge(one, model, counted)
        say("用全部的县训练……")
        return _model(version, kinds, keys, *fit(told, belongs, STRENGTH)), tallies


def _model(version: int, kinds: list[str], keys: list[int], weights: NDArray[Any], bias: NDArray[Any]) -> Model:
    return Model(version, linear(tuple(kinds), keys, weights, bias))


def _judge(one: Opening, model: Model, tallies: Sequence[Tally]) -> None:
    def first(offices: dict[str, float]) -> Proposal:
        return propose(
            one.text, one.directory, kind=one.kind, village=one.village, township=one.township, offices=offices
        )[0]  # fmt: skip

    alone, both = first({}), first(model.margins(one.words))
    for tally in tallies:
        tally.appeals += 1
        tally.rules += alone.department in one.right
        tally.together += both.department in one.right
        tenth = f"{int(both.confidence * 10) / 10:.1f}"
        tally.sure[tenth] += 1
        tally.sure[f"{tenth} right"] += both.department in one.right


def card(openings: Sequence[Opening], tallies: dict[str, Tally], version: int, trained_at: datetime) -> dict[str, Any]:
    """What is written beside the model."""
    whole = tallies["all"]
    counted = Counter(office for one in openings for office in one.offices)
    return {
        "version": version,
        "trained_at": trained_at.isoformat(timespec="seconds"),
        "scheme": SCHEME,
        "examples": {"appeals": len(openings), "by_office": dict(counted.most_common())},
        "cross_validated": {
            "held_out": f"{FOLDS} groups of whole counties, one at a time",
            "all": {"appeals": whole.appeals, "rules": whole.rules, "together": whole.together},
            "sure": {key: [n, whole.sure[f"{key} right"]] for key, n in sorted(whole.sure.items()) if "right" not in key},
            "by_county": {
                name: [tally.appeals, tally.rules, tally.together] for name, tally in tallies.items() if name != "all"
            },
        },
    }
