"""Views that can be folded anew to the same, and processes whose decisions are made once whatever breaks."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared import db, followers
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.intake import CaseStatusNoted, MessageReceived
from shared.followers import Process, Processor, Projector
from tests.integration.shared.conftest import Kernel, Start, until
from tests.integration.shared.test_store import noted
from tests.integration.shared.test_transport import fill


class Counting:
    """How many events each appeal has."""

    name, tables = "counting", ("counted",)

    async def apply(self, connection: db.Connection, events: Sequence[Recorded]) -> None:
        await connection.executemany(
            "insert into counted values ($1, 1) on conflict (appeal) do update set many = counted.many + 1",
            [(r.subject,) for r in events if r.type == CaseStatusNoted.TYPE],
        )


ECHO: Decider[CaseStatusNoted, int] = Decider(0, lambda command, _: [command], lambda state, _: state + 1)


def echo(*, poison: str | None = None) -> Process:
    """Answers each status of an appeal in a stream beside it."""

    def react(r: Recorded, work: Work) -> None:
        if r.stream.startswith("appeal-"):
            status = r.event.status  # type: ignore[attr-defined]
            if status == poison:
                raise ValueError(poison)
            work.decide(ECHO, f"echo-{r.subject}", noted(f"echo {status}"), r.because(), r.subject)

    async def prepare(_: Any) -> None:
        return None

    return Process("echo", (CaseStatusNoted,), lambda r: [(ECHO, f"echo-{r.subject}")], react, prepare)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "BATCH", 20)


async def projector(kernel: Kernel) -> Projector:
    await kernel.pool.execute("create table if not exists counted (appeal text primary key, many int not null)")
    return Projector(Counting(), kernel.store, kernel.session)


def processor(kernel: Kernel) -> Processor:
    return Processor(echo(), kernel.states, kernel.store, kernel.session)


async def view(kernel: Kernel) -> dict[str, int]:
    return {row["appeal"]: row["many"] for row in await kernel.pool.fetch("select * from counted")}


async def echoes(kernel: Kernel) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    async for page in kernel.store.read_all():
        for r in page:
            if r.stream.startswith("echo-"):
                found.setdefault(r.subject, []).append(r.event.status)  # type: ignore[attr-defined]
    return found


async def echoed(kernel: Kernel, appeals: int, events: int) -> None:
    async def enough() -> bool:
        return sum(map(len, (await echoes(kernel)).values())) >= appeals * events

    await until(enough)
    await asyncio.sleep(0.2)
    assert await echoes(kernel) == {f"a{n}": [f"echo {e}" for e in range(events)] for n in range(appeals)}


async def test_a_view_shows_a_write_to_who_waits_for_it(start: Start) -> None:
    kernel = await start()
    follower = await projector(kernel)
    kernel.run(follower.run())
    stored = await kernel.append("appeal-a", noted("one"))
    async with asyncio.timeout(5):
        await follower.wait_for(stored.position)
    assert await view(kernel) == {"a": 1}


async def test_another_replica_that_does_not_follow_can_wait_too(start: Start) -> None:
    one, other = await start(), await start()
    follower, waiting = await projector(one), await projector(other)
    one.run(follower.run())
    stored = await other.append("appeal-a", noted("one"))
    async with asyncio.timeout(5):
        await waiting.wait_for(stored.position)
    assert await view(other) == {"a": 1}


async def test_a_view_folded_anew_is_the_same_also_beside_a_running_service(start: Start) -> None:
    kernel, operator = await start(), await start()
    running, rebuilding = await projector(kernel), await projector(operator)
    kernel.run(running.run())
    await fill(kernel, 10, 10)
    await running.wait_for(await kernel.store.head())
    before = await view(kernel)
    assert before == {f"a{n}": 10 for n in range(10)}
    steps: list[int] = []
    filling = asyncio.ensure_future(fill(kernel, 10, 10, start=10))
    await rebuilding.rebuild(steps.append)
    await filling
    await running.wait_for(await kernel.store.head())
    assert await view(kernel) == {f"a{n}": 20 for n in range(10)}
    assert steps == sorted(steps)


async def test_a_views_batch_and_its_position_are_stored_together(start: Start) -> None:
    kernel = await start()
    follower = await projector(kernel)
    await fill(kernel, 10, 10)
    following = kernel.run(follower.run())
    for _ in range(3):
        await asyncio.sleep(0.05)
        await kernel.pool.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'minsheng-intake' and pid <> pg_backend_pid()"
        )
    async with asyncio.timeout(15):
        await follower.wait_for(await kernel.store.head())
    assert not following.done()
    assert await view(kernel) == {f"a{n}": 10 for n in range(10)}


async def test_a_process_decides_once_about_each_event_through_kills_and_take_over(start: Start) -> None:
    writer = await start()
    filling = asyncio.ensure_future(fill(writer, 10, 20))
    for pause in (0.1, 0.2, 0.15):
        owner = await start()
        owner.run(processor(owner).run())
        await asyncio.sleep(pause)
        await owner.die()
    last, rival = await start(), await start()
    last.run(processor(last).run())
    rival.run(processor(rival).run())
    await filling
    await echoed(writer, 10, 20)


async def test_a_process_that_was_overtaken_does_not_pull_its_successor_back(start: Start) -> None:
    """One that stood still believes it is at an old place; nothing it does may move the place the other has reached."""
    old, new = await start(), await start()
    stalled, working = processor(old), processor(new)
    person = MessageReceived(
        message="m", channel="c", group="g", message_id="1", person="p", sender="s", text="t", sent_at=old.clock.now()
    )
    for n in range(30):
        await old.append(f"message-{n}", person)  # events that concern the process nothing
    await fill(old, 2, 5)
    await stalled.begin()
    await working.begin()
    while await working.step():
        pass
    with pytest.raises(followers.Moved):
        await stalled.step()
    assert await new.pool.fetchval("select position from followers where name = 'echo'") == await new.store.head()
    await echoed(new, 2, 5)


async def test_rivals_on_its_streams_cost_a_process_nothing_but_time(start: Start) -> None:
    kernel = await start()
    kernel.run(processor(kernel).run())
    rival = await start()
    await fill(kernel, 1, 3)
    await echoed(kernel, 1, 3)
    await rival.append("echo-a0", noted("rival"), expected=3, subject="rival")
    await kernel.append("appeal-a0", noted("3"), expected=3, subject="a0")

    async def answered() -> bool:
        return (await echoes(kernel)).get("a0", [])[-1:] == ["echo 3"]

    await until(answered)
    assert (await echoes(kernel))["a0"] == ["echo 0", "echo 1", "echo 2", "echo 3"]
