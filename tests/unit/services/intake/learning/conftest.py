"""Small models made by hand, and stories told in a line a message."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.intake.learning.features import BUCKETS
from services.intake.learning.model import Model
from services.intake.reading import Said
from shared.events.intake import Kind, Role

NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
KINDS = (Kind.APPEAL, Kind.CHATTER, Kind.SUPPLEMENT, Kind.ACCEPT)

MakeModel = Callable[..., Model]
Say = Callable[..., Said]


@pytest.fixture
def model_that_says() -> MakeModel:
    """A model that finds every message to be of one kind, this much surer than of each other."""

    def make(kind: Kind, by: float = 3.0, version: int = 1) -> Model:
        bias = np.array([by if known is kind else 0.0 for known in KINDS], np.float32)
        return Model(version, KINDS, np.zeros((BUCKETS, len(KINDS)), np.float32), bias, 1.0)

    return make


@pytest.fixture
def say() -> Say:
    def said(
        text: str, *, who: str = "v1", role: Role = Role.VILLAGER, number: int = 1, to: str | None = None, after: float = 0
    ) -> Said:
        return Said(f"m{number}", "wecom", "g", who, role, None, text, to, NOON + timedelta(minutes=after))

    return said
