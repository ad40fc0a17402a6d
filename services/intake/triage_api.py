"""Triage over REST: the county desk sees which readings are not sure, and says what is right."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import uuid_utils.compat as uuids
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake import domain, triage, views
from services.intake.correcting import CORRECTION, Command, Confirm, Correct, Target
from services.intake.domain import MESSAGE, Message
from services.intake.roster import GROUP
from shared.access import Caller as Key
from shared.access import Who, authorize
from shared.events.intake import Kind, MessageRead, Role
from shared.inputs import Moment, Text
from shared.problems import Problem
from shared.service import Service, service_of
from shared.versions import IfMatch

router = APIRouter(tags=["triage"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
FIRST = UUID(int=0)


class Correction(BaseModel):
    """What the message is. What is left out stays as it was judged; a new appeal is numbered by the county's register."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    appeal: Annotated[Text, Field(min_length=1, max_length=60)] | None = Field(
        default=None, description="number or id of the appeal it belongs to; null for what belongs to none or opens its own"
    )
    urgent: bool | None = None
    sealed: bool | None = None
    satisfied: bool | None = Field(default=None, description="for feedback: what the reporter said of the outcome")
    note: Annotated[Text, Field(min_length=1, max_length=1000)] | None = None


class Settled(BaseModel):
    """How the message stands now."""

    message: str
    version: int
    kind: Kind
    appeal: str | None
    number: str | None
    urgent: bool
    sealed: bool
    satisfied: bool | None


@router.get("/triage")
async def list_triage(
    service: Intake,
    who: Caller,
    after: Annotated[Moment | None, Query(description="sent_at of the last message seen")] = None,
    after_message: Annotated[UUID, Query(description="message of the last one seen")] = FIRST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """The messages whose reading is not sure, oldest first, keyset pages; each with reasons and what else it may be.

    Who may not read a sealed message sees that it waits, not what it says.
    """
    cursor: tuple[datetime, str] | None = (after, str(after_message)) if after else None
    sealed_too = Key.DISCIPLINE in who.callers
    return {"messages": await triage.waiting(service, after=cursor, limit=limit, sealed_too=sealed_too)}


@router.post("/triage/{message}/correct")
async def correct_message(
    service: Intake, who: Caller, response: Response, message: UUID, said: Correction, if_match: IfMatch = None
) -> Settled:
    """Says what a message is. Its consequences follow at once, as if it had been read so, by the time it was said.

    A sealed message is corrected by the discipline commission alone.
    """
    target = await _target(service, said.appeal) if said.appeal else None
    command = Correct(
        role=await _role(service, str(message)),
        by=who.acting(),
        at=service.clock.now(),
        kind=said.kind,
        fresh=str(uuids.uuid7()),
        target=target,
        urgent=said.urgent,
        sealed=said.sealed,
        satisfied=said.satisfied,
        note=said.note,
    )
    return await _say(service, who, response, message, command, if_match)


@router.post("/triage/{message}/confirm")
async def confirm_message(service: Intake, who: Caller, response: Response, message: UUID, if_match: IfMatch = None) -> Settled:
    """Says that a message was read rightly; it leaves the queue. Saying it again changes nothing."""
    return await _say(service, who, response, message, Confirm(who.acting(), service.clock.now()), if_match)


def judged(state: Message, who: Who) -> dict[str, Any]:
    """What people said of a reading. The note is for those who may judge this message: it may quote what is sealed."""
    corrected, confirmed = state.corrected, state.confirmed
    secret = corrected is not None and (corrected.sealed or corrected.was_sealed)
    may = {Key.DISCIPLINE} if secret else {Key.SUPERVISOR, Key.DISCIPLINE}
    shown = {
        "by",
        "corrected_at",
        "was_kind",
        "was_appeal",
        "was_urgent",
        "was_sealed",
        *(("note",) if may & who.callers else ()),
    }
    return {
        "corrected": corrected.model_dump(mode="json", include=shown) if corrected else None,
        "confirmed": confirmed.model_dump(mode="json", include={"by", "confirmed_at"}) if confirmed else None,
    }


async def _target(service: Service, name: str) -> Target:
    found = await views.find_appeal(service, name)
    if found is None:
        raise Problem(422, "invalid", f"没有这件诉求：{name}", field="appeal")
    return Target(found["appeal"], found["number"], found["sealed"], withdrawn=found["status"] == "withdrawn")


async def _role(service: Service, message: str) -> Role | None:
    """Which role its sender had when he said it, by the roster of today."""
    _, state = await service.commands.load(MESSAGE, domain.message_stream(message))
    if state.received is None:
        return None
    _, group = await service.commands.load(GROUP, domain.group_stream(state.received.channel, state.received.group))
    return group.member(state.received.person, state.received.sent_at).role


async def _say(
    service: Service, who: Who, response: Response, message: UUID, command: Command, if_match: int | None
) -> Settled:
    stream = domain.message_stream(str(message))
    _, state = await service.commands.load(MESSAGE, stream)
    if state.received is None:
        raise Problem(404, "not-found", f"没有收到过这条消息：{message}")
    if state.read and Key.DISCIPLINE not in who.callers and await _is_sealed(service, state.read):
        raise Problem(403, "forbidden", "密封的消息只能由纪委监委判定")
    done = await service.commands.execute(CORRECTION, stream, command, who.cause(), expected=if_match)
    if done.stored:
        for follower in ("reader", "triage"):  # its consequences are drawn, and the queue is without it
            await service.seen(follower, done.stored.position)
    version, state = await service.commands.load(MESSAGE, stream)
    response.headers["ETag"] = f'"{version}"'
    return await _settled(service, version, state)


async def _is_sealed(service: Service, read: MessageRead) -> bool:
    """From its first word, or because its appeal was sealed later."""
    appeal = await views.find_appeal(service, read.appeal) if read.appeal and not read.sealed else None
    return read.sealed or bool(appeal and appeal["sealed"])


async def _settled(service: Service, version: int, state: Message) -> Settled:
    assert state.received
    assert state.read
    read, number = state.read, state.number
    if read.appeal and number is None:
        found = await views.find_appeal(service, read.appeal)
        number = found["number"] if found else None
    return Settled(
        message=state.received.message,
        version=version,
        kind=read.kind,
        appeal=read.appeal,
        number=number,
        urgent=read.urgent,
        sealed=read.sealed,
        satisfied=read.satisfied,
    )
