"""Finding many small phrases in one pass over a short text.

People write "水管昨晚又爆了", not the word a rule expects, so a pattern may ask for words *near* each other: `水管|管子~爆|裂`
means one of the left within a few characters of one of the right, in any order. A thousand such patterns as regular
expressions cost milliseconds a text; one scan by first character costs microseconds, and says which words it saw, which is
what makes a decision explainable.

Grammar of a pattern: `a|b` alternatives, `~` nearness, a last `!` counts half as much again, a last `?` counts half.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

NEAR = 9
"""How many characters may lie between the starts of two words that belong together: about one clause of chat."""

SETTING = (
    "门口",
    "门前",
    "附近",
    "旁",
    "对面",
    "边上",
    "隔壁",
    "后面",
    "前面",
    "周边",
    "路口",
    "东边",
    "西边",
    "南边",
    "北边",
    "那截",
    "那段",
    "那条",
)
_BESIDE = ("挨着", "靠着", "紧邻", "紧挨", "靠近", "路过")
"""Said after a word, these make it a place where something happens, not what is wrong ("学校门口路灯不亮")."""

_PLACE_SHARE = 0.35

_ENOUGH = 6
"""So many places of one word are compared with other words: a text of ten thousand 路坑 must not cost a second."""


@dataclass(frozen=True, slots=True)
class Hit:
    """How strongly a subject is spoken of, and the words that say so."""

    strength: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    subject: int
    atoms: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class _Seen:
    at: int
    share: float


class Phrases:
    """The patterns of many subjects (numbered by position), compiled once."""

    def __init__(self, subjects: Sequence[Iterable[str]], neutral: Iterable[str] = ()) -> None:
        """`neutral` words hide the shorter words inside them ("薪水" is not about 水)."""
        self._by_atom: dict[str, list[_Pattern]] = {}
        self._neutral = frozenset(neutral)
        atoms = set(self._neutral)
        for subject, patterns in enumerate(subjects):
            for pattern in _expand(subject, patterns):
                self._by_atom.setdefault(pattern.atoms[0], []).append(pattern)
                atoms.update(pattern.atoms)
        self._by_first: dict[str, list[str]] = {}
        for atom in sorted(atoms, key=len, reverse=True):
            self._by_first.setdefault(atom[0], []).append(atom)

    def find(self, text: str) -> dict[int, Hit]:
        """Every subject spoken of in the text."""
        seen = self._scan(text)
        best: dict[int, dict[tuple[str, ...], float]] = {}
        for atom in seen:
            for pattern in self._by_atom.get(atom, ()):
                share = _nearness(pattern.atoms, seen)
                if share:
                    best.setdefault(pattern.subject, {})[pattern.atoms] = pattern.weight * share
        return {subject: _together(found) for subject, found in best.items()}

    def _scan(self, text: str) -> dict[str, list[_Seen]]:
        seen: dict[str, list[_Seen]] = {}
        hidden_until = 0
        for at, first in enumerate(text):
            for atom in self._by_first.get(first, ()):
                if at + len(atom) <= hidden_until or not text.startswith(atom, at):
                    continue
                end = at + len(atom)
                share = _PLACE_SHARE if text.startswith(SETTING, end) or text.endswith(_BESIDE, 0, at) else 1.0
                places = seen.setdefault(atom, [])
                if len(places) < _ENOUGH:
                    places.append(_Seen(at, share))
                if atom in self._neutral:
                    hidden_until = max(hidden_until, end)
        return seen


def _nearness(atoms: tuple[str, ...], seen: Mapping[str, list[_Seen]]) -> float:
    """The largest share at which all words stand near the first one, 0 when they do not."""
    share = 0.0
    for first in seen[atoms[0]]:
        others = 1.0
        for atom in atoms[1:]:
            others = min(others, max((s.share for s in seen.get(atom, ()) if abs(s.at - first.at) <= NEAR), default=0.0))
        share = max(share, min(first.share, others))
    return share


def _together(found: Mapping[tuple[str, ...], float]) -> Hit:
    """One clear word is nearly as good as many: the strongest counts whole, three more by a quarter."""
    ranked = sorted(found.items(), key=lambda item: -item[1])
    strength = ranked[0][1] + 0.25 * sum(weight for _, weight in ranked[1:4])
    words = dict.fromkeys("…".join(atoms) for atoms, _ in ranked[:3])
    return Hit(strength, tuple(words))


def _expand(subject: int, patterns: Iterable[str]) -> Iterable[_Pattern]:
    for written in patterns:
        factor = {"!": 1.5, "?": 0.5}.get(written[-1], 1.0)
        groups = [group.split("|") for group in written.rstrip("!?").split("~")]
        for atoms in product(*groups):
            yield _Pattern(subject, atoms, factor * _plain_weight(atoms))


def _plain_weight(atoms: tuple[str, ...]) -> float:
    """Longer words mean more: two characters 1.0, three 1.15, four and more 1.3. Words seen together 1.15, less for each
    that is a single character, as those stand in many words."""
    if len(atoms) > 1:
        return 1.15 - 0.12 * sum(len(atom) == 1 for atom in atoms)
    return min(1.3, 0.7 + 0.15 * len(atoms[0]))
