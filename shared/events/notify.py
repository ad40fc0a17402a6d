"""What notify says: which words are to be said to whom, and whether they arrived; and what it noted for the bulletins."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event, Personal
from shared.events.routing import HotIssue, Status
from shared.events.sla import Promise


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


class Bulletin(StrEnum):
    """What is told at set times: a group of its day, staff of the county's week."""

    DAILY = "daily"
    WEEKLY = "weekly"


class CaseNoted(Event):
    """Notify heard of a step of a case, and keeps what the bulletins tell: no words of anybody's, no names."""

    TYPE: ClassVar[str] = "minsheng.notify.case-noted.v1"
    appeal: str
    number: str
    channel: str
    group: str
    village: str
    township: str
    department_name: str
    sealed: bool
    step: str
    """the name of the event heard, such as case-resolved"""
    status: Status | None
    """where the case stands after it; None: where it stood"""
    satisfied: bool | None = None
    happened_at: AwareDatetime
    """when it happened; of an assignment, when the villager wrote"""


class PromiseNoted(Event):
    """Notify heard that a promise was kept, or broken. A broken one is heard of again when it ends."""

    TYPE: ClassVar[str] = "minsheng.notify.promise-noted.v1"
    appeal: str
    channel: str
    group: str
    township: str
    department_name: str
    promise: Promise
    round: int
    kept: bool


class NoticeNoted(Event):
    """Notify heard of a notice for these groups, each as `channel/group` or a group of the usual channel."""

    TYPE: ClassVar[str] = "minsheng.notify.notice-noted.v1"
    notice: str
    step: str
    title: str
    groups: tuple[str, ...]


class HottestNoted(Event):
    """Notify heard which issues are the hottest, for the weekly bulletin of `bulletin_at`."""

    TYPE: ClassVar[str] = "minsheng.notify.hottest-noted.v1"
    bulletin_at: AwareDatetime
    issues: tuple[HotIssue, ...]


class BulletinIssued(Event):
    """The bulletin of a set time (`moment`) was queued for `told` groups, from all that stood in notify's log up to `upto`."""

    TYPE: ClassVar[str] = "minsheng.notify.bulletin-issued.v1"
    bulletin: Bulletin
    moment: AwareDatetime
    upto: int
    told: int
    issued_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (
    ReplyQueued,
    ReplyDelivered,
    ReplyHanded,
    ReplyFailed,
    ReplyLate,
    ReplyRequeued,
    CaseNoted,
    PromiseNoted,
    NoticeNoted,
    HottestNoted,
    BulletinIssued,
)
