"""Which files there are, which messages refer to them, and what of that a caller is shown.

The tables belong to the projection `appeals`, so that a file, the message it came with and how that was read are seen at one
position of the log.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake.attachments.pictures import PICTURES
from shared import db, sql
from shared.access import Caller, Who
from shared.envelope import Recorded
from shared.events.attachments import AttachmentDestroyed, AttachmentStored
from shared.events.intake import AttachmentsAdded, MessageReceived, PersonForgotten
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")
PROJECTION = "appeals"
REMEMBERED = timedelta(days=7)
"""how long a file waits for the message it was sent for, and who sent it is remembered"""
TABLES = ("attachments", "attachment_uses", "attachment_remains")


async def project(connection: db.Connection, events: Sequence[Recorded]) -> None:
    """What a batch of the log does to the tables, in its order."""
    await db.change(connection, SQL, (change for r in events for change in _changes(r)))


def _changes(r: Recorded) -> Iterable[db.Change]:
    match r.event:
        case MessageReceived(attachments=attachments) | AttachmentsAdded(attachments=attachments) as e:
            first = e.first if isinstance(e, AttachmentsAdded) else 0
            for ordinal, file in enumerate(attachments, first):
                yield "used", (UUID(e.message), ordinal, file.sha256, file.kind, e.person, e.attachment_names)
            for sha256 in {file.sha256 for file in attachments}:
                yield "wanted", (sha256,)
        case AttachmentStored() as e:
            yield "stored", (e.sha256, e.type, e.size, e.blob, r.time)
        case AttachmentDestroyed() as e:
            yield "destroyed", (e.sha256, e.blob)
        case PersonForgotten() as e:
            yield "forgotten", (e.person,)


@dataclass(frozen=True, slots=True)
class File:
    """A living file. `open`: it came with something that the group heard and that accuses nobody."""

    sha256: str
    type: str
    size: int
    blob: str
    open: bool

    def visible_to(self, who: Who) -> bool:
        """What belongs to a sealed report is for the commission alone."""
        return self.open or Caller.DISCIPLINE in who.callers


async def find(service: Service, sha256: str) -> File | None:
    row = await service.pool.fetchrow(SQL["find"], sha256)
    return File(**row) if row else None


async def types_of(service: Service, hashes: Iterable[str], caller: str | None) -> dict[str, str]:
    """The media types of those that are living and that this caller sent lately; None: whoever did."""
    rows = await service.pool.fetch(SQL["known"], list(hashes), caller, service.clock.now() - REMEMBERED)
    return {row["sha256"]: row["type"] for row in rows}


async def sent(service: Service, sha256: str, caller: str) -> None:
    """Remembers who sent a file."""
    await service.pool.execute(SQL["sent"], sha256, caller, service.clock.now())


async def forget_senders(service: Service) -> None:
    """Of files sent too long ago."""
    await service.pool.execute(SQL["unremembered"], service.clock.now() - REMEMBERED)


async def of_messages(service: Service, messages: Iterable[UUID], who: Who) -> dict[UUID, list[dict[str, Any]]]:
    """What came with each message, as far as the caller may see it."""
    shown = await _shown(service, await service.pool.fetch(SQL["of_messages"], list(messages)), who)
    return {message: [file for _, file in run] for message, run in groupby(shown, key=lambda pair: pair[0])}


async def of_appeal(service: Service, appeal: str, who: Who) -> list[dict[str, Any]]:
    """What came with all messages of an appeal, in their order."""
    return [file for _, file in await _shown(service, await service.pool.fetch(SQL["of_appeal"], appeal), who)]


async def to_destroy(service: Service, unused_since: datetime, limit: int) -> list[tuple[str, str]]:
    """(sha256, blob) of files to which no living person's message refers: everybody forgotten, or nobody ever."""
    return [(row["sha256"], row["blob"]) for row in await service.pool.fetch(SQL["to_destroy"], unused_since, limit)]


async def oldest_unused(service: Service) -> datetime | None:
    """When the oldest file was stored to which no message ever referred."""
    moment: datetime | None = await service.pool.fetchval(SQL["oldest_unused"])
    return moment


async def used_since(connection: db.Connection, sha256: str) -> bool:
    """Whether a message refers to the file that the view does not show yet. Exact while the append lock is held."""
    return bool(await connection.fetchval(SQL["used_since"], sha256))


async def remains(service: Service, limit: int) -> list[str]:
    """Names of bytes that are still to be removed."""
    return [row["blob"] for row in await service.pool.fetch(SQL["remains"], limit)]


async def removed(service: Service, blob: str) -> None:
    await service.pool.execute(SQL["removed"], blob)


async def _shown(service: Service, rows: Sequence[Any], who: Who) -> list[tuple[UUID, dict[str, Any]]]:
    seen = [row for row in rows if row["open"] or Caller.DISCIPLINE in who.callers]
    names = await service.vault.open(("attachment_names", row["sealed_names"]) for row in seen)
    return [(row["message"], _as_shown(row, names_)) for row, names_ in zip(seen, names, strict=True)]


def _as_shown(row: Any, names: str | None) -> dict[str, Any]:
    lines = names.split("\n") if names else []
    return {
        "sha256": row["sha256"],
        "kind": row["kind"],
        "type": row["type"],
        "size": row["size"],
        "name": (lines[row["ordinal"]] or None) if row["ordinal"] < len(lines) else None,
        "link": f"/attachments/{row['sha256']}",
        "public_link": f"/attachments/{row['sha256']}/public" if row["type"] in PICTURES else None,
    }
