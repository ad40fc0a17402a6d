"""Which of many texts are about one matter, given when and where they were said.

Comparing all with all would grow with the square of their number. Instead each is compared with those that say the same rare run
of characters next to it in time, and linked when it is alike. Chains of links lead far astray, so linked ones are no matter yet:
each calls itself after those it is linked to most, which makes seeds; seeds whose middles are alike become one; and every text goes
to the middle it is nearest to, if it is near enough. Pure; see likeness.py for how texts are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.routing.likeness import WIDTH, Runs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float32]

LINKED, ONE, NEAR = 0.2, 0.3, 0.2
"""how alike two texts are that are linked, two middles that are one, a text and the middle it belongs to: what did best on a
year of public messages to a city among those by which an issue stays one matter (see docs/hot.md)"""
ELSEWHERE, OTHERWISE = 0.8, 0.5
"""what the likeness of two texts of different townships counts, and of two that were taken for different matters"""
HALF_DAYS = 180.0
"""days after which likeness counts half"""
_NEXT = 4
"""with how many that say the same run a text is compared"""
_SHARED = 4
"""runs that two texts must share to be compared"""
SEEDS = 256
"""the largest seeds that are looked at: many more than anybody asks for"""
_TURNS = 10
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Cluster:
    """Texts about one matter, the nearest to its middle first."""

    members: Whole
    middle: Real


def clusters(said: Runs, texts: Whole, day: Real, place: Whole, category: Whole) -> list[Cluster]:
    """The matters among these texts, the largest first.

    `day`, `place` and `category` are of each text of `said`: days since any moment, and numbers for a township and a category, below
    0 where it is not known.
    """
    import numpy as np

    rows = np.concatenate([said.rows(part) for part in np.array_split(texts, max(1, len(texts) // 4096))])
    one, other = _neighbours(said, texts, day)
    like = np.concatenate([_products(rows, one[n : n + 8192], other[n : n + 8192]) for n in range(0, len(one) + 1, 8192)])
    like = like * np.exp2(-np.abs(day[texts[one]] - day[texts[other]]) / HALF_DAYS)
    for number, counts in ((place, ELSEWHERE), (category, OTHERWISE)):
        here, there = number[texts[one]], number[texts[other]]
        like = np.where((here != there) & (here >= 0) & (there >= 0), like * counts, like)
    linked = like >= LINKED
    members = _seeds(one[linked], other[linked], like[linked], len(texts))
    for _ in range(_ROUNDS):
        middles = _together(_middles(rows, members), [len(m) for m in members])
        members = _nearest(rows, middles)
    middles = _middles(rows, members)
    ranked = [m[np.argsort(-(rows[m] @ middle), kind="stable")] for m, middle in zip(members, middles, strict=True)]
    return [Cluster(texts[m], middle) for m, middle in zip(ranked, middles, strict=True)]


def belonging(said: Runs, texts: Whole, found: list[Cluster]) -> Whole:
    """To which of the clusters each of some other texts belongs; -1 where to none."""
    import numpy as np

    middles = np.array([cluster.middle for cluster in found], dtype=np.float32).reshape(-1, WIDTH)
    parts = np.array_split(texts, max(1, len(texts) // 4096))
    return np.concatenate([_belonging(said.rows(part), middles) for part in parts])


def _neighbours(said: Runs, texts: Whole, day: Real) -> tuple[Whole, Whole]:
    """Pairs of places in `texts` that share enough runs, each looked for among those next to it in time."""
    import numpy as np

    many = len(texts)
    order = np.argsort(day[texts], kind="stable")
    rank = np.full(len(day), -1)
    rank[texts[order]] = np.arange(many)
    here = rank[said.text] >= 0
    run, text = said.run[here], rank[said.text[here]]
    posted = np.argsort(run * many + text, kind="stable")
    run, text = run[posted], text[posted]
    pairs = [np.zeros(0, dtype=np.int64)]
    for step in range(1, _NEXT + 1):
        same = run[step:] == run[:-step]
        pairs.append(text[:-step][same] * many + text[step:][same])
    pair, shared = np.unique(np.concatenate(pairs), return_counts=True)
    pair = pair[shared >= _SHARED]
    return order[pair // max(1, many)], order[pair % max(1, many)]


def _products(rows: Real, one: Whole, other: Whole) -> Real:
    import numpy as np

    product: Real = np.einsum("ij,ij->i", rows[one], rows[other])
    return product


def _seeds(one: Whole, other: Whole, like: Real, many: int) -> list[Whole]:
    """What hangs together by links, the largest first: each text calls itself after those it is most alike to, some times over."""
    import numpy as np

    name, chance = np.arange(many), np.random.default_rng(0)
    text, neighbour, weight = np.concatenate((one, other)), np.concatenate((other, one)), np.concatenate((like, like))
    for _ in range(_TURNS):
        key, place = np.unique(text * many + name[neighbour], return_inverse=True)
        total = np.bincount(place, weights=weight, minlength=len(key))
        begins = np.flatnonzero(np.diff(key // max(1, many), prepend=-1))
        strongest = np.repeat(np.maximum.reduceat(total, begins), np.diff(begins, append=len(key))) if len(key) else total
        best = np.flatnonzero(total >= strongest)
        best = key[best[np.flatnonzero(np.diff(key[best] // max(1, many), prepend=-1))]]
        turned = best[chance.random(len(best)) < 0.5]  # if all turned at once, two could change names for ever
        name[turned // max(1, many)] = turned % max(1, many)
    order = np.argsort(name, kind="stable")
    seeds = np.split(order, np.flatnonzero(np.diff(name[order])) + 1)
    return sorted((seed for seed in seeds if len(seed) > 1), key=lambda seed: -len(seed))[:SEEDS]


def _middles(rows: Real, members: list[Whole]) -> Real:
    import numpy as np

    sums = np.array([rows[m].sum(axis=0) for m in members], dtype=np.float32).reshape(-1, WIDTH)
    return _of_length_one(sums)


def _together(middles: Real, sizes: list[int]) -> Real:
    """The middles after those that are alike became one, the most alike first."""
    import numpy as np

    like = np.triu(middles @ middles.T, 1)
    one, other = np.nonzero(like >= ONE)
    label = np.arange(len(middles))
    for n in np.argsort(-like[one, other], kind="stable"):
        label[label == label[other[n]]] = label[one[n]]
    weighed = middles * np.array(sizes, dtype=np.float32)[:, None]
    return _of_length_one(np.array([weighed[label == name].sum(axis=0) for name in np.unique(label)]).reshape(-1, WIDTH))


def _nearest(rows: Real, middles: Real) -> list[Whole]:
    """The texts of each middle, the largest first; what is left alone is no matter of many."""
    import numpy as np

    nearest = _belonging(rows, middles)
    members = [np.flatnonzero(nearest == n) for n in range(len(middles))]
    return sorted((m for m in members if len(m) > 1), key=lambda m: -len(m))


def _belonging(rows: Real, middles: Real) -> Whole:
    import numpy as np

    if not len(middles):
        return np.full(len(rows), -1)
    like = rows @ middles.T
    return np.where(like.max(axis=1) >= NEAR, like.argmax(axis=1), -1)


def _of_length_one(rows: Real) -> Real:
    import numpy as np

    of_length_one: Real = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return of_length_one
