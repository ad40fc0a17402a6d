"""A trained model: one compressed file of weights, and the guess it makes. It needs no scikit-learn, numpy only when loaded."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.intake.learning.features import BUCKETS, SCHEME, Features
from shared.events.intake import ACTIONS, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAID_BY_OFFICIALS = frozenset({*ACTIONS, Kind.ANNOUNCEMENT, Kind.CHATTER})
SAID_BY_VILLAGERS = frozenset({Kind.APPEAL, Kind.ENQUIRY, Kind.SUPPLEMENT, Kind.FEEDBACK, Kind.OFFER, Kind.CHATTER})
LEARNED = SAID_BY_OFFICIALS | SAID_BY_VILLAGERS
"""The kinds a model may know. A report is none of them: what is sealed is not learned from, and never guessed."""
SIZE_LIMIT = 20_000_000


class Unusable(Exception):
    """A file is no model this version can use; the message says why."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How likely each kind is, by a model of this version; only kinds that such a speaker says.

    `trust` is how much the rules' word weighs beside it: their odds are raised to this power.
    """

    version: int
    likely: dict[Kind, float]
    trust: float = 1.0

    @property
    def best(self) -> Kind:
        return max(self.likely, key=self.likely.__getitem__)


class Model:
    """A linear model over hashed features: one weight a bucket and kind, softened by a temperature so that 0.8 means 80 %."""

    def __init__(
        self,
        version: int,
        kinds: tuple[Kind, ...],
        weights: "NDArray[np.float32]",
        bias: "NDArray[np.float32]",
        heat: float = 1.0,
        trust: float = 1.0,
    ) -> None:
        self.version, self.kinds, self.heat, self.trust = version, kinds, heat, trust
        self._weights, self._bias = weights, bias
        self._said = {True: _columns(kinds, SAID_BY_OFFICIALS), False: _columns(kinds, SAID_BY_VILLAGERS)}

    def guess(self, found: Features, *, official: bool) -> Guess:
        """The probabilities of the kinds."""
        import numpy as np

        columns = self._said[official]
        values = np.fromiter(found.values(), np.float32, len(found))
        scores = values @ self._weights[list(found)] + self._bias
        scores = scores[columns] / self.heat
        raised = np.exp(scores - scores.max())
        likely = (raised / raised.sum()).tolist()
        return Guess(self.version, {self.kinds[c]: p for c, p in zip(columns, likely, strict=True)}, self.trust)

    def dump(self) -> bytes:
        """The file's bytes."""
        import numpy as np

        target = io.BytesIO()
        np.savez_compressed(
            target,
            scheme=np.int32(SCHEME),
            version=np.int32(self.version),
            kinds=np.array([str(kind) for kind in self.kinds]),
            weights=self._weights.astype(np.float16),
            bias=self._bias.astype(np.float32),
            heat=np.float32(self.heat),
            trust=np.float32(self.trust),
        )
        return target.getvalue()


def _columns(kinds: tuple[Kind, ...], said: frozenset[Kind]) -> list[int]:
    columns = [n for n, kind in enumerate(kinds) if kind in said]
    if not columns:
        raise Unusable("the model knows no kind that villagers, or none that officials say")
    return columns


def load(path: Path) -> Model:
    """Raises Unusable, OSError."""
    import numpy as np

    if path.stat().st_size > SIZE_LIMIT:
        raise Unusable(f"{path}: larger than {SIZE_LIMIT} bytes")
    try:
        with np.load(path, allow_pickle=False) as file:
            scheme, version, heat, trust = (
                int(file["scheme"]),
                int(file["version"]),
                float(file["heat"]),
                float(file["trust"]),
            )
            kinds = tuple(Kind(str(kind)) for kind in file["kinds"])
            weights, bias = file["weights"].astype(np.float32), file["bias"].astype(np.float32)
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as trouble:
        raise Unusable(f"{path}: not a model file ({trouble})") from None
    if scheme != SCHEME:
        raise Unusable(f"{path}: of scheme {scheme}, this version of minsheng knows {SCHEME}; train it again")
    fits = weights.shape == (BUCKETS, len(kinds)) and bias.shape == (len(kinds),) and heat > 0 and trust >= 0
    if not fits or not set(kinds) <= LEARNED or not np.isfinite(weights).all():
        raise Unusable(f"{path}: its weights do not fit")
    return Model(version, kinds, weights, bias, heat, trust)
