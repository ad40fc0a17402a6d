"""Hot issues and similar cases over REST, among two hundred thousand cases of one year."""

import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from services.cli.system import free_port
from services.routing.domain import case_stream
from services.routing.replies_api import COMPARED
from shared import db, sql
from shared.envelope import Cause
from shared.events.routing import CaseResolved
from shared.store import Append, Store
from tests.bench import county, crowded
from tests.bench.measure import Line
from tests.bench.rig import Rig

SQL = sql.load(Path(__file__).with_suffix(".sql"))
HOT_AT_MOST, SIMILAR_AT_MOST = 1000.0, 50.0
"""milliseconds"""
CATEGORY = "领域3/类别3"
ASKED = 40
"""different cases for which the like of them is looked for"""
REPLY = "您好，维修班今天上午到现场查看，已更换破裂的水管，恢复供水，有事请打电话8812345。感谢您的反映"


async def measure(rig: Rig) -> list[Line]:
    async with rig.parts("routing") as parts:
        rig.say(f"hot: filling in {crowded.MANY:,} cases")
        await crowded.fill(parts.pool)
        await parts.pool.execute(SQL["within_a_year"], timeout=300)
        await parts.pool.execute("vacuum full analyze case_words", timeout=300)
        numbers = await solved(parts.store, parts.pool)
        port, log = free_port(), "routing-hot.log"
        url = f"http://127.0.0.1:{port}"
        # nothing moves the views but what is measured
        env = rig.environment(parts.dsn, MINSHENG_PORT=str(port), MINSHENG_BACKGROUND="off")
        with rig.child("-m", "services.cli.main", "serve", "routing", env=env, log=log) as process:
            await rig.ready(f"{url}/readyz", process, log)
            headers = {"Authorization": f"Bearer {rig.key}"}
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
                return [
                    await hot(rig, client, parts.pool, 7, HOT_AT_MOST),
                    await hot(rig, client, parts.pool, 31, None),
                    await similar(rig, client, numbers),
                    await advice(rig, client, numbers),
                ]


async def solved(store: Store, pool: db.Pool) -> list[str]:
    """Gives the newest cases of a category a history, as those have that were solved; returns the numbers of some others."""
    rows = await pool.fetch(SQL["of_category"], CATEGORY, COMPARED + ASKED)
    requests = []
    for n, row in enumerate(rows):
        facts = county.assigned(n, "hot").model_copy(update={"appeal": row["appeal"], "number": row["number"]})
        common = {name: getattr(facts, name) for name in CaseResolved.model_fields if hasattr(facts, name)}
        events = [facts] if n < ASKED else [facts, CaseResolved(**common, by="o1", reply=REPLY)]
        requests.append(Append(case_stream(row["appeal"]), 0, events, Cause("bench")))
    for at in range(0, len(requests), 200):
        await store.append_many(requests[at : at + 200])
    return [row["number"] for row in rows[:ASKED]]


async def hot(rig: Rig, client: httpx.AsyncClient, pool: db.Pool, days: int, at_most: float | None) -> Line:
    """Each time as after a new case: what was found before does not hold any more."""

    async def ask(_: int) -> None:
        await pool.execute(SQL["moved"])
        (await client.get("/hot", params={"days": days})).raise_for_status()

    found = (await client.get("/hot", params={"days": days})).json()
    took = [statistics.median(await milliseconds(ask, 3)) for _ in rounds(rig, f"hot issues of {days} days")]
    return Line(f"hot issues of {days} days ({found['opened']:,} cases)", took, unit="ms", at_most=at_most)


async def similar(rig: Rig, client: httpx.AsyncClient, numbers: list[str]) -> Line:
    async def ask(n: int) -> None:
        found = (await client.get(f"/cases/{numbers[n % ASKED]}/similar")).raise_for_status().json()
        assert found["similar"]

    took = [statistics.quantiles(await milliseconds(ask, ASKED), n=20)[-1] for _ in rounds(rig, "similar cases")]
    return Line("similar solved cases and a draft: p95", took, unit="ms", at_most=SIMILAR_AT_MOST)


async def advice(rig: Rig, client: httpx.AsyncClient, numbers: list[str]) -> Line:
    async def ask(n: int) -> None:
        (await client.post(f"/cases/{numbers[n % ASKED]}/reply-advice", json={"words": REPLY})).raise_for_status()

    took = [statistics.quantiles(await milliseconds(ask, ASKED), n=20)[-1] for _ in rounds(rig, "advice on a reply")]
    return Line("advice on a reply: p95", took, unit="ms", at_most=SIMILAR_AT_MOST)


def rounds(rig: Rig, what: str) -> range:
    rig.say(f"hot: {what}")
    return range(rig.rounds)


async def milliseconds(ask: Callable[[int], Awaitable[None]], times: int) -> list[float]:
    """How long each took, after one that does not count."""
    await ask(0)
    took = []
    for n in range(times):
        began = time.perf_counter()
        await ask(n)
        took.append((time.perf_counter() - began) * 1000)
    return took
