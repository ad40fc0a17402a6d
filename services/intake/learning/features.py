"""What the model looks at: runs of characters, what the rules noticed in them, and where in the talk they stand. Pure.

The kind the rules chose is not among it: how far their word counts is weighed apart (`weighing`), by counties they were not
written with. A model shown their choice on the counties they were written with would learn to repeat it.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import lru_cache

from services.intake.learning.place import place
from services.intake.learning.talk import Talk
from services.intake.reading.aspect import Aspect
from services.intake.reading.signs import OfficialSigns, VillagerSigns, accusing
from services.intake.reading.wording import Wording
from shared.learning.linear import Features

SCHEME = 3
"""changes whenever the same message would have other features: a model is of one scheme"""
LETTERS = 160
"""nobody's kind is decided further on"""
RUNS = (1, 2, 3, 4)
TEXT_WEIGHT = 4.0
SIGN_WEIGHT = 0.5

TOGETHER = (("office", "graft"), ("office", "spoils"), ("office", "kin"), ("office", "beside-office"), ("kin", "spoils"))
"""parts of an accusation that mean more beside one another"""

_VILLAGERS = tuple(field.name for field in fields(VillagerSigns) if field.type is bool)
_OFFICIALS = (*(field.name for field in fields(OfficialSigns) if field.type is bool), "done", "promises", "takes_on")


def features(talk: Talk) -> Features:
    """The features of a message in its conversation, before it is remembered."""
    text = f"^{talk.words.body[:LETTERS]}$"
    runs = {text[i : i + n] for n in RUNS for i in range(len(text) - n + 1)}
    ends = (f"^^{text[1:5]}", f"{text[-4:-1]}$$", f"{text[-3:-1]}$$")
    named = (*_wording(talk.words), *_signs(talk.signs), *place(talk))
    if not talk.official:
        named += tuple(_accusing(talk.words.body))
    keys = [zlib.crc32(run.encode()) for run in (*runs, *ends)]
    values = [TEXT_WEIGHT / len(runs) ** 0.5] * len(runs) + [SIGN_WEIGHT] * len(ends)
    return Features(keys + [key_of(name) for name in named], values + [SIGN_WEIGHT] * len(named), named)


@lru_cache(maxsize=1 << 14)
def key_of(sign: str) -> int:
    """Signs are few, and the same in every message."""
    return zlib.crc32(b"#" + sign.encode())


def _wording(words: Wording) -> Iterator[str]:
    """How long it is, what came along."""
    yield f"length={min(words.length // 6, 10)}"
    yield from _true(words, ("media", "cheers", "to_all", "mentions"))
    yield from (f"mark={mark}" for mark in "?!。,~…" if mark in words.body)


def _true(of: object, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if getattr(of, name))


def _signs(signs: VillagerSigns | OfficialSigns) -> Iterator[str]:
    """Every yes-or-no sign the rules found, how strong complaint, question, answer and notice are, how far a matter has come."""
    yield f"matters={min(len(signs.subject.matters), 2)}"
    if isinstance(signs, VillagerSigns):
        yield from _true(signs, _VILLAGERS)
        yield f"troubles={min(len(signs.troubles), 2)}"
        yield f"hints={min(len(signs.hints), 2)}"
        yield f"grief={int(min(signs.grief, 4))}"
        yield f"wondering={int(min(signs.wondering, 4))}"
    else:
        yield from _true(signs, _OFFICIALS)
        yield f"answers={min(signs.answers, 3)}"
        yield f"announces={min(signs.announces, 3)}"
        yield from (f"course={aspect.value}" for aspect in Aspect if aspect in signs.course)
        yield f"course={int(max(-3.0, min(3.0, signs.course.sum)))}"


def _accusing(body: str) -> Iterator[str]:
    """The parts of an accusation, alone and those that together make one."""
    found = accusing(body)
    yield from (f"accuses={part}" for part in sorted(found))
    yield from (f"accuses={one}&{other}" for one, other in TOGETHER if one in found and other in found)
