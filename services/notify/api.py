"""Notify over REST: what was said, and receipts of chat adapters that deliver replies themselves."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.notify import views
from services.notify.domain import DELIVERY, Arrived, Command, Missed, Requeue, reply_stream
from shared.access import Who, authorize
from shared.inputs import Moment, Name, Text
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["notify"])
Notify = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Id = Annotated[Text, Field(min_length=1, max_length=100)]
SKEW = timedelta(minutes=5)
"""by how much a caller's clock may be ahead of ours"""


class Receipt(BaseModel):
    """An adapter's word on a reply it took from `notify.reply-queued.*`."""

    model_config = ConfigDict(extra="forbid")

    reply: Id
    status: Literal["delivered", "failed"]
    adapter: Id
    reason: Annotated[Text, Field(max_length=500)] = ""


class Sent(BaseModel):
    """A person's word that he said a reply in the chat himself."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[Text, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="who sent it; left out: the key's person, or else its name"
    )
    at: Annotated[Moment | None, Field(description="when; left out: now")] = None


@router.get("/replies")
async def list_replies(
    service: Notify,
    appeal: Name | None = None,
    status: Literal["queued", "handed", "delivered", "failed"] | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="position of the last reply seen")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """What was said, newest first, keyset pages."""
    return {"replies": await views.list_replies(service, appeal=appeal, status=status, before=before, limit=limit)}


@router.get("/replies/manual")
async def list_manual_replies(
    service: Notify,
    after: Annotated[int, Query(ge=0, le=2**62, description="position of the last reply seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """What a person must say in a chat: replies of groups without a robot, and those that did not arrive. Oldest first."""
    return {"replies": await views.by_hand(service, after, limit)}


@router.get("/replies/{reply}")
async def get_reply(service: Notify, reply: Id) -> dict[str, Any]:
    """A reply with all that happened to it: tried, handed over, sent by whom and when."""
    recorded = await service.store.load(reply_stream(reply))
    if not recorded:
        raise _unknown(reply)
    return {
        "reply": reply,
        "events": [{"version": r.version, "type": r.type, "time": r.time, "actor": r.actor, "data": r.event} for r in recorded],
    }


@router.post("/replies/{reply}/sent", status_code=202)
async def mark_reply_sent(service: Notify, who: Caller, reply: Id, sent: Sent) -> dict[str, str]:
    """Records that a person sent a reply, who and when. Saying it twice changes nothing."""
    now = service.clock.now()
    at = sent.at or now
    if at > now + SKEW:
        raise Problem(422, "invalid", "发送时间不能晚于现在", field="at")
    await _say(service, who, reply, Arrived("manual", min(at, now), by=who.acting(sent.by)))
    return {"reply": reply, "status": "delivered"}


@router.post("/replies/{reply}/replay", status_code=202)
async def replay_reply(service: Notify, who: Caller, reply: Id) -> dict[str, str]:
    """Has a reply that was given up tried again. Answers 409 when it was not."""
    await _say(service, who, reply, Requeue(who.acting(), service.clock.now()))
    return {"reply": reply, "status": "queued"}


@router.post("/receipts", status_code=202, responses={404: {}})
async def post_receipt(service: Notify, who: Caller, receipt: Receipt) -> dict[str, str]:
    """Records that an adapter delivered a reply, or could not. Saying it twice changes nothing."""
    now = service.clock.now()
    command = Arrived(receipt.adapter, now) if receipt.status == "delivered" else Missed(receipt.adapter, now, receipt.reason)
    await _say(service, who, receipt.reply, command)
    return {"reply": receipt.reply, "status": receipt.status}


async def _say(service: Service, who: Who, reply: str, command: Command) -> None:
    """Runs a command on a reply. Raises Problem 404, and Refused."""
    stream = reply_stream(reply)
    _, delivery = await service.commands.load(DELIVERY, stream)
    if delivery.queued is None:
        raise _unknown(reply)
    subject = f"{delivery.queued.channel}:{delivery.queued.group}"
    await service.commands.execute(DELIVERY, stream, command, who.cause(), subject=subject)


def _unknown(reply: str) -> Problem:
    return Problem(404, "not-found", f"没有这条回复：{reply}")
