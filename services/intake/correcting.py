"""A person's word on how a message was read: what he may say of it, and what comes of it. Pure.

Both commands decide on the message's own stream, whose state is `domain.Message`. What a correction sets off (an appeal
opens, another is withdrawn, an addition goes to the right one) is drawn by the reader, in the order of the log, as it is for
a first reading; so numbers stay gapless and later messages are read with the correction in mind.

What was told to others under a number is never unsaid: an appeal that was none is withdrawn, which ends its case with a
word; a change of sealing opens a new appeal and withdraws the old. An appeal once urgent stays so, for its department's
promise was made on it.
"""

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain import Context, Message, consequences, evolve_message
from services.intake.reading import Reading
from services.intake.reading.signs import dangers
from services.intake.reading.wording import wording
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.intake import (
    BELONGING,
    OPENING,
    AppealSupplemented,
    AppealWithdrawn,
    Kind,
    MessageConfirmed,
    MessageCorrected,
    MessageRead,
    MessageReceived,
    Role,
    Withdrawal,
)


@dataclass(frozen=True, slots=True)
class Target:
    """The appeal a person says a message belongs to."""

    appeal: str
    number: str
    sealed: bool
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Correct:
    """It is something else. `urgent`, `sealed`, `role` None: as it was judged; `fresh` is the id of an appeal it may open.

    `role` is who spoke by the roster of today, which may know by now who was a stranger when the message was read.
    """

    by: str
    at: datetime
    kind: Kind
    fresh: str
    target: Target | None = None
    urgent: bool | None = None
    sealed: bool | None = None
    satisfied: bool | None = None
    role: Role | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """It was read rightly."""

    by: str
    at: datetime


Command = Correct | Confirm


def decide(command: Command, state: Message) -> list[Event]:
    """Raises Refused with what is not possible and why."""
    if state.received is None or state.read is None:
        raise Refused("not-read-yet", "这条消息还没有识读，请稍后再试")
    if isinstance(command, Confirm):
        settled = state.confirmed or state.corrected
        confirmed = MessageConfirmed(message=state.received.message, by=command.by, confirmed_at=command.at)
        return [] if settled else [confirmed]
    if state.recalled_at:
        raise Refused("recalled", "发送人已撤回这条消息，不能再改判；原话仍保存，可以确认")
    return [_corrected(command, state.received, state.read)]


def _corrected(command: Correct, received: MessageReceived, read: MessageRead) -> MessageCorrected:
    sealed = _sealed(command, read)
    appeal = _appeal(command, read, sealed=sealed)
    urgent = _urgent(received, read) if command.urgent is None else command.urgent
    corrected = MessageCorrected(
        message=received.message,
        channel=received.channel,
        group=received.group,
        message_id=received.message_id,
        sent_at=received.sent_at,
        was_kind=read.kind,
        was_appeal=read.appeal,
        was_urgent=read.urgent,
        was_sealed=read.sealed,
        kind=command.kind,
        appeal=appeal,
        urgent=bool(appeal) and urgent,
        sealed=sealed,
        satisfied=command.satisfied if command.kind is Kind.FEEDBACK else None,
        role=command.role,
        into=command.target.number if command.target and command.kind in BELONGING else None,
        by=command.by,
        note=command.note,
        corrected_at=command.at,
    )
    if _as_read(corrected, read):
        raise Refused("nothing-to-correct", "这条消息本来就是这样识读的；如果识读无误，请用“确认”")
    return corrected


def _urgent(received: MessageReceived, read: MessageRead) -> bool:
    """As it was judged; what was about no appeal was not judged, so the words tell."""
    return read.urgent if read.appeal else bool(dangers(wording(received.text).body))


def _as_read(corrected: MessageCorrected, read: MessageRead) -> bool:
    said = (corrected.kind, corrected.appeal, corrected.urgent, corrected.sealed, corrected.satisfied)
    return said == (read.kind, read.appeal, read.urgent, read.sealed, read.satisfied)


def _sealed(command: Correct, read: MessageRead) -> bool:
    """What accuses somebody is sealed, what belongs to an appeal is sealed as that is."""
    if command.kind in OPENING:
        wanted = read.sealed if command.sealed is None else command.sealed
        return wanted or command.kind is Kind.REPORT
    sealed = bool(command.target and command.target.sealed)
    if command.sealed is not None and command.sealed != sealed:
        raise Refused("sealed-by-its-appeal", "是否密封随所属诉求而定；要密封这条消息，请改判为举报（report）")
    return sealed


def _appeal(command: Correct, read: MessageRead, *, sealed: bool) -> str | None:
    target, opened = command.target, read.appeal if read.kind in OPENING else None
    if command.kind in BELONGING:
        if target is None:
            raise Refused("appeal-needed", "补充、评价和办理动作须写明属于哪件诉求（编号或 id）")
        if target.withdrawn:
            raise Refused("appeal-withdrawn", f"诉求 {target.number} 已撤销，请归入仍在办理的诉求")
        if target.appeal == opened:
            raise Refused("its-own-appeal", "这条消息就是该诉求的开头，不能再归入它自己")
        return target.appeal
    if target is not None and not (command.kind in OPENING and target.appeal == opened):
        raise Refused("no-appeal-wanted", "新诉求自有新编号，闲谈、通知和买卖不属于任何诉求；请不要填写 appeal")
    if command.kind not in OPENING:
        return None
    return opened if opened and sealed == read.sealed else command.fresh


CORRECTION: Decider[Command, Message] = Decider(Message(), decide, evolve_message)


def outcome(event: MessageCorrected, received: MessageReceived, context: Context) -> list[tuple[str, Event]]:
    """What a correction means for appeals, each event with the appeal it is about. `context` is of the new reading."""
    reading = as_reading(event)
    events: list[tuple[str, Event]] = []
    if event.withdraws and event.was_appeal:
        withdrawn = AppealWithdrawn(
            appeal=event.was_appeal,
            message_id=event.message_id,
            reason=Withdrawal.JOINED if event.into else Withdrawal.MISREAD,
            into=event.into,
            by=event.by,
            occurred_at=event.corrected_at,
        )
        events.append((withdrawn.appeal, withdrawn))
    if event.appeal is None:
        return events
    if event.kind in OPENING and not event.opens:
        return [*events, *_raised(event)]
    return [*events, *((event.appeal, said) for said in consequences(received, reading, context))]


def _raised(event: MessageCorrected) -> list[tuple[str, Event]]:
    """An open appeal is urgent after all: told like an addition that tells of danger."""
    if not event.urgent or event.was_urgent or event.appeal is None:
        return []
    added = AppealSupplemented(
        appeal=event.appeal, message_id=event.message_id, person=event.by, urgent=True, occurred_at=event.corrected_at
    )
    return [(event.appeal, added)]


def as_reading(event: MessageCorrected) -> Reading:
    """The correction as the conversation remembers it."""
    return Reading(
        kind=event.kind,
        appeal=event.appeal,
        urgent=event.urgent,
        sealed=event.sealed,
        satisfied=event.satisfied,
        reopens=event.kind is Kind.FEEDBACK and event.satisfied is False,
        confidence=1.0,
        reasons=(f"由{event.by}改判",),
    )
