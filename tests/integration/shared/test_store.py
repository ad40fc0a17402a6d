"""The event store: nothing twice, nothing lost, positions in commit order, on a real PostgreSQL."""

import asyncio
import multiprocessing
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared import db, sql
from shared.deciding import ATTEMPTS, Commands, Decider, Refused, States, Work
from shared.envelope import Append, Cause
from shared.events.intake import CaseStatusNoted
from shared.store import Conflict, Store
from tests.integration.shared.conftest import START, Kernel, Start

WHO = Cause("test")


def noted(status: str) -> CaseStatusNoted:
    return CaseStatusNoted(appeal="a", status=status, occurred_at=START)


STATUS: Decider[str, tuple[str, ...]] = Decider(
    (), lambda new, state: [] if new in state else [noted(new)], lambda state, event: (*state, event.status)
)


async def log_of(kernel: Kernel) -> list[Any]:
    return [r async for page in kernel.store.read_all() for r in page]


async def test_what_was_appended_is_loaded_in_order_with_everything_known_about_it(start: Start) -> None:
    kernel = await start()
    stored = await kernel.append("appeal-a", noted("one"), noted("two"))
    await kernel.append("appeal-a", noted("three"), expected=2, actor="li")
    loaded = await kernel.store.load("appeal-a")
    assert [(r.version, r.event.status, r.actor, r.subject, r.time) for r in loaded] == [
        (1, "one", "test", "a", START), (2, "two", "test", "a", START), (3, "three", "li", "a", START),
    ]  # fmt: skip
    assert (stored.version, stored.position) == (2, loaded[1].position)
    assert loaded[0].correlation == loaded[0].id == loaded[1].correlation
    assert [r.event.status for r in await kernel.store.load("appeal-a", after=2)] == ["three"]


async def test_an_append_at_the_wrong_version_is_a_conflict_that_says_what_was_found(start: Start) -> None:
    kernel = await start()
    await kernel.append("appeal-a", noted("one"), noted("two"))
    for expected in (0, 1, 3):
        with pytest.raises(Conflict) as caught:
            await kernel.append("appeal-a", noted("x"), expected=expected)
        assert (caught.value.expected, caught.value.found) == (expected, 2)
    assert len(await log_of(kernel)) == 2


async def test_appends_that_share_a_commit_fail_only_where_they_are_guilty(start: Start) -> None:
    kernel = await start()
    await kernel.append("appeal-0", noted("there already"))
    outcome = await asyncio.gather(*(kernel.append(f"appeal-{n}", noted("x")) for n in range(50)), return_exceptions=True)
    assert [n for n, o in enumerate(outcome) if isinstance(o, Exception)] == [0]
    assert isinstance(outcome[0], Conflict)
    batches = kernel.metrics.registry.get_sample_value("minsheng_append_batch_requests_count")
    assert batches is not None
    assert batches < 20


async def test_many_streams_in_one_transaction_are_stored_all_or_not_at_all(start: Start) -> None:
    kernel = await start()
    await kernel.append("appeal-9", noted("there already"))
    wanted = [Append(f"appeal-{n}", 0, [noted("x")], WHO) for n in range(10)]
    with pytest.raises(Conflict):
        await kernel.store.append_many(wanted)
    assert len(await log_of(kernel)) == 1
    follow_on = [*wanted[:9], Append("appeal-0", 1, [noted("y")], WHO)]
    await kernel.store.append_many(follow_on)
    assert [r.event.status for r in await kernel.store.load("appeal-0")] == ["x", "y"]


async def test_a_reader_that_follows_sees_every_event_once_in_order_while_many_write(start: Start) -> None:
    first, second = await start(), await start()
    seen: list[int] = []

    async def follow(upto: int) -> None:
        while len(seen) < upto:
            seen.extend(r.position for r in await first.store.read_page(seen[-1] if seen else 0, 50))

    async def write(kernel: Kernel, who: str) -> None:
        for n in range(20):
            await kernel.append(f"appeal-{who}", noted(str(n)), expected=n)

    writers = [write(kernel, f"{i}-{j}") for i, kernel in enumerate((first, second)) for j in range(15)]
    async with asyncio.timeout(60):
        await asyncio.gather(follow(600), *writers)
    assert seen == sorted(set(seen))
    assert seen == [r.position for r in await log_of(first)]


async def test_a_slow_transaction_cannot_commit_behind_a_readers_back(start: Start) -> None:
    """Without the lock a reader loses the event that took its number first and committed last; with it, it cannot."""
    kernel = await start()
    await kernel.pool.execute("create table plain (position bigint generated always as identity primary key, name text)")
    async with kernel.pool.acquire() as slow, kernel.pool.acquire() as fast:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("insert into plain (name) values ('slow')")
        await fast.execute("insert into plain (name) values ('fast')")
        checkpoint = await fast.fetchval("select max(position) from plain")
        await transaction.commit()
        later = await fast.fetch("select name from plain where position > $1", checkpoint)
        assert later == []  # 'slow' has the smaller number: this reader never sees it

        transaction = slow.transaction()
        await transaction.start()
        await kernel.store.append_within(slow, [Append("appeal-slow", 0, [noted("slow")], WHO)])
        hurried = asyncio.ensure_future(kernel.append("appeal-fast", noted("fast")))
        await asyncio.sleep(0.2)
        assert not hurried.done()
        assert await kernel.store.read_page(0, 10) == []
        await transaction.commit()
        await hurried
    assert [r.event.status for r in await kernel.store.read_page(0, 10)] == ["slow", "fast"]


def _write_in_another_process(url: str, who: int) -> None:
    async def write() -> None:
        from shared.clock import SystemClock
        from shared.metrics import Metrics
        from shared.vault import Vault

        pool = await db.open_pool(url, "intake", size=2)
        store = Store(pool, "intake", SystemClock(), Vault(pool), Metrics("intake"))
        await asyncio.gather(*(store.append(Append(f"appeal-{who}-{n}", 0, [noted("x")], WHO)) for n in range(200)))
        await pool.close()

    asyncio.run(write())


async def test_processes_that_write_at_once_leave_one_order(start: Start, database: str) -> None:
    kernel = await start()
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_write_in_another_process, args=(database, n)) for n in range(2)]
    for process in processes:
        process.start()
    seen: list[int] = []
    async with asyncio.timeout(60):
        while len(seen) < 400:
            seen.extend(r.position for r in await kernel.store.read_page(seen[-1] if seen else 0, 100))
            await asyncio.sleep(0.005)
    for process in processes:
        await asyncio.to_thread(process.join)
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("statement", ["update events set actor = 'x'", "delete from events", "truncate events"])
async def test_the_log_refuses_to_be_changed(start: Start, statement: str) -> None:
    kernel = await start()
    await kernel.append("appeal-a", noted("one"))
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await kernel.pool.execute(statement)


async def test_a_stream_is_seen_as_of_any_time(start: Start) -> None:
    kernel = await start()
    for n in range(3):
        await kernel.append("appeal-a", noted(str(n)), expected=n)
        kernel.clock.advance(timedelta(hours=1))
    then = START + timedelta(hours=1)
    assert [r.event.status for r in await kernel.store.load("appeal-a", as_of=then)] == ["0", "1"]
    assert await kernel.store.position_at(then) == (await kernel.store.load("appeal-a"))[0].position


async def test_a_command_is_tried_again_when_another_was_faster_but_not_for_ever(start: Start) -> None:
    kernel, rival = await start(), await start()
    await asyncio.gather(
        *(kernel.commands.execute(STATUS, "appeal-a", f"k{n}", WHO) for n in range(3)),
        rival.commands.execute(STATUS, "appeal-a", "rival", WHO),
    )
    assert {r.event.status for r in await kernel.store.load("appeal-a")} == {"k0", "k1", "k2", "rival"}

    tries = 0

    def always_late(new: str, state: tuple[str, ...]) -> list[CaseStatusNoted]:
        nonlocal tries
        tries += 1
        return [noted(new)]

    class Stale(Commands):
        async def load(self, decider: Any, stream: str) -> Any:
            return 0, ()

    with pytest.raises(Conflict):
        await Stale(kernel.store, States()).execute(Decider((), always_late, STATUS.evolve), "appeal-a", "x", WHO)
    assert tries == ATTEMPTS


async def test_a_command_that_decides_nothing_stores_nothing_and_an_expected_version_is_kept(start: Start) -> None:
    kernel = await start()
    done = await kernel.commands.execute(STATUS, "appeal-a", "one", WHO)
    assert (await kernel.commands.execute(STATUS, "appeal-a", "one", WHO)).stored is None
    with pytest.raises(Conflict):
        await kernel.commands.execute(STATUS, "appeal-a", "two", WHO, expected=done.version + 1)


async def test_work_undoes_what_a_failed_reaction_decided_and_keeps_its_neighbours(start: Start) -> None:
    kernel = await start()
    await kernel.append("appeal-a", noted("stored"))
    work = Work(kernel.store, kernel.states)
    await work.open([(STATUS, "appeal-a"), (STATUS, "appeal-b")])
    work.decide(STATUS, "appeal-a", "kept", WHO)
    work.keep()
    work.decide(STATUS, "appeal-a", "undone", WHO)
    work.decide(STATUS, "appeal-b", "undone", WHO)
    work.undo()
    assert work.state(STATUS, "appeal-a") == ("stored", "kept")
    async with kernel.pool.acquire() as connection, connection.transaction():
        await work.commit(connection)
    assert [r.event.status for r in await log_of(kernel)] == ["stored", "kept"]


async def test_a_refusal_leaves_the_stream_as_it_was(start: Start) -> None:
    kernel = await start()

    def refuse(_: str, __: tuple[str, ...]) -> list[Any]:
        raise Refused("never", "不行")

    with pytest.raises(Refused, match="不行"):
        await kernel.commands.execute(Decider((), refuse, STATUS.evolve), "appeal-a", "x", WHO)
    assert await kernel.store.head() == 0


async def test_migrations_run_once_also_when_many_replicas_start_together(start: Start, database: str) -> None:
    kernel = await start()
    await asyncio.gather(*(db.migrate(database, "intake", kernel.views) for _ in range(5)))
    steps = [sql.sections(file.read_text(encoding="utf-8")) for file in (db.HERE / "schema.sql", kernel.views)]
    assert await kernel.pool.fetchval("select count(*) from migrations") == sum(map(len, steps))


async def test_a_migration_with_a_lower_number_that_comes_later_is_applied_then(
    start: Start, database: str, tmp_path: Path
) -> None:
    kernel = await start()
    views = tmp_path / "schema.sql"
    before = kernel.views.read_text(encoding="utf-8")
    late, last = "\n-- migration: 94\ncreate table late ();\n", "\n-- migration: 96\ncreate table last ();\n"
    for text in (before + last, before + late + last, before + late + last):
        views.write_text(text, encoding="utf-8")
        await db.migrate(database, "intake", views)
    query = "select array_agg(number order by number) from migrations where component = 'service' and number > 90"
    assert await kernel.pool.fetchval(query) == [94, 96]
    assert await kernel.pool.fetchval("select count(*) from late") == 0


async def test_a_database_of_a_newer_version_is_refused_with_a_word(start: Start, database: str) -> None:
    kernel = await start()
    await kernel.pool.execute("insert into migrations values ('kernel', 99)")
    with pytest.raises(db.SchemaTooNew, match="kernel migration 99"):
        await db.migrate(database, "intake", kernel.views)
