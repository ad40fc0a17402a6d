"""WeCom's conversation archive (会话内容存档): a sidecar that holds the archive's keys posts what it unsealed, in batches.

The items are the archive's own (document 91774), each with its `seq` where the sidecar adds it. A recall marks its message and
deletes nothing: what a villager took back may be what he was told to take back. A switch of the corporation's log says nothing.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.intake import domain
from services.intake.attachments.following import ATTACHMENTS
from services.intake.channels import wecom
from services.intake.channels.words import NAME_LIMIT, Tree, bounded, inner_json, mark, moment, name, storable
from services.intake.domain import MESSAGE
from services.intake.storing import BATCH, Incoming, IncomingFile, store_all
from shared.access import Who, authorize
from shared.events.intake import MessageRecalled
from shared.inputs import NO_NUL, NUMBER, Name
from shared.service import Service, service_of

router = APIRouter(tags=["intake"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Number = Annotated[int, Field(ge=0, le=10**15), NUMBER]


class Item(BaseModel):
    """One item of the archive, unsealed. What depends on its `msgtype` stands in a field of that name."""

    model_config = ConfigDict(extra="allow")

    msgid: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT, pattern=NO_NUL)]
    seq: Number | None = None
    action: str = "send"
    sender: str = Field(default="", alias="from")
    roomid: str = ""
    msgtime: Number = 0
    msgtype: str = ""
    attachments: Annotated[list[IncomingFile], Field(max_length=ATTACHMENTS)] = []
    """the media of the item, where the sidecar fetched and posted them; no field of the archive's own"""


class Fate(StrEnum):
    """What became of an item."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    RECALLED = "recalled"
    UNKNOWN = "unknown"
    """a recall of a message that was never heard"""
    IGNORED = "ignored"


class Kept(BaseModel):
    """The fate of each item in its order, and where to go on asking the archive."""

    results: list[dict[str, Any]]
    seq: int | None


@router.post("/messages/wecom-archive")
async def post_archive(
    items: Annotated[list[Item], Field(min_length=1, max_length=BATCH)],
    service: Intake,
    who: Caller,
    channel: Annotated[str, Query(pattern=r"^[a-z0-9-]{1,40}$")] = "wecom",
    group: Annotated[Name, Query(description="of what is said outside any group chat")] = "direct",
) -> Kept:
    """Stores a batch of the archive. All that is sent in it is stored before anything in it is recalled."""
    now = service.clock.now()
    sent = {item.msgid: incoming(item, channel, group, now) for item in items if item.action == "send"}
    stored = await store_all(service, list(sent.values()), who)
    fates = {answer.message_id: Fate.DUPLICATE if answer.duplicate else Fate.STORED for answer in stored}
    for item in items:
        if item.action == "recall":
            fates[item.msgid] = await _recall(service, item, channel, who, now)
    results = [{"msgid": item.msgid, "seq": item.seq, "result": fates.get(item.msgid, Fate.IGNORED)} for item in items]
    return Kept(results=results, seq=max((item.seq for item in items if item.seq is not None), default=None))


def incoming(item: Item, channel: str, group: str, now: datetime) -> Incoming:
    """What was said, as any other channel's message."""
    said = Tree({**(item.model_extra or {}), "msgtype": item.msgtype})
    return Incoming(
        channel=channel,
        group=name(item.roomid) or group,
        message_id=item.msgid,
        sender=name(item.sender) or "unknown",
        text=bounded(words(said)),
        sent_at=moment(str(item.msgtime), now, milliseconds=True),
        attachments=item.attachments,
    )


def words(said: Tree) -> str:
    """A message of the archive as text; a quote is in the text already, as WeCom's own clients write it."""
    kind = said.text("msgtype")
    match kind:
        case "mixed":
            parts = [(part.text("type"), inner_json(part.text("content"))) for part in said.items("mixed", "item")]
            return "\n".join(part.text("content") if kind == "text" else mark(kind) for kind, part in parts)
        case "markdown":
            return said.text("info", "content")
        case "weapp":
            return mark(kind, said.text("weapp", "title"))
        case _:
            return wecom.words(said, kind)


async def _recall(service: Service, item: Item, channel: str, who: Who, now: datetime) -> Fate:
    recalled = storable(Tree(item.model_extra).text("revoke", "pre_msgid"))
    message = str(domain.message_key(channel, recalled))
    event = MessageRecalled(message=message, recalled_at=moment(str(item.msgtime), now, milliseconds=True))
    done = await service.commands.execute(MESSAGE, domain.message_stream(message), event, who.cause())
    if done.state.received is None:
        return Fate.UNKNOWN
    return Fate.RECALLED if done.events else Fate.DUPLICATE
