"""Several villages lose their water at once: one matter is offered, and each village is answered in its own group."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.system import System, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from tests.integration.services.conftest import DEPARTMENTS

MORNING = datetime(2025, 6, 2, 0, 0, tzinfo=UTC)
VILLAGES = {"n1": "青石镇", "n2": "青石镇", "n3": "青石镇", "n4": "青石镇", "far": "白水镇", "off": "白水镇"}
GROUPS = "group,channel,village,township\n" + "".join(f"{g},wecom,{g}村,{t}\n" for g, t in VILLAGES.items())
ROSTER = "sender,group,real_name,role,department\n" + "".join(
    f"{g}-{n},{g},村民{n},villager,\n" for g in VILLAGES for n in range(4)
)
ROSTER += "".join(f"{g}-o,{g},干部{g},village_official,village\n" for g in VILLAGES)
DRY = ("自来水停了，一早上没水", "俺村也停水了，牛都没水喝", "水管里一滴水都没有，做饭都没法做", "全村断水，啥时候来水")


class County:
    """A county of two townships on a simulated clock; may be stopped and started again on the same servers."""

    def __init__(self, system: System, client: httpx.AsyncClient, ids: "count[int]") -> None:
        self.system, self.client, self._ids = system, client, ids

    async def say(self, sender: str, text: str, *, quoting: str | None = None, after: float = 0) -> dict[str, Any]:
        """Says it so many minutes later in the group of the sender, and waits for all its consequences."""
        assert isinstance(self.system.clock, SimulatedClock)
        moment = self.system.clock.now() + timedelta(minutes=after)
        await self.system.run_until(self.system.clock, moment, inclusive=True)
        message_id = f"m{next(self._ids)}"
        body = {
            "channel": "wecom", "group": sender.partition("-")[0], "message_id": message_id, "sender": sender, "text": text,
            "sent_at": moment.isoformat(), "reply_to": quoting,
        }  # fmt: skip
        (await self.client.post(f"{self.system.urls['intake']}/messages", json=body)).raise_for_status()
        await self.system.settle()
        return await self.get("intake", f"/messages/wecom/{message_id}")

    async def get(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.client.get(f"{self.system.urls[service]}{path}", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def crowds(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("intake", "/crowds", **query))["crowds"]
        return found

    async def decide(self, crowd: str, what: str, key: str = "supervisor", **body: Any) -> httpx.Response:
        answer = await self.client.post(
            f"{self.system.urls['intake']}/crowds/{crowd}/{what}", json=body, headers={"authorization": f"Bearer {key}"}
        )
        await self.system.settle()
        return answer

    async def told(self, group: str, audience: str = "group") -> list[dict[str, Any]]:
        """What a group (or its officials) was told, oldest first."""
        replies = (await self.get("notify", "/replies", limit=500))["replies"]
        return [r for r in reversed(replies) if (r["group"], r["audience"]) == (group, audience)]

    async def correct(self, message: dict[str, Any], **said: Any) -> dict[str, Any]:
        """The desk says what a message is."""
        url = f"{self.system.urls['intake']}/triage/{message['message']}/correct"
        answer = await self.client.post(url, json=said)
        assert answer.status_code == 200, answer.text
        await self.system.settle()
        found: dict[str, Any] = answer.json()
        return found

    async def status(self, number: str) -> str:
        found: str = (await self.get("routing", f"/cases/{number}"))["status"]
        return found


Opening = Callable[[], AbstractAsyncContextManager[County]]


@pytest.fixture
def opening(tmp_path: Path) -> Any:
    """Starts the county; what is started later goes on with the data and the time of what was stopped."""
    with Embedded(tmp_path / "home", durable=False) as embedded:
        callers = {
            "all": frozenset(Caller),
            "supervisor": frozenset({Caller.SUPERVISOR}),
            "officer": frozenset({Caller.OFFICER}),
            "admin": frozenset({Caller.ADMIN}),
        }
        config = settings.read(
            database_url=embedded.database_url, nats_url=embedded.nats_url, console="off", intake_model="off",
            keys=" ".join(key_line(name, roles, name) for name, roles in callers.items()),
        )  # fmt: skip
        clock, ids = SimulatedClock(MORNING), count(1)

        @asynccontextmanager
        async def opened() -> AsyncIterator[County]:
            async with (
                running(config, clock) as system,
                httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=30, trust_env=False) as client,
            ):
                for service, table, body in (
                    ("intake", "groups", GROUPS),
                    ("intake", "roster", ROSTER),
                    ("routing", "departments", DEPARTMENTS),
                ):
                    (await client.put(f"{system.urls[service]}/{table}", content=body)).raise_for_status()
                await system.settle()
                yield County(system, client, ids)

        yield opened


async def test_three_villages_without_water_are_one_matter_resolved_once_and_answered_in_each_group(opening: Opening) -> None:
    async with opening() as county:
        first = await county.say("n1-1", DRY[0])
        assert await county.crowds() == []
        await county.say("n1-2", "俺家也没水", after=5)
        second = await county.say("n2-1", DRY[1], after=10)
        elsewhere = await county.say("far-1", DRY[0], after=2)
        third = await county.say("n3-1", DRY[2], after=8)
        joined = await county.say("n3-2", "我家也停水了", after=3)
        assert joined["reading"]["appeal"] == third["reading"]["appeal"]
        await county.say("n3-2", "我家还是没水，急死人", after=3)

        [crowd] = await county.crowds()
        assert [a["number"] for a in crowd["appeals"]] == [m["number"] for m in (first, second, third)]
        assert [a["households"] for a in crowd["appeals"]] == [2, 1, 2]
        assert (await county.get("intake", f"/appeals/{first['number']}"))["households"] == 2
        assert (crowd["township"], crowd["about"], crowd["status"], crowd["households"]) == ("青石镇", "供水", "offered", 5)
        assert [g["village"] for g in crowd["groups"]] == ["n1村", "n2村", "n3村"]
        assert len(crowd["reasons"]) == 2
        told = await county.told("n1", "officials")
        assert [r["template"] for r in told if r["template"].startswith("crowd")] == [
            "crowd-offered",
            "crowd-grew",
            "crowd-grew",
        ]
        assert {await county.status(m["number"]) for m in (first, second, third)} == {"assigned"}  # never merged silently

        answer = await county.decide(crowd["crowd"], "merge", note="主管道爆裂，问张三13812345678")
        assert answer.status_code == 200, answer.text
        assert answer.json()["lead"] == first["reading"]["appeal"]
        await county.say("n1-o", "收到，水利局已派人", quoting=first["message_id"], after=1)
        await county.say("n1-o", "主管道已修好，全部恢复供水", quoting=first["message_id"], after=30)
        for message in (first, second, third):
            assert await county.status(message["number"]) == "resolved"
        for group, message in (("n1", first), ("n2", second), ("n3", third)):
            told = [r for r in await county.told(group) if r["template"] in ("received", "merged", "accepted", "resolved")]
            assert [r["template"] for r in told] == ["received", "merged", "accepted", "resolved"]
            assert all(message["number"] in r["text"] for r in told)
            assert all(r["quote"] == message["message_id"] for r in told)
            assert "恢复供水" in told[-1]["text"]
        assert await county.status(elsewhere["number"]) == "assigned"

        await county.say("n2-1", "好了，来水了，谢谢", after=5)
        await county.say("n3-1", "我们村还是没水，根本没好", after=5)
        assert [await county.status(m["number"]) for m in (first, second, third)] == ["resolved", "closed", "assigned"]
        [crowd] = await county.crowds(status="merged", township="青石镇")
        assert (crowd["note"], crowd["decided_by"]) == ("主管道爆裂，问张三13812345678", "supervisor")
        answer = await county.client.get(
            f"{county.system.urls['intake']}/crowds", params={"status": "merged"}, headers={"authorization": "Bearer admin"}
        )
        assert answer.json()["crowds"][0]["note"] == "主管道爆裂，问张三138****5678"


async def test_what_the_desk_dismissed_stays_apart(opening: Opening) -> None:
    async with opening() as county:
        numbers = [(await county.say("n1-1", DRY[0]))["number"], (await county.say("n2-1", DRY[1], after=10))["number"]]
        [crowd] = await county.crowds()
        assert (await county.decide(crowd["crowd"], "dismiss", key="officer")).status_code == 403
        assert (await county.decide(crowd["crowd"], "dismiss", note="两村水源不同")).status_code == 200
        refused = await county.decide(crowd["crowd"], "merge")
        assert (refused.status_code, refused.json()["code"]) == (409, "already-dismissed")
        third = await county.say("n3-1", DRY[2], after=10)
        await county.say("n2-2", "俺家也没水", after=5)
        [still] = await county.crowds()
        assert (still["status"], still["households"], len(still["appeals"])) == ("dismissed", 2, 2)
        await county.say("n1-o", "水管已修好，已恢复供水", quoting="m1", after=5)
        assert [await county.status(n) for n in (*numbers, third["number"])] == ["resolved", "assigned", "assigned"]
        assert not [r for g in ("n1", "n2", "n3") for r in await county.told(g) if r["template"] == "merged"]
        assert (await county.decide("7d2a4a8e-0000-4000-8000-000000000000", "merge")).status_code == 404


async def test_who_comes_after_the_merge_is_offered_again_and_hears_how_far_it_is(opening: Opening) -> None:
    async with opening() as county:
        first = await county.say("n1-1", DRY[0])
        second = await county.say("n2-1", DRY[1], after=10)
        [crowd] = await county.crowds()
        await county.decide(crowd["crowd"], "merge")
        again = await county.decide(crowd["crowd"], "merge")
        assert (again.status_code, again.json()["code"]) == (409, "nothing-to-merge")
        await county.say("n1-o", "收到，正在抢修", quoting=first["message_id"], after=5)
        late = await county.say("n4-1", DRY[3], after=20)
        assert await county.status(late["number"]) == "assigned"
        [crowd] = await county.crowds()
        assert [a["merged"] for a in crowd["appeals"]] == [True, True, False]
        assert (await county.decide(crowd["crowd"], "merge")).status_code == 200
        assert await county.status(late["number"]) == await county.status(first["number"]) != "assigned"
        await county.client.post(
            f"{county.system.urls['routing']}/cases/{first['number']}/resolve", json={"words": "管道修好，恢复供水"}
        )
        await county.system.settle()
        assert {await county.status(m["number"]) for m in (first, second, late)} == {"resolved"}
        led = await county.get("routing", "/cases", lead=first["reading"]["appeal"])
        assert {case["number"] for case in led["cases"]} == {m["number"] for m in (first, second, late)}


async def test_a_withdrawn_lead_ends_alone_and_the_next_is_followed(opening: Opening) -> None:
    async with opening() as county:
        first, second, third = [await county.say(f"n{n}-1", DRY[n - 1], after=5) for n in (1, 2, 3)]
        [crowd] = await county.crowds()
        await county.decide(crowd["crowd"], "merge", note="主管道爆裂")
        await county.correct(first, kind="chatter", note="说的是前年")
        [left] = await county.crowds()
        assert [a["number"] for a in left["appeals"]] == [second["number"], third["number"]]
        assert (left["households"], left["lead"], left["status"]) == (2, second["reading"]["appeal"], "merged")
        assert left["note"] == "主管道爆裂"
        assert [await county.status(m["number"]) for m in (first, second, third)] == ["closed", "assigned", "assigned"]
        told = [r for r in await county.told("n3") if r["template"] == "merged"]
        assert [second["number"] in r["text"] for r in told] == [False, True]
        await county.say("n2-o", "主管道已修好，全部恢复供水", quoting=second["message_id"], after=30)
        assert {await county.status(m["number"]) for m in (second, third)} == {"resolved"}


async def test_one_crowd_is_shown_alone_and_led_by_whom_the_desk_chose(opening: Opening) -> None:
    async with opening() as county:
        first, second, third = [await county.say(f"n{n}-1", DRY[n - 1], after=5) for n in (1, 2, 3)]
        [crowd] = await county.crowds()
        assert await county.get("intake", f"/crowds/{crowd['crowd']}") == crowd
        refused = await county.decide(crowd["crowd"], "merge", lead="TY-20250602-9999")
        assert (refused.status_code, refused.json()["code"]) == (409, "not-its-lead")
        assert (await county.decide(crowd["crowd"], "merge", lead=second["number"])).json()["lead"] == second["reading"][
            "appeal"
        ]
        await county.decide(crowd["crowd"], "merge", lead=third["number"])
        assert (await county.get("intake", f"/crowds/{crowd['crowd']}"))["lead"] == third["reading"]["appeal"]
        await county.say("n3-o", "主管道已修好，全部恢复供水", quoting=third["message_id"], after=30)
        assert {await county.status(m["number"]) for m in (first, second, third)} == {"resolved"}
        nobody = f"{county.system.urls['intake']}/crowds/7d2a4a8e-0000-4000-8000-000000000000"
        assert (await county.client.get(nobody)).status_code == 404


async def test_a_supplement_that_was_talk_lowers_the_count_of_households_also_after_a_restart(opening: Opening) -> None:
    async with opening() as county:
        await county.say("n1-1", DRY[0])
        joined = await county.say("n1-2", "俺家也没水", after=5)
        twice = [await county.say("n1-3", "我家也停水了", after=2), await county.say("n1-3", "我家还是没水", after=2)]
        await county.say("n2-1", DRY[1], after=10)
        [crowd] = await county.crowds()
        assert (crowd["households"], [a["households"] for a in crowd["appeals"]]) == (4, [3, 1])
        await county.correct(twice[0], kind="chatter")
        assert [c["households"] for c in await county.crowds()] == [4]  # he said it again
    async with opening() as county:
        await county.correct(joined, kind="chatter", note="说的是去年")
        [crowd] = await county.crowds()
        assert (crowd["households"], [a["households"] for a in crowd["appeals"]]) == (3, [2, 1])
        await county.correct(twice[1], kind="chatter")
        await county.correct(joined, kind="supplement", appeal=crowd["appeals"][0]["number"])
        [crowd] = await county.crowds()
        assert (crowd["households"], [a["households"] for a in crowd["appeals"]]) == (3, [2, 1])


async def test_what_a_person_says_is_an_appeal_joins_the_crowd_of_when_it_was_said(opening: Opening) -> None:
    async with opening() as county:
        first = await county.say("n1-1", DRY[0])
        talk = await county.say("n2-1", "自来水又那样了", after=10)
        assert talk["number"] is None
        await county.system.run_until(county.system.clock, county.system.clock.now() + timedelta(days=2), inclusive=True)  # type: ignore[arg-type]
        assert await county.crowds() == []
        opened = await county.correct(talk, kind="appeal")
        [crowd] = await county.crowds()
        assert [a["number"] for a in crowd["appeals"]] == [first["number"], opened["number"]]


async def test_a_restart_in_the_middle_loses_nothing_and_counts_nothing_twice(opening: Opening) -> None:
    async with opening() as county:
        first = await county.say("n1-1", DRY[0])
        await county.say("n1-2", "俺家也没水", after=5)
    async with opening() as county:
        second = await county.say("n2-1", DRY[1], after=10)
        [crowd] = await county.crowds()
        assert crowd["households"] == 3
    async with opening() as county:
        await county.say("n2-2", "我家也停水了", after=5)
        third = await county.say("n3-1", DRY[2], after=10)
        await county.say("n1-2", "俺家还是没水", after=5)
        [grown] = await county.crowds()
        assert (grown["crowd"], grown["households"], len(grown["appeals"])) == (crowd["crowd"], 5, 3)
        await county.decide(grown["crowd"], "merge")
    async with opening() as county:
        await county.say("n1-o", "主管道已修好，全部恢复供水", quoting=first["message_id"], after=30)
        assert {await county.status(m["number"]) for m in (first, second, third)} == {"resolved"}
        for group in ("n1", "n2", "n3"):
            templates = [r["template"] for r in await county.told(group)]
            assert (templates.count("merged"), templates.count("resolved")) == (1, 1)


async def test_crowds_come_in_pages_newest_first_and_survive_a_rebuild_of_the_view(opening: Opening) -> None:
    async with opening() as county:
        for village in ("n1", "n2"):
            await county.say(f"{village}-1", DRY[0], after=5)
        for village in ("far", "off"):
            await county.say(f"{village}-1", "停电了，冰箱里肉都要坏了", after=5)
        newest, oldest = await county.crowds()
        assert [newest["about"], oldest["about"]] == ["供电", "供水"]
        assert await county.crowds(limit=1) == [newest]
        assert await county.crowds(before=newest["offered_at"], before_crowd=newest["crowd"]) == [oldest]
        follower: Any = county.system.services["intake"].follower("crowds")
        await follower.rebuild(lambda _: None)
        assert await county.crowds() == [newest, oldest]
        bad = await county.client.get(f"{county.system.urls['intake']}/crowds", params={"status": "gone"})
        assert (bad.status_code, bad.headers["content-type"]) == (422, "application/problem+json")
