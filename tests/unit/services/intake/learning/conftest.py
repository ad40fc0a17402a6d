"""Small models made by hand, and stories told in a line a message."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.intake.learning.model import LINKED, SAID_BY_OFFICIALS, SAID_BY_VILLAGERS, Model, Scales
from services.intake.reading import Said
from shared.events.intake import Kind, Role
from shared.learning.linear import Linear

NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
EVEN = Scales(heat=1.0, trust=1.0, lift=0.0, link=0.3, hint=0.3)
KEYS = [1, 2, 3]

MakeModel = Callable[..., Model]
Say = Callable[..., Said]


def certain(kinds: tuple[Kind, ...], bias: dict[Kind, float]) -> Linear[Kind]:
    """A part that knows no words."""
    weights = np.zeros((len(KEYS), len(kinds)), np.float32)
    return Linear(kinds, np.array(KEYS, np.uint32), weights, np.array([bias.get(kind, 0.0) for kind in kinds], np.float32))


@pytest.fixture
def model_that_says() -> MakeModel:
    """A model that finds every message to be of one kind, this much surer than of each other."""

    def make(
        kind: Kind, by: float = 3.0, version: int = 1, scales: Scales = EVEN, fits: float = 2.0, **grounds: float
    ) -> Model:
        """`fits`: the log-odds that a message belongs to whatever appeal there is; `grounds`: villager_chatter=1.5."""
        return Model(
            version,
            certain(SAID_BY_VILLAGERS, {kind: by}),
            certain(SAID_BY_OFFICIALS, {kind: by}),
            certain(LINKED, dict.fromkeys(LINKED, fits)),
            {name.replace("_", "/", 1): odds for name, odds in grounds.items()},
            scales,
        )

    return make


@pytest.fixture
def say() -> Say:
    def said(
        text: str, *, who: str = "v1", role: Role = Role.VILLAGER, number: int = 1, to: str | None = None, after: float = 0
    ) -> Said:
        return Said(f"m{number}", "wecom", "g", who, role, None, text, to, NOON + timedelta(minutes=after))

    return said
