"""The door for what a person copied out of a chat: shown first as it was read, stored when he says so."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.intake import domain, views
from services.intake.adding import add_sent
from services.intake.attachments.following import ATTACHMENTS
from services.intake.pasting import copied, names, settling
from services.intake.pasting.copied import MESSAGES_LIMIT, Page, Timing, Unreadable
from services.intake.pasting.names import How, Person
from services.intake.pasting.settling import Earlier, Settled
from services.intake.roster import GROUP, Group
from services.intake.storing import (
    Answer,
    ChannelName,
    Incoming,
    IncomingFile,
    await_reading,
    look_up,
    store_all,
)
from shared.access import Who, authorize
from shared.events import FORGOTTEN
from shared.events.intake import Role
from shared.events.roster import MemberNamed
from shared.inputs import Moment, Name, Text
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["intake"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
RECENT = 1000
"""stored messages of the group among which a quoted one is looked for"""
LEFT_OUT_SHOWN = 500
LEFT_OUT_BEGINS = 200
"""characters of a line that are shown"""
SKEW = timedelta(minutes=5)
"""by how much a caller's clock may be ahead of ours"""


class Paste(BaseModel):
    """A text as it was copied. Its bounds are the size of a request and the number of messages."""

    model_config = ConfigDict(extra="forbid")

    channel: ChannelName
    group: Annotated[Text, Field(min_length=1, max_length=150)]
    """with a name of 40 it must make a sender's id"""
    text: Annotated[Text, Field(min_length=1)]
    copied_at: Annotated[Moment | None, Field(description="what “昨天 20:31” is reckoned from; left out: now")] = None
    by: Annotated[str | None, Field(max_length=40, pattern=r"^[^\x00-\x1f]+$", description="who pasted it")] = None
    links: Annotated[
        dict[Name, Name | None],
        Field(max_length=MESSAGES_LIMIT, description="shown name → sender of the group's roster; null: somebody unknown"),
    ] = {}
    files: Annotated[
        dict[Annotated[int, Field(ge=1)], Annotated[list[IncomingFile], Field(max_length=ATTACHMENTS)]],
        Field(max_length=MESSAGES_LIMIT, description="`line` of a message → its files, which were posted before it is stored"),
    ] = {}
    dry_run: Annotated[bool, Field(description="only show how it is read; false: store it")] = True


class Shown(BaseModel):
    """A member of the group's roster."""

    sender: str
    real_name: str
    role: Role
    department: str | None


class Linked(Shown):
    how: How


class Candidate(Shown):
    why: str


class Quote(BaseModel):
    """Whose words a message quotes, and which message that is, if it was found: in this paste or among those stored."""

    name: str
    words: str
    message_id: str | None
    found: Literal["paste", "stored"] | None


class ReadMessage(Answer):
    """One message as it was read, and what became of it."""

    line: int
    name: str
    sender: str
    linked: Linked | None
    candidates: list[Candidate]
    sent_at: AwareDatetime
    timing: Timing
    text: str
    marks: list[str]
    attachments: list[IncomingFile]
    quote: Quote | None


class Left(BaseModel):
    line: int
    text: str
    why: str


class Read(BaseModel):
    """A whole paste. `village` is empty for a group that is not registered; everybody in it is unknown."""

    dry_run: bool
    copied_at: AwareDatetime
    village: str
    township: str
    results: list[ReadMessage]
    left_out: list[Left]
    left_out_count: int


NOTHING_NEW: dict[int | str, dict[str, Any]] = {200: {"model": Read, "description": "only shown, or all was known already"}}


@router.post("/messages/paste", status_code=202, response_model=Read, responses=NOTHING_NEW)
async def post_paste(
    paste: Paste,
    response: Response,
    service: Intake,
    who: Caller,
    wait: Annotated[float, Query(ge=0, le=10, description="seconds to wait until stored messages are read")] = 0,
) -> Any:
    """Reads text copied out of WeChat and shows how; with `dry_run` false stores it. 200 when nothing new was stored.

    Pasting the same lines again, or others with them, stores nothing twice.
    """
    copied_at = _copied_at(paste, service.clock.now())
    try:
        page = await asyncio.to_thread(copied.read, paste.text, copied_at)  # a large text takes long enough to be felt
    except Unreadable as fault:
        raise Problem(422, "invalid", str(fault), field="text", line=fault.line) from None
    _, group = await service.commands.load(GROUP, domain.group_stream(paste.channel, paste.group))
    settled = await _settled(service, paste, page, await _roster(service, paste, group, copied_at))
    _check_files(paste, settled)
    incoming = [_incoming(paste, one) for one in settled]
    if paste.dry_run:
        answers = await look_up(service, incoming)
    else:
        answers = await store_all(service, incoming, who, paste.by)
        await _add_to_known(service, paste, incoming, answers, who)
        if wait:
            await asyncio.gather(*(await_reading(service, answer, wait) for answer in answers))
    if paste.dry_run or all(answer.duplicate for answer in answers):
        response.status_code = 200
    return Read(
        dry_run=paste.dry_run,
        copied_at=copied_at,
        village=group.village,
        township=group.township,
        results=[_shown(paste, one, answer) for one, answer in zip(settled, answers, strict=True)],
        left_out=[
            Left(line=left.line, text=left.text[:LEFT_OUT_BEGINS], why=left.why) for left in page.left_out[:LEFT_OUT_SHOWN]
        ],
        left_out_count=len(page.left_out),
    )


def _copied_at(paste: Paste, now: datetime) -> datetime:
    """Raises Problem for a time from which no message of WeChat can be reckoned."""
    copied_at = paste.copied_at or now
    if copied_at > now + SKEW:
        raise Problem(422, "invalid", "复制时间不能晚于现在", field="copied_at")
    if copied_at.year < copied.OLDEST:
        raise Problem(422, "invalid", f"复制时间不能早于 {copied.OLDEST} 年", field="copied_at")
    return copied_at


async def _roster(service: Service, paste: Paste, group: Group, moment: datetime) -> list[Person]:
    """The members as they were at that moment, with their senders.

    The group's state knows opaque persons only, for that is all that reading needs; the senders stand in the events by which
    they were named.
    """
    recorded = await service.store.load(domain.group_stream(paste.channel, paste.group))
    senders = {e.person: e.sender for r in recorded if isinstance(e := r.event, MemberNamed)}
    return [
        Person(sender, member.real_name, member.role, member.department)
        for key, sender in senders.items()
        if (member := group.member(key, moment)).real_name and FORGOTTEN not in (member.real_name, sender)
    ]


async def _settled(service: Service, paste: Paste, page: Page, roster: list[Person]) -> list[Settled]:
    """Raises Problem for a link of a name that nobody bears here, or to somebody whom the group does not know."""
    spoken = list(dict.fromkeys(message.name for message in page.messages))
    quoted = [message.quoted[0] for message in page.messages if message.quoted]
    if strange := paste.links.keys() - set(spoken) - set(quoted):
        detail = f"links：这段文字里没有“{'”“'.join(sorted(strange))}”说话，有的是：{'、'.join(spoken[:20])}"
        raise Problem(422, "invalid", detail, field="links")
    known = {person.sender for person in roster}
    if strange := {sender for sender in paste.links.values() if sender} - known:
        detail = f"links：{paste.channel}/{paste.group} 的花名册里没有 {'、'.join(sorted(strange))}"
        raise Problem(422, "invalid", detail, field="links")
    links = await asyncio.to_thread(names.link_all, [*spoken, *quoted], paste.group, roster, paste.links)
    earlier: list[Earlier] = []
    if settling.needs_earlier(page.messages):
        until = max(message.sent_at for message in page.messages) + SKEW
        rows = await views.recent_of_group(service, paste.channel, paste.group, until, RECENT)
        earlier = [Earlier(row["message_id"], row["person"], row["text"], row["sent_at"]) for row in rows]
    return await asyncio.to_thread(settling.settle, paste.channel, paste.group, page.messages, links, earlier)


def _check_files(paste: Paste, settled: list[Settled]) -> None:
    """Raises Problem for files of a line where no message begins."""
    at = {one.pasted.line: one for one in settled}
    if strange := paste.files.keys() - at.keys():
        marked = "、".join(str(line) for line, one in at.items() if one.pasted.marks) or "无"
        detail = (
            f"files：第 {'、'.join(map(str, sorted(strange)))} 行不是一条消息的开头；带图片等标记的消息开头在第 {marked} 行"
        )
        raise Problem(422, "invalid", detail, field="files")


async def _add_to_known(service: Service, paste: Paste, incoming: list[Incoming], answers: list[Answer], who: Who) -> None:
    """The files of messages that were stored before, which may have been without them."""
    for message, answer in zip(incoming, answers, strict=True):
        if answer.duplicate and message.attachments:
            await add_sent(service, message.channel, message.message_id, message.attachments, who, paste.by)


def _incoming(paste: Paste, one: Settled) -> Incoming:
    return Incoming(
        channel=paste.channel,
        group=paste.group,
        message_id=one.message_id,
        sender=one.link.sender,
        text=one.pasted.text,
        sent_at=one.pasted.sent_at,
        reply_to=one.reply_to,
        attachments=paste.files.get(one.pasted.line, []),
    )


def _shown(paste: Paste, one: Settled, answer: Answer) -> ReadMessage:
    message, link = one.pasted, one.link
    quote = None
    if message.quoted:
        name, words = message.quoted
        found: Literal["paste", "stored"] | None = "stored" if one.quotes_stored else "paste" if one.reply_to else None
        quote = Quote(name=name, words=words, message_id=one.reply_to, found=found)
    return ReadMessage(
        **answer.model_dump(),
        line=message.line,
        name=message.name,
        sender=link.sender,
        linked=Linked(**_fields(link.person), how=link.how) if link.person and link.how else None,
        candidates=[Candidate(**_fields(candidate.person), why=candidate.why) for candidate in link.candidates],
        sent_at=message.sent_at,
        timing=message.timing,
        text=message.text,
        marks=message.marks,
        attachments=paste.files.get(message.line, []),
        quote=quote,
    )


def _fields(person: Person) -> dict[str, Any]:
    return {
        "sender": person.sender, "real_name": person.real_name, "role": person.role, "department": person.department,
    }  # fmt: skip
