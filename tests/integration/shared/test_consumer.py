"""What a consumer must survive besides kills: poison of every kind, rivals, silence, and being asked to do things again."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from shared import pull as pull_module
from shared import streams
from shared.consumer import Consumer, Reaction
from shared.deciding import Decider, Work
from shared.envelope import Append, Cause, Recorded
from shared.events import FORGOTTEN
from shared.events.intake import AppealSupplemented, CaseStatusNoted, PersonForgotten
from shared.pull import Interrupted, Pull
from shared.store import SQL
from tests.integration.shared.conftest import START, Kernel, Start, until
from tests.integration.shared.test_transport import COPY, Copying, copies, fill, noted, settled

WHO = Cause("test")


async def parked(kernel: Kernel) -> list[Any]:
    return [dict(row) for row in await kernel.pool.fetch("select * from dead_letters order by id")]


async def parks(kernel: Kernel, many: int) -> list[Any]:
    async def enough() -> bool:
        return len(await parked(kernel)) == many

    await until(enough)
    return await parked(kernel)


async def counted(kernel: Kernel, name: str) -> float:
    durable = {"durable": streams.durable_name("routing", "intake", 0, 1)}
    return kernel.metrics.registry.get_sample_value(f"minsheng_consumer_{name}_total", durable) or 0


async def test_a_new_owner_goes_on_where_the_last_one_stopped_and_reads_nothing_again(start: Start) -> None:
    intake, first = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    first.consume(Copying().reactions)
    await fill(intake, 10, 5)
    await settled(first, 10, 5)
    await first.die()
    second = await start("routing")
    second.consume(Copying().reactions)
    await fill(intake, 10, 5, start=5)
    await settled(second, 10, 10)
    assert await counted(second, "duplicates") == 0
    assert await counted(second, "applied") == 50


@pytest.mark.parametrize("nonsense", [b"\xff nonsense", b"zero \x00 byte", b'{"specversion":"1.0"}', b""])
async def test_a_message_that_is_no_event_is_parked_once_however_often_it_is_read(start: Start, nonsense: bytes) -> None:
    intake, routing = await start("intake"), await start("routing")
    js = intake.nats.jetstream()
    await streams.ensure(js, "intake", 1)
    routing.consume(Copying().reactions)
    await js.publish("intake.case-status-noted.00", nonsense)
    [letter] = await parks(routing, 1)
    assert "not a CloudEvent of ours" in letter["reason"]
    await routing.pool.execute("delete from consumer_positions")
    routing.consumers[0].reconnected()  # begins again, at the beginning
    await js.publish("intake.case-status-noted.00", b"another")
    assert len(await parks(routing, 2)) == 2


class Odd(Copying):
    """Fails in ways of its own."""

    def __init__(self, **how: Any) -> None:
        super().__init__()
        self.how = how

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        if self.how.get("opens") == r.event.status:  # type: ignore[attr-defined]
            raise LookupError("cannot tell what to open")
        return super().opens(r)

    def react(self, r: Recorded, work: Work) -> None:
        status = r.event.status  # type: ignore[attr-defined]
        if status == self.how.get("unstorable"):
            work.decide(COPY, f"copy-{r.subject}", noted(r.subject, "zero \x00"), WHO)
        elif status == self.how.get("taken"):
            work.create("copy-taken", [r.event], WHO)
        elif status == self.how.get("twice"):
            work.create(f"new-{r.event.appeal}", [r.event], WHO, r.subject)  # type: ignore[attr-defined]
        else:
            super().react(r, work)


@pytest.mark.parametrize("how", ["opens", "unstorable", "taken"])
async def test_poison_of_any_kind_is_parked_with_its_reason_and_stops_nobody_else(start: Start, how: str) -> None:
    """It cannot be opened, or PostgreSQL will not store what was decided, or its stream exists already."""
    intake, routing = await start("intake"), await start("routing")
    await routing.append("copy-taken", noted("x", "x"), subject="taken")
    intake.run(intake.relay.run())
    routing.consume(Odd(**{how: "1"}).reactions)
    for n in range(3):
        await intake.append("appeal-ill", noted("ill", n), expected=n)
    await intake.append("appeal-well", noted("well", 0))
    letters = await parks(routing, 2)
    assert [letter["subject"] for letter in letters] == ["ill", "ill"]
    assert ["waits behind" in letter["reason"] for letter in letters] == [False, True], letters

    async def others_went_on() -> bool:
        return "well" in await copies(routing)

    await until(others_went_on)
    assert (await copies(routing))["ill"] == ["0"]


async def test_two_events_of_a_batch_that_begin_the_same_stream_do_not_swallow_each_other(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    for n, appeal in enumerate(("a", "a")):
        await intake.store.append(Append(f"appeal-{n}", 0, [noted(appeal, 7)], WHO, f"subject-{n}"))
    intake.run(intake.relay.run())
    routing.consume(Odd(twice="7").reactions)
    [letter] = await parks(routing, 1)
    assert letter["subject"] == "subject-1"
    assert len(await copies(routing)) == 1


async def test_rivals_for_a_stream_do_not_make_an_event_poison(start: Start) -> None:
    """Somebody else appends to the stream again and again between our reading and our writing."""
    intake, routing = await start("intake"), await start("routing")
    await routing.append("copy-a0", noted("a0", "r0"), subject="a0")
    version = 1

    class Contested(Copying):
        def react(self, r: Recorded, work: Work) -> None:
            super().react(r, work)
            if r.event.status == "0":  # type: ignore[attr-defined]
                asyncio.get_running_loop().create_task(self.rival())

        async def rival(self) -> None:
            nonlocal version
            if version < 4:
                await routing.append("copy-a0", noted("a0", f"r{version}"), expected=version, subject="a0")
                version += 1

    original = routing.store.lock

    async def after_the_rival(connection: Any) -> None:
        await asyncio.sleep(0.1)
        await original(connection)

    routing.store.lock = after_the_rival  # type: ignore[method-assign]
    intake.run(intake.relay.run())
    routing.consume(Contested().reactions)
    await fill(intake, 1, 2)

    async def all_there() -> bool:
        return {"0", "1"} <= set((await copies(routing)).get("a0", []))

    await until(all_there)
    assert [s for s in (await copies(routing))["a0"] if s.isdigit()] == ["0", "1"]
    assert await parked(routing) == []


async def test_trouble_that_passes_is_never_counted_against_an_event(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    routing.consume(Copying().reactions)
    filling = asyncio.ensure_future(fill(intake, 20, 20))
    for _ in range(4):
        await asyncio.sleep(0.15)
        await intake.pool.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'minsheng-routing'"
        )
    await filling
    await routing.pool.expire_connections()  # the test's own questions shall not meet one that was just ended
    await settled(routing, 20, 20)
    assert await parked(routing) == []


async def test_an_event_that_arrives_while_its_appeal_is_replayed_is_not_left_behind(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    copying = Copying("poison")
    routing.consume(copying.reactions)
    for n, status in enumerate(("poison", "second")):
        await intake.append("appeal-ill", noted("ill", status), expected=n)
    await parks(routing, 2)
    copying.poison.clear()
    await routing.pool.fetch(SQL["replay_requested"], None)
    await intake.append("appeal-ill", noted("ill", "third"), expected=2)

    async def all_there() -> bool:
        return len((await copies(routing)).get("ill", [])) == 3

    await until(all_there)
    assert (await copies(routing))["ill"] == ["poison", "second", "third"]
    assert await parked(routing) == []


async def test_two_owners_replay_a_dead_letter_once(start: Start) -> None:
    """While the number of shares is being changed, an old and a new durable hear the same appeal."""
    intake, old, new = await start("intake"), await start("routing"), await start("routing")
    intake.run(intake.relay.run())
    copying = Copying(*map(str, range(30)))
    [consumer] = old.consume(copying.reactions)
    new.consume(copying.reactions, shares=2)
    await fill(intake, 1, 30)
    await parks(old, 30)
    copying.poison.clear()
    await old.pool.fetch(SQL["replay_requested"], None)
    await settled(old, 1, 30)
    assert await parked(old) == []
    assert consumer.durable == "routing-intake-0of1"


def supplemented(text: str) -> AppealSupplemented:
    return AppealSupplemented(appeal="a", message_id="1", person="p1", text=text, occurred_at=START)


async def test_what_a_person_says_after_being_forgotten_is_kept_also_in_the_same_batch(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    await intake.append("message-1", supplemented("before"), subject="a")
    await intake.append("person-p1", PersonForgotten(person="p1", forgotten_at=START))
    await intake.append("message-2", supplemented("after"), subject="a")

    def keep(r: Recorded, work: Work) -> None:
        work.create(f"copy-{r.id}", [r.event], r.because(), r.subject)

    def forget(r: Recorded, work: Work) -> None:
        work.forget(r.event.person)  # type: ignore[attr-defined]

    routing.consume(
        {"intake": {AppealSupplemented: Reaction(lambda _: (), keep), PersonForgotten: Reaction(lambda _: (), forget)}}
    )
    intake.run(intake.relay.run())

    async def both() -> bool:
        return await routing.store.head() >= 2

    await until(both)
    [page] = [page async for page in routing.store.read_all()]
    assert [r.event.text for r in page] == [FORGOTTEN, "after"]  # type: ignore[attr-defined]


async def test_silence_of_the_server_interrupts_the_pull(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node that had our request crashed: nobody will answer it, though the consumer exists and all look well."""
    monkeypatch.setattr(pull_module, "SILENCE_SECONDS", 0.5)
    kernel = await start()
    js = kernel.nats.jetstream()
    await streams.ensure(js, "intake", 1)
    await js.add_consumer("INTAKE", streams.consumer_config("d", ["intake.case-status-noted.*"], 1))
    pull = Pull(kernel.nats, "INTAKE", "d")
    await kernel.nats.subscribe("crashed")  # it hears the request, and says nothing
    monkeypatch.setattr(pull, "_next", "crashed")
    await pull.start()

    async def listen() -> None:
        while True:
            assert await pull.batch(0.3) == []

    with pytest.raises(Interrupted, match="no heartbeat"):
        await asyncio.wait_for(listen(), 5)
    await pull.stop()


async def test_a_consumer_or_its_stream_deleted_under_it_is_made_again(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    [consumer] = routing.consume(Copying().reactions)
    await fill(intake, 5, 5)
    await settled(routing, 5, 5)
    js = intake.nats.jetstream()
    await js.delete_consumer("INTAKE", consumer.durable)
    await fill(intake, 5, 5, start=5)
    await settled(routing, 5, 10)
    assert await consumer.backlog() == 0


async def test_a_consumer_whose_durable_is_yet_to_be_made_is_not_quiet(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    await streams.ensure(intake.nats.jetstream(), "intake", 1)
    consumer = Consumer(
        "routing", "intake", 0, 1, Copying().reactions["intake"], routing.store, routing.states, routing.session, routing.nats,
        routing.metrics, replicas=1,
    )  # fmt: skip
    assert await consumer.backlog() == 1, "what waits behind it is not known: a replay must not go on as if nothing did"
    routing.run(consumer.run())

    async def quiet() -> bool:
        return await consumer.backlog() == 0

    await until(quiet)


async def test_a_stalled_owner_that_wakes_up_after_another_took_over_does_nothing_twice(start: Start) -> None:
    intake, stalled, heir = await start("intake"), await start("routing"), await start("routing")
    await fill(intake, 5, 20)
    intake.run(intake.relay.run())
    [consumer] = stalled.consume(Copying().reactions)
    original, held = stalled.store.lock, asyncio.Event()

    async def wait(connection: Any) -> None:
        held.set()
        await asyncio.sleep(1.5)
        await original(connection)

    stalled.store.lock = wait  # type: ignore[method-assign]
    await held.wait()
    stalled.session._held.clear()
    await heir.pool.execute("select 1")
    new = heir.consume(Copying().reactions)[0]
    heir.run(new._consume())  # as if it had the lock too
    await settled(heir, 5, 20)
    assert consumer.durable == new.durable


def test_unknown_events_of_a_newer_writer_are_not_asked_for() -> None:
    """A consumer's filter names the events it reacts to: what it does not know never reaches it."""
    assert streams.filter_subjects("intake", (CaseStatusNoted,), 0, 1) == ["intake.case-status-noted.*"]
    quarters = [streams.filter_subjects("intake", (CaseStatusNoted,), share, 4) for share in range(4)]
    assert sorted(s for quarter in quarters for s in quarter) == [f"intake.case-status-noted.{n:02d}" for n in range(16)]
