"""Which message a pasted one is: its lasting id, and the earlier message that it quotes.

Pure. The id is made of what was said, by whom and in which minute, so that whoever copies the same lines again, with a few more
or fewer, in another of WeChat's shapes, makes no second message. Two equal ones of a minute are two.

Where a copy has no times, “收到” of the morning and “收到” of the afternoon must not become one: there a message is the same if it
is of the same day and stands behind the same message. The first of a page stands behind nothing that is known; it is taken
for one in the same words that was pasted on that day, if there is one.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.domain import person_key
from services.intake.pasting.copied import Pasted, Timing
from services.intake.pasting.names import Link
from shared.clock import CHINA

FIRST = "first"
QUOTE_BEGINS = 20
"""characters of a quote that are compared; WeChat cuts long ones"""
CERTAIN = 6
"""characters that tell a message whoever said it"""
LATER = timedelta(minutes=5)
"""by how much a quoted message may seem younger than its answer: the clocks of two machines"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A stored message of the group."""

    message_id: str
    person: str
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """A pasted message with its sender, its id, and the message it quotes."""

    pasted: Pasted
    link: Link
    message_id: str
    reply_to: str | None = None
    quotes_stored: bool = False
    """the quoted message is not of this page"""


def settle(
    channel: str, group: str, messages: Sequence[Pasted], links: Mapping[str, Link], earlier: Sequence[Earlier]
) -> list[Settled]:
    """`links` has every name and quoted name; `earlier` are the group's stored messages, newest first."""
    stored = [_Said(e.message_id, e.person, _begins(e.text), e.sent_at) for e in earlier]
    said: list[_Said] = []
    done = []
    for message, message_id in zip(messages, _ids(group, messages, [e.message_id for e in earlier]), strict=True):
        link = links[message.name]
        here = _quoted(channel, message, links, said[::-1])
        reply_to = here or _quoted(channel, message, links, stored)
        done.append(Settled(message, link, message_id, reply_to, quotes_stored=bool(reply_to and not here)))
        said.append(_Said(message_id, person_key(channel, link.sender), _begins(message.text), message.sent_at))
    return done


def needs_earlier(messages: Sequence[Pasted]) -> bool:
    """Whether the group's stored messages matter."""
    return any(message.quoted or message.timing is Timing.COPIED for message in messages)


def _ids(group: str, messages: Sequence[Pasted], stored: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    ids = [_id(group, message, before, seen) for message, before in zip(messages, [None, *messages], strict=False)]
    words_of: dict[str, list[str]] = {}
    for message_id in stored:
        words_of.setdefault(message_id.rpartition("-")[0], []).append(message_id)
    taken = set(ids)
    for n, (own, message) in enumerate(zip(ids, messages, strict=True)):
        same = words_of.get(own.rpartition("-")[0], ()) if message.timing is Timing.COPIED else ()
        if same and own not in same:
            ids[n] = next((i for i in same if i not in taken and (n == 0 or i.endswith(FIRST))), own)
            taken.add(ids[n])
    return ids


def _id(group: str, message: Pasted, before: Pasted | None, seen: Counter[str]) -> str:
    """Of a message without a time, the part after the last dash tells what it stands behind."""
    moment = message.sent_at.astimezone(CHINA)
    if message.timing is not Timing.COPIED:
        return f"paste-{_digest(seen, 32, group, f'{moment:%Y-%m-%d %H:%M}', message.name, message.text)}"
    words = f"paste-{_digest(None, 24, group, f'{moment:%Y-%m-%d}', message.name, message.text)}"
    return f"{words}-{_digest(seen, 8, words, before.name, before.text) if before else FIRST}"


def _digest(seen: Counter[str] | None, length: int, *parts: str) -> str:
    """With `seen`, the first, second … of equal ones differ."""
    key = "\n".join(parts)
    if seen is not None:
        seen[key] += 1
        key = f"{key}\n{seen[key]}"
    return hashlib.sha256(key.encode()).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class _Said:
    """As much of a message as a quote of it tells."""

    message_id: str
    person: str
    begins: str
    sent_at: datetime


def _quoted(channel: str, message: Pasted, links: Mapping[str, Link], said: Sequence[_Said]) -> str | None:
    """The newest message that can be the quoted one. One whom the roster does not know may go by another name there."""
    if message.quoted is None:
        return None
    name, words = message.quoted
    begins = _begins(words).rstrip("….。 ")
    person, known = person_key(channel, links[name].sender), links[name].person is not None
    anybody = not known and len(begins) >= CERTAIN
    until = message.sent_at + LATER
    found = (
        one.message_id
        for one in said
        if begins and one.begins.startswith(begins) and (one.person == person or anybody) and one.sent_at <= until
    )
    return next(found, None)


def _begins(text: str) -> str:
    """How a message begins, whatever its line breaks became in a quote."""
    return " ".join(text[: 4 * QUOTE_BEGINS].split())[:QUOTE_BEGINS]
