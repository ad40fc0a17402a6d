"""The clock machine on real servers: downtime, reading the past again, a case that fails, and a file that changes."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from services.sla import policies
from services.sla.domain import CLOCKS, clocks_stream
from services.sla.policies import POLICIES
from services.sla.policy import shipped
from shared.clock import SimulatedClock
from shared.events.sla import CaseEscalated, CaseOverdue, ClockEvent, Promise
from shared.followers import Projector
from shared.service import Service
from shared.settings import BadSettings
from tests.integration.sla.arming import arm
from tests.integration.sla.conftest import NOW, Begin, quiet

MINUTE = timedelta(minutes=1)


async def said(service: Service) -> list[ClockEvent]:
    """What time did about the answer, in order."""
    events = [r.event async for page in service.store.read_all() for r in page]
    return [e for e in events if isinstance(e, CaseOverdue | CaseEscalated) and e.promise is Promise.ACCEPT]


async def test_after_three_days_down_what_was_missed_is_said_late_and_the_ladder_is_climbed_from_then_on(begin: Begin) -> None:
    before = await begin(background="off")
    await arm(before, 3, lambda _: NOW)
    clock = SimulatedClock(NOW + timedelta(days=3))
    after = await begin(clock)
    await quiet(after)
    late = await said(after)
    assert [type(e) for e in late] == [CaseOverdue, CaseEscalated] * 3
    assert all(e.late for e in late)  # type: ignore[attr-defined]
    clock.advance(20 * MINUTE)
    after.session.wake()
    await quiet(after)
    assert [(e.step, e.late) for e in await said(after) if isinstance(e, CaseEscalated)] == [(1, True)] * 3 + [(2, False)] * 3


async def test_reading_the_past_again_fires_nothing_and_tells_the_same(begin: Begin) -> None:
    clock = SimulatedClock(NOW)
    service = await begin(clock)
    await arm(service, 5, lambda _: NOW)
    clock.advance(15 * MINUTE)
    service.session.wake()
    await quiet(service)
    head, shown = await service.store.head(), await service.pool.fetch("select * from clocks order by 1, 2, 3")
    armed = await service.pool.fetch("select * from timers order by 1")
    follower = service.follower("clocks")
    assert isinstance(follower, Projector)
    await follower.rebuild(lambda _: None)
    await quiet(service)
    assert await service.store.head() == head
    assert await service.pool.fetch("select * from clocks order by 1, 2, 3") == shown
    assert await service.pool.fetch("select * from timers order by 1") == armed


async def test_a_timer_is_as_the_clocks_of_its_case_say(begin: Begin) -> None:
    service = await begin()
    [appeal] = await arm(service, 1, lambda _: NOW)
    _, clocks = await service.commands.load(CLOCKS, clocks_stream(appeal))
    assert (
        await service.pool.fetchval("select due_at from timers") == clocks[Promise.ACCEPT].started.page_at == NOW + 5 * MINUTE
    )


async def test_a_policy_is_read_again_when_its_file_changes_and_a_wrong_one_changes_nothing(
    begin: Begin, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(shipped().replace("2026-1", "first"))
    service = await begin(sla_policy=str(file))

    async def version() -> str:
        return (await service.commands.load(POLICIES, policies.STREAM))[1].current.version

    async with asyncio.timeout(15):
        while not (await service.commands.load(POLICIES, policies.STREAM))[1].adopted:
            await asyncio.sleep(0.05)
        assert await version() == "first"
        file.write_text("version = ")
        await asyncio.sleep(2.5)
        assert await version() == "first"
        file.write_text(shipped().replace("2026-1", "second"))
        while await version() != "second":
            await asyncio.sleep(0.05)


async def test_a_service_does_not_start_with_a_wrong_policy(begin: Begin, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(shipped().replace("5 workdays", "5 weeks"))
    with pytest.raises(BadSettings, match=r"line \d+: clocks.\d+.within"):
        await begin(sla_policy=str(file))
