"""What routing says: which department answers for a case, and how the case lives and ends."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.base import Event, Personal
from shared.events.intake import Kind


class Status(StrEnum):
    """Where a case stands, as people ask for it."""

    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CALLED_BACK = "called_back"
    CLOSED = "closed"


class DepartmentRegistered(Event):
    """A department of the county's directory with its duties (职责) as words, or what it is from another date on."""

    TYPE: ClassVar[str] = "minsheng.routing.department-registered.v1"
    department: str
    name: str
    level: str
    """village, township, county, or vertical for those that are not under the county"""
    duties: tuple[str, ...]
    parent: str | None = None
    """the code of the department over it"""
    areas: tuple[str, ...] = ()
    """what it serves, `平川镇` or `平川镇/河西村`; empty: the whole county"""
    phone: str = ""
    """the office's own line, which nobody's person hangs on"""
    since: AwareDatetime | None = None
    """None: as far back as anybody knows"""


class DepartmentClosed(Event):
    """A department is no more from this moment on. What was decided by it stays."""

    TYPE: ClassVar[str] = "minsheng.routing.department-closed.v1"
    department: str
    until: AwareDatetime


class CategoryOffice(BaseModel):
    """Who answers for a category: everywhere and always, or only in a place and at some times (China's)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    department: str
    township: str = ""
    village: str = ""
    months: str = ""
    """`11-3`: from November to the end of March"""
    hours: str = ""
    """`18-8`: from six in the evening until eight in the morning"""


class CategoryMapped(Event):
    """A category of two levels (城乡建设/供排水) and who answers for it from a date on."""

    TYPE: ClassVar[str] = "minsheng.routing.category-mapped.v1"
    category: str
    offices: tuple[CategoryOffice, ...]
    keywords: tuple[str, ...] = ()
    """an appeal in which one of them stands is of this category"""
    threshold: float | None = None
    """how sure a proposal must be to be assigned without a person; None: as the county's other categories"""
    since: AwareDatetime | None = None


class CategoryDropped(Event):
    """The county has no rule of its own for this category from this moment on."""

    TYPE: ClassVar[str] = "minsheng.routing.category-dropped.v1"
    category: str
    until: AwareDatetime


class DutyOfficerNamed(Event):
    """Who is on duty for a department on which days (1 Monday – 7 Sunday) and hours of China's, and how to reach him."""

    TYPE: ClassVar[str] = "minsheng.routing.duty-officer-named.v1"
    department: str
    person: str
    name: Annotated[str, Personal(of="person", confined=True)]
    phone: Annotated[str, Personal(of="person", confined=True)]
    days: str = "1-7"
    hours: str = "0-24"


class DutyOfficerLeft(Event):
    """He is on this department's rota no more."""

    TYPE: ClassVar[str] = "minsheng.routing.duty-officer-left.v1"
    department: str
    person: str


class CaseEvent(Event):
    """What all events of a case carry, so that whoever hears one needs to look nothing up.

    `department` answers for the case after the event. `occurred_at` is when it happened, the envelope's time when it was
    recorded.
    """

    appeal: str
    number: str
    channel: str
    group: str
    village: str
    township: str
    message_id: str
    reporter: str
    department: str
    department_name: str
    urgent: bool
    sealed: bool
    occurred_at: AwareDatetime


class Considered(BaseModel):
    """A department that was considered for a case, how sure that was (0–1), and why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    department: str
    confidence: float
    reasons: tuple[str, ...] = ()


class CaseAssigned(CaseEvent):
    """A department is accountable (主办). `confidence` 0–1; below the threshold the county desk triages."""

    TYPE: ClassVar[str] = "minsheng.routing.case-assigned.v1"
    kind: Kind
    category: str
    opened_at: AwareDatetime
    confidence: float
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    """the departments that fit next best, for a return; of a case that waits at the county desk, the best"""
    waits: bool = False
    """nothing was sure enough: the county desk has it until a person decides between the candidates"""
    proposals: tuple[Considered, ...] = ()
    """all that were considered, best first, and why"""
    threshold: float | None = None
    """how sure the best had to be"""
    accused: tuple[str, ...] = ()
    """the departments that the text complains about: none of them judges it by itself"""
    directory: int | None = None
    """the version of the directory by which it was decided"""
    model: int | None = None
    """the version of the trained model that was asked, if there was one"""
    model_proposals: tuple[Considered, ...] = ()
    """what it said, best first; in its shadow time that counted for nothing"""
    text: Annotated[str | None, Personal(of="reporter", confined=True)] = None
    """what the reporter wrote, as his group may read it, for routing's own search; None: sealed, or without words"""
    divided_from: str | None = None
    """the appeal of whose message it is a part"""
    divided_from_number: str | None = None


class CaseUrgencyRaised(CaseEvent):
    """A supplement told of danger: the case is urgent from now on."""

    TYPE: ClassVar[str] = "minsheng.routing.case-urgency-raised.v1"


class CaseAccepted(CaseEvent):
    """A person took the case on (受理). This stops the ten-minute clock; a robot's receipt does not."""

    TYPE: ClassVar[str] = "minsheng.routing.case-accepted.v1"
    by: str
    by_name: Annotated[str | None, Personal(of="by")] = None
    note: Annotated[str | None, Personal(of="by")] = None


class ProgressReported(CaseEvent):
    """An official told how far it is."""

    TYPE: ClassVar[str] = "minsheng.routing.progress-reported.v1"
    by: str
    by_name: Annotated[str | None, Personal(of="by")] = None
    note: Annotated[str | None, Personal(of="by")] = None


class CaseMerged(CaseEvent):
    """The county desk handles several cases as one matter (集中反映), led by one; said of the lead too. Each keeps its number.

    `crowd` is intake's crowd, empty for a matter that the desk made of these cases by itself: then the lead's event names them.
    """

    TYPE: ClassVar[str] = "minsheng.routing.case-merged.v1"
    crowd: str
    about: str
    lead: str
    lead_number: str
    count: int
    by: str
    cases: tuple[str, ...] = ()
    """of the lead: the appeals that it leads from now on"""
    households: int | None = None
    """how many reporters they have, each counted once"""


class CaseReturned(CaseEvent):
    """The department says it is not its duty (退单). It stays accountable until that is decided (首接负责).

    The second return goes to the county desk at once, not round again: that is a CaseTransferred right behind it.
    """

    TYPE: ClassVar[str] = "minsheng.routing.case-returned.v1"
    by: str
    reason: Annotated[str, Personal(of="by")]
    count: int
    undecided: bool = False
    """it waits for the county desk's decision; returns of old were decided by rule, in the same moment"""


class CaseTransferred(CaseEvent):
    """Another department is accountable from now on (转办)."""

    TYPE: ClassVar[str] = "minsheng.routing.case-transferred.v1"
    by: str
    from_department: str
    reason: Annotated[str, Personal(of="by")]


class CaseResolved(CaseEvent):
    """The work is done (办结); `reply` is fit for the group."""

    TYPE: ClassVar[str] = "minsheng.routing.case-resolved.v1"
    by: str
    by_name: Annotated[str | None, Personal(of="by")] = None
    reply: Annotated[str | None, Personal(of="by")] = None


class CallbackAsked(CaseEvent):
    """Somebody asked the reporter whether it is solved and whether he is satisfied (回访)."""

    TYPE: ClassVar[str] = "minsheng.routing.callback-asked.v1"
    by: str


class CaseCalledBack(CaseEvent):
    """The reporter answered: is it solved, is he satisfied? None: reached, but said neither."""

    TYPE: ClassVar[str] = "minsheng.routing.case-called-back.v1"
    by: str
    satisfied: bool | None
    resolved: bool | None = None


class CaseReopened(CaseEvent):
    """The reporter is not satisfied or the trouble came back: the case is open again."""

    TYPE: ClassVar[str] = "minsheng.routing.case-reopened.v1"
    by: str
    reason: Annotated[str | None, Personal(of="by")] = None
    count: int


CONFIRMED = "confirmed"
"""the outcome of a case with which its reporter is satisfied"""
MISREGISTERED = "误登记"
"""the outcome of a case whose appeal turned out to be none"""
INADMISSIBLE = "inadmissible"
"""the outcome of a case that nobody may take on; why, and where to go instead, was said before"""
UNREACHABLE = "unreachable"
"""the outcome of a case whose reporter was called three times in vain: it says nothing of his satisfaction"""


class CaseClosed(CaseEvent):
    """The case has an outcome: its resolution was confirmed, or the county desk ended it with a reason."""

    TYPE: ClassVar[str] = "minsheng.routing.case-closed.v1"
    by: str
    outcome: str
    satisfied: bool | None = None
    withdrawn: bool = False
    """it was no case of its own: nothing was done, and nothing follows for others"""


class HotCase(BaseModel):
    """A case of a hot issue."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    appeal: str
    number: str


class HotIssue(BaseModel):
    """What many households raised in a week. `before` are those of the week before; `growth` and `feeling` are from 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: str
    """the phrases most of its cases say, of words with all numbers masked"""
    households: int
    before: int
    growth: float
    feeling: float
    townships: tuple[str, ...]
    """the one with most cases first"""
    count: int
    """how many cases it has"""
    cases: tuple[HotCase, ...]
    """the most typical first, at most a hundred, none of them sealed"""


class HottestTold(Event):
    """The county's hottest issues of a week, told shortly before the bulletin of `bulletin_at`, once for each; perhaps none."""

    TYPE: ClassVar[str] = "minsheng.routing.hottest-told.v1"
    bulletin_at: AwareDatetime
    issues: tuple[HotIssue, ...]
    """the hottest first"""
    told_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (
    DepartmentRegistered,
    DepartmentClosed,
    CategoryMapped,
    CategoryDropped,
    DutyOfficerNamed,
    DutyOfficerLeft,
    CaseAssigned,
    CaseUrgencyRaised,
    CaseAccepted,
    ProgressReported,
    CaseMerged,
    CaseReturned,
    CaseTransferred,
    CaseResolved,
    CallbackAsked,
    CaseCalledBack,
    CaseReopened,
    CaseClosed,
    HottestTold,
)
