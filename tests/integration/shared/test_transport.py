"""From log to log over JetStream: everything arrives, takes effect once, and in order within an appeal, whatever breaks."""

import asyncio
from collections.abc import Iterable
from typing import Any

import nats

from shared import streams
from shared.consumer import Reaction
from shared.deciding import Decider, Work
from shared.embedded import Embedded
from shared.envelope import PARTITIONS, Append, Cause, Recorded, from_wire, partition_of
from shared.events.intake import CaseStatusNoted
from shared.store import SQL
from tests.integration.shared.conftest import START, Kernel, Start, published, until

DURABLE = True


def noted(appeal: str, n: int | str) -> CaseStatusNoted:
    return CaseStatusNoted(appeal=appeal, status=str(n), occurred_at=START)


COPY: Decider[CaseStatusNoted, tuple[str, ...]] = Decider(
    (), lambda command, _: [command], lambda state, event: (*state, event.status)
)


class Copying:
    """A service that copies what it hears, an appeal a stream, and fails on what it is told to."""

    def __init__(self, *poison: str) -> None:
        self.poison = set(poison)

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        return [(COPY, f"copy-{r.subject}")]

    def react(self, r: Recorded, work: Work) -> None:
        event = r.event
        assert isinstance(event, CaseStatusNoted)
        if event.status in self.poison:
            raise ValueError(f"cannot handle {event.status}")
        work.decide(COPY, f"copy-{r.subject}", event, r.because())

    @property
    def reactions(self) -> dict[str, dict[type[CaseStatusNoted], Reaction]]:
        return {"intake": {CaseStatusNoted: Reaction(self.opens, self.react)}}


async def fill(kernel: Kernel, appeals: int, events: int, *, start: int = 0) -> None:
    """Each of some appeals gets numbered events, all appeals at once."""

    async def one(appeal: str) -> None:
        for n in range(start, start + events):
            await kernel.append(f"appeal-{appeal}", noted(appeal, n), expected=n)

    await asyncio.gather(*(one(f"a{n}") for n in range(appeals)))


async def copies(kernel: Kernel) -> dict[str, list[str]]:
    """What was copied of each appeal, in the order of the log."""
    found: dict[str, list[str]] = {}
    async for page in kernel.store.read_all():
        for r in page:
            found.setdefault(r.subject, []).append(r.event.status)  # type: ignore[attr-defined]
    return found


async def settled(kernel: Kernel, appeals: int, events: int) -> None:
    """Waits for all copies, then checks that each appeal has each event once, in order."""

    async def enough() -> bool:
        return await kernel.store.head() >= 0 and sum(map(len, (await copies(kernel)).values())) >= appeals * events

    await until(enough, 40)
    await asyncio.sleep(0.3)
    assert await copies(kernel) == {f"a{n}": [str(e) for e in range(events)] for n in range(appeals)}


async def test_the_log_is_published_whole_in_order_with_ids_and_trace(start: Start) -> None:
    intake = await start("intake")
    await fill(intake, 20, 10)
    intake.run(intake.relay.run())
    await until(lambda: _published(intake, 200))
    messages, log = await published(intake), [r async for page in intake.store.read_all() for r in page]
    assert [from_wire(m.data).id for m in messages] == [r.id for r in log]
    assert [m.headers["Nats-Msg-Id"] for m in messages] == [str(r.id) for r in log]
    assert all(
        m.subject == f"intake.case-status-noted.{partition_of(r.subject):02d}" for m, r in zip(messages, log, strict=True)
    )
    assert all(r.correlation.hex in m.headers["traceparent"] for m, r in zip(messages, log, strict=True))
    assert {m.headers["traceparent"][-3:] for m in messages} == {"-00"}, "nobody collects the spans"
    assert not [m for m in messages if b"traceparent" in m.data]


async def _published(kernel: Kernel, many: int) -> bool:
    try:
        return bool((await kernel.nats.jetstream().stream_info(streams.stream_name(kernel.service))).state.messages == many)
    except nats.js.errors.NotFoundError:
        return False


async def test_a_relay_that_was_killed_goes_on_without_a_gap_or_a_double(start: Start) -> None:
    first, second = await start("intake"), await start("intake")
    first.run(first.relay.run())
    await fill(first, 10, 20)
    await first.die()
    second.run(second.relay.run())
    await fill(second, 10, 20, start=20)
    await until(lambda: _published(second, 400))
    positions = [from_wire(m.data).position for m in await published(second)]
    assert positions == sorted(set(positions))


async def test_of_two_relays_one_works_and_the_other_takes_over_when_its_connection_dies(start: Start) -> None:
    first, second = await start("intake"), await start("intake")
    first.run(first.relay.run())
    await until(lambda: _holds(first))
    second.run(second.relay.run())
    await asyncio.sleep(1.5)
    assert "relay" not in second.session.held
    await first.pool.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    )
    await first.die()
    await until(lambda: _holds(second), 5)
    await fill(second, 5, 5)
    await until(lambda: _published(second, 25))


async def _holds(kernel: Kernel) -> bool:
    return "relay" in kernel.session.held


async def test_everything_takes_effect_once_and_in_order_also_when_published_again(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    routing.consume(Copying().reactions)
    await fill(intake, 30, 10)
    await settled(routing, 30, 10)
    await intake.pool.execute(SQL["relay_republish"], 1)
    await until(lambda: _published(intake, 600))
    duplicates = "minsheng_consumer_duplicates_total"
    durable = {"durable": streams.durable_name("routing", "intake", 0, 1)}

    async def ignored() -> bool:
        return routing.metrics.registry.get_sample_value(duplicates, durable) == 300

    await until(ignored)
    await settled(routing, 30, 10)


async def test_an_owner_killed_in_the_middle_is_followed_by_another_in_order(start: Start) -> None:
    intake = await start("intake")
    intake.run(intake.relay.run())
    filling = asyncio.ensure_future(fill(intake, 20, 40))
    for pause in (0.15, 0.3, 0.2):
        owner = await start("routing")
        owner.consume(Copying().reactions)
        await asyncio.sleep(pause)
        await owner.die()
    last, rival = await start("routing"), await start("routing")
    last.consume(Copying().reactions)
    rival.consume(Copying().reactions)
    await filling
    await settled(last, 20, 40)


async def test_the_number_of_shares_can_change_under_way(start: Start) -> None:
    intake, one = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    one.consume(Copying().reactions)
    await fill(intake, 32, 5)
    await one.die()
    left, right = await start("routing"), await start("routing")
    left.consume(Copying().reactions, shares=4)
    right.consume(Copying().reactions, shares=4)
    await fill(intake, 32, 5, start=5)
    await settled(left, 32, 10)
    held = (left.session.held | right.session.held) & {f"consumer:routing-intake-{n}of4" for n in range(4)}
    assert len(held) == 4
    assert not left.session.held & right.session.held


async def test_what_cannot_be_handled_is_parked_and_its_appeal_waits_while_others_go_on(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    copying = Copying("poison")
    routing.consume(copying.reactions)
    for n, status in enumerate(("first", "poison", "later", "last")):
        await intake.append("appeal-ill", noted("ill", status), expected=n)
        await intake.append("appeal-well", noted("well", status + "!"), expected=n)

    async def done() -> bool:
        parked = await routing.pool.fetchval("select count(*) from dead_letters")
        return bool(parked == 3) and "last!" in (await copies(routing)).get("well", [])

    await until(done)
    assert await copies(routing) == {"ill": ["first"], "well": ["first!", "poison!", "later!", "last!"]}
    reasons = [row["reason"] for row in await routing.pool.fetch("select reason from dead_letters order by id")]
    assert "cannot handle poison" in reasons[0]
    assert all("waits behind" in reason for reason in reasons[1:])

    await routing.pool.fetch(SQL["replay_requested"], None)

    async def refused_again() -> bool:
        return not await routing.pool.fetchval("select bool_or(replay) from dead_letters")

    await until(refused_again)
    assert (await copies(routing))["ill"] == ["first"]
    copying.poison.clear()
    await routing.pool.fetch(SQL["replay_requested"], "ill")

    async def empty() -> bool:
        return not await routing.pool.fetchval("select count(*) from dead_letters")

    await until(empty)
    assert (await copies(routing))["ill"] == ["first", "poison", "later", "last"]


async def test_a_message_that_is_no_event_is_parked_with_its_bytes(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    js = intake.nats.jetstream()
    await streams.ensure(js, "intake", 1)
    routing.consume(Copying().reactions)
    await js.publish("intake.case-status-noted.00", b"\xff nonsense")

    async def parked() -> bool:
        return bool(await routing.pool.fetchval("select count(*) from dead_letters"))

    await until(parked)
    assert "nonsense" in await routing.pool.fetchval("select envelope::text from dead_letters")


async def test_a_lost_stream_is_filled_again_from_the_log(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    routing.consume(Copying().reactions)
    await fill(intake, 10, 10)
    await settled(routing, 10, 10)
    await intake.nats.jetstream().delete_stream("INTAKE")
    await fill(intake, 10, 10, start=10)
    await settled(routing, 10, 20)
    await until(lambda: _published(intake, 200))


async def test_servers_may_come_and_go(start: Start, servers: Embedded) -> None:
    intake, routing = await start("intake"), await start("routing")
    intake.run(intake.relay.run())
    routing.consume(Copying().reactions)
    await fill(intake, 10, 10)
    await asyncio.to_thread(servers.nats.kill)
    await fill(intake, 10, 10, start=10)
    await asyncio.to_thread(servers.nats.start)
    await settled(routing, 10, 20)
    await asyncio.to_thread(servers.postgres.kill)
    await asyncio.to_thread(servers.postgres.start)

    async def answers() -> bool:
        try:
            await fill_once(intake, 20)
            return True
        except Exception:
            return False

    await until(answers)
    await fill(intake, 10, 5, start=21)
    await settled(routing, 10, 26)
    assert await routing.pool.fetchval("select count(*) from dead_letters") == 0


async def fill_once(kernel: Kernel, n: int) -> None:
    """One more event for each appeal, all or none."""
    await kernel.store.append_many([Append(f"appeal-a{a}", n, [noted(f"a{a}", n)], Cause("test")) for a in range(10)])


def test_partitions_never_change() -> None:
    assert PARTITIONS == 16

    assert (partition_of("a0"), partition_of("诉求")) == (PINNED["a0"], PINNED["诉求"])


PINNED = {"a0": 5, "诉求": 13}
