"""The roster over REST: groups, and who is in them in which role from when until when."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from services.intake.domain import group_stream
from services.intake.roster import GROUP, Enrol, Group
from services.intake.roster_lists import read_groups, read_roster
from shared.access import Who, authorize
from shared.deciding import Done
from shared.envelope import Cause
from shared.events.intake import GroupRegistered, MemberNamed
from shared.service import Service, service_of

router = APIRouter(tags=["roster"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
_CSV: dict[str, Any] = {"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}}
PEOPLE, SIDE_BY_SIDE = 100, 8
"""how many people of a group, of how many groups, are entered at a time: more would keep other requests waiting"""


@router.put("/groups", openapi_extra=_CSV)
async def import_groups(request: Request, service: Intake, who: Caller) -> dict[str, int]:
    """Imports a CSV: group,channel,village,township. Importing it again changes nothing."""
    groups = await asyncio.to_thread(read_groups, await request.body())
    done = await _side_by_side([_register(service, who, group) for group in groups])
    return {"rows": len(groups), "changed": _events(done)}


@router.put("/roster", openapi_extra=_CSV)
async def import_roster(
    request: Request, service: Intake, who: Caller, channel: Annotated[str, Query(pattern=r"^[a-z0-9-]{1,40}$")] = "wecom"
) -> dict[str, int]:
    """Imports a CSV: sender,group,real_name,role,department, and since,until if it has them. Groups are those of `channel`.

    Importing it again changes nothing.
    """
    entries = await asyncio.to_thread(read_roster, await request.body(), channel)
    people: dict[str, dict[str, list[MemberNamed]]] = {}
    for entry in entries:
        people.setdefault(group_stream(channel, entry.group), {}).setdefault(entry.person, []).append(entry)
    done = await _side_by_side([_enrol(service, who, stream, list(told.values())) for stream, told in people.items()])
    return {"rows": len(entries), "changed": _events([d for part in done for d in part])}


async def _register(service: Service, who: Who, group: GroupRegistered) -> Done[Group]:
    return await service.commands.execute(GROUP, group_stream(group.channel, group.group), group, Cause(who.name))


async def _enrol(service: Service, who: Who, stream: str, people: Sequence[list[MemberNamed]]) -> list[Done[Group]]:
    """Enters the people of one group, all that is told of one of them in one command."""
    done = []
    for first in range(0, len(people), PEOPLE):
        entries = tuple(entry for told in people[first : first + PEOPLE] for entry in told)
        command = Enrol(entries, service.clock.now())
        done.append(await service.commands.execute(GROUP, stream, command, Cause(who.name)))
    return done


async def _side_by_side(works: Sequence[Awaitable[Any]]) -> list[Any]:
    """Works on many groups at once, so that they share commits."""
    limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(work: Awaitable[Any]) -> Any:
        async with limit:
            return await work

    return await asyncio.gather(*map(one, works))


def _events(done: Sequence[Done[Group]]) -> int:
    return sum(len(d.events) for d in done)
