"""Consuming: every event takes effect in a transaction, against fetching and acknowledging and nothing else."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import uuid_utils.compat as uuids
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.client import JetStreamContext

from services.intake.reactions import REACTIONS as INTAKE
from services.notify.reactions import reactions as notify_reactions
from services.notify.texts import Texts
from services.routing.learned import SILENT
from services.routing.reactions import reactions as routing_reactions
from shared.clock import SystemClock
from shared.consumer import Consumer, Reactions
from shared.deciding import States
from shared.envelope import Recorded, subject_for, to_wire
from shared.events import Event
from tests.bench import county
from tests.bench.measure import Done, Line
from tests.bench.relay import publish
from tests.bench.rig import Parts, Rig

TARGET = 0.3
FETCH = 256


def wire(source: str, event: Event, appeal: str) -> bytes:
    """The event as another service would have published it."""
    key = uuids.uuid7()
    raw = event.model_dump_json().encode()
    now = datetime.now(UTC)
    return to_wire(source, Recorded(1, key, f"x-{appeal}", 1, event.TYPE, now, appeal, raw, None, key, "bench"), raw)


class Ours:
    """A service's own reactions to one kind of event of `source`."""

    def __init__(self, parts: Parts, service: str, source: str, reactions: Reactions, make: Callable[[int], Event], many: int):
        self._parts, self._service, self._source, self._make, self._many = parts, service, source, make, many
        self._reactions = reactions[source]
        self._numbers = count()

    async def publish(self) -> None:
        made = [self._make(next(self._numbers)) for _ in range(self._many)]
        appeals = [str(getattr(event, "appeal", "")) for event in made]
        subject = subject_for(self._source, made[0].TYPE, appeals[0])
        payloads = [wire(self._source, event, appeal) for event, appeal in zip(made, appeals, strict=True)]
        await publish(self._parts.nats, subject, payloads)

    async def consume(self) -> Done:
        """Starts the consumer behind a stream that has grown, until all of it has taken effect."""
        p = self._parts
        before = await p.store.head()
        await self.publish()
        consumer = Consumer(
            self._service, self._source, 0, 1, self._reactions, p.store, States(), p.session, p.nats, p.metrics, replicas=1
        )
        began = time.perf_counter()
        running = asyncio.create_task(consumer.run())
        while consumer.pending != 0:
            await asyncio.sleep(0.002)
        seconds = time.perf_counter() - began
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        stored = await p.store.pool.fetchval("select count(*) from events where position > $1", before)
        if stored < self._many:
            raise RuntimeError(
                f"{stored} events came of {self._many}: {await p.store.pool.fetch('select reason from dead_letters limit 1')}"
            )
        return Done(self._many, seconds)


class Bare:
    """The same messages, fetched and acknowledged one by one."""

    def __init__(self, nats: Client, many: int) -> None:
        self._js: JetStreamContext = nats.jetstream()
        self._many = many
        self._rounds = count()

    async def drain(self, stream: str) -> Done:
        info = await self._js.stream_info(stream)
        durable = f"bare-{next(self._rounds)}"
        start = max(1, info.state.last_seq - self._many + 1)
        config = ConsumerConfig(
            durable_name=durable, ack_policy=AckPolicy.EXPLICIT, deliver_policy="by_start_sequence", opt_start_seq=start
        )
        await self._js.add_consumer(stream, config)
        subscription = await self._js.pull_subscribe_bind(durable, stream)
        began = time.perf_counter()
        left = self._many
        while left:
            for message in await subscription.fetch(min(FETCH, left)):
                await message.ack()
                left -= 1
        seconds = time.perf_counter() - began
        await subscription.unsubscribe()
        await self._js.delete_consumer(stream, durable)
        return Done(self._many, seconds)


async def measure(rig: Rig) -> list[Line]:
    many = int(6_000 * rig.seconds)
    lines = []
    subjects: list[tuple[str, str, str, Reactions, Callable[[int], Event], float | None]] = [
        ("consume, one event stored for each", "intake", "routing", INTAKE, lambda n: county.accepted(n, "consume"), TARGET),
        ("… routing: appeal to assigned case", "routing", "intake", routing_reactions(lambda _: SILENT), lambda n: county.opened(n, "consume"), None),
        (
            "… notify: assigned case to reply", "notify", "routing", notify_reactions(SystemClock(), Texts()),
            lambda n: county.assigned(n, "consume"), None,
        ),
    ]  # fmt: skip
    for what, service, source, reactions, make, target in subjects:
        await rig.wipe_streams()
        async with rig.parts(service) as parts:
            ours, bare = Ours(parts, service, source, reactions, make, many), Bare(parts.nats, many)

            async def drain(bare: Bare = bare, source: str = source) -> Done:
                return await bare.drain(source.upper())

            ceiling_is = f"pull fetch({FETCH}), acknowledge each"
            lines.append(await rig.versus(what, ours.consume, drain, ceiling_is, target=target))
    return lines
