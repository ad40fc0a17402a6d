"""What intake says of crowds (集中反映): alike appeals of several groups, offered to the desk as one matter, merged or not."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.base import Event, Personal


class CrowdAppeal(BaseModel):
    """An appeal of a crowd: its number, and where it was spoken."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    appeal: str
    number: str
    channel: str
    group: str
    village: str


class CrowdEvent(Event):
    """What all events of a crowd (集中反映) carry: several appeals of one township about the same trouble.

    `households` are the people who reported it or said that they have it too, each once. `channel` and `group` are those of
    its first appeal, where its officials are told.
    """

    crowd: str
    township: str
    about: str
    """the trouble in a word people use, e.g. 供水"""
    channel: str
    group: str
    urgent: bool
    households: int
    occurred_at: AwareDatetime


class CrowdOffered(CrowdEvent):
    """Appeals that may be one matter are offered to the county desk; nothing is merged before it says so."""

    TYPE: ClassVar[str] = "minsheng.intake.crowd-offered.v1"
    matters: tuple[str, ...]
    """what their words have in common, by intake's table of public matters"""
    appeals: tuple[CrowdAppeal, ...]
    people: tuple[str, ...]
    since: AwareDatetime
    reasons: tuple[str, ...]


class CrowdGrew(CrowdEvent):
    """Another appeal (`joined`) or another household (`people`) about the same. `appeals` is how many there are now."""

    TYPE: ClassVar[str] = "minsheng.intake.crowd-grew.v1"
    joined: CrowdAppeal | None = None
    people: tuple[str, ...] = ()
    appeals: int
    reasons: tuple[str, ...] = ()


class CrowdShrank(CrowdEvent):
    """An appeal left the crowd, for it turned out to be none of its own. `people` spoke in no other of the crowd."""

    TYPE: ClassVar[str] = "minsheng.intake.crowd-shrank.v1"
    left: CrowdAppeal
    people: tuple[str, ...] = ()
    appeals: int


class CrowdRecounted(CrowdEvent):
    """Households are fewer: what `people` said turned out to be something else, and they spoke nowhere else in the crowd."""

    TYPE: ClassVar[str] = "minsheng.intake.crowd-recounted.v1"
    people: tuple[str, ...]


class CrowdMerged(CrowdEvent):
    """The county desk decided that these appeals are one matter, led by one of them. Said again for those that come later,
    and for those whose lead left the crowd.
    """

    TYPE: ClassVar[str] = "minsheng.intake.crowd-merged.v1"
    lead: CrowdAppeal
    appeals: tuple[CrowdAppeal, ...]
    """those that were not merged before, or not under this lead"""
    count: int
    """how many are handled together from now on"""
    by: str
    note: Annotated[str | None, Personal(of="by")] = None


class CrowdDismissed(CrowdEvent):
    """The county desk decided that these appeals are different matters. They are not offered together again."""

    TYPE: ClassVar[str] = "minsheng.intake.crowd-dismissed.v1"
    by: str
    note: Annotated[str | None, Personal(of="by")] = None


class AppealMerged(Event):
    """An appeal is handled together with others, under the lead of one; said of the lead too. It keeps its own number."""

    TYPE: ClassVar[str] = "minsheng.intake.appeal-merged.v1"
    appeal: str
    crowd: str
    about: str
    lead: str
    lead_number: str
    count: int
    """how many appeals are handled together"""
    by: str
    occurred_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (
    CrowdOffered,
    CrowdGrew,
    CrowdShrank,
    CrowdRecounted,
    CrowdMerged,
    CrowdDismissed,
    AppealMerged,
)
