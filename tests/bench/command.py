"""A command on a stream that exists (load, decide, append), against the library `eventsourcing` doing the like."""

import asyncio
import time
from datetime import UTC, datetime

from services.routing.domain import CASE, Report, case_stream
from shared.deciding import Commands, States
from shared.envelope import Append, Cause
from tests.bench import county
from tests.bench.measure import Done, Line
from tests.bench.peer import Peer
from tests.bench.rig import Parts, Rig

TARGET = 5.0
TASKS = 64
CASES = 512
CAUSE = Cause("bench")


class Ours:
    """Routing's own step "report", which stores words and a name encrypted."""

    def __init__(self, parts: Parts, states: States) -> None:
        self._store, self._commands = parts.store, Commands(parts.store, states)
        self._appeals: list[str] = []

    async def open(self) -> None:
        made = [county.assigned(n, "command") for n in range(CASES)]
        self._appeals = [event.appeal for event in made]
        await self._store.append_many([Append(case_stream(event.appeal), 0, [event], CAUSE) for event in made])

    async def report(self, seconds: float) -> Done:
        done = 0
        until = time.perf_counter() + seconds

        async def work(task: int) -> None:
            nonlocal done
            n = task
            while time.perf_counter() < until:
                n = (n + TASKS) % CASES
                step = Report("official-7", datetime.now(UTC), "王工", "正在抢修，预计今晚恢复供水", strict=True)
                await self._commands.execute(CASE, case_stream(self._appeals[n]), step, CAUSE)
                done += 1

        began = time.perf_counter()
        await asyncio.gather(*(work(task) for task in range(TASKS)))
        return Done(done, time.perf_counter() - began)


async def measure(rig: Rig) -> list[Line]:
    s = rig.seconds
    peer = await asyncio.to_thread(Peer, await rig.database())
    try:
        rig.say("command: finding how the peer is fastest")
        await asyncio.to_thread(peer.find_best, s / 2)
        async with rig.parts("routing") as parts:
            ours = Ours(parts, States())
            await ours.open()
            return [
                await rig.versus(
                    f"command on an existing stream, {TASKS} at once",
                    lambda: ours.report(s),
                    lambda: asyncio.to_thread(peer.report, s),
                    f"eventsourcing, {peer.way}",
                    target=TARGET,
                )
            ]
    finally:
        await asyncio.to_thread(peer.close)
