"""Disclosure's view: the notices as they stand."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from shared import db, sql
from shared.envelope import Recorded
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "views.sql")


class Notices:
    """The projection behind GET /notices."""

    name = "notices"
    tables = ("notices",)

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        for r in events:
            match r.event:
                case NoticePublished() as e:
                    row: tuple[Any, ...] = (
                        e.notice, e.kind, e.title, e.body, list(e.villages), list(e.groups), e.amount_fen, e.published_at,
                    )  # fmt: skip
                    await connection.execute(SQL["published"], *row)
                case NoticeCorrected() as e:
                    row = (e.notice, e.title, e.body, e.amount_fen, e.revision, e.corrected_at)
                    await connection.execute(SQL["corrected"], *row)
                case NoticeWithdrawn() as e:
                    await connection.execute(SQL["withdrawn"], e.notice, e.reason, e.withdrawn_at)


async def list_notices(
    service: Service, *, kind: str | None, village: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; a notice without villages is for all. `before` is the (published_at, notice) last seen."""
    moment, notice = before or (None, None)
    return [dict(row) for row in await service.pool.fetch(SQL["list"], kind, village, moment, notice, limit)]
