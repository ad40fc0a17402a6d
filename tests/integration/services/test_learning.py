"""What people say of readings outlives a restart, and is learned from: trained, put to use and taken back while intake runs."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.system import running
from services.cli.train import DEMO
from shared import settings
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.learning.shelf import LOOK_SECONDS
from tests.integration.services.conftest import DEPARTMENTS, GROUPS, ROSTER, Village
from tests.integration.services.test_triage import correct, judge

ROOT = Path(__file__).parents[3]
BASE = (str(DEMO), str(ROOT / "tests" / "acceptance" / "unseen"))
"""two counties are enough to learn on top of, and take seconds"""
START = datetime(2025, 6, 3, 0, 0, tzinfo=UTC)
PLACES = ("渡口", "磨坊", "祠堂", "碾子", "晒坝", "井台", "崖口", "窑湾", "柳坎", "牌坊", "鱼塘", "堰头")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(tmp_path / "home", durable=False) as servers:
        yield servers


@asynccontextmanager
async def county(
    servers: Embedded, at: datetime, models: Path | None = None, **set_to: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The whole system on this home, its roster imported; the client knows the system as `client.system`."""
    config = settings.read(
        database_url=servers.database_url, nats_url=servers.nats_url, auth="off", console="off",
        intake_model=str(models) if models else "off", **set_to,
    )  # fmt: skip
    async with (
        running(config, SimulatedClock(at)) as system,
        httpx.AsyncClient(timeout=30, trust_env=False) as client,
    ):
        for service, table, body in (
            ("intake", "groups", GROUPS),
            ("intake", "roster", ROSTER),
            ("routing", "departments", DEPARTMENTS),
        ):
            (await client.put(f"{system.urls[service]}/{table}", content=body)).raise_for_status()
        await system.settle()
        client.system = system  # type: ignore[attr-defined]
        yield client


def village_of(client: httpx.AsyncClient, number: int, *, since: int = 1) -> Village:
    """A village whose next message has the number `since`."""
    village = Village(client.system, client, number)  # type: ignore[attr-defined]
    village.ids = count(since)
    return village


def train(*words: str, models: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli.main", "train", "intake", "--model", str(models), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


async def once_read_as(kind: str, text: str, client: httpx.AsyncClient, village: int) -> dict[str, Any]:
    """Said in one village after the other until it is read so: another model is loaded while messages are read by the last."""
    async with asyncio.timeout(30):
        while (read := await village_of(client, village).say("v", text))["reading"]["kind"] != kind:
            await asyncio.sleep(LOOK_SECONDS)
            village += 1
    return read


async def test_corrections_outlive_a_restart(embedded: Embedded) -> None:
    async with county(embedded, START) as client:
        village = village_of(client, 1)
        talk = await village.say("v", "老地方，又是那样")
        number = (await correct(village, talk["message"], kind="appeal")).json()["number"]
        leak = await village.say("v", "自来水管破裂，院子都淹了")
        await correct(village, leak["message"], kind="chatter")
    async with county(embedded, START.replace(hour=1)) as client:
        village = village_of(client, 1, since=10)
        taken = await village.say("o", "收到，马上去看", quoting=talk["message_id"])
        assert taken["reading"]["kind"] == "accept"
        assert (await village.get("routing", f"/cases/{number}"))["status"] == "accepted"
        idle = await village.say("o", "收到", quoting=leak["message_id"])
        assert idle["reading"]["appeal"] is None


async def test_a_model_learns_a_countys_own_words_from_its_desk(embedded: Embedded, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    async with county(embedded, START, models) as client:
        for n, place in enumerate(PLACES[:-1]):
            village = village_of(client, n)
            told = await village.say("v", f"嘎呐{place}又哐咯咧")
            assert told["reading"]["kind"] == "chatter"
            assert (await correct(village, told["message"], kind="appeal")).status_code == 200
            talk = await village.say("w", f"{place}那边的猪脚粉蛮好")
            if talk["reading"]["kind"] == "chatter":
                await judge(village, f"{talk['message']}/confirm")
        done = await asyncio.to_thread(
            lambda: train(*BASE, "--no-base", "--from-events", "--database-url", embedded.database_url, models=models)
        )
        assert done.returncode == 0, done.stderr + done.stdout
        last = f"嘎呐{PLACES[-1]}又哐咯咧"
        assert (await village_of(client, 20).say("v", last))["reading"]["kind"] == "chatter"

        assert train("--activate", "1", models=models).returncode == 0
        learned = await once_read_as("appeal", last, client, 21)
        assert learned["number"]
        assert learned["reading"]["reasons"][0].startswith("模型1权衡:诉求")

        assert train("--rollback", models=models).returncode == 0
        await once_read_as("chatter", last, client, 41)


async def test_a_model_file_that_cannot_be_used_leaves_the_rules_alone(embedded: Embedded, tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK no model")
    async with county(embedded, START, broken) as client:
        opened = await village_of(client, 1).say("v", "自来水管破裂，院子都淹了")
        assert (opened["reading"]["kind"], "模型" in "".join(opened["reading"]["reasons"])) == ("appeal", False)
