"""Notify over REST: what was said, and receipts of chat adapters that deliver replies themselves."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.notify import views
from services.notify.domain import DELIVERY, Arrived, Missed, reply_stream
from shared.access import Who, authorize
from shared.envelope import Cause
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["notify"])
Notify = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


class Receipt(BaseModel):
    """An adapter's word on a reply it took from `notify.reply-queued.*`."""

    model_config = ConfigDict(extra="forbid")

    reply: Annotated[str, Field(min_length=1, max_length=100)]
    status: Literal["delivered", "failed"]
    adapter: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(max_length=500)] = ""


@router.get("/replies")
async def list_replies(
    service: Notify,
    appeal: str | None = None,
    status: Literal["queued", "delivered", "failed"] | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="position of the last reply seen")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """What was said, newest first, keyset pages."""
    return {"replies": await views.list_replies(service, appeal=appeal, status=status, before=before, limit=limit)}


@router.post("/receipts", status_code=202)
async def post_receipt(service: Notify, who: Caller, receipt: Receipt) -> dict[str, str]:
    """Records that an adapter delivered a reply, or could not. Saying it twice changes nothing."""
    stream = reply_stream(receipt.reply)
    _, delivery = await service.commands.load(DELIVERY, stream)
    if delivery.queued is None:
        raise Problem(404, "not-found", f"没有这条回复：{receipt.reply}")
    now = service.clock.now()
    command = Arrived(receipt.adapter, now) if receipt.status == "delivered" else Missed(receipt.adapter, now, receipt.reason)
    subject = f"{delivery.queued.channel}:{delivery.queued.group}"
    await service.commands.execute(DELIVERY, stream, command, Cause(who.name), subject=subject)
    return {"reply": receipt.reply, "status": receipt.status}
