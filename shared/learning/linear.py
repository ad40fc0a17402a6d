"""Features and the weights they are given: what a trained model is made of. It needs no scikit-learn, numpy only when loaded."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K = TypeVar("K", bound=str)


class Unusable(Exception):
    """A file is no model this version can use; the message says why."""


@dataclass(frozen=True, slots=True)
class Features:
    """Keys (hashes of names) and their values, the text's first; the names of the rest in their order, to tell reasons by."""

    keys: list[int]
    values: list[float]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Linear(Generic[K]):
    """Weights: a row a key, a column a kind. Keys that are not known count for nothing."""

    kinds: tuple[K, ...]
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

    def told_by(self, found: Features, kind: K, other: K) -> list[tuple[str, float]]:
        """How much each named sign spoke for the one kind against the other; the words as one, named ""."""
        known = [(n, row) for n, key in enumerate(found.keys) if (row := self.rows.get(key)) is not None]
        rows = self.weights[[row for _, row in known]]
        difference = (rows[:, self.kinds.index(kind)] - rows[:, self.kinds.index(other)]).tolist()
        parts = [0.0] * len(found.keys)
        for (n, _), weight in zip(known, difference, strict=True):
            parts[n] = weight * found.values[n]
        words = len(parts) - len(found.names)
        return [("", sum(parts[:words])), *zip(found.names, parts[words:], strict=True)]

    def dump(self, name: str) -> "dict[str, NDArray[Any]]":
        """The arrays a file keeps of a part of this name."""
        import numpy as np

        return {
            f"{name}_kinds": np.array([str(kind) for kind in self.kinds]),
            f"{name}_keys": self.keys.astype(np.uint32),
            f"{name}_weights": self.weights.astype(np.float16),
            f"{name}_bias": self.bias.astype(np.float32),
        }

    def fits(self) -> bool:
        """Whether the arrays, read from anywhere, belong together."""
        import numpy as np

        shape = (len(self.keys), len(self.kinds))
        right = self.weights.shape == shape and self.bias.shape == shape[1:] and self.keys.ndim == 1 and min(shape) > 0
        return right and bool(np.isfinite(self.weights).all() and np.isfinite(self.bias).all())


def part(found: Mapping[str, Any], name: str, kind: type[K]) -> Linear[K]:
    """Of the arrays of `dump`. Raises KeyError, ValueError."""
    import numpy as np

    kinds = tuple(kind(str(one)) for one in found[f"{name}_kinds"])
    weights = found[f"{name}_weights"].astype(np.float32)
    return Linear(kinds, found[f"{name}_keys"], weights, found[f"{name}_bias"].astype(np.float32))


@contextmanager
def arrays(path: Path, scheme: int, largest: int) -> Iterator[Mapping[str, Any]]:
    """The arrays of a model file of at most so many bytes, of one scheme of features.

    Raises OSError, and Unusable: also where what is read inside the block is not as expected.
    """
    import numpy as np

    if path.stat().st_size > largest:
        raise Unusable(f"{path}: larger than {largest} bytes")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            if (known := int(found["scheme"])) != scheme:
                raise Unusable(f"{path}: of scheme {known}, this version of minsheng knows {scheme}; train it again")
            yield found
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as trouble:
        raise Unusable(f"{path}: not a model file ({trouble})") from None
