"""Disclosure over REST: publish, correct, withdraw, read; every version with who and why."""

from typing import Annotated, Any

import uuid_utils.compat as uuids
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.disclosure import views
from services.disclosure.commands import Command
from services.disclosure.domain import NOTICE, notice_stream
from services.disclosure.rules import allowed
from shared.access import Who, authorize
from shared.events.disclosure import (
    NoticeCorrected,
    NoticeExpired,
    NoticeKind,
    NoticePublished,
    NoticeWithdrawn,
    RectificationListed,
    RectificationUpdated,
)
from shared.inputs import NUMBER, Moment, Name, Text
from shared.privacy import PUBLISHED, masked
from shared.problems import Problem
from shared.service import Service, service_of

PUBLIC = (NoticePublished, NoticeCorrected, NoticeWithdrawn, NoticeExpired, RectificationListed, RectificationUpdated)
"""what of a notice's life is for everybody"""
router = APIRouter(tags=["disclosure"])
Disclosure = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]

Title = Annotated[Text, Field(min_length=1, max_length=200)]
Body = Annotated[Text, Field(min_length=1, max_length=20_000)]
Fen = Annotated[int, Field(ge=0, le=10**15, description="amount in 分"), NUMBER]

Content = Annotated[dict[str, Any], Field(description="the fields of its kind, see GET /notice-kinds; amounts in 分")]


class NewNotice(BaseModel):
    """A notice to publish: to the groups named, standing before the villages named (all, if none)."""

    model_config = ConfigDict(extra="forbid")

    kind: NoticeKind
    title: Title
    body: Body
    villages: Annotated[list[Name], Field(max_length=2000)] = []
    groups: Annotated[list[Name], Field(max_length=2000)] = []
    basis: Title | None = None
    amount_fen: Fen | None = None
    responsible: Name | None = None
    content: Content | None = None


class Correction(BaseModel):
    """The notice as it should read, and why it changes."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    body: Body
    amount_fen: Fen | None = None
    content: Content | None = None
    reason: Title


class Withdrawal(BaseModel):
    """Why the notice no longer stands."""

    model_config = ConfigDict(extra="forbid")

    reason: Title


@router.post("/notices", status_code=201)
async def publish_notice(service: Disclosure, who: Caller, new: NewNotice) -> dict[str, Any]:
    """Publishes a notice (公示)."""
    notice = str(who.request or uuids.uuid7())  # a request that is made again names the same one
    now = service.clock.now()
    fields = {**new.model_dump(), "villages": tuple(new.villages), "groups": tuple(new.groups)}
    return await do(service, who, notice, NoticePublished(**fields, notice=notice, by=who.acting(), published_at=now))


@router.post("/notices/{notice}/correct")
async def correct_notice(service: Disclosure, who: Caller, notice: Name, correction: Correction) -> dict[str, Any]:
    """Corrects a notice; the former version stays readable."""
    now = service.clock.now()
    command = NoticeCorrected(**correction.model_dump(), notice=notice, revision=0, by=who.acting(), corrected_at=now)
    return await do(service, who, notice, command)


@router.post("/notices/{notice}/withdraw")
async def withdraw_notice(service: Disclosure, who: Caller, notice: Name, withdrawal: Withdrawal) -> dict[str, Any]:
    """Withdraws a notice; that it stood stays on record."""
    now = service.clock.now()
    command = NoticeWithdrawn(notice=notice, title="", reason=withdrawal.reason, by=who.acting(), withdrawn_at=now)
    return await do(service, who, notice, command)


@router.get("/notices")
async def list_notices(
    service: Disclosure,
    who: Caller,
    kind: NoticeKind | None = None,
    village: Name | None = None,
    before: Annotated[Moment | None, Query(description="published_at of the last notice seen")] = None,
    before_notice: Annotated[Text, Query(description="notice of the last one seen")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Newest first, keyset pages."""
    cursor = (before, before_notice) if before else None
    return _shown({"notices": await views.list_notices(service, kind=kind, village=village, before=cursor, limit=limit)}, who)


@router.get("/notices/{notice}")
async def get_notice(service: Disclosure, who: Caller, notice: Name) -> dict[str, Any]:
    """A notice with all its versions, who made them and why, and the questions under it. Drafts are for the staff alone."""
    recorded = await service.store.load(notice_stream(notice))
    if not who.reads_originals:
        recorded = [r for r in recorded if isinstance(r.event, PUBLIC)]
    if not recorded:
        raise Problem(404, "not-found", f"没有这条公示：{notice}")
    state = NOTICE.fold(NOTICE.initial, [r.event for r in recorded])
    questions = await views.questions_of(service, notice)
    shown = {
        "notice": notice,
        "status": state.status,
        "steps": allowed(state, who.acting(), who.callers, service.clock.now()),
        "versions": [{"time": r.time, "type": r.type, "data": r.event} for r in recorded],
        "items": [item for _, item in sorted(state.items.items())],
        "questions": questions,
        "answered": sum(question["answered_at"] is not None for question in questions),
    }
    return _shown(shown, who)


def _shown(answer: dict[str, Any], who: Who) -> dict[str, Any]:
    """To whoever puts notices before the public, as the public may read them."""
    return answer if who.reads_originals else masked(answer, spare=PUBLISHED)


async def do(service: Service, who: Who, notice: str, command: Command) -> dict[str, Any]:
    """Takes a step. Raises Refused."""
    done = await service.commands.execute(NOTICE, notice_stream(notice), command, who.cause())
    if done.stored:
        await service.seen("notices", done.stored.position)
    state = done.state
    return {
        "notice": notice, "status": state.status, "title": state.title or (state.pending.draft.title if state.pending else ""), "revision": state.revision,
        "withdrawn": bool(state.withdrawn),
    }  # fmt: skip
