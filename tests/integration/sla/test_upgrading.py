"""A county that ran before timers had a table of their own: its clocks go on, and each goes on by what it was started with."""

from datetime import timedelta
from pathlib import Path

import asyncpg

from services.cli.system import build
from shared import db
from shared.clock import SimulatedClock
from shared.envelope import Append, Cause
from shared.events.sla import CaseEscalated, CaseOverdue, ClockStarted, Promise
from shared.metrics import Metrics
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault
from tests.integration.sla.conftest import NOW, Begin, quiet

SCHEMA = Path(__file__).parents[3] / "services" / "sla" / "schema.sql"
DUE = NOW + timedelta(minutes=10)
OLD = ClockStarted(
    appeal="a1", number="TY-20250603-0001", promise=Promise.ACCEPT, channel="wecom", group="g1", township="平川镇",
    department="water", department_name="水利局", sealed=False, policy="2025-1", started_at=NOW,
    warn_at=NOW + timedelta(minutes=8), due_at=DUE,
)  # fmt: skip


async def a_county_of_before(config: Settings, tmp_path: Path) -> None:
    """Its schema as it was, one case in its log, and the view that the timers were read off."""
    url = config.database_url.get_secret_value()
    before = tmp_path / "schema.sql"
    before.write_text(SCHEMA.read_text().partition("-- migration: 20")[0])
    await db.migrate(url, "sla", before)
    pool = await db.open_pool(url, "sla", size=2)
    store = Store(pool, "sla", SimulatedClock(NOW), Vault(pool), Metrics("sla"))
    await store.append(Append("clocks-a1", 0, [OLD], Cause("minsheng:sla")))
    await pool.execute(
        "insert into clocks (appeal, promise, round, number, department, township, started_at, due_at, overdue, steps, look_at) "
        "values ('a1', 'accept', 1, $1, 'water', '平川镇', $2, $3, false, 0, $4)",
        OLD.number, NOW, DUE, OLD.warn_at,
    )  # fmt: skip
    await pool.execute("insert into followers (name, position) values ('clocks', 1)")
    await pool.close()


async def test_what_ran_before_is_armed_and_fires_at_its_time(config: Settings, begin: Begin, tmp_path: Path) -> None:
    await a_county_of_before(config, tmp_path)
    service = await begin(SimulatedClock(DUE))
    await quiet(service)
    said = [r async for page in service.store.read_all() for r in page]
    [overdue] = [r for r in said if isinstance(r.event, CaseOverdue)]
    [step] = [r for r in said if isinstance(r.event, CaseEscalated)]
    assert overdue.correlation == step.correlation == said[0].correlation
    assert isinstance(step.event, CaseEscalated)
    assert step.event.to == "duty-officer"
    row = await service.pool.fetchrow("select policy, overdue, steps from clocks")
    assert row is not None
    assert tuple(row) == ("2025-1", True, 1)


async def test_a_schema_is_brought_up_by_many_replicas_at_once(config: Settings, tmp_path: Path) -> None:
    await a_county_of_before(config, tmp_path)
    services = [build("sla", config, SimulatedClock(NOW)) for _ in range(2)]
    for service in services:
        await service.start()
    connection = await asyncpg.connect(config.database_url.get_secret_value())
    assert await connection.fetchval("select count(*) from sla.timers") == 1
    await connection.close()
    for service in services:
        await service.stop()
