"""POST /messages until it is stored, over real HTTP: the real intake, against a bare route that stores a raw row."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import asyncpg
import httpx
import orjson

from services.cli.system import free_port
from tests.bench import county
from tests.bench.measure import Done, Line
from tests.bench.rig import ROOT, Rig

TARGET = 0.6
CONNECTIONS = 64
BURSTS = 6
CALM_CHECKS, CALM_SECONDS = 4, 0.05
SETTLED = """
select (select coalesce(max(position), 0) from {0}.events) = all (
    select position from {0}.followers union all select position from {0}.relay
)
"""
HEAD = "select coalesce(max(position), 0) from {0}.events"


async def load(rig: Rig, port: int, mark: str, **options: object) -> dict[str, Any]:
    """Runs the client in a process of its own. Raises RuntimeError when anything but 202 was answered."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", "--port", str(port), "--key", rig.key, "--mark", mark,
        "--connections", str(CONNECTIONS), *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the load ended with {process.returncode}")
    seen: dict[str, Any] = orjson.loads(said)
    if set(seen["statuses"]) != {"202"}:
        raise RuntimeError(f"the load was answered {seen['statuses']}")
    return seen


@contextlib.asynccontextmanager
async def bare_route(rig: Rig) -> AsyncIterator[int]:
    """The bare route in a process of its own; its port."""
    port = free_port()
    with rig.child("-m", "tests.bench.bare", str(port), env=rig.environment(await rig.database()), log="bare.log") as process:
        await rig.ready(f"http://127.0.0.1:{port}/readyz", process, "bare.log")
        yield port


async def bare_round(rig: Rig, port: int) -> Done:
    seen = await load(rig, port, "bare", seconds=rig.seconds)
    return Done(seen["answered"], seen["seconds"])


async def introduce(rig: Rig, urls: dict[str, str], bursts: int) -> None:
    """Imports the departments, and the groups and rosters of some bursts."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {rig.key}"}, timeout=120, trust_env=False) as client:

        async def put(url: str, body: bytes) -> None:
            (await client.put(url, content=body, headers={"Content-Type": "text/csv"})).raise_for_status()

        if "routing" in urls:
            await put(f"{urls['routing']}/departments", county.departments_csv())
        await asyncio.gather(*(put(f"{urls['intake']}/groups", county.groups_csv(n)) for n in range(bursts)))
        rosters = [roster for n in range(bursts) for roster in county.roster_csvs(n, 4)]
        await asyncio.gather(*(put(f"{urls['intake']}/roster", roster) for roster in rosters))


async def settled(dsn: str, *services: str) -> None:
    """Returns when these services have said, shown and published everything: what follows must not pay for what came before."""
    connection = await asyncpg.connect(dsn)
    try:
        calm, heads = 0, []
        while calm < CALM_CHECKS:
            done = all([await connection.fetchval(SETTLED.format(service)) for service in services])
            now = [await connection.fetchval(HEAD.format(service)) for service in services]
            calm = calm + 1 if done and now == heads else 0
            heads = now
            await asyncio.sleep(CALM_SECONDS)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def intake(rig: Rig, dsn: str, log: str, **settings: str) -> AsyncIterator[str]:
    """One replica of the real intake in a process of its own; its URL."""
    port = free_port()
    env = rig.environment(dsn, MINSHENG_PORT=str(port), **settings)
    with rig.child("-m", "services.cli.main", "serve", "intake", env=env, log=log) as process:
        await rig.ready(f"http://127.0.0.1:{port}/readyz", process, log)
        yield f"http://127.0.0.1:{port}"


async def against_the_bare_route(rig: Rig, dsn: str, url: str, bare_port: int, mark: str, what: str) -> list[Line]:
    """Posts to this intake and to the bare route in turns; every round begins when the last one's messages are read."""
    rounds = count()
    taken: list[tuple[float, float]] = []

    async def ours() -> Done:
        round_ = next(rounds)
        await settled(dsn, "intake")
        first = round_ % BURSTS * county.BURST
        seen = await load(rig, int(url.rpartition(":")[2]), f"{mark}{round_}", seconds=rig.seconds, first=first)
        taken.append((seen["p50"] * 1000, seen["p99"] * 1000))
        await settled(dsn, "intake")
        return Done(seen["answered"], seen["seconds"])

    ceiling = "bare FastAPI route, group commit"
    line = await rig.versus(what, ours, lambda: bare_round(rig, bare_port), ceiling, target=TARGET)
    return [
        line,
        Line("… time to answer at full load, p50", [p50 for p50, _ in taken[1:]], unit="ms"),
        Line("… time to answer at full load, p99", [p99 for _, p99 in taken[1:]], unit="ms"),
    ]


async def measure(rig: Rig) -> list[Line]:
    """One process that does everything; then a replica that only answers, beside one that reads what was said to it."""
    await rig.wipe_streams()
    dsn = await rig.database()
    what = f"POST /messages → 202, {CONNECTIONS} connections"
    async with bare_route(rig) as bare_port, intake(rig, dsn, "intake.log") as whole:
        rig.say("post: introducing the villages")
        await introduce(rig, {"intake": whole}, BURSTS)
        lines = await against_the_bare_route(rig, dsn, whole, bare_port, "post", f"{what}, one process")
        async with intake(rig, dsn, "door.log", MINSHENG_BACKGROUND="off") as door:
            return [*lines, *await against_the_bare_route(rig, dsn, door, bare_port, "door", f"{what}, reading elsewhere")]
