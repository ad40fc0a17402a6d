"""What disclosure says: which notices stand before the public, and how they were corrected."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event, Personal


class NoticeKind(StrEnum):
    """What a notice (公示) is about."""

    FUND = "fund"
    PROJECT = "project"
    ASSET = "asset"
    SUBSIDY = "subsidy"
    DECISION = "decision"
    POLICY = "policy"
    JOB = "job"
    ENRICHMENT = "enrichment"
    INSPECTION = "inspection"
    LAW = "law"
    WARNING = "warning"
    RECTIFICATION = "rectification"
    FREE = "free"


USUAL_CHANNEL = "wecom"
"""of a notice's group that is not written as channel/group"""


def placed(group: str) -> tuple[str, str]:
    """Channel and group of a notice's group."""
    channel, _, name = group.rpartition("/")
    return channel or USUAL_CHANNEL, name


class Reach(StrEnum):
    """How far a notice goes: to the groups of its villages, of its townships, or of the whole county."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"


class NoticeDrafted(Event):
    """A notice is written, or written anew; it stands before nobody yet. Of one that stands it is how it should read instead.

    `content` holds the fields of its kind (docs/notices.md), amounts in 分. `publish_at` None: when somebody says so.
    """

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-drafted.v1"
    notice: str
    kind: NoticeKind
    title: str
    body: str
    content: dict[str, Any] | None = None
    reach: Reach
    villages: tuple[str, ...] = ()
    townships: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    basis: str | None = None
    amount_fen: int | None = None
    responsible: str | None = None
    publish_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    reason: str | None = None
    """why a notice that stands should read otherwise; None for one that does not stand yet"""
    by: str
    drafted_at: AwareDatetime


class NoticeReviewed(Event):
    """A second person read the draft. What is not approved is written anew."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-reviewed.v1"
    notice: str
    approved: bool
    note: str | None = None
    by: str
    reviewed_at: AwareDatetime


class NoticeDropped(Event):
    """A draft comes to nothing. Of a notice that stands, it goes on standing as it is."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-dropped.v1"
    notice: str
    reason: str
    by: str
    dropped_at: AwareDatetime


class NoticePublished(Event):
    """A notice stands before the villages named (all of the county's, if none)."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-published.v1"
    notice: str
    kind: NoticeKind
    title: str
    body: str
    villages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    basis: str | None = None
    amount_fen: int | None = None
    responsible: str | None = None
    by: str
    published_at: AwareDatetime
    content: dict[str, Any] | None = None
    """the fields of its kind; None: it is its words alone"""
    reach: Reach | None = None
    townships: tuple[str, ...] = ()
    reviewed_by: str | None = None
    expires_at: AwareDatetime | None = None


class NoticeCorrected(Event):
    """A new version of a notice, with the reason. The old version stays readable."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-corrected.v1"
    notice: str
    revision: int
    title: str
    body: str
    amount_fen: int | None = None
    groups: tuple[str, ...] = ()
    reason: str
    by: str
    corrected_at: AwareDatetime
    content: dict[str, Any] | None = None
    reviewed_by: str | None = None


class NoticeWithdrawn(Event):
    """A notice no longer stands; that it once stood, and why it went, stays on record."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-withdrawn.v1"
    notice: str
    title: str
    groups: tuple[str, ...] = ()
    reason: str
    by: str
    withdrawn_at: AwareDatetime


class NoticeExpired(Event):
    """A notice stood as long as it was meant to."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-expired.v1"
    notice: str
    title: str
    expired_at: AwareDatetime


class ItemState(StrEnum):
    """Where the item of a rectification list (巡察整改) stands: being put right, said to be done, found to be done."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"


class RectificationListed(Event):
    """An item of a list of what must be put right stands before the public: it is supervised until it is verified.

    `item` is `<notice>-<number>`; whoever keeps clocks may start one here. `due_at` is the end of the last day, China's.
    """

    TYPE: ClassVar[str] = "minsheng.disclosure.rectification-listed.v1"
    item: str
    notice: str
    number: int
    matter: str
    responsible: str
    due_at: AwareDatetime
    state: ItemState = ItemState.OPEN
    villages: tuple[str, ...] = ()
    townships: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    listed_at: AwareDatetime


class RectificationUpdated(Event):
    """An item went on, or back: with the evidence of what was done, or why it is not enough. Clocks end when it is verified."""

    TYPE: ClassVar[str] = "minsheng.disclosure.rectification-updated.v1"
    item: str
    notice: str
    number: int
    matter: str
    responsible: str
    due_at: AwareDatetime
    state: ItemState
    evidence: str | None = None
    note: str | None = None
    groups: tuple[str, ...] = ()
    by: str
    updated_at: AwareDatetime


class QuestionHeard(Event):
    """Disclosure heard of an appeal that questions a notice; its words tell which."""

    TYPE: ClassVar[str] = "minsheng.disclosure.question-heard.v1"
    appeal: str
    number: str
    channel: str
    group: str
    reporter: str
    text: Annotated[str | None, Personal(of="reporter", confined=True)] = None
    asked_at: AwareDatetime


class NoticeQuestioned(Event):
    """A question under a notice became an appeal, which is linked to the notice."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-questioned.v1"
    notice: str
    appeal: str
    number: str
    channel: str
    group: str
    asked_at: AwareDatetime


class QuestionAnswered(Event):
    """The appeal that questions a notice was answered. Said again when it was reopened and answered anew."""

    TYPE: ClassVar[str] = "minsheng.disclosure.question-answered.v1"
    appeal: str
    answered_at: AwareDatetime


class QuestionReopened(Event):
    """The answer to a question was none."""

    TYPE: ClassVar[str] = "minsheng.disclosure.question-reopened.v1"
    appeal: str
    reopened_at: AwareDatetime


class GroupNoted(Event):
    """Disclosure heard from intake of a village's group, to which notices go."""

    TYPE: ClassVar[str] = "minsheng.disclosure.group-noted.v1"
    channel: str
    group: str
    village: str
    township: str


class DisputeNoted(Event):
    """An appeal is a dispute between people: once it is settled, it counts as mediated."""

    TYPE: ClassVar[str] = "minsheng.disclosure.dispute-noted.v1"
    appeal: str
    category: str


class CaseCounted(Event):
    """Disclosure heard that an appeal was settled: it counts in the bulletin, as mediated too if it was a dispute."""

    TYPE: ClassVar[str] = "minsheng.disclosure.case-counted.v1"
    appeal: str
    village: str
    township: str
    dispute: bool
    settled_at: AwareDatetime


class CaseUncounted(Event):
    """What was settled is not any more: the case was reopened."""

    TYPE: ClassVar[str] = "minsheng.disclosure.case-uncounted.v1"
    appeal: str
    reopened_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (
    NoticeDrafted,
    NoticeReviewed,
    NoticeDropped,
    NoticePublished,
    NoticeCorrected,
    NoticeWithdrawn,
    NoticeExpired,
    RectificationListed,
    RectificationUpdated,
    QuestionHeard,
    NoticeQuestioned,
    QuestionAnswered,
    QuestionReopened,
    GroupNoted,
    DisputeNoted,
    CaseCounted,
    CaseUncounted,
)
