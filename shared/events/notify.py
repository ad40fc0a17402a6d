"""What notify says: which words are to be said to whom, and whether they arrived."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event, Personal


class Audience(StrEnum):
    """To whom a reply goes: the village's group, the reporter alone, or officials on duty."""

    GROUP = "group"
    PRIVATE = "private"
    OFFICIALS = "officials"


class ReplyQueued(Event):
    """Words for a group or a person. Chat adapters subscribe to `notify.reply-queued.*`."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-queued.v1"
    reply: str
    appeal: str | None
    channel: str
    group: str
    audience: Audience
    person: str
    """whom the words concern: the key under which they are stored"""
    quote: str | None = None
    """channel's id of the message this answers"""
    template: str
    text: Annotated[str, Personal(of="person")]
    urgent: bool = False
    via: str | None = None
    """the channel out that must carry it; None: the one that serves its group"""
    queued_at: AwareDatetime


class ReplyDelivered(Event):
    """The channel took it. `attempt` counts from 1."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-delivered.v1"
    reply: str
    adapter: str
    attempt: int
    message: str | None = None
    """the message that carried it, when that was a digest of several replies"""
    by: str | None = None
    """who sent it, when a person did"""
    delivered_at: AwareDatetime


class ReplyHanded(Event):
    """It lies ready for somebody outside, a person or an adapter, who will say when it was sent."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-handed.v1"
    reply: str
    adapter: str
    handed_at: AwareDatetime


class ReplyFailed(Event):
    """One attempt did not arrive; `final` when no further one is made and the duty officer must be told."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-failed.v1"
    reply: str
    adapter: str
    attempt: int
    reason: str
    final: bool
    parts: int = 0
    """how many parts of a long text have arrived by now; the next attempt goes on behind them"""
    retry_at: AwareDatetime | None = None
    failed_at: AwareDatetime


class ReplyLate(Event):
    """It has not arrived in time, or never will by itself: the duty officer is told by the reply `told`."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-late.v1"
    reply: str
    told: str
    late_at: AwareDatetime


class ReplyRequeued(Event):
    """Somebody wants a reply that was given up to be tried again."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-requeued.v1"
    reply: str
    by: str
    requeued_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (ReplyQueued, ReplyDelivered, ReplyHanded, ReplyFailed, ReplyLate, ReplyRequeued)
