"""Every operation of /openapi.json is called with what it documents and with what it does not, on the real services.

Schemathesis makes the calls. Nothing may end in a 5xx, in a status, a content type or a body that is not documented; wrong data
is refused, right data is not; other methods are refused; without the key nothing is answered. MINSHENG_API_EXAMPLES sets how many
calls it invents for an operation beside those that cover its schema; the usual few are the same in every run.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.settings import PORTS
from tests.fakes import callbacks
from tests.integration.services.conftest import DEPARTMENTS, GROUPS, ROSTER, START, Village
from tests.integration.services.files import photo
from tests.integration.services.test_channels_in import CHANNELS

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = str(Path(__file__).with_name("schemathesis_hooks.py"))
USUAL = "4"
QUICK = ["--generation-deterministic", "--phases", "coverage,fuzzing"]
EXAMPLES = os.environ.get("MINSHENG_API_EXAMPLES", USUAL)


@dataclass(frozen=True)
class County:
    """A system of its own, for what is called here spares nothing, and the names of what there is in it."""

    system: System
    names: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[County]:
    home = tmp_path_factory.mktemp("operations")
    file = home / "channels.toml"
    file.write_text(CHANNELS.replace("env:TEST_WECOM_AES_KEY", callbacks.AES_KEY))
    with Embedded(home / "servers", durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            console="off",
            channels=str(file),
            attachments=str(home / "attachments"),
        )
        async with (
            running(config, SimulatedClock(START)) as system,
            httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client,
        ):
            yield County(system, await settled(system, client))


async def settled(system: System, client: httpx.AsyncClient) -> dict[str, str]:
    """Lets villagers speak and a notice be published; returns the names of what came of it."""
    for service, table, body in (
        ("intake", "groups", GROUPS),
        ("intake", "roster", ROSTER),
        ("routing", "departments", DEPARTMENTS),
    ):
        (await client.put(f"{system.urls[service]}/{table}", content=body)).raise_for_status()
    village = Village(system, client, 0)
    opened = await village.say("v", "自来水管破裂，院子都淹了")
    sealed = await village.say("w", "我要举报村干部截留低保款")
    for number in (1, 2, 3):
        await Village(system, client, number).say("v", "自来水停了，一早上没水")
    notice = {"kind": "fund", "title": "村道硬化", "body": "资金 12 万元", "groups": [village.group]}
    published = await client.post(f"{system.urls['disclosure']}/notices", json=notice)
    await system.settle()
    replies = await village.get("notify", "/replies")
    kept = await client.post(f"{system.urls['intake']}/attachments", content=photo())
    return {
        "APPEAL": (await village.get("routing", f"/cases/{opened['number']}"))["appeal"],
        "NUMBER": opened["number"],
        "SEALED": sealed["number"],
        "CROWD": (await village.get("intake", "/crowds"))["crowds"][0]["crowd"],
        "FILE": kept.json()["sha256"],
        "GROUP": village.group,
        "SENDER": "v0",
        "MESSAGE": opened["message"],
        "PERSON": (await village.get("intake", f"/appeals/{opened['number']}"))["messages"][0]["person"],
        "NOTICE": published.json()["notice"],
        "REPLY": replies["replies"][0]["reply"],
    }


@pytest.mark.parametrize("service", PORTS)
async def test_a_service_answers_as_it_documents(service: str, county: County, tmp_path: Path) -> None:
    config = tmp_path / CONFIG.name
    config.write_text(Template(CONFIG.read_text()).substitute(county.names, HOOKS=HOOKS))
    words = ["--config-file", str(config), "run", f"{county.system.urls[service]}/openapi.json", "--no-color"]
    how = ["--max-examples", EXAMPLES, *(QUICK if EXAMPLES == USUAL else [])]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", *words, *how, cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    documented = await operations(county.system.urls[service])
    assert f"Selected: {documented}/{documented}\n  Tested: {documented}\n" in said


async def operations(url: str) -> int:
    """How many a service documents."""
    async with httpx.AsyncClient(trust_env=False) as client:
        paths = (await client.get(f"{url}/openapi.json")).json()["paths"]
    return sum(len(methods) for methods in paths.values())
