"""The roster over REST: groups, who is in them in which role from when until when, and who speaks without being on it.

A group's and a sender's id may have slashes, for DingTalk's are base64.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from services.intake import roster_views as views
from services.intake.domain import group_stream, person_key
from services.intake.roster import DEPARTMENTS, DEPARTMENTS_STREAM, GROUP, Departments, Enrol, Group
from services.intake.roster_lists import Office, Place, read_groups, read_roster
from services.intake.storing import ChannelName
from shared.access import Who, authorize
from shared.deciding import Done
from shared.events.roster import GroupRegistered, MemberNamed, MembershipEnded
from shared.inputs import Moment, Name
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["roster"])
Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Cursor = Annotated[int, Query(ge=0, lt=2**63, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]
_CSV: dict[str, Any] = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
PEOPLE, SIDE_BY_SIDE = 100, 8
"""how many people of a group, of how many groups, are entered at a time: more would keep other requests waiting"""
HEARSAY_SECONDS = 2.0
"""how long a department that was just imported may take to be heard of"""


@router.put("/groups", openapi_extra=_CSV)
async def import_groups(request: Request, service: Intake, who: Caller) -> dict[str, int]:
    """Imports a CSV: group,channel,village,township. Importing it again changes nothing."""
    groups = await asyncio.to_thread(read_groups, await request.body())
    done = await _side_by_side([_register(service, who, group) for group in groups])
    return {"rows": len(groups), "changed": await _seen(service, done)}


@router.put("/roster", openapi_extra=_CSV)
async def import_roster(request: Request, service: Intake, who: Caller, channel: ChannelName = "wecom") -> dict[str, Any]:
    """Imports a CSV: sender,group,real_name,role,department, and since,until if it has them. Groups are those of `channel`.

    Importing it again changes nothing. `unknown_departments` names those that are not in the directory, if there is one.
    """
    entries = await asyncio.to_thread(read_roster, await request.body(), channel)
    people: dict[str, dict[str, list[MemberNamed]]] = {}
    for entry in entries:
        people.setdefault(group_stream(channel, entry.group), {}).setdefault(entry.person, []).append(entry)
    done = await _side_by_side([_enrol(service, who, stream, list(told.values())) for stream, told in people.items()])
    answer: dict[str, Any] = {"rows": len(entries), "changed": await _seen(service, [d for part in done for d in part])}
    directory = await _directory(service)
    if unknown := {e.department for e in entries if e.department} - directory.keys() if directory else None:
        answer["unknown_departments"] = sorted(unknown)
    return answer


@router.get("/groups")
async def list_groups(
    service: Intake, township: Name | None = None, village: Name | None = None, after: Cursor = 0, limit: Limit = 50
) -> dict[str, Any]:
    """In the order in which they were heard of. One that speaks and is not registered has neither village nor township."""
    groups, following = await views.list_groups(service, township=township, village=village, after=after, limit=limit)
    return {"groups": groups, "next": following}


@router.put("/groups/{channel}/{group:path}/members/{sender:path}")
async def put_member(
    service: Intake, who: Caller, channel: ChannelName, group: Name, sender: Name, office: Office
) -> dict[str, Any]:
    """Says who a sender is in this group, in which role, from when until when.

    Without `since`: what is known is confirmed or corrected; another role begins now; the first word about somebody holds as
    far back as anybody knows. An entry with the same `since` takes the place of the one before.
    """
    entry = office.of(channel, group, sender)
    await _registered(service, channel, group)
    await _check_department(service, office.department)
    command = Enrol((entry,), service.clock.now())
    done = await service.commands.execute(GROUP, group_stream(channel, group), command, who.cause())
    return await _member(service, done, entry.person, sender)


@router.delete("/groups/{channel}/{group:path}/members/{sender:path}")
async def end_membership(
    service: Intake,
    who: Caller,
    channel: ChannelName,
    group: Name,
    sender: Name,
    until: Annotated[Moment | None, Query(description="when; left out: now")] = None,
) -> dict[str, Any]:
    """Ends the role a member has. What he said before stays as it was read; nothing is erased."""
    person = person_key(channel, sender)
    if person not in (await _registered(service, channel, group)).members:
        raise Problem(404, "not-found", f"群 {channel}/{group} 的名册上没有发言人 {sender}", field="sender")
    command = MembershipEnded(person=person, channel=channel, group=group, until=until or service.clock.now())
    done = await service.commands.execute(GROUP, group_stream(channel, group), command, who.cause())
    return await _member(service, done, person, sender)


@router.get("/groups/{channel}/{group:path}")
async def get_group(
    service: Intake, channel: ChannelName, group: Name, after: Cursor = 0, limit: Limit = 500
) -> dict[str, Any]:
    """A group and its roster, those who left included, in the order in which they were entered.

    `role` is the one held now, `unknown` before the first and after the last; `since` and `until` are of the last that began.
    """
    found = await views.find_group(service, channel, group)
    if found is None:
        raise Problem(404, "not-found", f"没有群 {channel}/{group}", field="group")
    members, following = await views.members_of(service, channel, group, after=after, limit=limit)
    return {**found, "members": members, "next": following}


@router.put("/groups/{channel}/{group:path}")
async def put_group(service: Intake, who: Caller, channel: ChannelName, group: Name, place: Place) -> dict[str, Any]:
    """Registers a group with its village and township, or corrects them."""
    await _seen(service, [await _register(service, who, place.of(channel, group))])
    return {"channel": channel, "group": group, **place.model_dump()}


@router.get("/people/unknown")
async def list_unknown(
    service: Intake,
    channel: Name | None = None,
    group: Name | None = None,
    township: Name | None = None,
    before: Annotated[int | None, Query(ge=0, lt=2**63, description="`next` of the page before")] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Who spoke without being on his group's roster, the newest face first; those too whose role had ended.

    `real_name` is what is known of him from before or from another group.
    """
    people, following = await views.list_unknown(
        service, channel=channel, group=group, township=township, before=before, limit=limit
    )
    return {"people": people, "next": following}


@router.get("/people/{person}")
async def get_person(service: Intake, person: Name) -> dict[str, Any]:
    """A person's groups and roles, and who changed what about him when, the newest first."""
    groups, changes = await views.find_person(service, person)
    if not groups:
        raise Problem(404, "not-found", f"没有这个人：{person}")
    return {"person": person, "groups": groups, "changes": changes}


async def _register(service: Service, who: Who, group: GroupRegistered) -> Done[Group]:
    return await service.commands.execute(GROUP, group_stream(group.channel, group.group), group, who.cause())


async def _enrol(service: Service, who: Who, stream: str, people: Sequence[list[MemberNamed]]) -> list[Done[Group]]:
    """Enters the people of one group, all that is told of one of them in one command."""
    done = []
    for first in range(0, len(people), PEOPLE):
        entries = tuple(entry for told in people[first : first + PEOPLE] for entry in told)
        command = Enrol(entries, service.clock.now())
        done.append(await service.commands.execute(GROUP, stream, command, who.cause()))
    return done


async def _side_by_side(works: Sequence[Awaitable[Any]]) -> list[Any]:
    """Works on many groups at once, so that they share commits."""
    limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(work: Awaitable[Any]) -> Any:
        async with limit:
            return await work

    return await asyncio.gather(*map(one, works))


async def _seen(service: Service, done: Sequence[Done[Group]]) -> int:
    """How many events that were; returns when the views show them."""
    await service.seen("roster", max((d.stored.position for d in done if d.stored), default=0))
    return sum(len(d.events) for d in done)


async def _member(service: Service, done: Done[Group], person: str, sender: str) -> dict[str, Any]:
    changed = await _seen(service, [done])
    membership = done.state.members[person]
    now = views.roles(membership, service.clock.now())
    return {"person": person, "sender": sender, "real_name": membership.real_name, **now, "changed": bool(changed)}


async def _registered(service: Service, channel: str, group: str) -> Group:
    _, state = await service.commands.load(GROUP, group_stream(channel, group))
    if not state.village:
        detail = f"群 {channel}/{group} 还没有登记：请先用 PUT /groups/{channel}/{group} 登记它属于哪个村、哪个乡镇"
        raise Problem(404, "not-found", detail, field="group")
    return state


async def _directory(service: Service) -> Departments:
    return (await service.commands.load(DEPARTMENTS, DEPARTMENTS_STREAM))[1]


async def _check_department(service: Service, department: str | None) -> None:
    """Raises Problem for a department of which routing never told. As long as it told of none, any is taken."""
    known = await _directory(service)
    until = asyncio.get_running_loop().time() + HEARSAY_SECONDS
    while department and known and department not in known:
        if asyncio.get_running_loop().time() > until:
            names = "、".join(f"{code}（{name}）" for code, name in list(known.items())[:50])
            raise Problem(422, "invalid", f"部门目录中没有 {department}；现有：{names}", field="department")
        await asyncio.sleep(0.1)
        known = await _directory(service)
