"""The whole system as `minsheng up` runs it: from a villager's POST to the reply queued for his group."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from itertools import count

import httpx
import nats.js
import orjson
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.settings import PORTS
from tests.bench import county
from tests.bench.measure import Done, Line, interleaved
from tests.bench.post import bare_round, bare_route, introduce, load, settled
from tests.bench.rig import Rig

TARGET = 0.2
STEADY_RATE = 100.0
STEADY_SECONDS = 6.0
PATIENCE = 60.0
GREETING = re.compile(r"(\w+) +(http://127\.0\.0\.1:\d+)/docs")
MODES = {"one process": (), "a process a service": ("--processes",)}


class Replies:
    """When the first reply to each message came out of JetStream, by the message it quotes."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self._more = asyncio.Event()

    async def listen(self, js: nats.js.JetStreamContext) -> None:
        config = ConsumerConfig(deliver_policy=DeliverPolicy.NEW)
        await js.subscribe("notify.reply-queued.*", cb=self._hear, ordered_consumer=True, config=config)

    async def _hear(self, message: Msg) -> None:
        quoted = orjson.loads(message.data)["data"]["quote"]
        if quoted:
            self.at.setdefault(quoted, time.monotonic())
            self._more.set()

    async def wait_for(self, names: set[str]) -> None:
        """Raises TimeoutError when replies stay out."""
        until = time.monotonic() + PATIENCE
        while missing := names - self.at.keys():
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), until - time.monotonic())
            except TimeoutError:
                raise TimeoutError(f"{len(missing)} of {len(names)} messages got no reply") from None


@contextlib.asynccontextmanager
async def running(rig: Rig, mode: str, dsn: str) -> AsyncIterator[dict[str, str]]:
    """`minsheng up` on the bench's servers; the URLs of the services."""
    log, home = f"up-{mode.replace(' ', '-')}.log", rig.home / f"home-{mode.replace(' ', '-')}"
    given = ("--home", str(home), "--database-url", dsn, "--nats-url", rig.servers.nats_url)
    with rig.child("-m", "services.cli.main", "up", *given, *MODES[mode], env=rig.environment(dsn), log=log) as process:
        while len(urls := dict(GREETING.findall((rig.home / log).read_text(errors="replace")))) < 5:
            if process.poll() is not None:
                raise RuntimeError((rig.home / log).read_text(errors="replace")[-2000:])
            await asyncio.sleep(0.05)
        for url in urls.values():
            await rig.ready(f"{url}/readyz", process, log)
        yield urls


async def in_mode(rig: Rig, mode: str, bare_port: int, burst: int) -> list[Line]:
    """A mode's throughput under bursts, and how long a reply takes at a moderate rate."""
    await rig.wipe_streams()
    dsn = await rig.database()
    async with running(rig, mode, dsn) as urls:
        rig.say(f"whole, {mode}: introducing the villages")
        await introduce(rig, urls, rig.rounds + 2)
        port = httpx.URL(urls["intake"]).port or 0
        connection = await rig.connect_nats()
        replies, rounds = Replies(), count()
        await replies.listen(connection.jetstream())

        async def ours() -> Done:
            n = next(rounds)
            first, mark = n * county.BURST, f"burst{n}"
            seen = await load(rig, port, mark, first=first, many=burst)
            names = {f"{mark}-{m:07d}" for m in range(first, first + burst)}
            await replies.wait_for(names)
            await settled(dsn, *PORTS)
            return Done(burst, max(replies.at[name] for name in names) - seen["began"])

        done = count(1)
        a, b = await interleaved(
            rig.rounds,
            ours,
            lambda: bare_round(rig, bare_port),
            lambda: rig.say(f"whole, {mode}: burst {next(done)} of {rig.rounds}"),
        )
        rig.say(f"whole, {mode}: {STEADY_RATE:.0f} messages a second")
        first = (rig.rounds + 1) * county.BURST
        seen = await load(rig, port, "steady", first=first, many=int(STEADY_RATE * STEADY_SECONDS), rate=STEADY_RATE)
        await replies.wait_for(set(seen["sent"]))
        taken = sorted((replies.at[name] - at) * 1000 for name, at in seen["sent"].items())
        await connection.close()
    at = f"at {STEADY_RATE:.0f}/s, {mode}"
    return [
        Line(f"POST → reply queued, bursts of {burst:,}, {mode}", a, b, "bare FastAPI route, group commit"),
        Line(f"… p50 {at}", [taken[len(taken) // 2]], unit="ms"),
        Line(f"… p99 {at}", [taken[len(taken) * 99 // 100]], unit="ms"),
    ]


async def measure(rig: Rig) -> list[Line]:
    """Both modes; the target is the better one's."""
    burst = county.BURST if rig.seconds >= 0.5 else county.BURST // 4
    async with bare_route(rig) as bare_port:
        found = [await in_mode(rig, mode, bare_port, burst) for mode in MODES]
    best = max((lines[0] for lines in found), key=lambda line: line.ratio or 0.0)
    best.target = TARGET
    return [line for lines in found for line in lines]
