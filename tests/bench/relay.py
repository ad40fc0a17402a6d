"""The relay: stored events to JetStream, in order, against publishing the same bytes with nothing else to do."""

import asyncio
import time
from itertools import count

import uuid_utils.compat as uuids
from nats.aio.client import Client
from nats.js.api import StreamConfig

from shared.envelope import Append, Cause, to_wire
from shared.relay import Relay
from shared.store import Store
from tests.bench import county
from tests.bench.measure import Done, Line
from tests.bench.rig import Parts, Rig

TARGET = 0.6
IN_FLIGHT = 256
BATCH = 500
CAUSE = Cause("bench")


async def fill(store: Store, numbers: "count[int]", many: int) -> None:
    """Stores `many` messages."""
    for _ in range(many // BATCH):
        events = [county.received(next(numbers), "relay") for _ in range(BATCH)]
        await store.append_many([Append(f"message-{event.message}", 0, [event], CAUSE) for event in events])


async def publish(nats: Client, subject: str, payloads: list[bytes]) -> None:
    """Publishes with a Msg-Id each, IN_FLIGHT at once; returns when all are acknowledged."""
    js = nats.jetstream(publish_async_max_pending=IN_FLIGHT)
    for payload in payloads:
        await js.publish_async(subject, payload, headers={"Nats-Msg-Id": str(uuids.uuid7())})
    await js.publish_async_completed()


class Ours:
    def __init__(self, parts: Parts, many: int) -> None:
        self._parts, self._many = parts, many
        self._numbers = count()

    async def publish(self) -> Done:
        """Starts the relay behind a log that has grown, until all of it is out; its start counts."""
        p = self._parts
        await fill(p.store, self._numbers, self._many)
        head = await p.store.head()
        relay = Relay("intake", p.store, p.session, p.nats, p.metrics, replicas=1)
        began = time.perf_counter()
        running = asyncio.create_task(relay.run())
        while relay.position < head:
            await asyncio.sleep(0.002)
        seconds = time.perf_counter() - began
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return Done(self._many, seconds)


async def measure(rig: Rig) -> list[Line]:
    many = max(BATCH, int(12_000 * rig.seconds) // BATCH * BATCH)
    await rig.wipe_streams()
    async with rig.parts("intake") as parts:
        ours = Ours(parts, many)
        await fill(parts.store, count(10_000_000), BATCH)
        stored = await parts.store.read_page(0, BATCH, leaving=True)
        payloads = [to_wire("intake", r, r.data) for r in stored] * (many // BATCH)
        await parts.nats.jetstream().add_stream(StreamConfig(name="CEILING", subjects=["ceiling.>"], duplicate_window=120))

        async def raw() -> Done:
            began = time.perf_counter()
            await publish(parts.nats, "ceiling.raw", payloads)
            return Done(many, time.perf_counter() - began)

        ceiling_is = f"publish_async, {IN_FLIGHT} in flight, Msg-Id"
        return [await rig.versus("relay: log to JetStream", ours.publish, raw, ceiling_is, target=TARGET)]
