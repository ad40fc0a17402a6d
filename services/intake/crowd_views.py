"""The view of crowds: what was offered to the county desk, of which appeals it consists, and what the desk decided."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from services.intake.reading.model import WAITING
from shared import db, sql
from shared.envelope import Recorded
from shared.events.crowds import CrowdAppeal, CrowdDismissed, CrowdGrew, CrowdMerged, CrowdOffered, CrowdRecounted, CrowdShrank
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "crowd_views.sql")


class CrowdList:
    """The projection behind GET /crowds."""

    name = "crowds"
    tables = ("crowds", "crowd_appeals")

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        """In runs of one kind, since an appeal must have joined before it is merged."""
        await db.change(connection, SQL, (change for r in events for change in _changes(r)))


def _changes(r: Recorded) -> Iterator[db.Change]:
    """Which statements an event runs, and with what."""
    match r.event:
        case CrowdOffered() as e:
            reasons = orjson.dumps(e.reasons)
            yield "offered", (e.crowd, e.township, e.about, e.urgent, e.households, reasons, e.since, e.occurred_at)
            yield from (_joined(e.crowd, place, e.occurred_at) for place in e.appeals)
        case CrowdGrew() as e:
            yield "grew", (e.crowd, e.households, e.urgent, orjson.dumps(e.reasons), e.occurred_at)
            if e.joined:
                yield _joined(e.crowd, e.joined, e.occurred_at)
        case CrowdShrank() as e:
            yield "shrank", (e.crowd, e.households, e.left.appeal, e.occurred_at)
            yield "left", (e.crowd, e.left.appeal)
        case CrowdRecounted() as e:
            yield "recounted", (e.crowd, e.households, e.occurred_at)
        case CrowdMerged() as e:
            yield "merged", (e.crowd, e.lead.appeal, e.by, e.note, e.occurred_at)
            yield from (("appeal_merged", (e.crowd, place.appeal)) for place in e.appeals)
        case CrowdDismissed() as e:
            yield "dismissed", (e.crowd, e.by, e.note, e.occurred_at)


def _joined(crowd: str, place: CrowdAppeal, at: datetime) -> db.Change:
    return "joined", (crowd, place.appeal, place.number, place.channel, place.group, place.village, at)


async def list_crowds(
    service: Service,
    *,
    township: str | None,
    status: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest first, each with its appeals and groups; `before` is the (offered_at, crowd) of the last one already seen."""
    moment, last = before or (None, None)
    return await _with_appeals(service, await service.pool.fetch(SQL["list"], township, status, moment, last, limit))


async def find_crowd(service: Service, crowd: str) -> dict[str, Any] | None:
    """One crowd, as the list shows it."""
    found = await _with_appeals(service, await service.pool.fetch(SQL["one"], crowd))
    return found[0] if found else None


async def _with_appeals(service: Service, rows: Sequence[Any]) -> list[dict[str, Any]]:
    notes = await service.vault.open(("note", row["sealed_note"]) for row in rows)
    members: dict[str, list[dict[str, Any]]] = {row["crowd"]: [] for row in rows}
    for appeal in await service.pool.fetch(SQL["appeals"], list(members)):
        members[appeal["crowd"]].append({k: v for k, v in appeal.items() if k != "crowd"})
    return [_shown(row, members[row["crowd"]], note) for row, note in zip(rows, notes, strict=True)]


def _shown(row: Any, appeals: list[dict[str, Any]], note: str | None) -> dict[str, Any]:
    places = {(a["channel"], a["group"]): {name: a[name] for name in ("channel", "group", "village")} for a in appeals}
    known = {k: v for k, v in row.items() if k not in ("sealed_note", "reasons")}
    reasons = orjson.loads(row["reasons"])
    return {**known, "note": note, "groups": list(places.values()), "appeals": appeals, "reasons": reasons}


async def still_waiting(service: Service, appeals: Iterable[str]) -> frozenset[str]:
    """Those of these appeals that are not answered yet."""
    rows = await service.pool.fetch(SQL["waiting"], list(appeals), sorted(WAITING))
    return frozenset(row["appeal"] for row in rows)
