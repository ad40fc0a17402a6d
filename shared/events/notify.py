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
    queued_at: AwareDatetime


class ReplyDelivered(Event):
    """The channel took it. `attempt` counts from 1."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-delivered.v1"
    reply: str
    adapter: str
    attempt: int
    delivered_at: AwareDatetime


class ReplyFailed(Event):
    """One attempt did not arrive; `final` when no further one is made and the duty officer must be told."""

    TYPE: ClassVar[str] = "minsheng.notify.reply-failed.v1"
    reply: str
    adapter: str
    attempt: int
    reason: str
    final: bool
    retry_at: AwareDatetime | None = None
    failed_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (ReplyQueued, ReplyDelivered, ReplyFailed)
