"""What may be asked of a notice. Publishing at once, correcting and withdrawing say exactly what their events record."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.disclosure import (
    ItemState,
    NoticeCorrected,
    NoticeDrafted,
    NoticeDropped,
    NoticePublished,
    NoticeQuestioned,
    NoticeReviewed,
    NoticeWithdrawn,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """Writes it, or writes it anew: whoever had approved it must read it again.

    `carried_fen` is with how much the village's last account of its 三资 ended; None: there is none before.
    """

    draft: NoticeDrafted
    carried_fen: int | None = None

    @property
    def by(self) -> str:
        return self.draft.by


@dataclass(frozen=True, slots=True)
class Review:
    reviewed: NoticeReviewed

    @property
    def by(self) -> str:
        return self.reviewed.by


@dataclass(frozen=True, slots=True)
class Drop:
    dropped: NoticeDropped

    @property
    def by(self) -> str:
        return self.dropped.by


@dataclass(frozen=True, slots=True)
class Publish:
    """Puts the draft before the public, in these groups."""

    by: str
    at: datetime
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateItem:
    """An item of a rectification list goes on, or back."""

    number: int
    state: ItemState
    by: str
    at: datetime
    evidence: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has come to look: a draft whose time it is is published, a notice that stood long enough expires."""

    at: datetime
    groups: tuple[str, ...] = ()
    by: str = "minsheng:clock"


Command = (
    Draft | Review | Drop | Publish | UpdateItem | Tick | NoticePublished | NoticeCorrected | NoticeWithdrawn | NoticeQuestioned
)
