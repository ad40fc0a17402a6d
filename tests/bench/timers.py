"""The clock machine: arming, firing, and how punctual it is while a million are armed. On durable servers, one replica."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psutil

from services.cli.system import build
from services.sla.calendar import Calendar
from services.sla.policy import parse, shipped
from services.sla.timers import HANDS, Machine
from shared import logs, settings
from shared.clock import SystemClock
from shared.events.sla import BackupPaged
from shared.service import Service
from tests.bench.measure import Line
from tests.bench.rig import Rig
from tests.integration.sla.arming import arm

ARMED = 1_000_000
CASES = 10_000
PUNCTUAL = 4_000
SPREAD = 10.0
"""seconds over which those whose punctuality is measured fall due"""
PAGED = timedelta(minutes=5)
"""after the message: the first thing that time does to a case"""
MEGABYTE = 1024 * 1024


@contextlib.asynccontextmanager
async def sla(rig: Rig) -> AsyncIterator[Service]:
    """A replica that does nothing by itself."""
    await rig.wipe_streams()
    dsn = await rig.database()
    config = settings.read(database_url=dsn, nats_url=rig.servers.nats_url, auth="off", background="off")
    service = build("sla", config, SystemClock())
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


async def measure(rig: Rig) -> list[Line]:
    logs.configure("error", "text")
    async with sla(rig) as service:
        arming, firing, own, memory = await _rates(rig, service)
        late = await _lags(rig, service)
    return [
        Line("clocks armed, three a case, with their events", arming, enough=10_000),
        Line("cases fired, with their events", firing, enough=5_000),
        Line("… per second of the replica's own CPU", own),
        Line("memory that firing adds", [memory], unit="MB", at_most=50),
        Line(f"late while {ARMED:,} are armed, p99", [_percentile(late, 99)], unit="s", at_most=1.0),
        Line("… p50", [_percentile(late, 50)], unit="s"),
        Line("a due time in working time", [_due_time(rig)], unit="µs", at_most=20.0),
    ]


async def _rates(rig: Rig, service: Service) -> tuple[list[float], list[float], list[float], float]:
    machine = next(worker for worker in service.workers if isinstance(worker, Machine))
    arming, firing, own, resident = list[float](), list[float](), list[float](), list[int]()
    for n in range(rig.rounds):
        rig.say(f"timers: round {n + 1} of {rig.rounds}, arming")
        said = datetime.now(UTC) - PAGED - timedelta(seconds=30)
        began = time.perf_counter()
        await arm(service, CASES, lambda _, said=said: said)
        arming.append(3 * CASES / (time.perf_counter() - began))
        rig.say(f"timers: round {n + 1} of {rig.rounds}, firing")
        service.states.clear()  # a machine that fires what was armed long ago remembers nothing of it
        began, busy = time.perf_counter(), time.process_time()
        fired = await asyncio.gather(*(machine.fire_all() for _ in range(HANDS)))
        firing.append(sum(fired) / (time.perf_counter() - began))
        own.append(sum(fired) / (time.process_time() - busy))
        resident.append(psutil.Process().memory_info().rss)
    return arming, firing, own, (resident[-1] - resident[0]) / MEGABYTE


async def _lags(rig: Rig, service: Service) -> list[float]:
    """How many seconds after its time each of some thousand pages was stored, in the midst of a million other timers."""
    rig.say(f"timers: arming {ARMED:,}")
    far = datetime.now(UTC) + timedelta(days=300)
    await service.pool.execute(
        "insert into timers (appeal, due_at) select 'a' || n, $1::timestamptz + n * interval '1 second' "
        "from generate_series(1, $2) n",
        far, ARMED, timeout=600,
    )  # fmt: skip
    await service.pool.execute("analyze timers", timeout=600)
    begins = datetime.now(UTC) + timedelta(seconds=5 + PUNCTUAL / 500) - PAGED
    appeals = await arm(service, PUNCTUAL, lambda n: begins + timedelta(seconds=SPREAD * n / PUNCTUAL))
    rig.say(f"timers: {PUNCTUAL:,} fall due within {SPREAD:.0f} s")
    machine = next(worker for worker in service.workers if isinstance(worker, Machine))
    running = asyncio.create_task(machine.run())
    await asyncio.sleep((begins + PAGED - datetime.now(UTC)).total_seconds() + SPREAD + 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    mine, late = set(appeals), list[float]()
    async for page in service.store.read_all():
        for r in page:
            if isinstance(event := r.event, BackupPaged) and event.appeal in mine:
                late.append((r.time - event.paged_at).total_seconds())
    if len(late) != PUNCTUAL:
        raise RuntimeError(f"{len(late)} of {PUNCTUAL} timers fired")
    return late


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _due_time(rig: Rig) -> float:
    calendar: Calendar = parse(shipped()).calendars_by_name["office"]
    starts = [datetime(2025, 1, 1, tzinfo=UTC) + n * timedelta(minutes=97) for n in range(4000)]
    rounds = []
    for _ in range(rig.rounds + 1):
        began = time.perf_counter()
        for start in starts:
            calendar.add(start, timedelta(hours=35))
        rounds.append((time.perf_counter() - began) / len(starts) * 1e6)
    return statistics.median(rounds)
