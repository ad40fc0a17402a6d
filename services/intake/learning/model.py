"""A trained model: one compressed file of weights. It needs no scikit-learn, numpy only when loaded.

Three linear parts: what kind a villager's message is, what kind an official's, and whether a message of a kind belongs to an
appeal. Beside them how often the rules were right on each of their grounds, and the scales by which all are weighed.
"""

import io
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from services.intake.learning.features import SCHEME
from shared.events.intake import ACTIONS, Kind
from shared.learning.linear import Linear, Unusable, arrays, part

SAID_BY_OFFICIALS = (Kind.ACCEPT, Kind.PROGRESS, Kind.RESOLVE, Kind.CALLBACK, Kind.ANNOUNCEMENT, Kind.CHATTER)
SAID_BY_VILLAGERS = (
    Kind.APPEAL, Kind.ENQUIRY, Kind.SUPPLEMENT, Kind.FEEDBACK, Kind.REPORT, Kind.OFFER, Kind.CHATTER,
)  # fmt: skip
LINKED = (Kind.SUPPLEMENT, Kind.FEEDBACK, *sorted(ACTIONS))
"""The columns of the link score: it differs by what the message would be."""
SIZE_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class Scales:
    """By which the witnesses are weighed; found on counties that were held out, so that 0.8 means 80 %."""

    heat: float = 1.0
    """of the model's log-probability of a kind"""
    trust: float = 0.3
    """of the log-odds that the rules are right on this ground"""
    lift: float = 0.6
    """of the rules' word, whatever the ground"""
    link: float = 0.3
    """of the score of the best appeal, where it is against the kind"""
    hint: float = 0.3
    """of the rules' word for an appeal"""
    spread: float = 1.0
    """of the appeals' scores among themselves"""


@dataclass(frozen=True, slots=True)
class Model:
    """A version: what it knows of villagers, of officials, of links and of the rules."""

    version: int
    villagers: Linear[Kind]
    officials: Linear[Kind]
    links: Linear[Kind]
    grounds: dict[str, float] = field(default_factory=dict)
    """what the rules said and why → the log-odds that they were right so far"""
    scales: Scales = field(default_factory=Scales)

    def dump(self) -> bytes:
        """The file's bytes."""
        import numpy as np

        target = io.BytesIO()
        parts: dict[str, Any] = {}
        for name in PARTS:
            weights: Linear[Kind] = getattr(self, name)
            parts |= weights.dump(name)
        np.savez_compressed(
            target,
            scheme=np.int32(SCHEME),
            version=np.int32(self.version),
            grounds=np.array(list(self.grounds), dtype=np.str_),
            odds=np.array(list(self.grounds.values()), np.float32),
            scales=np.array(list(asdict(self.scales).values()), np.float32),
            **parts,
        )
        return target.getvalue()


PARTS = {"villagers": SAID_BY_VILLAGERS, "officials": SAID_BY_OFFICIALS, "links": LINKED}
"""part → the kinds it may know"""


def load(path: Path) -> Model:
    """Raises Unusable, OSError."""
    import numpy as np

    with arrays(path, SCHEME, SIZE_LIMIT) as found:
        parts = {one: part(found, one, Kind) for one in PARTS}
        grounds = dict(zip(map(str, found["grounds"]), map(float, found["odds"]), strict=True))
        scales = Scales(*map(float, found["scales"].reshape(len(fields(Scales)))))
        version = int(found["version"])
    numbers = [*grounds.values(), *asdict(scales).values()]
    fits = all(weights.fits() and set(weights.kinds) <= set(PARTS[one]) for one, weights in parts.items())
    if not fits or not np.isfinite(numbers).all() or scales.heat <= 0 or min(numbers[-len(fields(Scales)) :]) < 0:
        raise Unusable(f"{path}: its weights do not fit")
    return Model(version, parts["villagers"], parts["officials"], parts["links"], grounds, scales)
