"""Notify's rulebook: who is told what, when something happens to an appeal; and how a reply is delivered.

`replies_to` is the whole table of what is said. A sealed appeal is never spoken of in a group beyond a neutral receipt.
Stream: `reply-<id>`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.notify.casework import SAID, WAITS
from shared.clock import CHINA
from shared.decider import Decider, Refused
from shared.events import COUNTY, Event
from shared.events.casework import CaseSealed, WaitsFor
from shared.events.crowds import CrowdGrew, CrowdOffered
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn, RectificationUpdated, placed
from shared.events.intake import Kind
from shared.events.notify import (
    Audience,
    ReplyDelivered,
    ReplyFailed,
    ReplyHanded,
    ReplyLate,
    ReplyQueued,
    ReplyRequeued,
)
from shared.events.routing import (
    CONFIRMED,
    INADMISSIBLE,
    MISREGISTERED,
    UNREACHABLE,
    CallbackAsked,
    CaseAccepted,
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseReopened,
    CaseResolved,
    CaseTransferred,
    CaseUrgencyRaised,
    ProgressReported,
)
from shared.events.sla import BackupPaged, CaseEscalated, CaseOverdue, ClockEvent, ClockWarned, Colour, Promise

TOLD = {"township": "乡镇", "county": "县诉求中心", "commission": "纪委监委"}
"""of escalations of before roles had a title"""
PROMISES = {
    Promise.ACCEPT: "答复",
    Promise.ASSIGN: "派单",
    Promise.REPLY: "首次回复",
    Promise.PROGRESS: "进展告知",
    Promise.RESOLVE: "办理",
    Promise.CALLBACK: "回访",
    Promise.SUPERVISE: "督办反馈",
}
TOLD_THE_GROUP = (Promise.ACCEPT, Promise.RESOLVE)
"""whose breaking the group hears of, in words of their own"""
SHARES = {Colour.YELLOW: "七成", Colour.ORANGE: "九成"}
APPEAL_STEPS = (3, 5, 10, 20, 50, 100)
HOUSEHOLD_STEPS = (5, 10, 20, 50, 100, 200, 500, 1000)
"""at which sizes of a crowd its officials are told again"""
WITHOUT_WORDS = {CONFIRMED: "satisfied", MISREGISTERED: "withdrawn", UNREACHABLE: "unreachable"}
"""outcomes of a case that have a text of their own"""
NOTICE_KNOWN = {"title", "body", "basis", "amount_fen", "responsible", "revision", "reason"}
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)
GIVE_UP = timedelta(hours=24)
"""after how long a reply is tried no more: by then a person has told it, or it is no news"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be said: by which template, with what known, to whom."""

    template: str
    audience: Audience
    appeal: str | None
    channel: str
    group: str
    person: str
    known: dict[str, Any]
    quote: str | None = None
    urgent: bool = False


def replies_to(event: Event) -> Iterator[Reply]:
    """Everything that is to be said because of an event."""
    match event:
        case CaseMerged() if not event.sealed:
            yield _to_group(event, "merged", lead_number=event.lead_number, count=event.count, about=event.about)
        case CaseEvent():
            yield from _sealed(event) if event.sealed else _open(event)
        case ClockEvent():
            yield from _clock(event)
        case CrowdOffered() | CrowdGrew():
            yield from _crowd(event)
        case NoticePublished() | NoticeCorrected() | NoticeWithdrawn():
            yield from _notice(event)
        case RectificationUpdated():
            yield from _rectified(event)


def _open(event: CaseEvent) -> Iterator[Reply]:
    match event:
        case CaseAssigned():
            yield _received(event)
        case CaseUrgencyRaised():
            yield _to_group(event, "urgent")
        case CaseAccepted():
            yield _to_group(event, "accepted", by_name=event.by_name, at=local(event.occurred_at))
        case ProgressReported():
            yield _to_group(event, "progress", words=event.note or "正在办理")
        case CaseTransferred():
            yield _to_group(event, "transferred")
        case CaseResolved():
            yield _to_group(event, "resolved", words=(event.reply or "").rstrip("。.!！ "))
        case CallbackAsked():
            yield _to_group(event, "callback")
        case CaseReopened():
            yield _to_group(event, "reopened")
        case CaseClosed() if template := WITHOUT_WORDS.get(event.outcome):
            yield _to_group(event, template)
        case CaseClosed() if event.outcome != INADMISSIBLE:  # that was said with its reason
            yield _to_group(event, "closed", words=event.outcome)
        case _ if type(event) in SAID:
            audience, template, words = SAID[type(event)]
            more = {word: _worded(getattr(event, field)) for word, field in words.items()}
            yield replace(_to_group(event, template, **more), audience=audience)


def _received(event: CaseAssigned) -> Reply:
    if event.divided_from:
        return _to_group(event, "divided", from_number=event.divided_from_number)
    return _to_group(event, "received-enquiry" if event.kind is Kind.ENQUIRY else "received")


def _worded(value: Any) -> Any:
    """A field as people say it."""
    match value:
        case datetime():
            return local(value)
        case WaitsFor():
            return WAITS[value]
        case _:
            return value


def _sealed(event: CaseEvent) -> Iterator[Reply]:
    if isinstance(event, CaseAssigned):
        receipt = replace(_to_group(event, "received-sealed"), known={})  # no template of anybody's can tell what it is about
        yield receipt
        private, known = "received-sealed-private", {"number": event.number}
        yield replace(receipt, template=private, audience=Audience.PRIVATE, known=known, quote=None)
    if isinstance(event, CaseSealed):
        told = _to_group(event, "sealed-private")
        yield replace(told, audience=Audience.PRIVATE, known={"number": event.number}, quote=None, urgent=False)


def _to_group(event: CaseEvent, template: str, **more: Any) -> Reply:
    known = {"number": event.number, "department_name": event.department_name, "urgent": event.urgent, **more}
    return Reply(
        template,
        Audience.GROUP,
        event.appeal,
        event.channel,
        event.group,
        event.reporter,
        known,
        event.message_id,
        event.urgent,
    )


def local(moment: datetime) -> str:
    """As people of the county say when something was."""
    there = moment.astimezone(CHINA)
    return f"{there.month}月{there.day}日{there:%H:%M}"


def _clock(event: ClockEvent) -> Iterator[Reply]:
    known = {
        "number": event.number,
        "department_name": event.department_name,
        "promise_name": PROMISES[event.promise],
        "round": event.round,
    }
    officials = Reply("", Audience.OFFICIALS, event.appeal, event.channel, event.group, COUNTY, known)
    match event:
        case ClockWarned():
            more = {**known, "missed": _missed_at(event.warned_at, late=event.late), "share": SHARES[event.colour]}
            yield replace(officials, template="warned", known=more)
        case BackupPaged():
            more = {**known, "missed": _missed_at(event.paged_at, late=event.late), "told": event.title}
            yield replace(officials, template="paged", known=more, urgent=True)
        case CaseOverdue():
            own = event.promise in TOLD_THE_GROUP
            more = {**known, "missed": _missed_at(event.due_at, late=event.late)}
            yield replace(officials, template=f"overdue-{event.promise}" if own else "overdue", known=more, urgent=True)
            if own and not event.sealed:
                yield replace(officials, template=f"overdue-{event.promise}-group", known=more, audience=Audience.GROUP)
        case CaseEscalated():
            more = {**known, "missed": _missed_at(event.escalated_at, late=event.late)}
            more |= {"step": event.step, "told": event.title or TOLD.get(event.to, event.to)}
            yield replace(officials, template="escalated", known=more, urgent=True)


def _missed_at(moment: datetime, *, late: bool) -> str | None:
    """When it had to be said, of what is said too late."""
    return local(moment) if late else None


def _crowd(event: CrowdOffered | CrowdGrew) -> Iterator[Reply]:
    """The officials hear of a crowd at once, and of its growth step by step: not of each household."""
    known: dict[str, Any] = {"township": event.township, "about": event.about, "households": event.households}
    match event:
        case CrowdOffered():
            template = "crowd-offered"
            known["appeals"] = [appeal.model_dump() for appeal in event.appeals]
        case CrowdGrew():
            appeals_before, households_before = event.appeals - bool(event.joined), event.households - len(event.people)
            passed_appeals = any(appeals_before < step <= event.appeals for step in APPEAL_STEPS)
            if not passed_appeals and not any(households_before < step <= event.households for step in HOUSEHOLD_STEPS):
                return
            template = "crowd-grew"
            known |= {"count": event.appeals, "joined": event.joined.model_dump() if event.joined else None}
    yield Reply(template, Audience.OFFICIALS, None, event.channel, event.group, COUNTY, known, urgent=event.urgent)


def _notice(event: NoticePublished | NoticeCorrected | NoticeWithdrawn) -> Iterator[Reply]:
    template = {NoticePublished: "notice", NoticeCorrected: "notice-corrected", NoticeWithdrawn: "notice-withdrawn"}[
        type(event)
    ]
    known = event.model_dump(include=NOTICE_KNOWN)
    for channel, group in map(placed, event.groups):
        yield Reply(template, Audience.GROUP, None, channel, group, COUNTY, known)


def _rectified(event: RectificationUpdated) -> Iterator[Reply]:
    """The groups that were shown a list of what must be put right hear how each item goes on."""
    known = event.model_dump(include={"matter", "responsible"})
    known |= {"count": event.number, "words": event.evidence or event.note or ""}
    for channel, group in map(placed, event.groups):
        yield Reply(f"rectification-{event.state}", Audience.GROUP, None, channel, group, COUNTY, known)


# -- delivery ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """How far a reply has come."""

    queued: ReplyQueued | None = None
    attempts: int = 0
    attempts_before: int = 0
    """those made before somebody asked for further ones"""
    since: datetime | None = None
    """from when on it is tried"""
    handed: bool = False
    delivered: bool = False
    failed: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """The channel took it, or a person (`by`) sent it."""

    adapter: str
    at: datetime
    message: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """It lies ready for a person or an adapter outside."""

    adapter: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """The channel did not take it; `hopeless` when trying again cannot help. `jitter` of 0–1 spreads retries by ±25 %."""

    adapter: str
    at: datetime
    reason: str
    hopeless: bool = False
    not_before: datetime | None = None
    """when the channel wants to hear of it again at the earliest"""
    parts: int = 0
    """parts of a long text that have arrived"""
    jitter: float = 0.5


@dataclass(frozen=True, slots=True)
class GrownLate:
    """It is too late, or given up: the duty officer is told by the reply `told`."""

    told: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Requeue:
    """A person wants it tried again after it was given up."""

    by: str
    at: datetime


Command = Arrived | Handed | Missed | GrownLate | Requeue


def decide(command: Command, delivery: Delivery) -> list[Event]:
    """A reply that has arrived has no further attempts; one that was given up only when a person says so."""
    if delivery.queued is None:
        return []
    reply, attempt = delivery.queued.reply, delivery.attempts + 1
    match command:
        case Requeue():
            if not delivery.failed or delivery.delivered:
                raise Refused("not-given-up", "这条回复没有被放弃，不必重新发送")
            return [ReplyRequeued(reply=reply, by=command.by, requeued_at=command.at)]
        case _ if delivery.delivered:
            return []
        case Arrived(adapter, at, message, by):
            return [ReplyDelivered(reply=reply, adapter=adapter, attempt=attempt, message=message, by=by, delivered_at=at)]
        case GrownLate():
            return [] if delivery.late else [ReplyLate(reply=reply, told=command.told, late_at=command.at)]
        case Handed():
            done = delivery.handed or delivery.failed
            return [] if done else [ReplyHanded(reply=reply, adapter=command.adapter, handed_at=command.at)]
        case Missed():
            return [] if delivery.failed else [_missed(command, delivery, attempt)]


def _missed(command: Missed, delivery: Delivery, attempt: int) -> ReplyFailed:
    assert delivery.queued
    tries = attempt - delivery.attempts_before
    pause = min(FIRST_RETRY * 2 ** min(tries - 1, 20), LONGEST_RETRY) * (0.75 + command.jitter / 2)
    retry_at = max(command.at + pause, command.not_before or command.at)
    final = command.hopeless or retry_at > (delivery.since or delivery.queued.queued_at) + GIVE_UP
    return ReplyFailed(
        reply=delivery.queued.reply,
        adapter=command.adapter,
        attempt=attempt,
        reason=command.reason[:500],
        final=final,
        parts=command.parts,
        retry_at=None if final else retry_at,
        failed_at=command.at,
    )


def evolve(delivery: Delivery, event: Event) -> Delivery:
    match event:
        case ReplyQueued():
            return replace(delivery, queued=event, since=event.queued_at)
        case ReplyDelivered():
            return replace(delivery, attempts=event.attempt, delivered=True, handed=False)
        case ReplyHanded():
            return replace(delivery, handed=True)
        case ReplyFailed():
            return replace(delivery, attempts=event.attempt, failed=event.final, handed=False)
        case ReplyLate():
            return replace(delivery, late=True)
        case ReplyRequeued():
            return replace(delivery, failed=False, attempts_before=delivery.attempts, since=event.requeued_at)
        case _:
            return delivery


DELIVERY: Decider[Command, Delivery] = Decider(Delivery(), decide, evolve)


def reply_stream(reply: str) -> str:
    return f"reply-{reply}"
