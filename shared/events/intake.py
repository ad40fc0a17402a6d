"""What intake says: what was heard, how it was read, and which appeals came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.attachments import Attached, AttachmentKind
from shared.events.base import COMMISSION, Event, Personal


class Kind(StrEnum):
    """What a chat message is. Villagers appeal, enquire, supplement, give feedback; officials answer; all chat."""

    APPEAL = "appeal"
    ENQUIRY = "enquiry"
    SUPPLEMENT = "supplement"
    ACCEPT = "accept"
    PROGRESS = "progress"
    RESOLVE = "resolve"
    CALLBACK = "callback"
    FEEDBACK = "feedback"
    REPORT = "report"
    ANNOUNCEMENT = "announcement"
    OFFER = "offer"
    CHATTER = "chatter"


OPENING = frozenset({Kind.APPEAL, Kind.ENQUIRY, Kind.REPORT})
"""The kinds that open an appeal. An enquiry wants an answer, a report accuses somebody and is sealed."""

ACTIONS = frozenset({Kind.ACCEPT, Kind.PROGRESS, Kind.RESOLVE, Kind.CALLBACK})
"""The kinds by which an official acts on a case in the chat."""


BELONGING = frozenset({Kind.SUPPLEMENT, Kind.FEEDBACK, *ACTIONS})
"""The kinds that say something of an appeal which is open already."""


class Role(StrEnum):
    """Who speaks, by the roster. Everybody but a villager and an unknown sender answers for the county."""

    VILLAGER = "villager"
    VILLAGE_OFFICIAL = "village_official"
    TOWN_OFFICIAL = "town_official"
    COUNTY_OFFICIAL = "county_official"
    DISCIPLINE = "discipline"
    INSPECTION = "inspection"
    LEGAL_ADVISER = "legal_adviser"
    UNKNOWN = "unknown"

    @property
    def official(self) -> bool:
        return self not in (Role.VILLAGER, Role.UNKNOWN)


class MessageReceived(Event):
    """A chat message was stored, before anybody tried to understand it. The raw text never leaves intake."""

    TYPE: ClassVar[str] = "minsheng.intake.message-received.v1"
    message: str
    channel: str
    group: str
    message_id: str
    person: str
    sender: Annotated[str, Personal(of="person", confined=True)]
    text: Annotated[str, Personal(of="person", confined=True)]
    attachments: tuple[Attached, ...] = ()
    attachment_names: Annotated[str | None, Personal(of="person", confined=True)] = None
    """a line an attachment, empty where it had no name; None: none had one"""
    reply_to: str | None = None
    sent_at: AwareDatetime


class MediaAwaited(Event):
    """A chat system holds files of a message that was stored; they are fetched after it. `door` is the channel that told so."""

    TYPE: ClassVar[str] = "minsheng.intake.media-awaited.v1"
    message: str
    person: str
    door: str
    kinds: tuple[AttachmentKind, ...]
    media: Annotated[str, Personal(of="person", confined=True)]
    """JSON: a list beside `kinds`, of what the chat system wants to hear (`ref`) and what it called the file (`name`)"""


class MediaTrouble(StrEnum):
    """Why a file that a chat system held was not fetched."""

    GONE = "gone"
    """the chat system has it no more, or never had"""
    TOO_LARGE = "too-large"
    NOT_ACCEPTED = "not-accepted"
    """a kind of file that is not taken, or at an address that is not the chat system's"""
    UNREACHABLE = "unreachable"
    """the chat system did not give it for as long as it keeps one"""


class MediaMissed(Event):
    """A file that a chat system held is given up; `ordinal` is its place among those that were awaited."""

    TYPE: ClassVar[str] = "minsheng.intake.media-missed.v1"
    message: str
    ordinal: int
    kind: AttachmentKind
    trouble: MediaTrouble
    missed_at: AwareDatetime


class AttachmentsAdded(Event):
    """Files came after their message. `first` is the place of the first one among all of the message's.

    `media` is the place among the awaited ones of the file that was fetched, None when somebody sent them. There are no
    `attachments` when what was fetched had come with the message already.
    """

    TYPE: ClassVar[str] = "minsheng.intake.attachments-added.v1"
    message: str
    person: str
    first: int
    attachments: tuple[Attached, ...]
    attachment_names: Annotated[str | None, Personal(of="person", confined=True)] = None
    """a line each of the message's attachments, empty for those that were there before; None: none of these had one"""
    media: int | None = None


class MessageRecalled(Event):
    """Its sender took a message back. It stays stored, read and answered; whoever shows it shows that it was recalled."""

    TYPE: ClassVar[str] = "minsheng.intake.message-recalled.v1"
    message: str
    recalled_at: AwareDatetime


class Alternative(BaseModel):
    """What else a message may be: a kind, an appeal it would then belong to, how likely that is (0–1), and why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind
    appeal: str | None = None
    likely: float
    reason: str


class MessageRead(Event):
    """How a message was understood, with the reasons. `appeal` is None for what concerns no appeal.

    `alternatives` are told where the reading is not sure, the likeliest first. A message that could not be read at all is
    kept as chatter of confidence 0.
    """

    TYPE: ClassVar[str] = "minsheng.intake.message-read.v1"
    message: str
    kind: Kind
    appeal: str | None
    role: Role
    urgent: bool = False
    sealed: bool = False
    satisfied: bool | None = None
    questions_notice: bool = False
    notice: str | None = None
    confidence: float
    reasons: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


class MessageCorrected(Event):
    """A person says that a message is something else than it was taken for. Later messages are read with that in mind.

    The fields without `was_` hold from now on; `sent_at` is when the message was said. An `appeal` nobody knows yet is opened
    by this message. The note stays in intake: it may quote what is sealed.
    """

    TYPE: ClassVar[str] = "minsheng.intake.message-corrected.v1"
    message: str
    channel: str
    group: str
    message_id: str
    sent_at: AwareDatetime
    was_kind: Kind
    was_appeal: str | None
    was_urgent: bool
    was_sealed: bool
    kind: Kind
    appeal: str | None
    urgent: bool
    sealed: bool
    satisfied: bool | None = None
    role: Role | None = None
    """who spoke, by the roster as it stands now; None: as it was read"""
    into: str | None = None
    """the number of the appeal it was joined to"""
    by: str
    note: Annotated[str | None, Personal(of="by", confined=True)] = None
    corrected_at: AwareDatetime

    @property
    def opens(self) -> bool:
        """Whether an appeal begins with this correction."""
        return self.kind in OPENING and self.appeal != self.was_appeal

    @property
    def withdraws(self) -> bool:
        """Whether the appeal that the message had opened is none any more."""
        return self.was_kind in OPENING and self.appeal != self.was_appeal


class MessageConfirmed(Event):
    """A person says that a message was read rightly."""

    TYPE: ClassVar[str] = "minsheng.intake.message-confirmed.v1"
    message: str
    by: str
    confirmed_at: AwareDatetime


class Withdrawal(StrEnum):
    """Why an appeal is withdrawn. Whoever is told of it cannot tell a sealed one from a misread one."""

    MISREAD = "misread"
    JOINED = "joined"


class AppealWithdrawn(Event):
    """A numbered appeal turned out to be none of its own. It still has to reach an outcome, so routing closes its case."""

    TYPE: ClassVar[str] = "minsheng.intake.appeal-withdrawn.v1"
    appeal: str
    message_id: str
    reason: Withdrawal
    into: str | None = None
    """the number of the appeal it is handled with"""
    by: str
    occurred_at: AwareDatetime


class NumberIssued(Event):
    """One page of a county's register for one local day: numbers are gapless, `ordinal` is the version of the page."""

    TYPE: ClassVar[str] = "minsheng.intake.number-issued.v1"
    appeal: str
    number: str
    ordinal: int


class AppealOpened(Event):
    """A villager's message became a numbered appeal. A sealed one carries neither text nor files: the commission alone reads it."""

    TYPE: ClassVar[str] = "minsheng.intake.appeal-opened.v1"
    appeal: str
    number: str
    kind: Kind
    channel: str
    group: str
    village: str
    township: str
    message_id: str
    reporter: str
    reporter_name: Annotated[str | None, Personal(of="reporter")] = None
    text: Annotated[str | None, Personal(of="reporter")] = None
    attachments: tuple[Attached, ...] = ()
    urgent: bool = False
    sealed: bool = False
    questions_notice: bool = False
    occurred_at: AwareDatetime
    divided_from: str | None = None
    """the appeal of whose message this is a part; then it was opened by whoever divided it, at that time"""
    divided_from_number: str | None = None


class AppealDivided(Event):
    """Routing says that part of an appeal's message is an appeal of its own: it is numbered in the order of the log."""

    TYPE: ClassVar[str] = "minsheng.intake.appeal-divided.v1"
    appeal: str
    divided_from: str
    divided_from_number: str
    kind: Kind
    channel: str
    group: str
    village: str
    township: str
    message_id: str
    reporter: str
    text: Annotated[str, Personal(of="reporter")]
    urgent: bool
    by: str
    occurred_at: AwareDatetime


class ReportSealed(Event):
    """The content of a sealed report, under the commission's key. It never leaves intake."""

    TYPE: ClassVar[str] = "minsheng.intake.report-sealed.v1"
    appeal: str
    keeper: str = COMMISSION
    text: Annotated[str, Personal(of="keeper", confined=True)]


class AppealSealed(Event):
    """Routing says that an open appeal accuses somebody: nobody but the commission reads on what was said in it."""

    TYPE: ClassVar[str] = "minsheng.intake.appeal-sealed.v1"
    appeal: str
    by: str
    occurred_at: AwareDatetime


class AppealSupplemented(Event):
    """Somebody added to an open appeal: more facts, "俺家也没水", or a reminder. Sealed appeals pass no text on."""

    TYPE: ClassVar[str] = "minsheng.intake.appeal-supplemented.v1"
    appeal: str
    message_id: str
    person: str
    text: Annotated[str | None, Personal(of="person")] = None
    urgent: bool = False
    occurred_at: AwareDatetime


class OfficialActionRead(Event):
    """An official's chat message was read as an action on a case: accept, progress, resolve or callback."""

    TYPE: ClassVar[str] = "minsheng.intake.official-action-read.v1"
    appeal: str
    message_id: str
    action: Kind
    person: str
    name: Annotated[str | None, Personal(of="person")] = None
    role: Role
    department: str | None = None
    text: Annotated[str | None, Personal(of="person")] = None
    occurred_at: AwareDatetime


class FeedbackRead(Event):
    """The reporter (or a neighbour) said how it went. `satisfied` is None when the words do not tell."""

    TYPE: ClassVar[str] = "minsheng.intake.feedback-read.v1"
    appeal: str
    message_id: str
    person: str
    satisfied: bool | None
    text: Annotated[str | None, Personal(of="person")] = None
    occurred_at: AwareDatetime


class CaseStatusNoted(Event):
    """Intake heard from routing where a case stands, so that "收到" in the chat is not taken for a closed one."""

    TYPE: ClassVar[str] = "minsheng.intake.case-status-noted.v1"
    appeal: str
    status: str
    occurred_at: AwareDatetime


class NoticeHeard(Event):
    """Intake heard that disclosure put a notice before these groups: what is asked there next may be about it."""

    TYPE: ClassVar[str] = "minsheng.intake.notice-heard.v1"
    notice: str
    kind: str
    text: str
    """its title and how it begins"""
    groups: tuple[str, ...]
    said_at: AwareDatetime


class PersonForgotten(Event):
    """A person's key was destroyed. Every service that hears this destroys its own key of that person."""

    TYPE: ClassVar[str] = "minsheng.intake.person-forgotten.v1"
    person: str
    forgotten_at: datetime


EVENTS: tuple[type[Event], ...] = (
    MessageReceived,
    MediaAwaited,
    MediaMissed,
    AttachmentsAdded,
    MessageRecalled,
    MessageRead,
    MessageCorrected,
    MessageConfirmed,
    AppealWithdrawn,
    NumberIssued,
    AppealOpened,
    ReportSealed,
    AppealSupplemented,
    OfficialActionRead,
    FeedbackRead,
    AppealSealed,
    AppealDivided,
    CaseStatusNoted,
    NoticeHeard,
    PersonForgotten,
)
