"""How a chat message comes to be stored, whichever way it came: durably, once, before anybody tries to understand it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.intake import domain
from services.intake.attachments import views as attachments
from services.intake.domain import MESSAGE
from shared.access import Who
from shared.envelope import Append, Cause
from shared.events.intake import Attached, AttachmentKind, MessageReceived
from shared.problems import Problem
from shared.service import Service
from shared.store import Conflict

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
ChannelName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
TEXT_LIMIT = 20_000
BATCH = 1000
ATTACHMENTS = 9
"""files of one message, as many as WeChat sends at once"""


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
    text: Annotated[str, Field(max_length=TEXT_LIMIT, pattern=r"^[^\x00]*$")]
    sent_at: AwareDatetime
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


async def store_all(service: Service, messages: Sequence[Incoming], who: Who) -> list[Answer]:
    """Stores messages in their order, each in a stream of its own. One that is known already is answered, not stored again.

    Raises Problem 422, with nothing stored, when a file of theirs is unknown.
    """
    types = await _types(service, messages)
    received = [_received(message, types) for message in messages]
    await service.vault.prepare(received)  # all keys first: a message that waited for one would be overtaken by the next
    return await asyncio.gather(*(_store(service, event, who) for event in received))


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


async def _types(service: Service, messages: Sequence[Incoming]) -> dict[str, str]:
    """The media types of all files that come with messages. Raises Problem 422, which names those that are unknown.

    A message that was stored once is not stored again, so what was destroyed since then is not missed.
    """
    wanted = {file.sha256 for message in messages for file in message.attachments}
    if not wanted:
        return {}
    types = await attachments.types_of(service, wanted)
    for message in messages:
        missing = [file.sha256 for file in message.attachments if file.sha256 not in types]
        key = str(domain.message_key(message.channel, message.message_id))
        if missing and not (await service.commands.load(MESSAGE, domain.message_stream(key)))[1].received:
            detail = f"没有这些附件，请先上传：{'、'.join(missing)}"
            raise Problem(422, "invalid", detail, field="attachments", message_id=message.message_id, missing=missing)
    return types


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


async def _store(service: Service, received: MessageReceived, who: Who) -> Answer:
    answer = Answer(message=received.message, message_id=received.message_id)
    try:
        await service.store.append(Append(domain.message_stream(received.message), 0, [received], Cause(who.name)))
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
