"""Among two hundred thousand cases, nothing that people ask for often reads a whole table."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import services.routing
from services.routing import finding, hot_api, replies_api, words
from services.routing.finding import Wanted
from shared import db
from shared.embedded import Embedded
from tests.bench import crowded

NOW = datetime.now(UTC)
SCHEMA = Path(services.routing.__file__).parent / "schema.sql"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(servers: Embedded) -> AsyncIterator[db.Pool]:
    await db.migrate(servers.postgres.url, "routing", SCHEMA)
    pool = await db.open_pool(servers.postgres.url, "routing", size=2)
    await crowded.fill(pool)
    yield pool
    await pool.close()


@pytest.mark.parametrize("wanted", crowded.ASKED.values(), ids=crowded.ASKED)
@pytest.mark.parametrize("before", [None, (NOW - timedelta(days=400), "000000140000")], ids=["first page", "later page"])
async def test_no_list_or_search_reads_a_whole_table(crowd: db.Pool, wanted: Wanted, before: finding.Cursor | None) -> None:
    assert await scanned(crowd, finding.SQL["list"], *wanted.values(before, 50)) == []


async def test_a_question_without_an_index_would_be_noticed(crowd: db.Pool) -> None:
    assert await scanned(crowd, "select count(*) from cases where version = $1", 7) == ["cases"]


@pytest.mark.parametrize("name", ["to_do", "counts", "assisting"])
async def test_no_queue_reads_a_whole_table(crowd: db.Pool, name: str) -> None:
    values = ("d3", 100) if name == "to_do" else ("d3",)
    assert await scanned(crowd, finding.SQL[name], *values) == []


async def test_neither_do_hot_issues_and_similar_cases(crowd: db.Pool) -> None:
    assert await scanned(crowd, hot_api.SQL["raised"], NOW - timedelta(days=7), NOW, "", 1000) == []
    assert await scanned(crowd, hot_api.SQL["shown"], ["000000000001", "000000000002"]) == []
    assert await scanned(crowd, replies_api.SQL["told"], "000000000001") == []
    assert await scanned(crowd, replies_api.SQL["solved"], "领域3/类别3", replies_api.COMPARED) == []
    assert await scanned(crowd, replies_api.SQL["sharing"], "'文物' | '物石' | '化粪'", replies_api.SHARING) == []


async def scanned(pool: db.Pool, statement: str, *values: Any) -> list[str]:
    """The tables that PostgreSQL would read from end to end to answer this."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(words.SQL["plan_anew"])
        plan = json.loads(await connection.fetchval(f"explain (format json) {statement}", *values))
    found: list[str] = []
    nodes = [plan[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan":
            found.append(node["Relation Name"])
    return found
