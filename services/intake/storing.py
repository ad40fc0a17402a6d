"""How a chat message comes to be stored, whichever way it came: durably, once, before anybody tries to understand it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.intake import domain
from services.intake.attachments import views as attachments
from services.intake.attachments.following import ATTACHMENTS
from services.intake.domain import MESSAGE
from shared.access import Who
from shared.envelope import Append, Cause
from shared.events.attachments import Attached, AttachmentKind
from shared.events.intake import MessageReceived
from shared.inputs import Moment, Name, Text
from shared.problems import Problem
from shared.service import Service
from shared.store import Conflict

ChannelName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
TEXT_LIMIT = 20_000
BATCH = 1000


class IncomingFile(BaseModel):
    """A file that was posted before: the hash that intake answered, and how the chat showed it."""

    model_config = ConfigDict(extra="forbid")

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    kind: AttachmentKind
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None


class Incoming(BaseModel):
    """One chat message as an adapter hands it over."""

    model_config = ConfigDict(extra="forbid")

    channel: ChannelName
    group: Name
    message_id: Name
    sender: Name
    text: Annotated[Text, Field(max_length=TEXT_LIMIT)]
    sent_at: Moment
    reply_to: Name | None = None
    attachments: Annotated[list[IncomingFile], Field(max_length=ATTACHMENTS)] = []


class Answer(BaseModel):
    """What became of a posted message. A second delivery answers with the first result, `duplicate` true."""

    message: str
    message_id: str
    duplicate: bool = False
    kind: str | None = None
    appeal: str | None = None
    number: str | None = None


class Answers(BaseModel):
    results: list[Answer]


KNOWN: dict[int | str, dict[str, Any]] = {200: {"model": Answers, "description": "all were known already"}}
"""what a route that stores messages answers beside 202"""


_ONE_OR_MANY: TypeAdapter[Incoming | list[Incoming]] = TypeAdapter(
    Incoming | Annotated[list[Incoming], Field(min_length=1, max_length=BATCH)]
)


def parse(body: bytes) -> list[Incoming]:
    """One message or a list of them, as JSON. Raises Problem 422, which names the fields at fault."""
    try:
        parsed = _ONE_OR_MANY.validate_json(body)
    except ValidationError as error:
        many = body.lstrip()[:1] == b"["
        shown = [e for e in error.errors(include_url=False, include_input=False) if (e["loc"][:1] == ("Incoming",)) != many]
        faults = [{"field": ".".join(str(part) for part in e["loc"][1:]) or "body", "message": e["msg"]} for e in shown]
        faults = faults or [{"field": "body", "message": "not JSON"}]
        detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:5])
        raise Problem(422, "invalid", detail, errors=faults[:50]) from None
    return parsed if isinstance(parsed, list) else [parsed]


async def store_all(
    service: Service, messages: Sequence[Incoming], who: Who, by: str | None = None, *, files_of_all: bool = False
) -> list[Answer]:
    """Stores messages in their order, each in a stream of its own. One that is known already is answered, not stored again.

    `by` is the person who did it, as the caller says; with `files_of_all` files that other callers sent are known too.
    Raises Problem 422, with nothing stored, when a file of theirs is unknown.
    """
    types = await _types(service, messages, None if files_of_all else who.name)
    received = [_received(message, types) for message in messages]
    await service.vault.prepare(received)  # all keys first: a message that waited for one would be overtaken by the next
    return await asyncio.gather(*(_store(service, event, who.signed(by)) for event in received))


async def look_up(service: Service, messages: Sequence[Incoming]) -> list[Answer]:
    """What storing these would answer, without storing them: which are known already, and how those were read."""
    keys = [str(domain.message_key(m.channel, m.message_id)) for m in messages]
    answers = [Answer(message=key, message_id=m.message_id) for key, m in zip(keys, messages, strict=True)]
    streams = {domain.message_stream(answer.message): MESSAGE.initial for answer in answers}
    for r in await service.store.load_many(dict.fromkeys(streams, 0)):
        streams[r.stream] = MESSAGE.evolve(streams[r.stream], r.event)
    for answer in answers:
        state = streams[domain.message_stream(answer.message)]
        answer.duplicate = state.received is not None
        _tell(answer, state)
    return answers


async def await_reading(service: Service, answer: Answer, seconds: float) -> None:
    """Completes the answer as soon as its message is read, within so many seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not await _fill(service, answer) and loop.time() < until:  # noqa: ASYNC110 - another replica may be the reader
        await asyncio.sleep(0.02)


async def types_of_sent(service: Service, message_id: str, files: Sequence[IncomingFile], who: Who) -> dict[str, str]:
    """The media types of files that this caller sent. Raises Problem 422, which names the others: there are none for him."""
    types = await attachments.types_of(service, {file.sha256 for file in files}, who.name)
    if missing := [file.sha256 for file in files if file.sha256 not in types]:
        raise _unknown(message_id, missing)
    return types


async def _types(service: Service, messages: Sequence[Incoming], caller: str | None) -> dict[str, str]:
    """The media types of all files that come with messages. Raises Problem 422, which names those that are unknown.

    A message that was stored once is not stored again, so what was destroyed since then is not missed.
    """
    wanted = {file.sha256 for message in messages for file in message.attachments}
    if not wanted:
        return {}
    types = await attachments.types_of(service, wanted, caller)
    for message in messages:
        missing = [file.sha256 for file in message.attachments if file.sha256 not in types]
        key = str(domain.message_key(message.channel, message.message_id))
        if missing and not (await service.commands.load(MESSAGE, domain.message_stream(key)))[1].received:
            raise _unknown(message.message_id, missing)
    return types


def _unknown(message_id: str, missing: list[str]) -> Problem:
    """Alike for what nobody sent and for what only others sent: else a hash would tell who handed in which paper."""
    detail = f"您没有上传过这些附件，请先上传：{'、'.join(missing)}"
    return Problem(422, "invalid", detail, field="attachments", message_id=message_id, missing=missing)


def _received(message: Incoming, types: dict[str, str]) -> MessageReceived:
    names = [file.name or "" for file in message.attachments]
    return MessageReceived(
        message=str(domain.message_key(message.channel, message.message_id)),
        channel=message.channel,
        group=message.group,
        message_id=message.message_id,
        person=domain.person_key(message.channel, message.sender),
        sender=message.sender,
        text=message.text,
        attachments=tuple(Attached(sha256=f.sha256, type=types.get(f.sha256, ""), kind=f.kind) for f in message.attachments),
        attachment_names="\n".join(names) if any(names) else None,
        reply_to=message.reply_to,
        sent_at=message.sent_at,
    )


async def _store(service: Service, received: MessageReceived, actor: str) -> Answer:
    answer = Answer(message=received.message, message_id=received.message_id)
    try:
        await service.store.append(Append(domain.message_stream(received.message), 0, [received], Cause(actor)))
    except Conflict:
        answer.duplicate = True
        await _fill(service, answer)
    return answer


async def _fill(service: Service, answer: Answer) -> bool:
    _, state = await service.commands.load(MESSAGE, domain.message_stream(answer.message))
    return _tell(answer, state)


def _tell(answer: Answer, state: domain.Message) -> bool:
    if state.read is None:
        return False
    answer.kind, answer.appeal, answer.number = state.read.kind, state.read.appeal, state.number
    return True
