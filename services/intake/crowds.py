"""The rulebook of crowds (集中反映): the same trouble in several groups of a township within hours may be one matter.

It is offered to the county desk with the count of households, and merged only when the desk says so. A sealed appeal takes
no part. Likeness is the one by which messages are linked within a group; between villages it must be more than a common
word, except for what fails everywhere at once. Pure. Stream: `crowd-<id>`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from services.intake.reading.linking import SAME
from services.intake.reading.matters import named
from services.intake.reading.subjects import SHARED_SUPPLY, Subject, clash, elsewhere, likeness, only_personal, subject_of
from services.intake.reading.wording import wording
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.crowds import (
    CrowdAppeal,
    CrowdDismissed,
    CrowdEvent,
    CrowdGrew,
    CrowdMerged,
    CrowdOffered,
    CrowdRecounted,
    CrowdShrank,
)
from shared.events.intake import AppealOpened, AppealSupplemented, Kind

SAME_ELSEWHERE = 0.6
"""From this likeness on two villages' own roads, lamps or ditches are one trouble: the same matter, in words they share."""
FEW = 2
FEW_OF_ONES_OWN = 3
"""One's own papers and money, and what is only asked, must come from three before it is more than chance."""

MOST = 500
"""appeals of one crowd: an event that names them all must be small enough to be sent"""


def crowd_key(appeal: str) -> str:
    """The id of the crowd that this appeal made one: the same however often it is decided."""
    return str(uuid5(NAMESPACE_URL, f"urn:minsheng:crowd:{appeal}"))


def crowd_stream(crowd: str) -> str:
    return f"crowd-{crowd}"


# -- which appeals are alike ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """An open appeal of a township, as far as crowds are concerned."""

    place: CrowdAppeal
    township: str
    reporter: str
    subject: Subject
    asks: bool
    """it wants an answer rather than help"""
    urgent: bool
    opened_at: datetime
    voices: frozenset[tuple[str, str]]
    """(message id, person) of whoever reported it or has it too"""
    waiting: bool = True
    crowd: str | None = None

    @property
    def people(self) -> frozenset[str]:
        return frozenset(person for _, person in self.voices)


def known(opened: AppealOpened) -> Known:
    """An appeal that was just opened. One that is sealed has no text to know it by."""
    facts = {name: getattr(opened, name) for name in CrowdAppeal.model_fields}
    return Known(
        place=CrowdAppeal(**facts),
        township=opened.township,
        reporter=opened.reporter,
        subject=said(opened.text),
        asks=opened.kind is Kind.ENQUIRY or opened.questions_notice,
        urgent=opened.urgent,
        opened_at=opened.occurred_at,
        voices=frozenset({(opened.message_id, opened.reporter)}),
    )


def said(text: str | None) -> Subject:
    """What these words are about, as linking sees it."""
    return subject_of(wording(text or "").body)


def added(appeal: Known, more: AppealSupplemented) -> Known:
    """The appeal after somebody joined it; the reporter's own words, or the first that name a matter, tell what it is about."""
    grows = more.person == appeal.reporter or not appeal.subject.matters
    return replace(
        appeal,
        voices=appeal.voices | {(more.message_id, more.person)},
        urgent=appeal.urgent or more.urgent,
        subject=appeal.subject | said(more.text) if grows else appeal.subject,
    )


def without(appeal: Known, message_id: str) -> Known:
    """The appeal after this message turned out to say something else. What it is about stays as it was told."""
    return replace(appeal, voices=frozenset(voice for voice in appeal.voices if voice[0] != message_id))


def alike(one: Known, other: Known) -> float:
    """How alike two appeals are as one matter, 0 when they are none."""
    like = likeness(one.subject, other.subject)
    if like < SAME or clash(one.subject, other.subject):
        return 0.0
    if not one.subject.matters & other.subject.matters & SHARED_SUPPLY and like < SAME_ELSEWHERE:
        return 0.0
    own = _group(one) == _group(other)
    if own and (one.reporter == other.reporter or elsewhere(one.subject, other.subject)):
        return 0.0  # the reader saw both in one conversation, and kept them apart
    return like


@dataclass(frozen=True, slots=True)
class Joins:
    """This appeal is about what a crowd is about."""

    crowd: str
    reason: str


@dataclass(frozen=True, slots=True)
class Founds:
    """These appeals, oldest first, are a crowd."""

    appeals: tuple[Known, ...]
    matters: frozenset[str]
    reasons: tuple[str, ...]


def gather(new: Known, open_ones: Iterable[Known], crowds: "Mapping[str, Crowd]", within: timedelta) -> Joins | Founds | None:
    """What a new appeal means beside the open ones of its township."""
    ranked = [
        (like, other)
        for other in open_ones
        if other.waiting and abs(new.opened_at - other.opened_at) <= within and (like := alike(new, other))
    ]
    ranked.sort(key=lambda pair: (-pair[0], pair[1].opened_at, pair[1].place.appeal))
    for like, other in ranked:
        if other.crowd and crowds[other.crowd].takes(new.subject):
            return Joins(other.crowd, _reason(new, other, like))
    return _founds(new, [(like, other) for like, other in ranked if other.crowd is None])


def _founds(new: Known, ranked: list[tuple[float, Known]]) -> Founds | None:
    """Those alike to the new one that also have something in common with each other, if they are enough."""
    matters, members, reasons = new.subject.matters, [new], list[str]()
    for like, other in ranked:
        common = matters & other.subject.matters
        if common or not matters:
            matters = common
            members.append(other)
            reasons.append(_reason(new, other, like))
    ones_own = all(member.asks for member in members) or only_personal(Subject(matters, frozenset(), frozenset()))
    voices = {(_group(member), member.reporter) for member in members}
    if len(voices) < (FEW_OF_ONES_OWN if ones_own else FEW):
        return None
    members.sort(key=lambda member: (member.opened_at, member.place.number))
    return Founds(tuple(members), matters, tuple(reasons))


def _group(appeal: Known) -> tuple[str, str]:
    return appeal.place.channel, appeal.place.group


def _reason(new: Known, other: Known, like: float) -> str:
    about = named(new.subject.matters & other.subject.matters)
    minutes = round(abs(new.opened_at - other.opened_at).total_seconds() / 60)
    return f"{new.place.number} 与 {other.place.number} 都反映{about}，相似度 {like:.2f}，相隔 {minutes} 分钟"


# -- a crowd -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crowd:
    """A crowd as it stands. `last` is the newest event that carried its facts."""

    last: CrowdEvent | None = None
    matters: frozenset[str] = frozenset()
    appeals: tuple[CrowdAppeal, ...] = ()
    people: frozenset[str] = frozenset()
    merged: frozenset[str] = frozenset()
    lead: str | None = None
    dismissed: bool = False

    def takes(self, subject: Subject) -> bool:
        """Whether it may grow by this: what has nothing in common with all of it shall not drag it elsewhere, link by link."""
        room = not self.dismissed and len(self.appeals) < MOST
        return room and (not self.matters or bool(self.matters & subject.matters))


@dataclass(frozen=True, slots=True)
class Offer:
    """Alike appeals were found."""

    crowd: str
    founds: Founds
    at: datetime


@dataclass(frozen=True, slots=True)
class Join:
    """One more appeal."""

    appeal: Known
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """Somebody said in one of its appeals that he has it too."""

    person: str
    urgent: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Uncount:
    """What these people said was something else, and they spoke in no other of its appeals."""

    people: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """One of its appeals was withdrawn. `people` spoke in no other of its appeals, `waiting` are those that still wait."""

    appeal: str
    people: frozenset[str]
    waiting: frozenset[str]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """The desk: it is one matter. `waiting`: the appeals that still wait for somebody; the others are answered already."""

    by: str
    at: datetime
    waiting: frozenset[str]
    note: str | None = None
    lead: str | None = None
    """the appeal (number or id) the desk wants to lead; None: the one that leads already, or the oldest that waits"""


@dataclass(frozen=True, slots=True)
class Dismiss:
    """The desk: they are different matters."""

    by: str
    at: datetime
    note: str | None = None


Command = Offer | Join | Count | Uncount | Leave | Merge | Dismiss


def decide(command: Command, crowd: Crowd) -> list[Event]:
    """Raises Refused for what the desk may not do now; what is only noticed is never refused."""
    if isinstance(command, Offer):
        return [_offered(command)] if crowd.last is None else []
    if crowd.last is None:
        raise Refused("no-such-crowd", "没有这件集中反映")
    match command:
        case Join(appeal, reason, at):
            if crowd.dismissed or any(member.appeal == appeal.place.appeal for member in crowd.appeals):
                return []
            urgent = crowd.last.urgent or appeal.urgent
            return [_grew(crowd, crowd.last, at, appeal.people, urgent, joined=appeal.place, reasons=(reason,))]
        case Count(person, urgent, at):
            if crowd.dismissed or person in crowd.people:
                return []
            return [_grew(crowd, crowd.last, at, frozenset({person}), crowd.last.urgent or urgent)]
        case Uncount(people, at):
            return _recounted(people, at, crowd, crowd.last)
        case Leave():
            return _left(command, crowd, crowd.last)
        case Merge():
            return [_merged(command, crowd, crowd.last)]
        case Dismiss():
            return [_dismissed(command, crowd, crowd.last)]


def _offered(command: Offer) -> CrowdOffered:
    members = command.founds.appeals
    first = members[0]
    people = frozenset[str]().union(*(member.people for member in members))
    return CrowdOffered(
        crowd=command.crowd,
        township=first.township,
        about=named(command.founds.matters),
        channel=first.place.channel,
        group=first.place.group,
        urgent=any(member.urgent for member in members),
        households=len(people),
        occurred_at=command.at,
        matters=tuple(sorted(command.founds.matters)),
        appeals=tuple(member.place for member in members),
        people=tuple(sorted(people)),
        since=first.opened_at,
        reasons=command.founds.reasons,
    )


def _grew(
    crowd: Crowd, last: CrowdEvent, at: datetime, people: frozenset[str], urgent: bool, *,
    joined: CrowdAppeal | None = None, reasons: tuple[str, ...] = (),
) -> CrowdGrew:  # fmt: skip
    new = people - crowd.people
    return CrowdGrew(
        **{**_facts(last, at), "urgent": urgent, "households": len(crowd.people) + len(new)},
        joined=joined,
        people=tuple(sorted(new)),
        appeals=len(crowd.appeals) + (joined is not None),
        reasons=reasons,
    )


def _recounted(people: frozenset[str], at: datetime, crowd: Crowd, last: CrowdEvent) -> list[Event]:
    gone = people & crowd.people
    if crowd.dismissed or not gone:
        return []
    facts = {**_facts(last, at), "households": len(crowd.people) - len(gone)}
    return [CrowdRecounted(**facts, people=tuple(sorted(gone)))]


def _left(command: Leave, crowd: Crowd, last: CrowdEvent) -> list[Event]:
    """What was led by it is led by the oldest that still waits; one that is left alone goes on by itself."""
    left = next((appeal for appeal in crowd.appeals if appeal.appeal == command.appeal), None)
    if left is None:
        return []
    gone, facts = command.people & crowd.people, _facts(last, command.at)
    facts["households"] = len(crowd.people) - len(gone)
    events: list[Event] = [CrowdShrank(**facts, left=left, people=tuple(sorted(gone)), appeals=len(crowd.appeals) - 1)]
    led = tuple(appeal for appeal in crowd.appeals if appeal.appeal in (crowd.merged & command.waiting) - {command.appeal})
    if command.appeal == crowd.lead and len(led) > 1:
        events.append(CrowdMerged(**facts, lead=led[0], appeals=led, count=len(led), by=command.by))
    return events


def _merged(command: Merge, crowd: Crowd, last: CrowdEvent) -> CrowdMerged:
    """Those that come later are merged under the same lead as long as it waits; under another, all that wait are told so."""
    if crowd.dismissed:
        raise Refused("already-dismissed", "这件集中反映已经判定为不同的事，不能再合并")
    waiting = [appeal for appeal in crowd.appeals if appeal.appeal in command.waiting]
    lead = _lead(command, crowd, waiting)
    told = crowd.merged if lead and lead.appeal == crowd.lead else frozenset()
    new = tuple(appeal for appeal in waiting if appeal.appeal not in told)
    if lead is None or not any(appeal.appeal != lead.appeal for appeal in new):
        raise Refused("nothing-to-merge", "没有可以合并的诉求：至少要有两件还在办理、尚未合并")
    facts = _facts(last, command.at)
    return CrowdMerged(**facts, lead=lead, appeals=new, count=len(waiting), by=command.by, note=command.note)


def _lead(command: Merge, crowd: Crowd, waiting: list[CrowdAppeal]) -> CrowdAppeal | None:
    """Whom the desk chose, who leads already, or the oldest that still waits."""
    if command.lead:
        chosen = next((appeal for appeal in waiting if command.lead in (appeal.appeal, appeal.number)), None)
        if chosen is None:
            raise Refused("not-its-lead", f"{command.lead} 不能牵头：须是这件集中反映里还在办理的一件")
        return chosen
    return next((appeal for appeal in waiting if appeal.appeal == crowd.lead), waiting[0] if waiting else None)


def _dismissed(command: Dismiss, crowd: Crowd, last: CrowdEvent) -> CrowdDismissed:
    if crowd.dismissed:
        raise Refused("already-dismissed", "这件集中反映已经判定为不同的事，不必再判")
    if crowd.merged:
        raise Refused("already-merged", "这件集中反映已经合并办理，不能再判定为不同的事")
    return CrowdDismissed(**_facts(last, command.at), by=command.by, note=command.note)


def _facts(last: CrowdEvent, at: datetime) -> dict[str, object]:
    return {**{name: getattr(last, name) for name in CrowdEvent.model_fields}, "occurred_at": at}


def evolve(crowd: Crowd, event: Event) -> Crowd:
    if not isinstance(event, CrowdEvent):
        return crowd
    crowd = replace(crowd, last=event)
    match event:
        case CrowdOffered():
            return replace(crowd, matters=frozenset(event.matters), appeals=event.appeals, people=frozenset(event.people))
        case CrowdGrew():
            appeals = (*crowd.appeals, event.joined) if event.joined else crowd.appeals
            return replace(crowd, appeals=appeals, people=crowd.people | frozenset(event.people))
        case CrowdRecounted():
            return replace(crowd, people=crowd.people - frozenset(event.people))
        case CrowdShrank():
            left, people = event.left.appeal, crowd.people - frozenset(event.people)
            appeals = tuple(appeal for appeal in crowd.appeals if appeal.appeal != left)
            lead = None if crowd.lead == left else crowd.lead
            return replace(crowd, appeals=appeals, people=people, merged=crowd.merged - {left}, lead=lead)
        case CrowdMerged():
            merged = crowd.merged | {appeal.appeal for appeal in event.appeals}
            return replace(crowd, merged=merged, lead=event.lead.appeal)
        case CrowdDismissed():
            return replace(crowd, dismissed=True)
        case _:
            return crowd


CROWD: Decider[Command, Crowd] = Decider(Crowd(), decide, evolve)
