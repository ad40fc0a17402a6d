"""Intake's rulebook: a message is stored once, a day's register hands out numbers without gaps; who speaks is in `roster`.

Streams: `message-<id>` (one message, what was read in it and what came of it), `group-<channel>:<group>` (a village's group
and its roster), `register-<county>-<day>` (the appeal numbers of one local day), `person-<id>`, `appeal-<id>` (what routing
told of it).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from services.intake.reading import Reading
from services.intake.roster import Group, Member
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.intake import (
    ACTIONS,
    OPENING,
    AppealOpened,
    AppealSupplemented,
    AppealWithdrawn,
    CaseStatusNoted,
    FeedbackRead,
    Kind,
    MessageConfirmed,
    MessageCorrected,
    MessageRead,
    MessageRecalled,
    MessageReceived,
    NoticeHeard,
    NumberIssued,
    OfficialActionRead,
    PersonForgotten,
    ReportSealed,
)

_SPACE = uuid5(NAMESPACE_URL, "urn:minsheng")


def message_key(channel: str, message_id: str) -> UUID:
    """One id for a channel's message, however often it is delivered."""
    return uuid5(_SPACE, f"message\n{channel}\n{message_id}")


def person_key(channel: str, sender: str) -> str:
    """One opaque id for a sender on a channel, in all of its groups."""
    return str(uuid5(_SPACE, f"person\n{channel}\n{sender}"))


def message_stream(message: str) -> str:
    return f"message-{message}"


def group_stream(channel: str, group: str) -> str:
    return f"group-{channel}:{group}"


def register_stream(county: str, day: date) -> str:
    return f"register-{county}-{day:%Y%m%d}"


def appeal_number(county: str, day: date, ordinal: int) -> str:
    """`TY-20231030-0007`: the seventh appeal of that local day."""
    return f"{county}-{day:%Y%m%d}-{ordinal:04d}"


# -- a message -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A stored message, and how it was read once it was."""

    received: MessageReceived | None = None
    read: MessageRead | None = None
    number: str | None = None
    recalled_at: datetime | None = None
    corrected: MessageCorrected | None = None
    confirmed: MessageConfirmed | None = None


def evolve_message(state: Message, event: Event) -> Message:
    match event:
        case MessageReceived():
            return replace(state, received=event)
        case MessageRead():
            return replace(state, read=event)
        case AppealOpened():
            return replace(state, number=event.number)
        case MessageRecalled():
            return replace(state, recalled_at=event.recalled_at)
        case MessageCorrected():
            return replace(state, read=state.read and as_corrected(state.read, event), corrected=event)
        case MessageConfirmed():
            return replace(state, confirmed=event)
        case AppealWithdrawn():
            return replace(state, number=None)
        case _:
            return state


def as_corrected(read: MessageRead, corrected: MessageCorrected) -> MessageRead:
    """The reading as a person left it: what he said stands, and it is sure."""
    said = corrected.model_dump(include={"kind", "appeal", "urgent", "sealed", "satisfied"})
    said["role"] = corrected.role or read.role
    reasons = (*read.reasons, f"由{corrected.by}改判")
    return read.model_copy(update={**said, "confidence": 1.0, "reasons": reasons, "alternatives": ()})


def decide_message(command: MessageReceived | MessageRecalled, state: Message) -> list[Event]:
    """A message that is already stored is not stored again; only what was stored can be recalled, and once."""
    match command:
        case MessageReceived():
            known = state.received is not None
        case MessageRecalled():
            known = state.received is None or state.recalled_at is not None
    return [] if known else [command]


MESSAGE: Decider[MessageReceived | MessageRecalled, Message] = Decider(Message(), decide_message, evolve_message)


# -- the register of one day ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IssueNumber:
    """Give this appeal the next number of the county's local day."""

    county: str
    day: date
    appeal: str


def decide_register(command: IssueNumber, issued: int) -> list[Event]:
    """Gapless: the next number is one more than how many were issued, and the store lets only one writer be next."""
    ordinal = issued + 1
    return [NumberIssued(appeal=command.appeal, number=appeal_number(command.county, command.day, ordinal), ordinal=ordinal)]


REGISTER: Decider[IssueNumber, int] = Decider(0, decide_register, lambda issued, _: issued + 1)


# -- what comes of a message ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the message itself when its consequences are drawn."""

    group: Group
    member: Member
    appeal: str | None
    number: str | None
    sealed: bool


def reading_of(received: MessageReceived, reading: Reading, member: Member, appeal: str | None) -> MessageRead:
    """How the message was read, for the record."""
    return MessageRead(
        message=received.message,
        kind=reading.kind,
        appeal=appeal,
        role=member.role,
        urgent=reading.urgent,
        sealed=reading.sealed,
        satisfied=reading.satisfied,
        questions_notice=reading.questions_notice,
        notice=reading.notice,
        confidence=reading.confidence,
        reasons=reading.reasons,
        alternatives=reading.alternatives,
    )


def consequences(received: MessageReceived, reading: Reading, context: Context) -> list[Event]:
    """What a read message means for an appeal. Sealed content goes into no event that others hear."""
    if context.appeal is None:
        return []
    if reading.kind in OPENING:
        return _opened(received, reading, context)
    text = None if context.sealed else received.text
    if reading.kind is Kind.SUPPLEMENT:
        return [
            AppealSupplemented(
                appeal=context.appeal,
                message_id=received.message_id,
                person=received.person,
                text=text,
                urgent=reading.urgent,
                occurred_at=received.sent_at,
            )
        ]
    if reading.kind is Kind.FEEDBACK:
        return [
            FeedbackRead(
                appeal=context.appeal,
                message_id=received.message_id,
                person=received.person,
                satisfied=reading.satisfied,
                text=text,
                occurred_at=received.sent_at,
            )
        ]
    if reading.kind in ACTIONS:
        return [
            OfficialActionRead(
                appeal=context.appeal,
                message_id=received.message_id,
                action=reading.kind,
                person=received.person,
                name=context.member.real_name,
                role=context.member.role,
                department=context.member.department,
                text=text,
                occurred_at=received.sent_at,
            )
        ]
    return []


def _opened(received: MessageReceived, reading: Reading, context: Context) -> list[Event]:
    assert context.appeal
    assert context.number
    opened = AppealOpened(
        appeal=context.appeal,
        number=context.number,
        kind=reading.kind,
        channel=received.channel,
        group=received.group,
        village=context.group.village,
        township=context.group.township,
        message_id=received.message_id,
        reporter=received.person,
        reporter_name=None if reading.sealed else context.member.real_name,
        text=None if reading.sealed else received.text,
        attachments=() if reading.sealed else received.attachments,
        urgent=reading.urgent,
        sealed=reading.sealed,
        questions_notice=reading.questions_notice,
        occurred_at=received.sent_at,
    )
    return [opened, ReportSealed(appeal=context.appeal, text=received.text)] if reading.sealed else [opened]


# -- forgetting a person, and hearing from routing -----------------------------------------------------------------------


def decide_forget(command: PersonForgotten, forgotten: datetime | None) -> list[Event]:
    if forgotten:
        raise Refused("already-forgotten", "此人的个人信息已经依法删除")
    return [command]


PERSON: Decider[PersonForgotten, datetime | None] = Decider(
    None, decide_forget, lambda state, event: event.forgotten_at if isinstance(event, PersonForgotten) else state
)

STATUS: Decider[CaseStatusNoted, str] = Decider(
    "",
    lambda command, status: [] if command.status == status else [command],
    lambda status, event: event.status if isinstance(event, CaseStatusNoted) else status,
)

NOTICE: Decider[NoticeHeard, bool] = Decider(False, lambda command, heard: [] if heard else [command], lambda _, __: True)


def notice_stream(notice: str) -> str:
    return f"notice-{notice}"
