"""Events are counted when they are stored durably, each once: not what was refused, and not what was rolled back."""

import pytest

from shared.deciding import Work
from shared.envelope import Append
from shared.events.intake import CaseStatusNoted
from shared.metrics import Metrics
from shared.store import Conflict
from tests.integration.shared.conftest import Kernel, Start
from tests.integration.shared.test_store import STATUS, WHO, noted


def counted(kernel: Kernel) -> list[tuple[str, str]]:
    """What is counted from now on: stream and status."""
    found: list[tuple[str, str]] = []
    kernel.metrics.counting = {CaseStatusNoted: lambda event, append: found.append((append.stream, event.status))}
    return found


async def test_what_is_appended_is_counted_and_what_is_refused_is_not(start: Start) -> None:
    kernel = await start()
    found = counted(kernel)
    await kernel.append("appeal-a", noted("one"), noted("two"))
    with pytest.raises(Conflict):
        await kernel.append("appeal-a", noted("late"))
    with pytest.raises(Conflict):
        await kernel.store.append_many([Append("appeal-b", 0, [noted("b")], WHO), Append("appeal-a", 0, [noted("a")], WHO)])
    await kernel.store.append_many([Append("appeal-b", 0, [noted("b")], WHO)])
    assert found == [("appeal-a", "one"), ("appeal-a", "two"), ("appeal-b", "b")]


async def test_a_batch_is_counted_when_its_transaction_stands(start: Start) -> None:
    kernel = await start()
    found = counted(kernel)
    work = Work(kernel.store, kernel.states)
    await work.open([(STATUS, "appeal-a")])
    work.decide(STATUS, "appeal-a", "one", WHO)
    async with kernel.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await work.commit(connection)
        await transaction.rollback()
    assert found == []
    async with kernel.pool.acquire() as connection, connection.transaction():
        await work.commit(connection)
    work.committed()
    assert found == [("appeal-a", "one")]


async def test_a_count_that_fails_does_not_make_what_is_stored_look_refused(start: Start) -> None:
    kernel = await start()
    kernel.metrics.counting = {CaseStatusNoted: lambda event, _: event.nothing_of_the_kind}
    assert (await kernel.append("appeal-a", noted("one"))).version == 1
    assert [r.event.status for r in await kernel.store.load("appeal-a")] == ["one"]


async def test_how_long_the_pool_lets_wait_and_how_busy_it_is_are_seen(start: Start) -> None:
    kernel = await start()
    await kernel.metrics.watch_pool(kernel.pool)
    assert value(kernel.metrics, "minsheng_database_wait_seconds_count") == 1
    assert value(kernel.metrics, "minsheng_database_connections", state="busy") == 0
    async with kernel.pool.acquire(), kernel.pool.acquire():
        await kernel.metrics.watch_pool(kernel.pool)
        assert value(kernel.metrics, "minsheng_database_connections", state="busy") == 2


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)
