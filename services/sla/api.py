"""Sla over REST: which promises run for a case, which are broken or soon will be, and how well they are kept."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.sla import policies, views
from services.sla.domain import CLOCKS, Acknowledge, clocks_stream
from services.sla.policies import POLICIES, Policies
from shared.access import Who, authorize
from shared.deciding import Work
from shared.envelope import Cause
from shared.events.sla import Promise
from shared.inputs import NUMBER, Moment, Name, Text
from shared.problems import Problem
from shared.service import Service, service_of
from shared.store import Conflict

router = APIRouter(tags=["sla"])
Sla = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Limit = Annotated[int, Query(ge=1, le=500)]
Within = Annotated[str, Query(pattern=r"^[1-9][0-9]{0,2}[mhd]$", description="such as 30m, 24h or 3d")]
Code = Annotated[Text, Field(min_length=1, max_length=100)]
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MONTH = timedelta(days=30)


class Noted(BaseModel):
    """Which step of the ladder was taken note of, and by whom (a person's id; the caller's name if left out)."""

    model_config = ConfigDict(extra="forbid")

    step: Annotated[int, Field(ge=1, le=12), NUMBER]
    by: Code | None = None


@router.get("/clocks")
async def list_clocks(service: Sla, limit: Limit = 100) -> dict[str, Any]:
    """The promises broken and not yet made good, oldest first."""
    return {"clocks": await views.overdue(service, limit)}


@router.get("/due")
async def list_due(service: Sla, within: Within = "24h", department: Code | None = None, limit: Limit = 100) -> dict[str, Any]:
    """What runs and is due within so much time, the soonest first. What is broken already is under /clocks."""
    now = service.clock.now()
    return {"until": now + _span(within), "clocks": await views.soon(service, now + _span(within), department, limit)}


@router.get("/cases/{name}/clocks")
async def get_case_clocks(service: Sla, name: Name) -> dict[str, Any]:
    """A case's clocks, by number or id: running, paused or stopped, and how much of its own time each has left."""
    return {"clocks": await _clocks(service, name)}


@router.post("/cases/{name}/clocks/{promise}/acknowledge")
async def acknowledge_escalation(service: Sla, who: Caller, name: Name, promise: Promise, body: Noted) -> dict[str, Any]:
    """Who was told of a broken promise takes note: the delay of the next step counts from now."""
    rows = await views.clocks_of(service, name)
    if not rows:
        raise _unknown(name)
    stream = clocks_stream(rows[0]["appeal"])
    command = Acknowledge(promise, body.step, who.acting(body.by), service.clock.now())
    await service.seen("clocks", await _decided(service, stream, command, who.cause()))
    return {"clocks": await _clocks(service, name)}


@router.get("/on-time")
async def get_on_time(
    service: Sla,
    by: Literal["department", "township", "category", "level", "promise", "month"] = "department",
    promise: Promise | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> dict[str, Any]:
    """How many of the promises whose time came, or that were kept, within a period were kept; the last 30 days if none is named."""
    end = until or service.clock.now()
    begin = since or end - MONTH
    return {"since": begin, "until": end, "by": by, "shares": await views.on_time(service, by, begin, end, promise)}


@router.get("/load")
async def get_load(service: Sla, by: Literal["department", "officer"] = "officer", within: Within = "24h") -> dict[str, Any]:
    """Open work by officer (who answered first) or department: how much, how much is late, rests, or is due within so much time."""
    return {"by": by, "loads": await views.load(service, by, service.clock.now() + _span(within))}


@router.get("/policy")
async def get_policy(service: Sla) -> dict[str, Any]:
    """The time limits in force, as their file tells them, and the versions there have been."""
    _, known = await service.commands.load(POLICIES, policies.STREAM)
    adopted = known.adopted
    return {
        "version": known.current.version,
        "adopted_at": adopted and adopted.adopted_at,
        "text": adopted.text if adopted else None,
        "versions": sorted(known.texts),
    }


async def _clocks(service: Service, name: str) -> list[dict[str, Any]]:
    rows = await views.clocks_of(service, name)
    if not rows:
        raise _unknown(name)
    _, known = await service.commands.load(POLICIES, policies.STREAM)
    return [row | _left(row, known, service.clock.now()) for row in rows]


def _left(row: dict[str, Any], known: Policies, now: datetime) -> dict[str, Any]:
    """What is left of a clock in its own time, negative when it is over; None when it was stopped."""
    if row["stopped_at"]:
        return {"left_seconds": None, "left": None}
    policy = known.of(row["policy"])
    left = policy.between(row["calendar"], row["paused_at"] or now, row["due_at"])
    return {"left_seconds": round(left.total_seconds()), "left": _said(left, working=row["calendar"] is not None)}


def _said(left: timedelta, *, working: bool) -> str:
    hours, minutes = divmod(abs(left) // timedelta(minutes=1), 60)
    span = "".join(f"{many} {unit}" for many, unit in ((hours, "小时"), (minutes, "分钟")) if many) or "不到 1 分钟"
    return f"{'已超' if left < timedelta(0) else '还剩'}{'工作时间 ' if working else ' '}{span}"


async def _decided(service: Service, stream: str, command: Acknowledge, cause: Cause) -> int:
    """Decides and arms in one transaction; again from the start when somebody else was faster. Returns the log's position.

    Raises Refused.
    """
    for _ in range(5):
        work = Work(service.store, service.states)
        await work.open([(CLOCKS, stream), (POLICIES, policies.STREAM)])
        if not work.decide(CLOCKS, stream, command, cause):
            break
        try:
            await work.prepare()
            async with service.pool.acquire() as connection, connection.transaction():
                await work.lock(connection)
                await work.commit(connection)
        except Conflict:
            service.states.drop(stream)
            continue
        work.committed()
        break
    return await service.store.head()


def _span(within: str) -> timedelta:
    read = re.fullmatch(r"(\d+)([mhd])", within)
    assert read
    return int(read[1]) * UNITS[read[2]]


def _unknown(name: str) -> Problem:
    return Problem(404, "not-found", f"没有这件案件的时限：{name}")
