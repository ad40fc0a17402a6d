"""How many durables share a stream's partitions may be changed at any time, and many of them need no more connections."""

import asyncio
from datetime import UTC, datetime

from tests.chaos.system import invariants
from tests.chaos.system.processes import Adapters, Machines
from tests.chaos.system.traffic import County

SECONDS = 2.0
QUIET_SECONDS = 20.0
"""less than a pool's command timeout: whoever waits for a connection that never comes is found out"""


async def test_shares_changed_from_one_to_sixteen_and_back_on_a_small_pool_change_nothing_else(town: Machines) -> None:
    one = town.replicas["routing"]
    await town.ready()
    for shares in ("16", "1"):
        county = County(400, groups=10, seed=19, now=datetime.now(UTC), name=f"shares{shares}-")
        await town.introduce(county)
        town.said |= county.said
        talking = asyncio.create_task(Adapters(county, town.replicas["intake"].url, SECONDS, seed=19).run())
        await asyncio.sleep(SECONDS / 3)
        await asyncio.to_thread(one.kill)
        one.environment |= {"MINSHENG_CONSUMER_SHARES": shares, "MINSHENG_POOL_SIZE": "4"}
        one.start()
        await talking
        await town.ready()
        await invariants.check(town.servers.database_url, town.servers.nats_url, town.said, seconds=QUIET_SECONDS)
