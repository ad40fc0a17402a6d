"""Some days of a county, event by event through the real log, transport and machine: what the figures say is what one finds by
going through routing's events with a calendar in hand.

MINSHENG_MONTH=on plays a month of twenty townships.
"""

import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import chinese_calendar
import pytest
import uuid_utils.compat as uuids

from services.cli.system import build
from services.sla import views
from shared.clock import CHINA, SimulatedClock
from shared.envelope import Append, Cause
from shared.events.routing import (
    CallbackAsked,
    CaseAccepted,
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseResolved,
    ProgressReported,
)
from shared.service import Service
from shared.settings import Settings
from tests.integration.sla.arming import assigned

WHOLE = os.environ.get("MINSHENG_MONTH") == "on"
DAYS, TOWNS, A_DAY = (30, 20, 3) if WHOLE else (9, 4, 2)
BEGINS = datetime(2025, 9, 23, tzinfo=CHINA)
"""before National Day, for which a Sunday is worked"""
HOUR = timedelta(hours=1)
STEP = 3 * HOUR
CATEGORIES = ("城乡建设/供排水", "农村农业/灌溉", "其他/妇女儿童")
DEPARTMENTS = {"water": "水利局", "power": "供电公司", "agri": "农业农村局"}


@dataclass(frozen=True)
class Told:
    """A step of a case, and when."""

    at: datetime
    kind: type[CaseEvent]


@pytest.fixture
async def county(config: Settings) -> AsyncIterator[tuple[Service, Service, SimulatedClock]]:
    clock = SimulatedClock(BEGINS)
    routing, sla = (build(name, config, clock) for name in ("routing", "sla"))
    await routing.start()
    await sla.start()
    yield routing, sla, clock
    await sla.stop()
    await routing.stop()


async def settle(*services: Service) -> None:
    calm, heads = 0, [await service.store.head() for service in services]
    while calm < 2:
        behind = [await service.backlog() for service in services]
        now = [await service.store.head() for service in services]
        calm, heads = (calm + 1 if not any(behind) and now == heads else 0), now


def lives(dice: random.Random) -> list[tuple[CaseAssigned, list[Told]]]:
    """Cases by day and township, each with what officials did about it and when."""
    cases = []
    for day in range(DAYS):
        for town in range(TOWNS):
            for _ in range(A_DAY):
                said = BEGINS + timedelta(days=day, seconds=dice.randrange(86400))
                department = dice.choice(list(DEPARTMENTS))
                facts = {"township": f"第{town}乡", "department": department, "department_name": DEPARTMENTS[department]}
                facts |= {"urgent": dice.random() < 0.15, "category": dice.choice(CATEGORIES)}
                answered = said + timedelta(minutes=dice.choice((2, 6, 9, 10, 11, 40)))
                done = answered + timedelta(hours=dice.choice((1, 3, 20, 30, 24 * 4, 24 * 9)))
                steps = [Told(answered, CaseAccepted), Told(answered + (done - answered) / 2, ProgressReported)]
                steps += [Told(done, CaseResolved), Told(done + HOUR, CallbackAsked), Told(done + 2 * HOUR, CaseClosed)]
                cases.append((assigned(str(uuids.uuid7()), said, **facts), steps[: dice.choice((1, 2, 5, 5, 5, 5))]))
    return cases


def event(case: CaseAssigned, told: Told) -> CaseEvent:
    more = {"by": "o1", "occurred_at": told.at, "outcome": "confirmed"}
    return told.kind.model_validate({name: getattr(case, name) for name in CaseEvent.model_fields} | more)


async def play(routing: Service, sla: Service, clock: SimulatedClock, cases: list[tuple[CaseAssigned, list[Told]]]) -> None:
    """What happened in some hours is heard of before they are over; then time does what it does."""
    log = [(case.opened_at, 0, case, case) for case, _ in cases]
    log += [(told.at, n, case, event(case, told)) for case, steps in cases for n, told in enumerate(steps, 1)]
    log.sort(key=lambda entry: entry[:2])
    while clock.now() < BEGINS + timedelta(days=DAYS):
        ends = clock.now() + STEP
        now: dict[str, tuple[str, list[CaseEvent]]] = {}
        while log and log[0][0] < ends:
            _, _, case, said = log.pop(0)
            now.setdefault(f"case-{case.appeal}", (case.appeal, []))[1].append(said)
        if now:
            standing = {r.stream: r.version for r in await routing.store.load_many(dict.fromkeys(now, 0))}
            cause = Cause("test")
            requests = [Append(s, standing.get(s, 0), events, cause, appeal) for s, (appeal, events) in now.items()]
            await routing.store.append_many(requests)
            await settle(routing, sla)
        clock.advance_to(ends)
        sla.session.wake()
        await settle(routing, sla)


def due_of_work(case: CaseAssigned) -> datetime:
    if case.urgent:
        return case.opened_at + timedelta(hours=2)
    if "供排水" in case.category:
        return case.opened_at + timedelta(hours=24)
    day, left = case.opened_at.astimezone(CHINA).date(), 5
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return datetime.combine(day, time(18), CHINA)


def kept(cases: list[tuple[CaseAssigned, list[Told]]], until: datetime) -> dict[str, Counter[tuple[str, str]]]:
    """Of each township and promise: how many were settled, how many of them kept; straight from what was done when."""
    settled: dict[str, Counter[tuple[str, str]]] = {"settled": Counter(), "kept": Counter()}
    for case, steps in cases:
        ends = {"accept": (CaseAccepted, case.opened_at + timedelta(minutes=10)), "resolve": (CaseResolved, due_of_work(case))}
        for promise, (kind, due) in ends.items():
            done = next((told.at for told in steps if told.kind is kind and told.at < until), None)
            in_time = done is not None and done <= due
            if in_time or due < until:
                settled["settled"][promise, case.township] += 1
                settled["kept"][promise, case.township] += in_time
    return settled


async def test_the_figures_are_those_of_somebody_who_goes_through_the_events(
    county: tuple[Service, Service, SimulatedClock],
) -> None:
    routing, sla, clock = county
    cases = lives(random.Random(20250923))
    await play(routing, sla, clock, cases)
    until = clock.now()
    await sla.seen("clocks", await sla.store.head())
    expected = kept(cases, until)
    for promise in ("accept", "resolve"):
        rows = await views.on_time(sla, "township", BEGINS, until, promise)
        found = {row["name"]: (row["settled"], row["kept"]) for row in rows}
        assert len(found) == TOWNS
        for town, figures in found.items():
            assert figures == (expected["settled"][promise, town], expected["kept"][promise, town]), (promise, town)
        departments = await views.on_time(sla, "department", BEGINS, until, promise)
        assert sum(row["settled"] for row in departments) == sum(settled for settled, _ in found.values())
    assert 0 < sum(expected["kept"].values()) < sum(expected["settled"].values())
    assert await sla.pool.fetchval("select count(*) from dead_letters") == 0
