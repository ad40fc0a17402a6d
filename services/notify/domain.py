"""Notify's rulebook: who is told what, when something happens to an appeal; and how a reply is delivered.

`replies_to` is the whole table of what is said. A sealed appeal is never spoken of in a group beyond a neutral receipt.
Stream: `reply-<id>`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.decider import Decider
from shared.events import COUNTY, Event
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn
from shared.events.intake import Kind
from shared.events.notify import Audience, ReplyDelivered, ReplyFailed, ReplyQueued
from shared.events.routing import (
    CallbackAsked,
    CaseAccepted,
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseTransferred,
    CaseUrgencyRaised,
    ProgressReported,
)
from shared.events.sla import CaseEscalated, CaseOverdue, ClockEvent, ClockWarned, Promise

TOLD = {"township": "乡镇", "county": "县诉求中心", "commission": "纪委监委"}
PROMISES = {Promise.ACCEPT: "答复", Promise.RESOLVE: "办理"}
USUAL_CHANNEL = "wecom"
"""of a notice's group that is not written as channel/group"""
ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=5)


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
        case CaseEvent():
            yield from _sealed(event) if event.sealed else _open(event)
        case ClockEvent():
            yield from _clock(event)
        case NoticePublished() | NoticeCorrected() | NoticeWithdrawn():
            yield from _notice(event)


def _open(event: CaseEvent) -> Iterator[Reply]:
    match event:
        case CaseAssigned():
            yield _to_group(event, "received-enquiry" if event.kind is Kind.ENQUIRY else "received")
        case CaseUrgencyRaised():
            yield _to_group(event, "urgent")
        case CaseAccepted():
            yield _to_group(event, "accepted", by_name=event.by_name)
        case ProgressReported():
            yield _to_group(event, "progress", words=event.note or "正在办理")
        case CaseTransferred():
            yield _to_group(event, "transferred")
        case CaseReturned():
            yield replace(_to_group(event, "returned", words=event.reason, count=event.count), audience=Audience.OFFICIALS)
        case CaseResolved():
            yield _to_group(event, "resolved", words=(event.reply or "").rstrip("。.!！ "))
        case CallbackAsked():
            yield _to_group(event, "callback")
        case CaseReopened():
            yield _to_group(event, "reopened")
        case CaseClosed() if event.outcome == "confirmed":
            yield _to_group(event, "satisfied")
        case CaseClosed():
            yield _to_group(event, "closed", words=event.outcome)


def _sealed(event: CaseEvent) -> Iterator[Reply]:
    if isinstance(event, CaseAssigned):
        yield _to_group(event, "received-sealed")
        yield replace(_to_group(event, "received-sealed-private"), audience=Audience.PRIVATE, quote=None)


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


def _clock(event: ClockEvent) -> Iterator[Reply]:
    known = {"number": event.number, "department_name": event.department_name, "promise_name": PROMISES[event.promise]}
    officials = Reply("", Audience.OFFICIALS, event.appeal, event.channel, event.group, COUNTY, known)
    match event:
        case ClockWarned():
            yield replace(officials, template="warned")
        case CaseOverdue():
            yield replace(officials, template=f"overdue-{event.promise}", urgent=True)
            if not event.sealed:
                yield replace(officials, template=f"overdue-{event.promise}-group", audience=Audience.GROUP)
        case CaseEscalated():
            more = {**known, "step": event.step, "told": TOLD[event.to]}
            yield replace(officials, template="escalated", known=more, urgent=True)


def _notice(event: NoticePublished | NoticeCorrected | NoticeWithdrawn) -> Iterator[Reply]:
    template = {NoticePublished: "notice", NoticeCorrected: "notice-corrected", NoticeWithdrawn: "notice-withdrawn"}[
        type(event)
    ]
    for place in event.groups:
        channel, _, group = place.rpartition("/")
        yield Reply(template, Audience.GROUP, None, channel or USUAL_CHANNEL, group, COUNTY, event.model_dump())


# -- delivery ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """How far a reply has come."""

    queued: ReplyQueued | None = None
    attempts: int = 0
    delivered: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """The channel took it."""

    adapter: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """The channel did not take it; `hopeless` when trying again cannot help."""

    adapter: str
    at: datetime
    reason: str
    hopeless: bool = False


def decide(command: Arrived | Missed, delivery: Delivery) -> list[Event]:
    """A reply that has arrived, or was given up, has no further attempts."""
    if delivery.queued is None or delivery.delivered:
        return []
    reply, attempt = delivery.queued.reply, delivery.attempts + 1
    if isinstance(command, Arrived):
        return [ReplyDelivered(reply=reply, adapter=command.adapter, attempt=attempt, delivered_at=command.at)]
    if delivery.failed:
        return []
    final = command.hopeless or attempt >= ATTEMPTS
    return [
        ReplyFailed(
            reply=reply,
            adapter=command.adapter,
            attempt=attempt,
            reason=command.reason[:500],
            final=final,
            retry_at=None if final else command.at + FIRST_RETRY * 2 ** (attempt - 1),
            failed_at=command.at,
        )
    ]


def evolve(delivery: Delivery, event: Event) -> Delivery:
    match event:
        case ReplyQueued():
            return replace(delivery, queued=event)
        case ReplyDelivered():
            return replace(delivery, attempts=event.attempt, delivered=True)
        case ReplyFailed():
            return replace(delivery, attempts=event.attempt, failed=event.final)
        case _:
            return delivery


DELIVERY: Decider[Arrived | Missed, Delivery] = Decider(Delivery(), decide, evolve)


def reply_stream(reply: str) -> str:
    return f"reply-{reply}"
