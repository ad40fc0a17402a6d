"""A service that cannot run as it was set says why in one line and exits with 1: no traceback, no half-started service."""

import asyncio
import socket
import subprocess
from pathlib import Path

import asyncpg
import pytest

from services.cli.system import free_port
from shared import db
from tests.chaos.system.processes import ROOT, Machines, environment, minsheng

UNUSED = {"MINSHENG_DATABASE_URL": "postgresql://u:secret@127.0.0.1:9/x", "MINSHENG_NATS_URL": "nats://127.0.0.1:9"}


async def serve(**settings: str) -> str:
    """What a service refused to start with: its only line."""
    given = environment({**UNUSED, "MINSHENG_LOG_LEVEL": "error", **settings})
    done = await asyncio.to_thread(
        subprocess.run, minsheng("serve", "intake"), env=given, cwd=ROOT, capture_output=True, text=True, timeout=30
    )  # fmt: skip
    lines = (done.stdout + done.stderr).strip().splitlines()
    assert (done.returncode, len(lines)) == (1, 1), done.stdout + done.stderr
    assert "secret" not in lines[0]
    return lines[0]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"MINSHENG_PORT": "eighty"}, "MINSHENG_PORT"),
        ({"MINSHENG_PORT": "70000"}, "MINSHENG_PORT"),
        ({"MINSHENG_AUTH": "off", "MINSHENG_HOST": "0.0.0.0"}, "MINSHENG_AUTH=off"),
        ({"MINSHENG_KEYS": "adapter:nobody:00"}, "MINSHENG_KEYS"),
    ],
)
async def test_a_setting_that_is_not_accepted_is_named(settings: dict[str, str], named: str) -> None:
    assert named in await serve(**settings)


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in await serve(MINSHENG_PORT=str(port), MINSHENG_AUTH="off")


async def test_a_database_of_a_newer_version_is_left_alone(town: Machines) -> None:
    url = town.servers.database_url.removesuffix("/minsheng") + "/newer"
    connection = await asyncpg.connect(town.servers.database_url)
    await connection.execute("create database newer")
    await connection.close()
    await db.migrate(url, "intake", Path(ROOT, "services/intake/schema.sql"))
    connection = await asyncpg.connect(url)
    await connection.execute("insert into intake.migrations values ('kernel', 999)")
    await connection.close()
    line = await serve(
        MINSHENG_DATABASE_URL=url, MINSHENG_NATS_URL=town.servers.nats_url, MINSHENG_AUTH="off", MINSHENG_PORT=str(free_port())
    )
    assert "migration 999" in line
