"""Hot issues over REST: what many households raise now, for the county desk and its weekly bulletin."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.routing.hot import MOST, Hot, Raised, hottest
from shared import sql
from shared.followers import position_of
from shared.service import Service, service_of

SQL = sql.load(Path(__file__).parent / "hot.sql")
Routing = Annotated[Service, Depends(service_of)]
LONGEST = 31
"""days of a window"""
TOP = 20
SHOWN = 100
"""cases listed of one issue"""
_PAGE = 1000
"""cases read at a time: a larger answer of PostgreSQL would hold up the event loop while it is decoded"""
_FRESH = timedelta(minutes=1)
"""how long an answer holds at most: a window moves on, and a person is forgotten, without anything happening to a case"""


@dataclass(frozen=True, slots=True)
class Found:
    """The hot issues as of a moment, and how many cases of its window and of the one before were looked at."""

    at: datetime
    issues: tuple[Hot, ...]
    opened: int
    before: int


class Board:
    """The hot issues that were found last, of each window that was asked for.

    They are found when somebody asks, from the view as it stands, and hold as long as the view stands still; so nobody need tell
    the board that a case was opened, sealed or withdrawn, for each of that moves the view. A few people ask a few times a day: to
    find them beside every message instead would cost half a second a message.
    """

    def __init__(self) -> None:
        self._position = -1
        self._found: dict[tuple[int, int], Found] = {}
        self._one_at_a_time = asyncio.Lock()

    async def hottest(self, service: Service, days: int, top: int) -> Found:
        """The hottest of the last days. Whoever asks while they are looked for waits for the same."""
        async with self._one_at_a_time:
            now, position = service.clock.now(), await position_of(service.store, "case_words")
            if position != self._position:
                self._position, self._found = position, {}
            found = self._found.get((days, top))
            if found is None or now - found.at > _FRESH:
                found = self._found[days, top] = await find(service, now, timedelta(days=days), top)
            return found


def router(board: Board) -> APIRouter:
    """The route of hot issues."""
    routes = APIRouter(tags=["hot"])

    @routes.get("/hot")
    async def list_hot(
        service: Routing,
        days: Annotated[int, Query(ge=1, le=LONGEST, description="length of the window that ends now")] = 7,
        top: Annotated[int, Query(ge=1, le=TOP)] = 5,
    ) -> dict[str, Any]:
        """What most households raise now, the hottest first, with reasons and cases. What is sealed never counts.

        `households`, `before`, `growth` (0–1) and `feeling` (0–1) make the `heat`; `before` is of the window as long before this
        one. `complete` is false when so many cases were opened that only the newest were looked at.
        """
        found = await board.hottest(service, days, top)
        wanted = [appeal for issue in found.issues for appeal in issue.appeals[:SHOWN]]
        cases = {row["appeal"]: dict(row) for row in await service.pool.fetch(SQL["shown"], wanted)}
        return {
            "since": found.at - timedelta(days=days),
            "until": found.at,
            "opened": found.opened,
            "complete": max(found.opened, found.before) < MOST,
            "issues": [_shown(issue, cases) for issue in found.issues],
        }

    return routes


async def find(service: Service, now: datetime, window: timedelta, top: int) -> Found:
    """The hottest of the window that ends now, from the view as it stands."""
    until = now + timedelta(microseconds=1)  # what was opened in this very moment counts
    current = await _raised(service, now - window, until)
    before = await _raised(service, now - 2 * window, now - window)
    issues = await asyncio.to_thread(hottest, current, before, top)
    return Found(now, tuple(issues), len(current), len(before))


async def _raised(service: Service, since: datetime, until: datetime) -> list[Raised]:
    """The cases opened in a window, the newest first, at most MOST."""
    raised: list[Raised] = []
    last: tuple[datetime, str] = (until, "")
    while len(raised) < MOST:
        rows = await service.pool.fetch(SQL["raised"], since, *last, _PAGE)
        raised += (Raised(**row) for row in rows)
        if len(rows) < _PAGE:
            break
        last = (raised[-1].at, raised[-1].appeal)
    return raised


def _shown(issue: Hot, cases: dict[str, dict[str, Any]]) -> dict[str, Any]:
    listed = [cases[appeal] for appeal in issue.appeals[:SHOWN] if appeal in cases]
    return {
        "label": issue.label,
        "heat": issue.heat,
        "households": issue.households,
        "before": issue.before,
        "growth": issue.growth,
        "feeling": issue.feeling,
        "since": issue.since,
        "until": issue.until,
        "reasons": issue.reasons,
        "places": [{"township": town, "village": village, "cases": count} for town, village, count in issue.places],
        "count": len(issue.appeals),
        "cases": listed,
    }
