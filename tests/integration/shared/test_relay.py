"""The relay when its stream is not as it left it: the log is published all the same, in order."""

import asyncio

import pytest

from shared import relay as relay_module
from shared import streams
from shared.envelope import from_wire
from shared.relay import POSITION_HEADER
from shared.store import SQL
from tests.integration.shared.conftest import Kernel, Start, published, until
from tests.integration.shared.test_store import noted


async def write(kernel: Kernel, count: int, *, start: int = 0) -> None:
    await asyncio.gather(*(kernel.append(f"appeal-{n}", noted(str(n))) for n in range(start, start + count)))


async def ids(kernel: Kernel) -> list[str]:
    return [str(r.id) async for page in kernel.store.read_all() for r in page]


async def sent(kernel: Kernel) -> list[str]:
    """The ids of the events of the stream, in its order; what is no event of ours is left out."""
    return [str(from_wire(m.data).id) for m in await published(kernel) if m.headers and POSITION_HEADER in m.headers]


async def has_sent(kernel: Kernel, count: int) -> None:
    async def enough() -> bool:
        try:
            return (await kernel.nats.jetstream().stream_info("INTAKE")).state.messages >= count
        except Exception:
            return False

    await until(enough)


async def test_more_than_a_page_goes_out_in_order(start: Start) -> None:
    kernel = await start()
    await write(kernel, 1300)
    kernel.run(kernel.relay.run())
    await has_sent(kernel, 1300)
    assert [str(from_wire((await kernel.nats.jetstream().get_msg("INTAKE", seq=n)).data).id) for n in (1, 500, 501, 1300)] == [
        (await ids(kernel))[n - 1] for n in (1, 500, 501, 1300)
    ]
    assert kernel.metrics.registry.get_sample_value("minsheng_relay_published_total") == 1300


async def test_a_message_of_a_stranger_in_the_stream_does_not_stop_the_relay(start: Start) -> None:
    kernel = await start()
    kernel.run(kernel.relay.run())
    await write(kernel, 10)
    await has_sent(kernel, 10)
    await kernel.nats.jetstream().publish("intake.case-status-noted.00", b"nonsense")
    await write(kernel, 10, start=10)
    await has_sent(kernel, 21)
    assert await sent(kernel) == await ids(kernel)


async def test_messages_deleted_at_the_end_of_the_stream_are_published_again(start: Start) -> None:
    kernel = await start()
    running = kernel.run(kernel.relay.run())
    await write(kernel, 10)
    await has_sent(kernel, 10)
    running.cancel()
    await asyncio.wait([running])
    for seq in (9, 10):
        await kernel.nats.jetstream().delete_msg("INTAKE", seq)
    kernel.run(kernel.relay.run())
    await write(kernel, 5, start=10)
    await has_sent(kernel, 15)
    last = [str(from_wire((await kernel.nats.jetstream().get_msg("INTAKE", seq=n)).data).id) for n in range(11, 18)]
    assert last == (await ids(kernel))[8:]


async def test_a_purged_stream_goes_on_where_it_stood(start: Start) -> None:
    """What was purged was wanted gone, as what grew too old is."""
    kernel = await start()
    kernel.run(kernel.relay.run())
    await write(kernel, 10)
    await has_sent(kernel, 10)
    await until(lambda: _saved(kernel, 10))
    await kernel.nats.jetstream().purge_stream("INTAKE")
    await write(kernel, 5, start=10)
    await has_sent(kernel, 5)
    assert await sent(kernel) == (await ids(kernel))[10:]


async def _saved(kernel: Kernel, position: int) -> bool:
    return bool((await kernel.pool.fetchrow(SQL["relay_state"]))["position"] >= position)


async def test_a_stream_lost_while_the_relay_rests_is_noticed_and_filled(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.2)
    kernel = await start()
    kernel.run(kernel.relay.run())
    await write(kernel, 10)
    await has_sent(kernel, 10)
    await kernel.nats.jetstream().delete_stream("INTAKE")
    await has_sent(kernel, 10)
    assert await sent(kernel) == await ids(kernel)


async def test_old_events_are_published_again_on_demand_and_then_new_ones_in_order(start: Start) -> None:
    first = await start()
    running = first.run(first.relay.run())
    await write(first, 10)
    await has_sent(first, 10)
    await first.pool.execute(SQL["relay_republish"], 8)
    await has_sent(first, 13)
    await write(first, 2, start=10)
    await has_sent(first, 15)
    running.cancel()
    await asyncio.wait([running])
    await first.pool.execute(SQL["relay_republish"], 12)  # the last message in the stream is then an old one
    second = await start()
    second.run(second.relay.run())
    await has_sent(second, 16)
    await write(second, 1, start=12)
    await has_sent(second, 17)
    log = await ids(second)
    assert await sent(second) == [*log[:10], *log[7:10], *log[10:12], log[11], log[12]]
    assert (await second.pool.fetchval("select republish_from from relay")) is None


async def test_confined_words_do_not_leave_also_when_published_again(start: Start) -> None:
    from tests.integration.shared.test_vault import WORDS, received

    kernel = await start()
    kernel.run(kernel.relay.run())
    await kernel.append("message-m", received())
    await has_sent(kernel, 1)
    await kernel.pool.execute(SQL["relay_republish"], 1)
    await has_sent(kernel, 2)
    assert all(WORDS.encode() not in message.data for message in await published(kernel))


async def test_what_was_written_while_nats_was_down_goes_out_once_and_in_order(start: Start, servers: object) -> None:
    kernel = await start()
    kernel.run(kernel.relay.run())
    await write(kernel, 5)
    await has_sent(kernel, 5)
    for n in range(3):
        await asyncio.to_thread(servers.nats.kill)  # type: ignore[attr-defined]
        await write(kernel, 50, start=100 * (n + 1))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(servers.nats.start)  # type: ignore[attr-defined]
        await has_sent(kernel, 5 + 50 * (n + 1))
    assert await sent(kernel) == await ids(kernel)


async def test_streams_are_made_once_and_brought_up_to_date(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    js = (await start()).nats.jetstream()
    made = await asyncio.gather(*(streams.ensure(js, "intake", 1) for _ in range(5)))
    assert len({streams.created(info) for info in made}) == 1
    await streams.ensure_all(js, 1)
    again = await streams.ensure(js, "intake", 1)
    assert streams.created(again) == streams.created(made[0])
    monkeypatch.setattr(streams, "RETENTION", streams.RETENTION * 2)
    changed = await streams.ensure(js, "intake", 1)
    assert changed.config.max_age == streams.RETENTION.total_seconds()
    assert streams.created(changed) == streams.created(made[0])


async def test_strangers_between_our_messages_displace_none_of_them(start: Start) -> None:
    """The numbers alone would let the next message pass in the place of a refused one: that one would be lost."""
    kernel, stranger = await start(), await start()
    await write(kernel, 1500)
    js, stop = stranger.nats.jetstream(), asyncio.Event()
    await streams.ensure(js, "intake", 1)

    async def intrude() -> None:
        for _ in range(5):
            await asyncio.sleep(0.02)
            await js.publish("intake.case-status-noted.00", b"nonsense")
        stop.set()

    intruding = asyncio.ensure_future(intrude())
    kernel.run(kernel.relay.run())
    await intruding
    await has_sent(kernel, 1505)
    assert await sent(kernel) == await ids(kernel)
