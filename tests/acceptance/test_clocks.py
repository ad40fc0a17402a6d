"""A county's night: nobody answers a villager within ten minutes, and who must hear of it does so at the right minute."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from services.cli.story import play, read_story
from services.cli.system import System, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import CHINA, SimulatedClock
from shared.embedded import Embedded
from shared.envelope import Recorded
from shared.events import Event
from shared.events.notify import ReplyQueued
from shared.events.sla import BackupPaged, CaseEscalated, CaseOverdue, ClockStarted, ClockStopped, Promise

OUTSIDE = Path(__file__).parents[2].parent / "shared" / "data" / "county"
"""a story kept beside the project, on machines that have one"""
WRITTEN = datetime(2023, 10, 10, 22, 10, tzinfo=CHINA)
ANSWERED = WRITTEN + timedelta(minutes=30)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.skipif(
    not OUTSIDE.exists(),
    reason="the county's story is not beside the project on this machine",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def night(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The evening from an hour before the message until the next evening."""
    whole = read_story(*(OUTSIDE / name for name in ("transcript.jsonl", "groups.csv", "roster.csv", "departments.csv")))
    evening = tuple(m for m in whole.messages if WRITTEN - timedelta(hours=1) <= m.sent_at <= ANSWERED)
    story = replace(whole, messages=evening)
    home = tmp_path_factory.mktemp("night")
    with Embedded(home, durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("story", frozenset(Caller), "key"),
            console="off",
            attachments=str(home / "attachments"),
        )
        clock = SimulatedClock(story.begins - MINUTE)
        async with running(config, clock) as system:
            await play(system, clock, story, "key", lambda _: None)
            yield system


async def told(system: System, service: str, *kinds: type[Event]) -> list[Recorded]:
    return [r async for page in system.services[service].store.read_all() for r in page if isinstance(r.event, kinds)]


async def test_nobody_answers_the_missing_manhole_cover_and_each_hears_of_it_at_its_minute(night: System) -> None:
    started = next(
        r.event
        for r in await told(night, "sla", ClockStarted)
        if isinstance(r.event, ClockStarted) and r.event.promise is Promise.ACCEPT and r.event.started_at == WRITTEN
    )
    assert started.due_at == WRITTEN + 10 * MINUTE
    late = [
        r
        for r in await told(night, "sla", BackupPaged, CaseOverdue, CaseEscalated, ClockStopped)
        if (e := r.event).appeal == started.appeal and e.promise is Promise.ACCEPT  # type: ignore[attr-defined]
    ]
    assert [(type(r.event), (r.time - WRITTEN) / MINUTE) for r in late] == [
        (BackupPaged, 5),
        (CaseOverdue, 10),
        (CaseEscalated, 10),
        (CaseEscalated, 30),  # in the very minute of the answer
        (ClockStopped, 30),
    ]
    assert late[-1].event.in_time is False  # type: ignore[attr-defined]
    said = {
        (r.event.template, (r.time - WRITTEN) / MINUTE)
        for r in await told(night, "notify", ReplyQueued)
        if isinstance(r.event, ReplyQueued) and r.event.appeal == started.appeal
    }
    assert {("paged", 5), ("overdue-accept", 10), ("overdue-accept-group", 10), ("escalated", 10)} <= said


async def test_an_overdue_that_was_said_stays_so_in_the_county_s_figures(night: System) -> None:
    broken = {r.event.appeal for r in await told(night, "sla", CaseOverdue) if r.event.promise is Promise.ACCEPT}  # type: ignore[attr-defined]
    rows = await night.services["sla"].pool.fetch("select appeal from clocks where promise = 'accept' and not in_time")
    assert {row["appeal"] for row in rows} == broken != set()
