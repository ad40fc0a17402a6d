"""The roster's views: groups, their members, who speaks without being on the roster, and who changed what. Names are tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from services.intake.roster import Membership, Stint, ended, named
from shared import db, sql
from shared.envelope import Recorded
from shared.events.intake import MessageReceived
from shared.events.roster import GroupRegistered, MemberNamed, MembershipEnded
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "roster_views.sql")
CHANGES = 500
"""how many changes of a person are shown, the newest"""
_STINTS: TypeAdapter[tuple[Stint, ...]] = TypeAdapter(tuple[Stint, ...])
_TYPES = {event.TYPE for event in (GroupRegistered, MemberNamed, MembershipEnded, MessageReceived)}

Key = tuple[str, str, str]
"""channel, group, person"""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Spoke:
    """What a batch of messages says of one speaker."""

    position: int
    sealed_sender: str
    first_at: datetime
    last_at: datetime
    messages: int = 1

    def __add__(self, later: "_Spoke") -> "_Spoke":
        first, last = min(self.first_at, later.first_at), max(self.last_at, later.last_at)
        return _Spoke(self.position, later.sealed_sender, first, last, self.messages + later.messages)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row of members."""

    position: int
    sealed_sender: str
    membership: Membership


class Roster:
    """The projection behind GET /groups and GET /people. It folds stints with the rulebook's own functions."""

    name = "roster"
    tables = ("groups", "speakers", "members", "roster_changes")

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        heard: dict[tuple[str, str], int] = {}
        registered: list[GroupRegistered] = []
        spoke: dict[Key, _Spoke] = {}
        changes: list[tuple[Recorded, MemberNamed | MembershipEnded]] = []
        for r in (r for r in events if r.type in _TYPES):
            event = r.event
            assert isinstance(event, GroupRegistered | MemberNamed | MembershipEnded | MessageReceived)
            heard.setdefault((event.channel, event.group), r.position)
            match event:
                case GroupRegistered():
                    registered.append(event)
                case MessageReceived():
                    key, said = _key(event), _Spoke(r.position, event.sender, event.sent_at, event.sent_at)
                    spoke[key] = spoke[key] + said if key in spoke else said
                case MemberNamed() | MembershipEnded():
                    changes.append((r, event))
        if heard:
            await connection.execute(SQL["heard_of"], *_columns([(*key, position) for key, position in heard.items()]))
        if registered:
            places = [(e.channel, e.group, e.village, e.township) for e in registered]
            await connection.executemany(SQL["registered"], places)
        if spoke:
            rows = [(*k, s.position, s.sealed_sender, s.first_at, s.last_at, s.messages) for k, s in spoke.items()]
            await connection.execute(SQL["spoke"], *_columns(rows))
        if changes:
            await _enter(connection, changes)
        if touched := spoke.keys() | {_key(event) for _, event in changes}:
            await connection.execute(SQL["told_apart"], *_columns(touched))


async def list_groups(
    service: Service, *, township: str | None, village: str | None, after: int, limit: int
) -> tuple[list[Row], int | None]:
    """In the order in which they were heard of, and where the next page begins."""
    rows = await service.pool.fetch(SQL["groups"], service.clock.now(), township, village, after, limit)
    return await _page(service, rows, limit)


async def find_group(service: Service, channel: str, group: str) -> Row | None:
    row = await service.pool.fetchrow(SQL["group"], channel, group)
    return dict(row) if row else None


async def members_of(service: Service, channel: str, group: str, *, after: int, limit: int) -> tuple[list[Row], int | None]:
    """In the order in which they were entered."""
    return await _page(service, await service.pool.fetch(SQL["members"], channel, group, after, limit), limit)


async def list_unknown(
    service: Service, *, channel: str | None, group: str | None, township: str | None, before: int | None, limit: int
) -> tuple[list[Row], int | None]:
    """Who spoke without being on the roster, the newest face first."""
    return await _page(service, await service.pool.fetch(SQL["unknown"], channel, group, township, before, limit), limit)


async def find_person(service: Service, person: str) -> tuple[list[Row], list[Row]]:
    """The groups he is in or spoke in, and what was changed about him, the newest first."""
    groups = await service.pool.fetch(SQL["person"], person)
    changes = await service.pool.fetch(SQL["changes_of"], person, CHANGES)
    return await _opened(service, groups), await _opened(service, changes)


async def with_names(service: Service, messages: Sequence[Row]) -> list[Row]:
    """The messages with the real names of their senders, as far as these are known today."""
    keys = {(m["channel"], m["group"], m["person"]) for m in messages}
    rows = await _opened(service, await service.pool.fetch(SQL["known_members"], *_columns(keys)) if keys else [])
    names = {(row["channel"], row["group"], row["person"]): row["real_name"] for row in rows}
    return [{**m, "real_name": names.get((m["channel"], m["group"], m["person"]))} for m in messages]


async def _enter(connection: db.Connection, changes: Sequence[tuple[Recorded, MemberNamed | MembershipEnded]]) -> None:
    known = await connection.fetch(SQL["known_members"], *_columns({_key(event) for _, event in changes}))
    kept: dict[Key, _Kept] = {}
    for row in known:
        membership = _membership(row["sealed_real_name"], row["stints"])
        kept[row["channel"], row["group"], row["person"]] = _Kept(row["position"], row["sealed_sender"], membership)
    for r, event in changes:
        before = kept.get(_key(event))
        match event:
            case MemberNamed():
                membership = named(before.membership if before else None, event)
                kept[_key(event)] = _Kept(before.position if before else r.position, event.sender, membership)
            case MembershipEnded() if before:
                kept[_key(event)] = replace(before, membership=ended(before.membership, event.until))
    rows = [
        (*key, k.position, k.sealed_sender, k.membership.real_name, orjson.dumps(k.membership.stints), k.membership.stints[-1].until)
        for key, k in kept.items()
    ]  # fmt: skip
    await connection.executemany(SQL["put_member"], rows)
    await connection.executemany(SQL["changed"], [_change(r, event) for r, event in changes])


def _change(r: Recorded, event: MemberNamed | MembershipEnded) -> tuple[Any, ...]:
    where = (r.position, event.person, event.channel, event.group)
    match event:
        case MemberNamed() as e:
            what: tuple[Any, ...] = ("named", e.real_name, e.role, e.department, e.since, e.until)
        case MembershipEnded() as e:
            what = ("ended", None, None, None, None, e.until)
    return (*where, *what, r.time, r.actor)


def _key(event: MemberNamed | MembershipEnded | MessageReceived) -> Key:
    return event.channel, event.group, event.person


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def _page(service: Service, rows: Sequence[Any], limit: int) -> tuple[list[Row], int | None]:
    """The rows, and the position at which the next page begins if there may be one."""
    following = rows[-1]["position"] if len(rows) == limit else None
    return [{k: v for k, v in row.items() if k != "position"} for row in await _opened(service, rows)], following


async def _opened(service: Service, rows: Sequence[Any]) -> list[Row]:
    """The rows in clear: tokens opened, and stints with the role that is held now."""
    opened = [dict(row) for row in rows]
    sealed = [(row, name) for row in opened for name in row if name.startswith("sealed_")]
    texts = await service.vault.open((name.removeprefix("sealed_"), row[name]) for row, name in sealed)
    for (row, name), text in zip(sealed, texts, strict=True):
        del row[name]
        row[name.removeprefix("sealed_")] = text
    now = service.clock.now()
    return [{**row, **roles(_membership("", row["stints"]), now)} if "stints" in row else row for row in opened]


def _membership(real_name: str, stints: bytes | None) -> Membership:
    return Membership(real_name, _STINTS.validate_json(stints) if stints else ())


def roles(membership: Membership, now: datetime) -> Row:
    """`role` is what he is now, `unknown` before and after; since and until are those of the last role that began."""
    member, begun = membership.at(now), membership.begun(now)
    return {
        "role": member.role,
        "department": member.department,
        "since": begun.since if begun else None,
        "until": begun.until if begun else None,
        "stints": membership.stints,
    }
