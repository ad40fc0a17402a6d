"""A trained model: one compressed file of weights. It needs no scikit-learn, numpy only when loaded.

Three linear parts: what kind a villager's message is, what kind an official's, and whether a message of a kind belongs to an
appeal. Beside them how often the rules were right on each of their grounds, and the scales by which all are weighed.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from services.intake.learning.features import SCHEME, Features
from shared.events.intake import ACTIONS, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAID_BY_OFFICIALS = (Kind.ACCEPT, Kind.PROGRESS, Kind.RESOLVE, Kind.CALLBACK, Kind.ANNOUNCEMENT, Kind.CHATTER)
SAID_BY_VILLAGERS = (
    Kind.APPEAL, Kind.ENQUIRY, Kind.SUPPLEMENT, Kind.FEEDBACK, Kind.REPORT, Kind.OFFER, Kind.CHATTER,
)  # fmt: skip
LINKED = (Kind.SUPPLEMENT, Kind.FEEDBACK, *sorted(ACTIONS))
"""The columns of the link score: it differs by what the message would be."""
SIZE_LIMIT = 20_000_000


class Unusable(Exception):
    """A file is no model this version can use; the message says why."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights: a row a key, a column a kind. Keys that are not known count for nothing."""

    kinds: tuple[Kind, ...]
    keys: "NDArray[np.uint32]"
    weights: "NDArray[np.float32]"
    bias: "NDArray[np.float32]"
    rows: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", {key: row for row, key in enumerate(self.keys.tolist())})

    def scores(self, found: Sequence[Features]) -> "NDArray[np.float32]":
        """A row for each, a column a kind; all at once, for calling numpy costs more than counting."""
        import numpy as np

        rows, values, starts = list[int](), list[float](), list[int]()
        for one in found:
            starts.append(len(rows))
            rows.append(-1)  # the bias: so none is empty
            values.append(1.0)
            for key, value in zip(one.keys, one.values, strict=True):
                if (row := self.rows.get(key)) is not None:
                    rows.append(row)
                    values.append(value)
        weighed = self.weights[rows] * np.array(values, np.float32)[:, None]
        weighed[starts] = self.bias
        scores: NDArray[np.float32] = np.add.reduceat(weighed, starts, axis=0)
        return scores

    def told_by(self, found: Features, kind: Kind, other: Kind) -> list[tuple[str, float]]:
        """How much each named sign spoke for the one kind against the other; the words as one, named ""."""
        known = [(n, row) for n, key in enumerate(found.keys) if (row := self.rows.get(key)) is not None]
        rows = self.weights[[row for _, row in known]]
        difference = (rows[:, self.kinds.index(kind)] - rows[:, self.kinds.index(other)]).tolist()
        parts = [0.0] * len(found.keys)
        for (n, _), weight in zip(known, difference, strict=True):
            parts[n] = weight * found.values[n]
        words = len(parts) - len(found.names)
        return [("", sum(parts[:words])), *zip(found.names, parts[words:], strict=True)]


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
    villagers: Linear
    officials: Linear
    links: Linear
    grounds: dict[str, float] = field(default_factory=dict)
    """what the rules said and why → the log-odds that they were right so far"""
    scales: Scales = field(default_factory=Scales)

    def dump(self) -> bytes:
        """The file's bytes."""
        import numpy as np

        target = io.BytesIO()
        parts: dict[str, Any] = {}
        for name in PARTS:
            part: Linear = getattr(self, name)
            parts |= {
                f"{name}_kinds": np.array([str(kind) for kind in part.kinds]),
                f"{name}_keys": part.keys.astype(np.uint32),
                f"{name}_weights": part.weights.astype(np.float16),
                f"{name}_bias": part.bias.astype(np.float32),
            }
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
    if path.stat().st_size > SIZE_LIMIT:
        raise Unusable(f"{path}: larger than {SIZE_LIMIT} bytes")
    with path.open("rb") as file:
        return read_model(file, str(path))


def read_model(file: IO[bytes], name: str) -> Model:
    """Raises Unusable."""
    import numpy as np

    try:
        with np.load(file, allow_pickle=False) as found:
            scheme = int(found["scheme"])
            if scheme != SCHEME:
                raise Unusable(f"{name}: of scheme {scheme}, this version of minsheng knows {SCHEME}; train it again")
            parts = {part: _part(found, part) for part in PARTS}
            grounds = dict(zip(map(str, found["grounds"]), map(float, found["odds"]), strict=True))
            scales = Scales(*map(float, found["scales"].reshape(len(fields(Scales)))))
            version = int(found["version"])
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as trouble:
        raise Unusable(f"{name}: not a model file ({trouble})") from None
    numbers = [*grounds.values(), *asdict(scales).values()]
    fits = all(_fits(part, PARTS[part_name]) for part_name, part in parts.items())
    if not fits or not np.isfinite(numbers).all() or scales.heat <= 0 or min(numbers[-len(fields(Scales)) :]) < 0:
        raise Unusable(f"{name}: its weights do not fit")
    return Model(version, parts["villagers"], parts["officials"], parts["links"], grounds, scales)


def _part(found: Any, name: str) -> Linear:
    import numpy as np

    kinds = tuple(Kind(str(kind)) for kind in found[f"{name}_kinds"])
    weights = found[f"{name}_weights"].astype(np.float32)
    return Linear(kinds, found[f"{name}_keys"], weights, found[f"{name}_bias"].astype(np.float32))


def _fits(part: Linear, known: tuple[Kind, ...]) -> bool:
    import numpy as np

    shape = (len(part.keys), len(part.kinds))
    right = part.weights.shape == shape and part.bias.shape == shape[1:] and part.keys.ndim == 1 and min(shape) > 0
    return right and set(part.kinds) <= set(known) and bool(np.isfinite(part.weights).all() and np.isfinite(part.bias).all())
