"""Files kept on a real S3-compatible server: the same over HTTP, and nothing lost or left while that server is away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System, running
from shared import settings
from shared.access import Caller, key_line
from shared.blobs import Blobs, configured
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.sealed_files import opened
from tests.integration.seaweedfs import SeaweedFS
from tests.unit.services.intake.attachments.samples import exif, picture


@dataclass
class Desk:
    """A county whose files lie in a bucket."""

    system: System
    server: SeaweedFS
    bucket: Blobs
    client: httpx.AsyncClient

    @property
    def url(self) -> str:
        return self.system.urls["intake"]

    async def told(self, data: bytes, message_id: str, sender: str) -> str:
        """Sends a picture, then the message it belongs to; returns its hash."""
        answer = await self.client.post(f"{self.url}/attachments", content=data)
        assert answer.status_code == 201, answer.text
        sha256: str = answer.json()["sha256"]
        message = {
            "channel": "wecom", "group": "g", "message_id": message_id, "sender": sender, "text": "自来水管破裂，院子都淹了",
            "sent_at": self.system.clock.now().isoformat(), "attachments": [{"sha256": sha256, "kind": "image"}],
        }  # fmt: skip
        assert (await self.client.post(f"{self.url}/messages", json=message)).status_code == 202
        await self.system.settle()
        return sha256

    async def forget(self, message_id: str) -> None:
        query = "select person from messages where message_id = $1"
        person = await self.system.services["intake"].pool.fetchval(query, message_id)
        assert (await self.client.post(f"{self.url}/people/{person}/forget")).status_code == 200


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    home = tmp_path_factory.mktemp("bucket")
    with SeaweedFS(home / "seaweedfs") as server, Embedded(home / "servers", durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            console="off",
            **server.settings,
        )
        bucket = configured(config)
        assert bucket
        clock = SimulatedClock(datetime(2025, 6, 2, tzinfo=UTC))
        async with (
            running(config, clock) as system,
            httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client,
        ):
            yield Desk(system, server, bucket, client)


async def test_a_picture_goes_in_and_comes_out_and_its_copy_is_kept_beside_it(desk: Desk) -> None:
    data = picture(size=(1700, 900), exif=exif())
    sha256 = await desk.told(data, "m1", "v1")
    assert (await desk.client.get(f"{desk.url}/attachments/{sha256}")).content == data
    copy = await desk.client.get(f"{desk.url}/attachments/{sha256}/public")
    assert (copy.status_code, copy.headers["content-type"]) == (200, "image/jpeg")
    for name in (f"{sha256}.1", f"{sha256}.1.public"):
        kept = await desk.bucket.get(name)
        assert kept
        assert b"JFIF" not in kept


async def test_while_the_server_is_away_that_is_said_and_afterwards_all_is_there(desk: Desk) -> None:
    data, later = picture(size=(31, 30)), picture(size=(32, 30))
    sha256 = await desk.told(data, "m2", "v2")
    desk.server.stop()
    for answer in (
        await desk.client.get(f"{desk.url}/attachments/{sha256}"),
        await desk.client.post(f"{desk.url}/attachments", content=later),
    ):
        assert (answer.status_code, answer.json()["dependency"]) == (503, "attachments")
    desk.server.start()
    assert (await desk.client.get(f"{desk.url}/attachments/{sha256}")).content == data
    await desk.told(later, "m3", "v2")


async def test_who_is_forgotten_while_the_server_is_away_is_unreadable_at_once_and_gone_when_it_is_back(desk: Desk) -> None:
    sha256 = await desk.told(picture(size=(41, 40)), "m4", "v4")
    sealed = await desk.bucket.get(f"{sha256}.1")
    assert sealed
    desk.server.stop()
    await desk.forget("m4")
    async with asyncio.timeout(30):
        while (await desk.client.get(f"{desk.url}/attachments/{sha256}")).status_code != 404:
            await asyncio.sleep(0.1)
    assert await opened(desk.system.services["intake"].vault, f"{sha256}.1", sealed) is None
    desk.server.start()
    await desk.system.settle()
    assert await desk.bucket.get(f"{sha256}.1") is None
