"""Exclusive work: one process at a time, let go at once when the connection that proves it is gone."""

import asyncio
from typing import Any

from shared import db
from shared.session import Session
from tests.integration.shared.conftest import Kernel, Start, until


class Work:
    """Work that lasts, and tells how many do it now."""

    def __init__(self) -> None:
        self.doing = self.most = self.begun = 0

    async def do(self) -> None:
        self.begun += 1
        self.doing += 1
        self.most = max(self.most, self.doing)
        try:
            await asyncio.sleep(3600)
        finally:
            self.doing -= 1

    async def is_done(self) -> bool:
        return self.doing == 1


async def end_sessions(kernel: Kernel) -> None:
    """The server ends every connection that holds exclusive work, as an operator or a failover does."""
    await kernel.pool.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    )


async def test_of_two_replicas_one_works_and_the_other_takes_over_within_seconds(start: Start) -> None:
    first, second, work = await start(), await start(), Work()
    doing = first.run(first.session.exclusively("it", work.do))
    await until(work.is_done)
    second.run(second.session.exclusively("it", work.do))
    await asyncio.sleep(1.2)
    assert (first.session.held, second.session.held) == ({"it"}, frozenset())
    doing.cancel()

    async def taken_over() -> bool:
        return second.session.held == {"it"}

    await until(taken_over, 3)
    assert work.most == 1


async def test_who_loses_his_connection_stops_working_and_begins_again_on_a_new_one(start: Start) -> None:
    kernel, work = await start(), Work()
    kernel.run(kernel.session.exclusively("it", work.do))
    await until(work.is_done)
    await end_sessions(kernel)

    async def again() -> bool:
        return work.begun == 2 and work.doing == 1

    await until(again, 5)
    assert work.most == 1


async def test_a_new_connection_does_not_hide_the_loss_of_the_old_one(start: Start) -> None:
    """The connection is replaced in the very moment in which it is found dead, before anybody was told."""
    kernel, work = await start(), Work()
    kernel.run(kernel.session.exclusively("it", work.do))
    await until(work.is_done)
    old = await kernel.session.ensure()
    old.terminate()
    assert await kernel.session.ensure() is not old

    async def again() -> bool:
        return work.begun == 2 and work.doing == 1

    await until(again, 5)
    assert work.most == 1


async def test_an_acquisition_that_was_not_answered_in_time_leaves_no_lock_behind(start: Start, monkeypatch: Any) -> None:
    """The server may have granted it all the same: nobody would work, and nobody else could take over."""
    kernel, other, work = await start(), await start(), Work()
    connection = await kernel.session.ensure()
    answer = type(connection).fetchval

    async def lost(self: Any, query: str, *args: Any, **options: Any) -> Any:
        granted = await answer(self, query, *args, **options)
        if self is connection and "try_advisory" in query:
            raise TimeoutError
        return granted

    monkeypatch.setattr(type(connection), "fetchval", lost)
    asking = kernel.run(kernel.session.exclusively("it", work.do))
    await asyncio.sleep(0.3)
    asking.cancel()
    other.run(other.session.exclusively("it", work.do))
    await until(work.is_done, 4)
    assert other.session.held == {"it"}


async def test_a_connection_that_no_longer_answers_is_given_up(start: Start, monkeypatch: Any) -> None:
    """A broken network says nothing; who cannot reach the server must not go on as if he held the lock."""
    monkeypatch.setattr("shared.session.BEAT_SECONDS", 0.3)
    kernel, work = await start(), Work()
    kernel.run(kernel.session.exclusively("it", work.do))
    await until(work.is_done)
    silent = await kernel.session.ensure()
    answer = type(silent).execute

    async def never(self: Any, query: str, *args: Any, timeout: float | None = None) -> Any:
        if self is silent:
            await asyncio.sleep(min(timeout or 60, 0.2))
            raise TimeoutError
        return await answer(self, query, *args, timeout=timeout)

    monkeypatch.setattr(type(silent), "execute", never)

    async def again() -> bool:
        return work.begun == 2 and work.doing == 1

    await until(again, 5)
    assert silent.is_closed()
    assert work.most == 1


async def test_work_that_fails_is_begun_again_and_counted(start: Start) -> None:
    kernel, begun = await start(), 0

    async def fail() -> None:
        nonlocal begun
        begun += 1
        raise ValueError("no")

    kernel.run(kernel.session.exclusively("it", fail))

    async def twice() -> bool:
        return begun >= 2

    await until(twice, 5)
    assert kernel.metrics.registry.get_sample_value("minsheng_work_restarts_total", {"work": "it"})


async def test_work_is_cancelled_also_while_it_loses_its_connection(start: Start) -> None:
    kernel, stopping = await start(), asyncio.Event()

    async def slow_to_stop() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            stopping.set()
            await asyncio.sleep(0.3)

    doing = kernel.run(kernel.session.exclusively("it", slow_to_stop))

    async def held() -> bool:
        return "it" in kernel.session.held

    await until(held)
    (await kernel.session.ensure()).terminate()
    await asyncio.wait_for(stopping.wait(), 2)
    doing.cancel()
    await asyncio.wait([doing], timeout=3)
    assert doing.cancelled()


async def test_a_notification_wakes_whoever_follows_the_log(start: Start) -> None:
    from tests.integration.shared.test_store import noted

    writer, reader = await start(), await start()
    await reader.session.ensure()
    waker = reader.session.waker()
    await writer.append("appeal-a", noted("one"))
    await asyncio.wait_for(waker.wait(), 2)


async def test_a_service_hears_only_its_own_log(start: Start) -> None:
    from tests.integration.shared.test_store import noted

    intake, routing = await start("intake"), await start("routing")
    await routing.session.ensure()
    waker = routing.session.waker()
    await intake.append("appeal-a", noted("one"))
    await asyncio.sleep(0.2)
    assert not waker.is_set()


async def test_who_was_not_listening_forgets_what_he_knew(database: str, start: Start) -> None:
    """A notification that somebody was forgotten may have been missed while the connection was down."""
    kernel, times = await start(), 0

    def forgotten() -> None:
        nonlocal times
        times += 1

    session = Session(database, "intake", kernel.metrics, forgotten=forgotten)
    (await session.ensure()).terminate()
    before = times
    await session.ensure()
    assert times == before + 1
    await session.close()


def test_lock_keys_never_change() -> None:
    """Two versions of the program that run at the same time must mean the same lock."""
    assert db.lock_key("intake", "append") == PINNED_KEY


PINNED_KEY = 3802119731474193780
