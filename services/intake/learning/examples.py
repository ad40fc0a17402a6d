"""What people said is right: the examples a model is trained from, out of a log or out of a labelled transcript.

What is sealed, now or ever, is no example, nor are the words of somebody who is forgotten. Only features are kept, not words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.intake.learning.features import Features, features
from services.intake.learning.model import LEARNED
from services.intake.learning.together import belongs_to, doubted
from services.intake.reader import Reader, said_by
from services.intake.reading import EMPTY, Conversation, Said, read
from services.intake.reading.wording import wording
from shared.events import FORGOTTEN
from shared.events.intake import BELONGING, OPENING, Kind, MessageConfirmed, MessageCorrected, MessageRead, MessageReceived
from shared.store import Store

FOR_EVER = timedelta(days=36_500)
FIELD = "field"
"""the source of what was judged at work"""
DEMO = "demo"
"""the source of what is shipped"""


@dataclass(frozen=True, slots=True)
class Example:
    """A message as the model sees it, what the rules made of it, and what is right."""

    source: str
    kind: Kind
    found: Features
    official: bool
    rules: Kind
    confidence: float
    doubted: bool
    """whether the rules leave room for a model"""
    belongs: frozenset[Kind]
    """the kinds for which there is an appeal to belong to"""

    def possible(self, kind: Kind) -> bool:
        return kind not in BELONGING or kind in self.belongs


def example(source: str, kind: Kind, said: Said, conversation: Conversation) -> Example | None:
    """None for what may not be learned from."""
    reading = read(said, conversation)
    if kind not in LEARNED or reading.sealed or said.text == FORGOTTEN or wording(said.text).empty:
        return None
    thread = conversation.thread_of(said.reply_to)
    if thread and thread.sealed:
        return None
    return Example(
        source=source,
        kind=kind,
        found=features(said, conversation),
        official=said.role.official,
        rules=reading.kind,
        confidence=reading.confidence,
        doubted=doubted(said, reading),
        belongs=frozenset(k for k in BELONGING if belongs_to(k, said, conversation, reading)),
    )


def of_story(source: str, told: Iterable[tuple[Said, Kind, bool]]) -> list[Example]:
    """Of messages in order of time, each with what it is and whether it is sealed. The rules read them as they would have."""
    conversations: dict[tuple[str, str], Conversation] = {}
    found, opened = list[Example](), 0
    for said, kind, sealed in told:
        place = (said.channel, said.group)
        conversation = conversations.get(place, EMPTY)
        if not sealed and (one := example(source, kind, said, conversation)):
            found.append(one)
        reading = read(said, conversation)
        appeal = reading.appeal
        if reading.kind in OPENING:
            opened += 1
            appeal = f"{source}-{opened}"
        conversations[place] = conversation.remember(said, reading, appeal, None)
    return found


async def of_log(store: Store) -> list[Example]:
    """Of the corrections and confirmations in intake's log, each in the conversation in which the message was said."""
    judged = await _judged(store)
    witness = _Witness(judged)
    await witness.prepare(store)
    return witness.examples


async def _judged(store: Store) -> dict[str, Kind | None]:
    """Message → the kind a person said last, None where the reading was confirmed; without what was ever sealed."""
    judged: dict[str, Kind | None] = {}
    sealed: set[str] = set()
    async for page in store.read_all():
        for r in page:
            match r.event:
                case MessageRead() as e if e.sealed:
                    sealed.add(e.message)
                case MessageConfirmed() as e:
                    judged.setdefault(e.message, None)
                case MessageCorrected() as e:
                    judged[e.message] = e.kind
                    if e.sealed or e.was_sealed:
                        sealed.add(e.message)
    return {message: kind for message, kind in judged.items() if message not in sealed}


class _Witness(Reader):
    """A reader who only remembers, and notes what was judged before it becomes part of the conversation."""

    def __init__(self, judged: dict[str, Kind | None]) -> None:
        super().__init__("", memory=FOR_EVER)
        self._judged = judged
        self.examples: list[Example] = []

    def recall(self, received: MessageReceived, event: MessageRead, numbers: dict[str, str]) -> None:
        if event.message in self._judged:
            said = said_by(received, event.role)
            kind = self._judged[event.message] or event.kind
            if one := example(FIELD, kind, said, self.conversation(received.channel, received.group)):
                self.examples.append(one)
        super().recall(received, event, numbers)
