"""A trained model: one compressed file of weights, a column a label. It needs no scikit-learn, numpy only when loaded."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.routing.learning.features import SCHEME, features
from shared.learning.linear import Linear, Unusable, arrays, part

SIZE_LIMIT = 100_000_000
PART = "labels"


@dataclass(frozen=True, slots=True)
class Model:
    """A version."""

    version: int
    labels: Linear[str]
    """its scores are calibrated: log-probabilities, but for a constant a message"""

    def margins(self, text: str) -> dict[str, float]:
        """Of every label: above zero where the text is of it, as far as was learned."""
        return dict(zip(self.labels.kinds, self.labels.scores([features(text)])[0].tolist(), strict=True))

    def judge(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, the likeliest first."""
        import numpy as np

        scores = self.labels.scores([features(text)])[0].astype(np.float64)
        raised = np.exp(scores - scores.max())
        likely = zip(self.labels.kinds, (raised / raised.sum()).tolist(), strict=True)
        return sorted(likely, key=lambda one: -one[1])

    def dump(self) -> bytes:
        """The file's bytes."""
        import numpy as np

        target = io.BytesIO()
        parts: dict[str, Any] = {"scheme": np.int32(SCHEME), "version": np.int32(self.version), **self.labels.dump(PART)}
        np.savez_compressed(target, **parts)
        return target.getvalue()


def load(path: Path) -> Model:
    """Raises Unusable, OSError."""
    with arrays(path, SCHEME, SIZE_LIMIT) as found:
        model = Model(int(found["version"]), part(found, PART, str))
    if not model.labels.fits() or len(set(model.labels.kinds)) < len(model.labels.kinds):
        raise Unusable(f"{path}: its weights do not fit")
    return model
