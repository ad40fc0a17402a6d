"""What the model looks at: runs of characters, what the rules noticed in them, and where in the talk they stand. Pure.

The kind the rules chose is not among it. The rules were written with the labelled stories at hand, so they are nearly
always right on them; a model shown their choice learns to repeat it. How sure the rules are counts where both decide
(`together`).
"""

import zlib
from collections.abc import Iterator
from dataclasses import fields

from services.intake.learning.place import place
from services.intake.reading import Conversation, Said
from services.intake.reading.aspect import Aspect
from services.intake.reading.signs import OfficialSigns, VillagerSigns, official_signs, villager_signs
from services.intake.reading.subjects import Subject, likeness
from services.intake.reading.wording import wording

SCHEME = 2
"""changes whenever the same message would have other features: a model is of one scheme"""
BUCKETS = 1 << 14
LETTERS = 160
"""nobody's kind is decided further on"""
RUNS = (1, 2, 3)
TEXT_WEIGHT = 2.0
SIGN_WEIGHT = 0.5

_VILLAGERS = tuple(field.name for field in fields(VillagerSigns) if field.type is bool)
_OFFICIALS = (*(field.name for field in fields(OfficialSigns) if field.type is bool), "done", "promises", "takes_on")

Features = dict[int, float]
"""bucket → value"""


def features(said: Said, conversation: Conversation) -> Features:
    """The features of a message in its conversation, before it is remembered."""
    words = wording(said.text)
    speaker = "o" if said.role.official else "v"
    text = f"^{words.body[:LETTERS]}$"
    runs = {text[i : i + n] for n in RUNS for i in range(len(text) - n + 1)}
    found = dict.fromkeys((_bucket(speaker + run) for run in runs), TEXT_WEIGHT / len(runs) ** 0.5)
    signs = official_signs(words) if said.role.official else villager_signs(words)
    found.update(dict.fromkeys((_bucket(f"@{sign}/{speaker}") for sign in place(said, conversation)), SIGN_WEIGHT))
    found.update(dict.fromkeys((_bucket(f"#{sign}/{speaker}") for sign in _around(said, conversation, len(text))), 1.0))
    noticed = (*_signs(signs), *_nearby(said, signs.subject, conversation))
    found.update(dict.fromkeys((_bucket(f"${sign}/{speaker}") for sign in noticed), SIGN_WEIGHT))
    return found


def _bucket(name: str) -> int:
    return zlib.crc32(name.encode()) % BUCKETS


def _around(said: Said, conversation: Conversation, length: int) -> Iterator[str]:
    """What it was said to: the message quoted, the one before, the appeal."""
    quoted = conversation.remarks.get(said.reply_to) if said.reply_to else None
    yield f"quotes={'nothing' if quoted is None else 'official' if quoted.official else 'villager'}"
    yield f"quoted-kind={quoted.kind if quoted else None}"
    last = conversation.latest()
    yield f"after={last.kind if last else None}"
    thread = conversation.thread_of(said.reply_to)
    yield f"thread={thread.status if thread else None}/{thread.opened_by == said.person if thread else None}"
    yield f"length={min(length // 8, 6)}"


def _nearby(said: Said, subject: Subject, conversation: Conversation) -> Iterator[str]:
    """The appeals it may be about."""
    threads = conversation.latest_threads()
    yield f"alike={int(4 * max((likeness(subject, thread.subject) for thread in threads), default=0.0))}"
    yield f"waiting={min(sum(thread.waiting for thread in threads), 2)}"
    if threads:
        yield f"newest={threads[0].status}/{threads[0].opened_by == said.person}"


def _signs(signs: VillagerSigns | OfficialSigns) -> Iterator[str]:
    """Every yes-or-no sign the rules found, how strong complaint, question, answer and notice are, how far a matter has come."""
    if isinstance(signs, VillagerSigns):
        yield from (name for name in _VILLAGERS if getattr(signs, name))
        yield f"troubles={min(len(signs.troubles), 2)}"
        yield f"hints={min(len(signs.hints), 2)}"
        yield f"grief={int(min(signs.grief, 4))}"
        yield f"wondering={int(min(signs.wondering, 4))}"
    else:
        yield from (name for name in _OFFICIALS if getattr(signs, name))
        yield f"answers={min(signs.answers, 3)}"
        yield f"announces={min(signs.announces, 3)}"
        yield from (f"course={aspect.value}" for aspect in Aspect if aspect in signs.course)
        yield f"course={int(max(-3.0, min(3.0, signs.course.sum)))}"
