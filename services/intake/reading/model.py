"""What a reader takes in and gives back: one message said, the appeals it may belong to, and how it was understood.

The types are plain frozen values, so that reading stays a function: the same message in the same conversation is always
read the same way, which is what lets a reading be explained, replayed and corrected later.
"""

from dataclasses import dataclass, field
from datetime import datetime

from services.intake.reading.subjects import NOTHING, Subject
from shared.events.intake import Alternative, Kind, Role

OPEN = "open"
ACCEPTED = "accepted"
IN_PROGRESS = "in_progress"
RESOLVED = "resolved"
CALLED_BACK = "called_back"
CLOSED = "closed"

STAGES = (OPEN, ACCEPTED, IN_PROGRESS, RESOLVED, CALLED_BACK, CLOSED)
"""The stages of an appeal as the chat sees them, in the order they are usually passed."""

WAITING = frozenset({OPEN, ACCEPTED, IN_PROGRESS})
"""Somebody still has to do something."""

ANSWERED = frozenset({RESOLVED, CALLED_BACK, CLOSED})
"""An official said it is done: from here on villagers' words are feedback."""


@dataclass(frozen=True, slots=True)
class Said:
    """One chat message, normalised by its channel."""

    message_id: str
    channel: str
    group: str
    person: str
    role: Role
    department: str | None
    text: str
    reply_to: str | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """One appeal of the group, as far as the chat knows it."""

    appeal: str
    number: str
    kind: Kind
    opened_by: str
    message_id: str
    text: str
    opened_at: datetime
    last_at: datetime
    status: str = OPEN
    urgent: bool = False
    sealed: bool = False
    subject: Subject = NOTHING
    status_at: datetime | None = None
    asked_at: datetime | None = None
    """When an official last asked the reporter something that nobody has answered yet."""
    questions_notice: bool = False
    taken: bool = False
    """Some official has taken it on or answered it before, be it before a reopening."""
    voices: frozenset[str] = field(default_factory=frozenset)
    """The villagers who spoke in it, the reporter among them."""
    officials: frozenset[str] = field(default_factory=frozenset)
    """The officials who acted in it."""

    @property
    def waiting(self) -> bool:
        return self.status in WAITING

    @property
    def answered(self) -> bool:
        return self.status in ANSWERED


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message was understood. The reasons name what was found and never repeat what was written."""

    kind: Kind
    appeal: str | None = None
    urgent: bool = False
    sealed: bool = False
    satisfied: bool | None = None
    reopens: bool = False
    questions_notice: bool = False
    notice: str | None = None
    confidence: float = 0.5
    reasons: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
