"""Intake over REST: chat adapters post messages, officers look at appeals. The roster has an API of its own."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake import domain, roster_views, views
from services.intake.adding import add_sent
from services.intake.attachments import views as attachments
from services.intake.attachments.following import ATTACHMENTS
from services.intake.domain import MESSAGE, PERSON
from services.intake.media import views as media
from services.intake.storing import BATCH, KNOWN, Answers, ChannelName, Incoming, IncomingFile, await_reading, parse, store_all
from services.intake.triage_api import judged
from shared.access import Who, authorize
from shared.envelope import Append
from shared.events.intake import OPENING, AppealOpened, Kind, PersonForgotten, ReportSealed
from shared.inputs import Moment, Name, Text
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["intake"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]

_ONE = Incoming.model_json_schema(ref_template="#/components/schemas/{model}")
_ONE.pop("$defs")  # a paste has files too, so their shape is among the components
_ONE_OR_MANY = {"anyOf": [_ONE, {"type": "array", "minItems": 1, "maxItems": BATCH, "items": _ONE}]}
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _ONE_OR_MANY}}}}


@router.post("/messages", status_code=202, response_model=Answers, responses=KNOWN, openapi_extra=_BODY)
async def post_messages(
    request: Request,
    response: Response,
    service: Intake,
    who: Caller,
    wait: Annotated[float, Query(ge=0, le=10, description="seconds to wait until the messages are read")] = 0,
) -> Any:
    """Stores one message or a batch, durably, before anything else. 200 when all were known already.

    Reading follows at once; ask with `wait`, or GET the message later, for its kind and its appeal's number.
    """
    answers = await store_all(service, parse(await request.body()), who)
    if wait:
        await asyncio.gather(*(await_reading(service, answer, wait) for answer in answers))
    if all(answer.duplicate for answer in answers):
        response.status_code = 200
    return {"results": answers}


class Files(BaseModel):
    """Files that were posted before."""

    model_config = ConfigDict(extra="forbid")

    attachments: Annotated[list[IncomingFile], Field(min_length=1, max_length=ATTACHMENTS)]


class Added(BaseModel):
    """`added` are the hashes that the message did not have yet."""

    message: str
    message_id: str
    added: list[str]


NOTHING_ADDED: dict[int | str, dict[str, Any]] = {200: {"model": Added, "description": "the message had them all"}}


@router.post("/messages/{channel}/{message_id}/attachments", status_code=201, response_model=Added, responses=NOTHING_ADDED)
async def add_attachments(
    response: Response, service: Intake, who: Caller, channel: ChannelName, message_id: Name, files: Files
) -> Any:
    """Files that come after their message: the picture behind a `[图片]`. The caller has posted each before."""
    message, added = await add_sent(service, channel, message_id, files.attachments, who)
    if not added:
        response.status_code = 200
    return Added(message=message, message_id=message_id, added=added)


@router.get("/messages/{channel}/{message_id}")
async def get_message(service: Intake, who: Caller, channel: Name, message_id: Name) -> dict[str, Any]:
    """How a message was read, with the reasons, what a person said of that, and the files that came with it.

    `media` tells which files the chat system still holds, and which could not be fetched from it, and why.
    """
    _, state = await service.commands.load(MESSAGE, domain.message_stream(str(domain.message_key(channel, message_id))))
    if state.received is None:
        raise Problem(404, "not-found", f"没有收到过这条消息：{channel}/{message_id}")
    key = UUID(state.received.message)
    answer = {
        "message": state.received.message,
        "channel": channel,
        "message_id": message_id,
        "group": state.received.group,
        "sent_at": state.received.sent_at,
        "recalled_at": state.recalled_at,
        "number": state.number,
        "reading": state.read,
        **judged(state, who),
        "attachments": (await attachments.of_messages(service, [key], who)).get(key, []),
        "media": (await media.of_messages(service, [key], who)).get(key, []),
    }
    return answer if who.reads_originals else masked(answer)


@router.get("/appeals")
async def list_appeals(
    service: Intake,
    who: Caller,
    township: Name | None = None,
    before: Annotated[Moment | None, Query(description="opened_at of the last appeal seen")] = None,
    before_appeal: Annotated[Text, Query(description="appeal of the last appeal seen")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Newest first, keyset pages."""
    cursor: tuple[datetime, str] | None = (before, before_appeal) if before else None
    answer = {"appeals": await views.list_appeals(service, township=township, before=cursor, limit=limit)}
    return answer if who.reads_originals else masked(answer)


@router.get("/appeals/{name}")
async def get_appeal(service: Intake, who: Caller, name: Name) -> dict[str, Any]:
    """An appeal by number or id, with its messages and their files; `households` counts who reported it or has it too, each once.

    Of a sealed one, nothing that was said in it.
    """
    appeal = await views.find_appeal(service, name)
    if appeal is None:
        raise Problem(404, "not-found", f"没有这件诉求：{name}")
    messages = [] if appeal["sealed"] else await views.messages_of(service, appeal["appeal"])
    files = await attachments.of_messages(service, (m["message"] for m in messages), who)
    households = {m["person"] for m in messages if m["kind"] in (*OPENING, Kind.SUPPLEMENT)}
    held = await media.of_messages(service, (m["message"] for m in messages), who)
    said = [
        {**m, "attachments": files.get(m["message"], []), "media": held.get(m["message"], [])}
        for m in await roster_views.with_names(service, messages)
    ]
    answer = {**appeal, "households": len(households), "messages": said}
    return answer if who.reads_originals else masked(answer)


@router.get("/appeals/{name}/sealed-report")
async def get_sealed_report(service: Intake, who: Caller, name: Name) -> dict[str, Any]:
    """The words of a sealed report and the files that came with it, for the discipline commission alone."""
    appeal = await views.find_appeal(service, name)
    recorded = await service.store.of_subject(appeal["appeal"]) if appeal else []
    texts = [r.event.text for r in recorded if isinstance(r.event, ReportSealed)]
    if appeal and appeal["sealed"]:  # later, when it had been an open one: as it was told then
        texts += [r.event.text for r in recorded if isinstance(r.event, AppealOpened) and r.event.text]
    if appeal is None or not texts:
        raise Problem(404, "not-found", f"没有这件密封的反映：{name}")
    files = await attachments.of_appeal(service, appeal["appeal"], who)
    return {"appeal": appeal["appeal"], "number": appeal["number"], "text": texts[0], "attachments": files}


@router.post("/people/{person}/forget")
async def forget_person(service: Intake, who: Caller, person: Name) -> dict[str, str]:
    """Destroys a person's key, here at once and in every service as soon as it hears of it (个人信息保护法)."""
    event = PersonForgotten(person=person, forgotten_at=service.clock.now())
    version, state = await service.commands.load(PERSON, f"person-{person}")
    events = PERSON.decide(event, state)
    async with service.pool.acquire() as connection, connection.transaction():
        await service.store.lock(connection)
        await service.store.append_within(connection, [Append(f"person-{person}", version, events, who.cause())])
        await service.vault.forget([person], connection)
    service.states.clear()
    return {"person": person, "status": "forgotten"}
