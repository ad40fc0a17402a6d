"""What people said is right: the examples a model is trained from, out of labelled stories or out of a county's log.

Of a county's own log nothing that is sealed, now or ever, is an example, nor are the words of somebody who is forgotten; only
features are kept, not words. What accuses is learned from stories, which nobody ever said.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from services.intake.learning.model import Model
from services.intake.learning.seen import Seen, see
from services.intake.learning.together import together
from services.intake.reader import Reader, said_by
from services.intake.reading import EMPTY, Conversation, Reading, Said, Thread, read
from services.intake.reading.wording import wording
from shared.events import FORGOTTEN
from shared.events.intake import (
    BELONGING,
    OPENING,
    AppealSealed,
    Kind,
    MessageConfirmed,
    MessageCorrected,
    MessageRead,
    MessageReceived,
)
from shared.store import Store

FOR_EVER = timedelta(days=36_500)
FIELD = "field"
"""the source of what was judged at work"""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of a story, what it is, and the appeal it opens or belongs to by the story's label."""

    said: Said
    kind: Kind
    label: str | None = None
    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A labelled county, in order of time."""

    name: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A message as the model sees it, and what is right."""

    source: str
    seen: Seen
    kind: Kind
    target: int | None = None
    """the candidate it belongs to, where it is one of them"""


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a story as it was read, beside what is right."""

    example: Example
    reading: Reading
    linked: bool
    """it was tied to the appeal it belongs to, or to none where it belongs to none"""


def of_story(story: Story) -> list[Example]:
    """Each message in the conversation as it should have been understood."""
    return [step.example for step in _played(story, None, rightly=True)]


def walk(story: Story, model: Model | None) -> list[Step]:
    """Each message in the conversation as it was understood by rules and model, or by the rules alone, mistakes and all."""
    return list(_played(story, model, rightly=False))


def _played(story: Story, model: Model | None, *, rightly: bool) -> Iterator[Step]:
    conversations: dict[tuple[str, str], Conversation] = {}
    opened: dict[str, str | None] = {}
    """label → the appeal its first message opened"""
    for one in story.told:
        said = one.said
        place = (said.channel, said.group)
        conversation = conversations.get(place, EMPTY)
        rules = read(said, conversation)
        if rightly:
            reading = _right(one, opened, conversation)
        else:
            reading = together(said, conversation, rules, model) if model else rules
        appeal = reading.appeal or (said.message_id if reading.kind in OPENING else None)
        if one.label:
            opened.setdefault(one.label, appeal)
        due = opened[one.label] if one.label else None
        yield Step(
            _example(story.name, one, conversation, rules, due), reading, appeal == due and bool(appeal) is bool(one.label)
        )
        conversations[place] = conversation.remember(said, reading, appeal, appeal)


def _right(one: Told, opened: dict[str, str | None], conversation: Conversation) -> Reading:
    """As it should have been read."""
    appeal = opened.get(one.label) if one.label else None
    thread = conversation.threads.get(appeal or "")
    return Reading(
        one.kind,
        appeal=appeal or (one.said.message_id if one.label else None),
        sealed=one.kind is Kind.REPORT or bool(thread and thread.sealed),
        satisfied=one.satisfied,
        reopens=one.satisfied is False,
    )


def _example(source: str, one: Told, conversation: Conversation, rules: Reading, due: str | None) -> Example:
    talk, seen = see(one.said, conversation, rules)
    return Example(source, seen, one.kind, _place(talk.candidates, due) if one.kind in BELONGING else None)


def _place(candidates: list[Thread], appeal: str | None) -> int | None:
    return next((n for n, thread in enumerate(candidates) if thread.appeal == appeal), None)


def learnable(source: str, kind: Kind, appeal: str | None, said: Said, conversation: Conversation) -> Example | None:
    """None for what may not be learned from, of what people really said."""
    rules = read(said, conversation)
    talk, seen = see(said, conversation, rules)
    sealed = rules.sealed or kind is Kind.REPORT or (talk.named is not None and talk.named.sealed)
    if sealed or said.text == FORGOTTEN or wording(said.text).empty:
        return None
    return Example(source, seen, kind, _place(talk.candidates, appeal) if kind in BELONGING else None)


async def of_log(store: Store) -> list[Example]:
    """Of the corrections and confirmations in intake's log, each in the conversation in which the message was said."""
    judged = await _judged(store)
    witness = _Witness(judged)
    await witness.prepare(store)
    return witness.examples


async def _judged(store: Store) -> dict[str, tuple[Kind, str | None] | None]:
    """Message → the kind and appeal a person said last, None where the reading was confirmed; without what was ever sealed."""
    judged: dict[str, tuple[Kind, str | None] | None] = {}
    sealed: set[str] = set()
    of_appeal: dict[str | None, set[str]] = defaultdict(set)
    async for page in store.read_all():
        for r in page:
            match r.event:
                case MessageRead() as e:
                    of_appeal[e.appeal].add(e.message)
                    if e.sealed:
                        sealed.add(e.message)
                case AppealSealed() as e:
                    sealed |= of_appeal[e.appeal]
                case MessageConfirmed() as e:
                    judged.setdefault(e.message, None)
                case MessageCorrected() as e:
                    judged[e.message] = e.kind, e.appeal
                    of_appeal[e.appeal].add(e.message)
                    if e.sealed or e.was_sealed:
                        sealed.add(e.message)
    return {message: right for message, right in judged.items() if message not in sealed}


class _Witness(Reader):
    """A reader who only remembers, and notes what was judged before it becomes part of the conversation."""

    def __init__(self, judged: dict[str, tuple[Kind, str | None] | None]) -> None:
        super().__init__("", memory=FOR_EVER)
        self._judged = judged
        self.examples: list[Example] = []

    def recall(self, received: MessageReceived, event: MessageRead, numbers: dict[str, str]) -> None:
        if event.message in self._judged:
            said = said_by(received, event.role)
            kind, appeal = self._judged[event.message] or (event.kind, event.appeal)
            if one := learnable(FIELD, kind, appeal, said, self.conversation(received.channel, received.group)):
                self.examples.append(one)
        super().recall(received, event, numbers)
