"""A notice as it stands, and what each event makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.disclosure.kinds import KINDS
from shared.events import Event
from shared.events.disclosure import (
    NoticeCorrected,
    NoticeDrafted,
    NoticeDropped,
    NoticeExpired,
    NoticeKind,
    NoticePublished,
    NoticeQuestioned,
    NoticeReviewed,
    NoticeWithdrawn,
    RectificationListed,
    RectificationUpdated,
)


class Status(StrEnum):
    """Where a notice is in its life. What stands goes on standing while it is being written anew."""

    UNKNOWN = "unknown"
    DRAFTED = "drafted"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Pending:
    """What is written and not published. `approved` None: nobody has read it yet."""

    draft: NoticeDrafted
    approved: bool | None = None
    reviewed_by: str | None = None

    @property
    def ready(self) -> bool:
        return self.approved is True or (self.approved is None and not needs_review(self.draft))


def needs_review(draft: NoticeDrafted) -> bool:
    return KINDS[draft.kind].reviewed


def _no_items() -> Mapping[int, RectificationListed | RectificationUpdated]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Notice:
    """A notice as it stands. `items` are those of a rectification list, each as it was told of last."""

    published: NoticePublished | None = None
    title: str = ""
    body: str = ""
    amount_fen: int | None = None
    content: dict[str, Any] | None = None
    revision: int = 0
    withdrawn: NoticeWithdrawn | None = None
    expired: NoticeExpired | None = None
    pending: Pending | None = None
    dropped: bool = False
    items: Mapping[int, RectificationListed | RectificationUpdated] = field(default_factory=_no_items)
    questions: frozenset[str] = frozenset()

    @property
    def status(self) -> Status:
        if self.published:
            ended = (self.withdrawn and Status.WITHDRAWN) or (self.expired and Status.EXPIRED)
            return ended or Status.PUBLISHED
        if self.pending:
            return Status.APPROVED if self.pending.ready else Status.DRAFTED
        return Status.DROPPED if self.dropped else Status.UNKNOWN

    @property
    def kind(self) -> NoticeKind | None:
        known = self.published or (self.pending and self.pending.draft)
        return known.kind if known else None

    @property
    def look_at(self) -> datetime | None:
        """When time does something with it next; None: never."""
        moments = []
        if self.pending and self.pending.ready and self.status in (Status.APPROVED, Status.PUBLISHED):
            moments.append(self.pending.draft.publish_at)
        if self.published and self.status is Status.PUBLISHED:
            moments.append(self.published.expires_at)
        return min((moment for moment in moments if moment), default=None)


def evolve(notice: Notice, event: Event) -> Notice:
    match event:
        case NoticeDrafted():
            return replace(notice, pending=Pending(event), dropped=False)
        case NoticeReviewed() if notice.pending:
            return replace(notice, pending=replace(notice.pending, approved=event.approved, reviewed_by=event.by))
        case NoticeDropped():
            return replace(notice, pending=None, dropped=True)
        case NoticePublished():
            return Notice(event, event.title, event.body, event.amount_fen, event.content, 1)
        case NoticeCorrected():
            return replace(
                notice, title=event.title, body=event.body, amount_fen=event.amount_fen, content=event.content,
                revision=event.revision, pending=None,
            )  # fmt: skip
        case NoticeWithdrawn():
            return replace(notice, withdrawn=event, pending=None)
        case NoticeExpired():
            return replace(notice, expired=event, pending=None)
        case RectificationListed() | RectificationUpdated():
            return replace(notice, items=MappingProxyType({**notice.items, event.number: event}))
        case NoticeQuestioned():
            return replace(notice, questions=notice.questions | {event.appeal})
        case _:
            return notice
