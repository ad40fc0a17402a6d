"""The whole system on real servers, one for all tests here: each test speaks in a group of its own."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded

START = datetime(2025, 6, 2, 0, 0, tzinfo=UTC)
VILLAGES = 300
"""of the system that all tests share: each speaks in one of its own"""
FEW = 80
"""of a system that a module starts for itself"""
OFFICER = frozenset({Caller.OFFICER})
OWN_KEYS = " ".join(
    (
        key_line("water-1", OFFICER, "wang", person="p-wang", called="王芳", department="water"),
        key_line("water-2", OFFICER, "li", person="p-li", called="李四", department="water"),
        key_line("power-1", OFFICER, "zhao", person="p-zhao", called="赵强", department="power"),
        key_line("desk-1", frozenset({Caller.SUPERVISOR, Caller.OFFICER}), "sun", person="p-sun", called="孙主任"),
    )
)
"""keys of people"""
KEYS = {"all": frozenset(Caller), **{str(caller): frozenset({caller}) for caller in Caller}}


def groups(many: int) -> str:
    return "group,channel,village,township\n" + "".join(f"g{n},wecom,河湾{n}村,平川镇\n" for n in range(many))


def roster(many: int) -> str:
    """Of each village a villager, a neighbour and an official."""
    return "sender,group,real_name,role,department\n" + "".join(
        f"v{n},g{n},村民{n},villager,\nw{n},g{n},邻居{n},villager,\no{n},g{n},村干部{n},village_official,village\n"
        for n in range(many)
    )


GROUPS, ROSTER = groups(FEW), roster(FEW)
DEPARTMENTS = (
    "code,name,level,duties\n"
    "village,村委会,village,村内路灯 垃圾清运 邻里纠纷 村务公开\n"
    "township,平川镇人民政府,township,综合协调\n"
    "water,水利局,county,自来水 停水 水管破裂 供水管道\n"
    "power,供电公司,county,停电 变压器 电线杆 线路老化\n"
    "letters,信访局,county,信访 历史遗留\n"
    "discipline,纪委监委,county,干部作风 贪污 截留 举报\n"
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    home = tmp_path_factory.mktemp("system")
    with Embedded(home, durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=" ".join(key_line(name, callers, name) for name, callers in KEYS.items()) + f" {OWN_KEYS}",
            console="off",
            attachments=str(home / "attachments"),
            intake_model="off",  # what follows from a reading is tested here: it should not change with the weights of a model
            routing_model="off",
            triage_below=0.7,
            second_calls=0,  # on whom the lot falls is another's test: it adds a step to what it falls on
        )
        async with running(config, SimulatedClock(START)) as started:
            async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=120, trust_env=False) as client:
                for service, table, body in (
                    ("intake", "groups", groups(VILLAGES)),
                    ("intake", "roster", roster(VILLAGES)),
                    ("routing", "departments", DEPARTMENTS),
                ):
                    (await client.put(f"{started.urls[service]}/{table}", content=body)).raise_for_status()
            await started.settle()
            yield started


class Village:
    """One group of the county, with a villager, a neighbour and an official, and the APIs as a caller with all roles."""

    def __init__(self, system: System, client: httpx.AsyncClient, number: int) -> None:
        self.system, self.client, self.number, self.group = system, client, number, f"g{number}"
        self.ids = count(1)

    async def say(self, who: str, text: str, *, quoting: str | None = None) -> dict[str, Any]:
        """Says it now, waits until all its consequences have happened; returns intake's view of the message."""
        message_id = f"{self.group}-{next(self.ids)}"
        answer = await self.post(self.message(message_id, who, text, quoting))
        assert answer.status_code == 202, answer.text
        await self.system.settle()
        return await self.get("intake", f"/messages/wecom/{message_id}")

    def message(self, message_id: str, who: str, text: str, quoting: str | None = None) -> dict[str, Any]:
        return {
            "channel": "wecom", "group": self.group, "message_id": message_id, "sender": f"{who}{self.number}", "text": text,
            "sent_at": self.system.clock.now().isoformat(), "reply_to": quoting,
        }  # fmt: skip

    async def post(self, body: Any, **query: Any) -> httpx.Response:
        return await self.client.post(f"{self.system.urls['intake']}/messages", json=body, params=query)

    async def get(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.client.get(f"{self.system.urls[service]}{path}", params=query)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def act(self, number: str, step: str, **body: Any) -> httpx.Response:
        answer = await self.client.post(f"{self.system.urls['routing']}/cases/{number}/{step}", json=body)
        await self.system.settle()
        return answer

    async def replies(self, number: str) -> list[str]:
        case = await self.get("routing", f"/cases/{number}")
        found = await self.get("notify", "/replies", appeal=case["appeal"])
        return [reply["template"] for reply in reversed(found["replies"])]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def villages(system: System) -> AsyncIterator[Callable[[], Village]]:
    numbers = iter(range(VILLAGES))  # one too many would be a village without a roster: it ends here
    async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=30, trust_env=False) as client:
        yield lambda: Village(system, client, next(numbers))


@pytest.fixture
def village(villages: Callable[[], Village]) -> Village:
    return villages()
