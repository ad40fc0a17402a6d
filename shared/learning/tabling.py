"""Features as scikit-learn takes them, and what it found as it is kept: for training only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from shared.learning.linear import Features, K, Linear


def table(found: Sequence[Features], keys: Sequence[int]) -> csr_matrix:
    """A row for each, a column a key."""
    place = {key: n for n, key in enumerate(keys)}
    ends, columns, values = [0], list[int](), list[float]()
    for one in found:
        for key, value in zip(one.keys, one.values, strict=True):
            if key in place:
                columns.append(place[key])
                values.append(value)
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(found), len(keys)))


def linear(kinds: tuple[K, ...], keys: Sequence[int], weights: NDArray[np.float64], bias: NDArray[np.float64]) -> Linear[K]:
    """Of a row a key, a column a kind. As precise as it is kept, so that what was scored is what is used."""
    kept = weights.astype(np.float16).astype(np.float32)
    return Linear(kinds, np.array(keys, np.uint32), np.ascontiguousarray(kept), bias.astype(np.float32))
