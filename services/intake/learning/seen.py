"""A message as the model sees it: its features, those of the appeals it may belong to, and what the rules made of it. Pure."""

from dataclasses import dataclass

from services.intake.learning.features import features
from services.intake.learning.pairs import pairs
from services.intake.learning.talk import Talk, talk_of
from services.intake.reading import Conversation, Reading, Said
from shared.events.intake import Kind
from shared.learning.linear import Features


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything the decision is taken from; it holds no words."""

    official: bool
    found: Features
    pairs: list[Features]
    """of each candidate, in the order of `talk.candidates`"""
    rules: Kind
    word: str
    """what the rules said and on which ground"""
    ground: str
    """the same, whatever the ground"""
    hinted: int | None
    """the candidate the rules chose"""
    settled: bool
    """the rules alone decide: sealed, without words, or unreadable"""


def see(said: Said, conversation: Conversation, reading: Reading) -> tuple[Talk, Seen]:
    """`reading` is the rules'."""
    talk = talk_of(said, conversation)
    hinted = next((n for n, thread in enumerate(talk.candidates) if thread.appeal == reading.appeal), None)
    return talk, Seen(
        official=talk.official,
        found=features(talk),
        pairs=pairs(talk),
        rules=reading.kind,
        word=word_of(reading, official=talk.official),
        ground=ground_of(reading.kind, official=talk.official),
        hinted=hinted,
        settled=reading.sealed or reading.confidence <= 0 or talk.words.empty,
    )


def word_of(reading: Reading, *, official: bool) -> str:
    """Who was read as what on which grounds, without what differs from message to message."""
    grounds = dict.fromkeys(_ground(reason) for reason in reading.reasons[:2])
    return "/".join((ground_of(reading.kind, official=official), *grounds))


def ground_of(kind: Kind, *, official: bool) -> str:
    """The same, whatever the ground."""
    return f"{'official' if official else 'villager'}/{kind}"


def _ground(reason: str) -> str:
    return "说到" if reason.startswith("说到") else reason.split(":")[0]
