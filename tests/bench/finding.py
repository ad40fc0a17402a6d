"""Lists and searches over REST among two hundred thousand cases: how long the slowest of twenty takes."""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import httpx

from services.cli.system import free_port
from services.routing.finding import Wanted
from shared import db
from tests.bench import crowded
from tests.bench.measure import Line
from tests.bench.rig import Rig

AT_MOST = 50.0
"""milliseconds"""
DEPARTMENTS = "code,name,level,duties\n" + "".join(f"d{n},部门{n},county,办事{n}\n" for n in range(20))
Question = tuple[str, str, list[dict[str, Any]]]
"""what it is called, its path, and the ways it is asked"""


async def measure(rig: Rig) -> list[Line]:
    dsn, port = await rig.database(), free_port()
    url, log = f"http://127.0.0.1:{port}", "routing-finding.log"
    env = rig.environment(dsn, MINSHENG_PORT=str(port))
    with rig.child("-m", "services.cli.main", "serve", "routing", env=env, log=log) as process:
        await rig.ready(f"{url}/readyz", process, log)
        rig.say(f"finding: filling in {crowded.MANY:,} cases")
        pool = await db.open_pool(dsn, "routing", size=1)
        await crowded.fill(pool)
        await pool.close()
        headers = {"Authorization": f"Bearer {rig.key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            (await client.put("/departments", content=DEPARTMENTS)).raise_for_status()
            lines = [await asked(rig, client, *question) for question in questions()]
            return [*lines, await exported(rig, client)]


def questions() -> Iterator[Question]:
    """Every list from its beginning and from somewhere within, and the queues."""
    dice = random.Random(7)
    for what, wanted in crowded.ASKED.items():
        pages = [{}] + [{"before": _moment(dice), "before_appeal": "0"} for _ in range(19)]
        yield what, "/cases", [{**_filters(wanted), **page} for page in pages]
    for n in (0, 3, 19):
        yield f"the queue of d{n}", f"/queues/d{n}", [{"limit": limit} for limit in (20, 100)]


async def asked(rig: Rig, client: httpx.AsyncClient, what: str, path: str, ways: list[dict[str, Any]]) -> Line:
    rounds: list[float] = []
    everything: list[float] = []
    for n in range(rig.rounds + 1):
        rig.say(f"finding: {what}, round {n} of {rig.rounds}")
        took = [await _milliseconds(client, path, ways[i % len(ways)]) for i in range(40)]
        if n:  # the first warms up
            rounds.append(statistics.quantiles(took, n=20)[-1])
            everything += took
    middle = statistics.median(everything)
    return Line(f"finding {what}: p95 (p50 {middle:.1f} ms)", rounds, unit="ms", at_most=AT_MOST)


async def exported(rig: Rig, client: httpx.AsyncClient) -> Line:
    """All cases as CSV, read as they come."""
    rig.say("finding: all cases as CSV")
    began, many = time.perf_counter(), -1
    async with client.stream("GET", "/cases.csv") as answer:
        async for chunk in answer.raise_for_status().aiter_raw():
            many += chunk.count(b"\n")
    assert many == crowded.MANY
    return Line("finding all cases as CSV", [many / (time.perf_counter() - began)])


async def _milliseconds(client: httpx.AsyncClient, path: str, way: dict[str, Any]) -> float:
    began = time.perf_counter()
    (await client.get(path, params=way)).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _filters(wanted: Wanted) -> dict[str, Any]:
    said = {name: value for name, value in asdict(wanted).items() if value not in (None, ())}
    return {name: value.isoformat() if name.startswith("opened") else value for name, value in said.items()}


def _moment(dice: random.Random) -> str:
    return (crowded.NOW - timedelta(minutes=10 * dice.randrange(crowded.MANY))).isoformat()
