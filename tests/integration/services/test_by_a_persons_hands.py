"""A village that talks where no program may read or write: an officer pastes what was said, and says the replies himself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded

NOW = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)
"""nine in the morning in the county"""
CHANNELS = '[channels.hand]\nkind = "manual"\ngroups = ["*/*"]\n'
GROUPS = "group,channel,village,township\nqianlu,wechat,前路村,平川镇\n"
ROSTER = (
    "sender,group,real_name,role,department\nv01,qianlu,张三,villager,\nv02,qianlu,刘翠花,villager,\n"
    "o01,qianlu,李四,village_official,village\n"
)
DEPARTMENTS = "code,name,level,duties\nvillage,村委会,village,村内路灯\nletters,信访局,county,信访\npower,供电公司,county,停电 变压器 电线杆\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder: Path = tmp_path_factory.mktemp("by-hand")
    (folder / "channels.toml").write_text(CHANNELS)
    with Embedded(folder / "home", durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url, nats_url=embedded.nats_url, console="off",
            keys=" ".join(key_line(str(caller), frozenset({caller}), str(caller)) for caller in Caller),
            channels_out=str(folder / "channels.toml"),
        )  # fmt: skip
        async with running(config, SimulatedClock(NOW)) as system:
            async with httpx.AsyncClient(headers={"authorization": "Bearer admin"}, timeout=60, trust_env=False) as client:
                for url, body in (
                    (f"{system.urls['intake']}/groups", GROUPS),
                    (f"{system.urls['intake']}/roster?channel=wechat", ROSTER),
                    (f"{system.urls['routing']}/departments", DEPARTMENTS),
                ):
                    (await client.put(url, content=body)).raise_for_status()
            await system.settle()
            yield system


class Officer:
    """A duty officer with the key of his role and nothing else."""

    def __init__(self, system: System, client: httpx.AsyncClient) -> None:
        self._system, self._client = system, client

    async def paste(self, text: str, **more: Any) -> dict[str, Any]:
        body = {"channel": "wechat", "group": "qianlu", "by": "王芳", "text": text, **more}
        answer = await self._client.post(f"{self._system.urls['intake']}/messages/paste?wait=5", json=body)
        assert answer.status_code in (200, 202), answer.text
        await self._system.settle()
        read: dict[str, Any] = answer.json()
        return read

    async def get(self, service: str, path: str) -> dict[str, Any]:
        answer = await self._client.get(f"{self._system.urls[service]}{path}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def queue(self) -> list[dict[str, Any]]:
        """What he has to say in the groups."""
        replies: list[dict[str, Any]] = (await self.get("notify", "/replies/manual"))["replies"]
        return [reply for reply in replies if reply["audience"] == "group"]

    async def sent(self, reply: str, at: datetime) -> None:
        said = {"by": "王芳", "at": at.isoformat()}
        answer = await self._client.post(f"{self._system.urls['notify']}/replies/{reply}/sent", json=said)
        assert answer.status_code == 202, answer.text
        await self._system.settle()


async def test_from_the_pasted_words_to_the_reply_that_a_person_sent(county: System) -> None:
    assert isinstance(county.clock, SimulatedClock)
    async with httpx.AsyncClient(headers={"authorization": "Bearer officer"}, timeout=30, trust_env=False) as client:
        officer = Officer(county, client)
        text = "张三 8:55\n村西头变压器冒烟了，滋滋响\n\n前路村刘翠花 8:57\n俺家也停电了\n"
        shown = await officer.paste(text)
        assert [one["linked"]["sender"] for one in shown["results"]] == ["v01", "v02"]
        assert await officer.queue() == []

        opened, joined = (await officer.paste(text, dry_run=False))["results"]
        assert (opened["kind"], joined["appeal"]) == ("appeal", opened["appeal"])
        case = await officer.get("routing", f"/cases/{opened['number']}")
        assert (case["status"], case["department"], case["urgent"]) == ("assigned", "power", True)
        assert datetime.fromisoformat(case["opened_at"]) == NOW - timedelta(minutes=5)

        [receipt] = await officer.queue()
        assert (receipt["group"], receipt["status"], receipt["audience"]) == ("qianlu", "handed", "group")
        assert opened["number"] in receipt["text"]
        at = NOW + timedelta(minutes=1)
        county.clock.advance_to(NOW + timedelta(minutes=2))
        await officer.sent(receipt["reply"], at)
        assert await officer.queue() == []
        told = (await officer.get("notify", f"/replies/{receipt['reply']}"))["events"][-1]["data"]
        assert (told["by"], datetime.fromisoformat(told["delivered_at"])) == ("王芳", at)

        answered = f"{text}\n李四 9:01\n「张三：村西头变压器冒烟了，滋滋响」\n- - - - - -\n收到，马上联系供电所\n"
        *known, answer = (await officer.paste(answered, dry_run=False))["results"]
        assert [one["duplicate"] for one in known] == [True, True]
        assert (answer["kind"], answer["quote"]["message_id"]) == ("accept", opened["message_id"])
        [accepted] = await officer.queue()
        assert (accepted["template"], "李四" in accepted["text"]) == ("accepted", True)
        clocks = (await officer.get("sla", f"/cases/{opened['number']}/clocks"))["clocks"]
        [accept] = [clock for clock in clocks if clock["promise"] == "accept"]
        assert not accept["overdue"]
