"""Crowds over REST: the county desk sees what several villages report at once, and says whether it is one matter."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.intake import crowd_views
from services.intake.crowds import CROWD, Command, Crowd, Dismiss, Merge, crowd_stream
from shared.access import Who, authorize
from shared.inputs import Moment, Name, Text
from shared.privacy import masked
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["crowds"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


class Status(StrEnum):
    """What became of a crowd."""

    OFFERED = "offered"
    MERGED = "merged"
    DISMISSED = "dismissed"


class Decision(BaseModel):
    """Who decides (a person's id; the caller's name if left out), and why."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    note: Annotated[Text, Field(min_length=1, max_length=1000)] | None = None


class Merging(Decision):
    """Which appeal leads, by number or id. Left out: the one that leads already, or the oldest that still waits."""

    lead: Name | None = None


@router.get("/crowds")
async def list_crowds(
    service: Intake,
    who: Caller,
    township: Name | None = None,
    status: Status | None = None,
    before: Annotated[Moment | None, Query(description="offered_at of the last crowd seen")] = None,
    before_crowd: Annotated[Text, Query(max_length=40, description="id of the last crowd seen")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """集中反映: alike appeals of one township, newest first, keyset pages. `households` counts each person once."""
    cursor: tuple[datetime, str] | None = (before, before_crowd) if before else None
    found = await crowd_views.list_crowds(service, township=township, status=status, before=cursor, limit=limit)
    return {"crowds": found if who.reads_originals else masked(found)}


@router.get("/crowds/{crowd}")
async def get_crowd(service: Intake, who: Caller, crowd: UUID) -> dict[str, Any]:
    """One of them, with its appeals, their households and groups, and why they are held to be one matter."""
    found = await crowd_views.find_crowd(service, str(crowd))
    if found is None:
        raise _unknown(str(crowd))
    return found if who.reads_originals else masked(found)


@router.post("/crowds/{crowd}/merge")
async def merge_crowd(service: Intake, who: Caller, crowd: UUID, decision: Merging) -> dict[str, Any]:
    """合并办理: its appeals that still wait become one matter. Asked again, it takes in those that came since.

    Asked again with another lead, that one leads them all from now on.
    """
    name = str(crowd)
    state = await _known(service, name)
    await service.seen("appeals", await service.store.head())
    waiting = await crowd_views.still_waiting(service, (appeal.appeal for appeal in state.appeals))
    by, now = who.acting(decision.by), service.clock.now()
    return await _decide(service, who, name, Merge(by, now, waiting, decision.note, decision.lead))


@router.post("/crowds/{crowd}/dismiss")
async def dismiss_crowd(service: Intake, who: Caller, crowd: UUID, decision: Decision) -> dict[str, Any]:
    """不是一件事: its appeals are not offered together again."""
    name = str(crowd)
    await _known(service, name)
    return await _decide(service, who, name, Dismiss(who.acting(decision.by), service.clock.now(), decision.note))


async def _known(service: Service, crowd: str) -> Crowd:
    _, state = await service.commands.load(CROWD, crowd_stream(crowd))
    if state.last is None:
        raise _unknown(crowd)
    return state


def _unknown(crowd: str) -> Problem:
    return Problem(404, "not-found", f"没有这件集中反映：{crowd}")


async def _decide(service: Service, who: Who, crowd: str, command: Command) -> dict[str, Any]:
    done = await service.commands.execute(CROWD, crowd_stream(crowd), command, who.cause())
    if done.stored:
        await service.seen("crowds", done.stored.position)
    return _shown(done.state)


def _shown(crowd: Crowd) -> dict[str, Any]:
    assert crowd.last is not None
    status = Status.DISMISSED if crowd.dismissed else Status.MERGED if crowd.merged else Status.OFFERED
    return {
        **crowd.last.model_dump(include={"crowd", "township", "about", "urgent", "households"}),
        "status": status,
        "lead": crowd.lead,
        "appeals": [{**place.model_dump(), "merged": place.appeal in crowd.merged} for place in crowd.appeals],
    }
