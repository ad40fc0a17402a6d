"""Replicas that are killed while thousands of timers fire, and whose clocks are stepped: each step once, none lost.

MINSHENG_TIMERS sets how many; `make chaos` asks for twenty thousand.
"""

import asyncio
import contextlib
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.events.sla import BackupPaged, CaseEscalated, CaseOverdue, ClockEvent, ClockWarned, Promise
from shared.service import Service
from shared.settings import Settings
from tests.integration.sla.arming import arm
from tests.integration.sla.conftest import Begin

TIMERS = int(os.environ.get("MINSHENG_TIMERS", "2000"))
PATIENCE = 60 + TIMERS / 100
ROOT = Path(__file__).parents[3]
HOUR = 3600


class Replicas:
    """Three processes of sla; one that is killed is replaced."""

    def __init__(self, config: Settings, offset: Path) -> None:
        self._config, self._offset = config, offset
        self.processes: list[asyncio.subprocess.Process] = []

    async def add(self) -> None:
        environment = {
            **os.environ,
            "MINSHENG_DATABASE_URL": self._config.database_url.get_secret_value(),
            "MINSHENG_NATS_URL": self._config.nats_url.get_secret_value(),
            "MINSHENG_AUTH": "off",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.sla.replica", str(self._offset), cwd=ROOT, env=environment,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        self.processes.append(process)

    async def kill_one(self) -> None:
        process = self.processes.pop(random.randrange(len(self.processes)))
        process.kill()
        await process.wait()

    def step_clock(self, seconds: int) -> None:
        self._offset.write_text(str(seconds))


@pytest.fixture
async def replicas(config: Settings, tmp_path: Path) -> AsyncIterator[Replicas]:
    offset = tmp_path / "offset"
    offset.write_text("0")
    running = Replicas(config, offset)
    yield running
    for process in running.processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def done(service: Service, kind: type[ClockEvent]) -> int:
    return int(await service.pool.fetchval("select count(*) from events where type = $1", kind.TYPE))


async def reaches(service: Service, many: float) -> None:
    while await done(service, CaseOverdue) < many:
        await asyncio.sleep(0.02)


async def test_each_step_happens_once_and_none_is_lost(replicas: Replicas, begin: Begin) -> None:
    now = datetime.now(UTC)
    arming = await begin(background="off")
    await asyncio.gather(*(replicas.add() for _ in range(3)))
    begun = now - timedelta(minutes=10) + timedelta(seconds=5)
    appeals = set(await arm(arming, TIMERS, lambda n: begun + timedelta(seconds=2 * n / TIMERS)))

    async with asyncio.timeout(PATIENCE):
        await reaches(arming, TIMERS * 0.2)
        await replicas.kill_one()
        replacing = asyncio.create_task(replicas.add())
        replicas.step_clock(HOUR)
        await reaches(arming, TIMERS * 0.6)
        await replicas.kill_one()
        replicas.step_clock(-HOUR)
        await asyncio.sleep(0.5)
        replicas.step_clock(0)
        await reaches(arming, TIMERS)
        await replacing
        await asyncio.sleep(1)

    happened: Counter[tuple[object, ...]] = Counter()
    versions: dict[str, int] = {}
    async for page in arming.store.read_all():
        for r in page:
            assert r.version == versions.get(r.stream, 0) + 1
            versions[r.stream] = r.version
            match r.event:
                case ClockWarned() as e:
                    happened[e.appeal, e.promise, e.round, e.colour] += 1
                case BackupPaged() | CaseOverdue() as e:
                    happened[e.appeal, e.promise, e.round, e.TYPE] += 1
                case CaseEscalated() as e:
                    happened[e.appeal, e.promise, e.round, e.step] += 1
    assert [what for what, times in happened.items() if times > 1] == []
    for each in (CaseOverdue.TYPE, 1):
        assert {appeal for appeal, promise, _, what in happened if promise is Promise.ACCEPT and what == each} == appeals
    assert await arming.pool.fetchval("select count(*) from timers") == TIMERS
