"""The phrases that texts have in common: what to call a matter that many raise, and what two texts both speak of.

Only what several households say may stand in the name of a matter, so that no single one's words come to be read by all. Pure.
"""

import re
from collections import Counter
from collections.abc import Sequence
from math import log

from services.routing.likeness import USUAL

PHRASES = _IN_COMMON = 3
SHARE = 0.3
"""of the texts of a matter that must say a phrase"""
AT_LEAST = 2
_SIZES = range(2, 11)
_LOOKED_AT = 30
"""of its texts, the most typical"""
_CANDIDATES = 80
_RUN = re.compile(r"[\u3400-\u9fff0-9A-Za-z]+")
_USUAL = re.compile("|".join(USUAL))
_WEAK = frozenset("的了是在有和与及就都也很还又被把给让我你他她它们这那请要会能不")
"""at the edge of a phrase these belong to something else"""


def naming(texts: Sequence[str], others: Sequence[str]) -> list[str]:
    """The phrases that name the matter of these texts, the most typical first; `others` are what people say otherwise."""
    looked = [text[:300] for text in texts[:_LOOKED_AT]]
    said = Counter(phrase for text in looked for phrase in phrases(text))
    least = max(AT_LEAST, SHARE * len(looked))
    likely = sorted((p for p, count in said.items() if count >= least), key=lambda p: (-said[p] * len(p), p))[:_CANDIDATES]
    worth = {p: said[p] / len(looked) * _rarity(p, others) * _whole(p, looked) * len(p) ** 0.5 for p in likely}
    chosen: list[str] = []
    for phrase in sorted(worth, key=lambda p: (-worth[p], p)):
        if len(chosen) < PHRASES and not any(_overlap(phrase, one) for one in chosen):
            chosen.append(phrase)
    places = {phrase: sum(text.find(phrase) for text in looked if phrase in text) / said[phrase] for phrase in chosen}
    return sorted(chosen, key=lambda p: (places[p], p))


def phrases(text: str) -> set[str]:
    return {
        phrase
        for run in _RUN.findall(text)
        for size in _SIZES
        for at in range(len(run) - size + 1)
        if (phrase := run[at : at + size])[0] not in _WEAK and phrase[-1] not in _WEAK
    }


def _whole(phrase: str, texts: Sequence[str]) -> float:
    """Whether it stands by itself: what always follows upon or leads to the same letter is a piece of something longer."""
    around = re.compile(f"(^|.){phrase}(.|$)", re.DOTALL)
    found = [match.groups() for text in texts if (match := around.search(text))]
    before, behind = ({_letter(side) for side in sides} for sides in zip(*found, strict=True))
    return min(_side(before), _side(behind))


def _letter(side: str) -> str:
    return side if side.isalnum() else ""


def _side(letters: set[str]) -> float:
    """Punctuation, or the text's end, is as good as many different letters."""
    return 1.0 if "" in letters else min(1.0, 0.25 * len(letters))


def _rarity(phrase: str, others: Sequence[str]) -> float:
    return log((len(others) + 50) / (sum(phrase in text for text in others) + 0.5))


def _overlap(phrase: str, other: str) -> bool:
    """Two phrases that share two characters in a row say the same."""
    return any(phrase[n : n + 2] in other for n in range(len(phrase) - 1))


def plain(text: str) -> str:
    """The text without what is said in appeals and replies of any kind."""
    return _USUAL.sub(" ", text)


def pieces(text: str, size: int) -> set[str]:
    """All runs of so many characters in a text."""
    return {run[n : n + size] for run in _RUN.findall(text) for n in range(len(run) - size + 1)}


def in_common(text: str, other: str) -> list[str]:
    """Up to three phrases that both say, the longest first."""
    one, two, found = plain(text), plain(other), list[str]()
    for size in range(8, 1, -1):
        for phrase in sorted(pieces(one, size) & pieces(two, size), key=one.find):
            weak = phrase[0] in _WEAK or phrase[-1] in _WEAK
            if len(found) < _IN_COMMON and not weak and not any(_overlap(phrase, word) for word in found):
                found.append(phrase)
    return found
