"""Replay: the log read from its beginning as typed events, against raw pages of the same rows parsed as JSON."""

from collections.abc import Callable

import orjson

from shared.envelope import Append, Cause
from shared.events import Event
from shared.events.intake import Kind, MessageRead, NumberIssued, Role
from tests.bench import county
from tests.bench.measure import Done, Line, timed
from tests.bench.rig import Parts, Rig

TARGET, ENOUGH = 0.5, 100_000.0
PAGE = 5000
CAUSE = Cause("bench")
RAW = """
select position, id, stream, version, type, time, subject, data, causation, correlation, actor
from events where position > $1 order by position limit $2
"""


def heard(n: int) -> list[Event]:
    """What one appeal leaves in intake's log: 4 events, 4 fields of persons among them."""
    received, opened = county.received(n, "replay"), county.opened(n, "replay")
    issued = NumberIssued(appeal=opened.appeal, number=opened.number, ordinal=n + 1)
    read = MessageRead(
        message=received.message,
        kind=Kind.APPEAL,
        appeal=opened.appeal,
        role=Role.VILLAGER,
        confidence=0.9,
        reasons=("诉求用语",),
    )
    return [received, issued, opened, read]


def worked(n: int) -> list[Event]:
    """What a case leaves in routing's log: an assignment, and an acceptance with 2 fields of an official."""
    return [county.assigned(n, "replay"), county.accepted(n, "replay")]


class Log:
    """A log of `many` events."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def fill(self, make: Callable[[int], list[Event]], many: int) -> None:
        n = stored = 0
        while stored < many:
            requests = [Append(f"x-{n + i}", 0, make(n + i), CAUSE) for i in range(250)]
            await self._parts.store.append_many(requests)
            stored += sum(len(request.events) for request in requests)
            n += 250
        await self._parts.pool.execute("analyze events")

    async def typed(self) -> Done:
        async def work() -> int:
            read = 0
            async for page in self._parts.store.read_all():
                for r in page:
                    assert r.event
                read += len(page)
            return read

        return await timed(work)

    async def as_stored(self) -> Done:
        """As a view reads when it is rebuilt: personal fields stay tokens."""

        async def work() -> int:
            after = read = 0
            while page := await self._parts.store.read_sealed(after, PAGE):
                for r in page:
                    assert r.event
                after = page[-1].position
                read += len(page)
            return read

        return await timed(work)

    async def raw(self) -> Done:
        async def work() -> int:
            after = read = 0
            async with self._parts.pool.acquire() as connection:
                while rows := await connection.fetch(RAW, after, PAGE):
                    for row in rows:
                        assert orjson.loads(row["data"])
                    after = rows[-1]["position"]
                    read += len(rows)
            return read

        return await timed(work)


async def measure(rig: Rig) -> list[Line]:
    lines = []
    for service, make in (("routing", worked), ("intake", heard)):
        rig.say(f"replay: filling {service}'s log")
        async with rig.parts(service) as parts:
            log = Log(parts)
            await log.fill(make, int(40_000 * rig.seconds))
            for how, ours in (("typed", log.as_stored), ("typed, decrypted", log.typed)):
                what = f"replay of {service}'s log, {how}"
                ceiling_is = f"raw pages of {PAGE}, jsonb + orjson"
                lines.append(await rig.versus(what, ours, log.raw, ceiling_is, target=TARGET, enough=ENOUGH))
    return lines
