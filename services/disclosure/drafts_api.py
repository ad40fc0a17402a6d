"""Drafts over REST: written, read by a second person, published at their time or when somebody says so; and the items of
rectification lists, which go on after that.
"""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import uuid_utils.compat as uuids
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.disclosure import views
from services.disclosure.api import Body, Content, Fen, Title, do
from services.disclosure.commands import Draft, Drop, Publish, Review, UpdateItem
from services.disclosure.domain import NOTICE, notice_stream
from services.disclosure.kinds import KINDS, Unfit, content_of
from services.disclosure.kinds.money import Ledger
from services.disclosure.timers import groups_for
from shared.access import Who, authorize
from shared.events.disclosure import ItemState, NoticeDrafted, NoticeDropped, NoticeKind, NoticeReviewed, Reach
from shared.inputs import Moment, Name, Text
from shared.problems import SHOWN, Problem
from shared.service import Service, service_of

router = APIRouter(tags=["drafts"])
Disclosure = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Person = Annotated[Text, Field(min_length=1, max_length=100, description="who does it; the caller's name if left out")]
ItemNumber = Annotated[int, Path(ge=1, le=500)]
Words = Annotated[Text, Field(min_length=1, max_length=4000)]


class NewDraft(BaseModel):
    """A notice to be read and published. Without `reach` it goes as far as its kind usually does.

    Left out, the words are taken from the content, the amount is its sum. `reason`: of one that stands, why it changes.
    """

    model_config = ConfigDict(extra="forbid")

    kind: NoticeKind
    title: Title
    body: Body | None = None
    content: Content | None = None
    reach: Reach | None = None
    villages: Annotated[list[Name], Field(max_length=2000)] = []
    townships: Annotated[list[Name], Field(max_length=200)] = []
    groups: Annotated[list[Name], Field(max_length=2000)] = []
    basis: Title | None = None
    amount_fen: Fen | None = None
    responsible: Name | None = None
    publish_at: Annotated[Moment | None, Field(description="left out: when somebody publishes it")] = None
    expires_at: Moment | None = None
    reason: Title | None = None
    by: Person | None = None


class Verdict(BaseModel):
    """Whether the draft may be published; if not, what is to be changed."""

    model_config = ConfigDict(extra="forbid")

    approved: bool
    note: Words | None = None
    by: Person | None = None


class Release(BaseModel):
    """Who publishes it."""

    model_config = ConfigDict(extra="forbid")

    by: Person | None = None


class Dropping(BaseModel):
    """Why the draft comes to nothing."""

    model_config = ConfigDict(extra="forbid")

    reason: Title
    by: Person | None = None


class ItemStep(BaseModel):
    """Where the item stands now: done with its evidence, verified, or open again with the reason."""

    model_config = ConfigDict(extra="forbid")

    state: ItemState
    evidence: Words | None = None
    note: Words | None = None
    by: Person | None = None


@router.get("/notice-kinds")
async def list_kinds(who: Caller) -> dict[str, Any]:
    """The kinds of notices: what each is called, whether a second person reads it, how far it goes, its fields."""
    return {
        "kinds": [
            {
                "kind": kind, "called": rule.called, "reviewed": rule.reviewed, "reach": rule.reach,
                "content": rule.content.model_json_schema() if rule.content else None,
            }
            for kind, rule in KINDS.items()
        ]
    }  # fmt: skip


@router.post("/drafts", status_code=201)
async def draft_notice(service: Disclosure, who: Caller, new: NewDraft) -> dict[str, Any]:
    """Writes a notice (起草). What does not add up is not taken."""
    return await take_draft(service, who, str(who.request or uuids.uuid7()), new)


@router.get("/drafts")
async def list_drafts(
    service: Disclosure,
    before: Annotated[Moment | None, Query(description="drafted_at of the last one seen")] = None,
    before_notice: Annotated[Text, Query(description="notice of the last one seen")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """What is written and not published, newest first."""
    cursor = (before, before_notice) if before else None
    return {"drafts": await views.list_drafts(service, before=cursor, limit=limit)}


@router.put("/notices/{notice}/draft")
async def redraft_notice(service: Disclosure, who: Caller, notice: Name, new: NewDraft) -> dict[str, Any]:
    """Writes it anew; of a notice that stands, its correction, which replaces it once it is published."""
    await _known(service, notice)
    return await take_draft(service, who, notice, new)


@router.post("/notices/{notice}/review")
async def review_notice(service: Disclosure, who: Caller, notice: Name, verdict: Verdict) -> dict[str, Any]:
    """审核, by somebody else than who wrote it. Approved, it is published at its time."""
    said = verdict.model_dump(exclude={"by"})
    reviewed = NoticeReviewed(notice=notice, **said, by=who.acting(verdict.by), reviewed_at=service.clock.now())
    return await do(service, who, notice, Review(reviewed))


@router.post("/notices/{notice}/publish")
async def release_notice(service: Disclosure, who: Caller, notice: Name, release: Release) -> dict[str, Any]:
    """Publishes the draft now: to the groups it names and those it reaches; answers how many groups those are."""
    groups = await groups_for(service, await _known(service, notice))
    done = await do(service, who, notice, Publish(who.acting(release.by), service.clock.now(), groups))
    return {**done, "groups": len((await _known(service, notice)).published.groups)}


@router.post("/notices/{notice}/drop")
async def drop_draft(service: Disclosure, who: Caller, notice: Name, dropping: Dropping) -> dict[str, Any]:
    """作废: the draft comes to nothing."""
    now = service.clock.now()
    dropped = NoticeDropped(notice=notice, reason=dropping.reason, by=who.acting(dropping.by), dropped_at=now)
    return await do(service, who, notice, Drop(dropped))


@router.post("/notices/{notice}/items/{number}")
async def update_item(service: Disclosure, who: Caller, notice: Name, number: ItemNumber, step: ItemStep) -> dict[str, Any]:
    """An item of a rectification list goes on, or back; whoever says it is done does not verify it."""
    said = step.model_dump(exclude={"by"})
    command = UpdateItem(number, by=who.acting(step.by), at=service.clock.now(), **said)
    return {**await do(service, who, notice, command), "item": number, "state": step.state}


async def take_draft(service: Service, who: Who, notice: str, new: NewDraft) -> dict[str, Any]:
    """Writes a draft. Raises Problem 422 that names the fields at fault, and Refused."""
    now = service.clock.now()
    drafted = await drafted_of(service, notice, new, who.acting(new.by), now)
    carried = await _carried(service, drafted)
    return await do(service, who, notice, Draft(drafted, carried))


async def drafted_of(service: Service, notice: str, new: NewDraft, by: str, now: datetime) -> NoticeDrafted:
    """The draft, its townships filled in from its villages. Raises Problem 422."""
    try:
        content = await asyncio.to_thread(content_of, new.kind, new.content)  # a list of thousands takes a while
    except Unfit as unfit:
        faults = [{"field": f"content.{fault.field}".rstrip("."), "message": fault.message} for fault in unfit.faults]
        detail = "；".join(fault["message"] for fault in faults[:5])
        raise Problem(422, "invalid", detail, field=faults[0]["field"], errors=faults[:SHOWN]) from None
    townships = new.townships or (await views.townships_of(service, new.villages) if new.villages else ())
    told = new.model_dump(include={"kind", "title", "basis", "amount_fen", "responsible", "publish_at", "expires_at", "reason"})
    return NoticeDrafted(
        notice=notice, **told, body=new.body or "", content=content.model_dump(mode="json") if content else None,
        reach=new.reach or KINDS[new.kind].reach, villages=tuple(new.villages), townships=tuple(townships),
        groups=tuple(new.groups), by=by, drafted_at=now,
    )  # fmt: skip


async def _carried(service: Service, drafted: NoticeDrafted) -> int | None:
    """With how much the village's last account ended, if this is one."""
    if drafted.kind is not NoticeKind.ASSET or len(drafted.villages) != 1:
        return None
    content = content_of(drafted.kind, drafted.content)
    if not isinstance(content, Ledger):
        return None
    return await views.last_account(service, drafted.villages[0], content.starts_on, drafted.notice)


async def _known(service: Service, notice: str) -> Any:
    _, state = await service.commands.load(NOTICE, notice_stream(notice))
    if state.kind is None:
        raise Problem(404, "not-found", f"没有这条公示：{notice}")
    return state
