"""Bulletins of a whole county on real servers: each group hears of its day once, staff hear of the week once."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg
import httpx
import nats
import pytest
import pytest_asyncio

from services.cli.system import System, build, running
from services.notify.heard import Heard
from services.notify.issuing import Bulletins
from services.notify.texts import Texts
from services.routing.telling import Telling
from shared import settings
from shared.clock import CHINA, SimulatedClock
from shared.embedded import Embedded, Servers
from shared.envelope import Append
from shared.events.notify import Audience, Bulletin, BulletinIssued, ReplyQueued
from shared.events.routing import HottestTold
from shared.followers import Projector
from shared.store import SQL, Stored
from tests.integration.services.conftest import DEPARTMENTS, GROUPS, ROSTER, Village
from tests.integration.services.test_hot import KILN
from tests.integration.services.test_triage import correct

MONDAY = datetime(2025, 6, 2, 9, 30, tzinfo=CHINA)
_databases = count(1)
DYING = """
create sequence deaths start 1;
create function die() returns trigger language plpgsql as $$
begin
    if new.type like '%.bulletin-issued.%' and nextval('deaths') < 3 then
        perform pg_terminate_backend(pg_backend_pid());
        perform pg_sleep(1);
    end if;
    return new;
end $$;
create trigger dying after insert on events for each row execute function die();
"""
"""the connection that issues a bulletin is cut within its transaction, twice"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with Embedded(tmp_path_factory.mktemp("bulletins"), durable=False) as embedded:
        yield embedded


class County:
    """A county of its own, with bulletins, on a simulated clock that starts on a Monday morning."""

    def __init__(self, system: System, clock: SimulatedClock, client: httpx.AsyncClient) -> None:
        self.system, self.clock, self._client = system, clock, client
        self._numbers = count()

    def village(self) -> Village:
        return Village(self.system, self._client, next(self._numbers))

    async def until(self, day: int, hour: int, minute: int = 0) -> None:
        """Lets time pass up to and including a moment of June."""
        moment = datetime(2025, 6, day, hour, minute, tzinfo=CHINA)
        await self.system.run_until(self.clock, moment, inclusive=True)

    async def publish(self, notice: dict[str, Any]) -> httpx.Response:
        answer = await self._client.post(f"{self.system.urls['disclosure']}/notices", json=notice)
        await self.system.settle()
        return answer

    async def said(self, template: str) -> dict[str, list[str]]:
        """The bulletins so far, by group, in order."""
        said: dict[str, list[str]] = {}
        for event in await self.events():
            if isinstance(event, ReplyQueued) and event.template == template:
                said.setdefault(event.group, []).append(event.text)
        return said

    async def events(self) -> list[Any]:
        return [r.event async for page in self.system.services["notify"].store.read_all() for r in page]


@pytest_asyncio.fixture(loop_scope="session")
async def county(servers: Servers) -> AsyncIterator[County]:
    name = f"bulletins_{next(_databases)}"
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f"create database {name}")
    await connection.close()
    client = await nats.connect(servers.nats_url)
    for info in await client.jetstream().streams_info():
        await client.jetstream().delete_stream(info.config.name)
    await client.close()
    config = settings.read(
        database_url=servers.database_url.rpartition("/")[0] + f"/{name}", nats_url=servers.nats_url, auth="off",
        console="off", bulletins="on", staff_groups="wecom/staff wecom/leaders",
    )  # fmt: skip
    clock = SimulatedClock(MONDAY.astimezone(UTC))
    async with (
        running(config, clock) as system,
        httpx.AsyncClient(timeout=30, trust_env=False) as client,
    ):
        for service, table, body in (
            ("intake", "groups", GROUPS),
            ("intake", "roster", ROSTER),
            ("routing", "departments", DEPARTMENTS),
        ):
            (await client.put(f"{system.urls[service]}/{table}", content=body)).raise_for_status()
        await system.settle()
        yield County(system, clock, client)


async def test_each_group_in_which_something_happened_hears_of_its_day_and_a_quiet_one_nothing(county: County) -> None:
    busy, waiting, sealed, told, quiet = (county.village() for _ in range(5))
    await county.until(2, 10)
    done = await busy.say("v", "村西头变压器冒烟了，还滋滋响，太危险了")
    await busy.say("o", "收到，马上联系供电所去处理", quoting=done["message_id"])
    await busy.say("o", "变压器已经修好了，恢复正常供电", quoting=done["message_id"])
    await busy.say("v", "好了，谢谢，很满意", quoting=done["message_id"])
    left = await waiting.say("v", "巷子里路灯坏了一个星期了，没人管")
    report = await sealed.say("v", "村支书把低保名额给了他亲弟弟，还截留了补贴款")
    await quiet.say("v", "今天天气真好")
    notice = {"kind": "fund", "title": "低保金发放", "body": "共12户", "groups": [told.group]}
    (await county.publish(notice)).raise_for_status()
    await county.until(2, 18, 29)
    assert await county.said("daily") == {}

    await county.until(2, 18, 30)
    said = await county.said("daily")
    assert said.keys() == {busy.group, waiting.group, told.group}
    assert said[busy.group] == [
        "【民声】6月2日办理小结（6月1日18:30以来）\n新登记 1 件，受理 1 件，办结 1 件，群众满意 1 件，没有未办结的诉求。"
    ]
    assert f"在办 1 件：\n{left['number']} 村委会 待受理" in said[waiting.group][0]
    assert said[told.group][0].endswith("公示：《低保金发放》")
    assert report["number"] not in str(said)
    await county.until(3, 23)
    assert await county.said("daily") == said  # a case that only waits is no news


async def test_no_bulletin_tells_a_number_of_somebody_or_of_what_is_sealed(county: County) -> None:
    open_one, sealed = county.village(), county.village()
    await county.until(2, 10)
    await open_one.say("v", "巷子里路灯坏了一个星期了，没人管，我家建设路18号，电话13812345678")
    report = await sealed.say("v", "村支书把低保名额给了他亲弟弟，还截留了补贴款，我电话13812345678")
    notice = {"kind": "subsidy", "title": "补贴：张三13812345678", "body": "共1户", "groups": [open_one.group, sealed.group]}
    (await county.publish(notice)).raise_for_status()
    await county.until(9, 10)
    daily, weekly = await county.said("daily"), await county.said("weekly")
    assert daily.keys() == {open_one.group, sealed.group}
    assert "《补贴：张三138****5678》" in daily[sealed.group][0]
    for secret in ("13812345678", "建设路", "低保", report["number"]):
        assert secret not in f"{daily}{weekly}"
    assert "没有未办结的诉求" in daily[sealed.group][0]
    assert "新登记 1 件" in weekly["staff"][0]


async def test_what_is_late_and_what_was_reopened_is_told(county: County) -> None:
    village = county.village()
    opened = await village.say("v", "供水管道破裂，全村停水了，老人孩子没水喝")
    await county.until(2, 12)
    await village.say("o", "水管已经修好了，恢复供水", quoting=opened["message_id"])
    await village.say("v", "根本没修好，还是没水", quoting=opened["message_id"])
    await county.until(2, 18, 30)
    [first] = (await county.said("daily"))[village.group]
    assert "重办 1 件" in first
    assert ("已超时" in first) == opened["reading"]["urgent"]  # two hours are over again by half past six
    assert opened["number"] in first


async def test_staff_hear_of_the_week_once_on_monday_at_nine(county: County) -> None:
    village, other = county.village(), county.village()
    await county.until(2, 10)
    done = await village.say("v", "村西头变压器冒烟了，还滋滋响，太危险了")
    await village.say("o", "变压器已经修好了，恢复正常供电", quoting=done["message_id"])
    await village.say("v", "好了，谢谢，很满意", quoting=done["message_id"])
    left = await other.say("v", "巷子里路灯坏了一个星期了，没人管")
    await county.until(9, 8, 59)
    assert await county.said("weekly") == {}
    await county.until(9, 10)
    said = await county.said("weekly")
    assert said.keys() == {"staff", "leaders"}
    [text] = said["staff"]
    assert text.splitlines()[:2] == [
        "【民声周报】6月2日09:00至6月9日09:00",
        "新登记 2 件，办结 1 件；现有在办 1 件，其中超时 0 件。",
    ]
    assert "响应率 50.0%（1/2）" in text
    assert "解决率 100.0%（1/1）\n满意率 100.0%（1/1）" in text
    assert "平川镇：新登记 2 件，办结 1 件" in text
    assert "供电公司：新登记 1 件，办结 1 件" in text
    assert f"{left['number']} 村委会（平川镇河湾{other.number}村）6 天" in text
    audiences = {e.audience for e in await county.events() if isinstance(e, ReplyQueued) and e.template == "weekly"}
    assert audiences == {Audience.OFFICIALS}  # never by a village's robot
    await county.until(16, 8)
    assert await county.said("weekly") == said


async def told_hottest(county: County) -> list[HottestTold]:
    log = [r.event async for page in county.system.services["routing"].store.read_all() for r in page]
    return [event for event in log if isinstance(event, HottestTold)]


async def test_staff_read_in_the_weekly_bulletin_what_several_villages_raise_and_nothing_of_what_is_sealed(
    county: County,
) -> None:
    await county.until(4, 10)
    said = [(one, await one.say("v", text)) for one, text in zip([county.village() for _ in KILN], KILN, strict=True)]
    rivals = [asyncio.create_task(Telling(county.system.services["routing"]).run()) for _ in range(3)]  # without replicas' lock
    await county.until(9, 10)
    for rival in rivals:
        assert not rival.done()
        rival.cancel()
    await asyncio.gather(*rivals, return_exceptions=True)
    [text] = (await county.said("weekly"))["staff"]
    lines = text.splitlines()
    begin = lines.index("【反映最集中】")
    assert lines[begin + 1].startswith("1. ")
    assert "白鹭湾" in lines[begin + 1]
    assert "4 户反映 4 件，上周没有" in lines[begin + 1]
    assert lines[begin + 1].endswith("（平川镇）")
    assert set(lines[begin + 2].split("、")) == {message["number"] for _, message in said}
    assert [len(told.issues) for told in await told_hottest(county)] == [0, 1]  # at the first start there was none

    fresh = [(one, await one.say("v", text)) for one, text in zip([county.village() for _ in KILN], KILN, strict=True)]
    await county.until(16, 8, 55)
    assert len((await told_hottest(county))[-1].issues) == 1
    village, message = fresh[0]
    assert (await correct(village, message["message"], kind="report", sealed=True)).status_code == 200
    await county.until(16, 10)
    last = (await county.said("weekly"))["staff"][-1]
    assert "反映最集中" not in last
    assert message["number"] not in last


async def test_notify_that_slept_at_the_set_time_tells_all_that_was_said_meanwhile_once(county: County) -> None:
    village = county.village()
    await county.until(2, 18)
    notify = county.system.services.pop("notify")
    await notify.stop()
    opened = await village.say("v", "巷子里路灯坏了一个星期了，没人管")
    await county.until(2, 20)
    for _ in range(2):  # it comes back, and is restarted once more
        again = build("notify", notify.settings, county.clock)
        await again.start()
        county.system.services["notify"] = again
        await county.system.settle()
        [said] = (await county.said("daily"))[village.group]
        assert f"在办 1 件：\n{opened['number']} 村委会 待受理" in said
        await county.system.services.pop("notify").stop()
    county.system.services["notify"] = notify


async def test_what_others_say_anew_is_counted_once_and_the_views_can_be_made_anew(county: County) -> None:
    village = county.village()
    opened = await village.say("v", "巷子里路灯坏了一个星期了，没人管")
    await village.say("o", "收到，马上安排人去修", quoting=opened["message_id"])
    for name in ("routing", "sla"):
        service = county.system.services[name]
        await service.pool.execute(SQL["relay_republish"], 1)
        while await service.pool.fetchval("select republish_from from relay") is not None:
            await asyncio.sleep(0.05)
    await county.system.settle()
    notify = county.system.services["notify"]
    before = [await notify.pool.fetch(f"select * from {table} order by 1, 2") for table in Heard.tables]
    assert before[1]
    await Projector(Heard(), notify.store, notify.session).rebuild(lambda _: None)
    assert [await notify.pool.fetch(f"select * from {table} order by 1, 2") for table in Heard.tables] == before
    await county.until(2, 18, 30)
    [said] = (await county.said("daily"))[village.group]
    assert "新登记 1 件，受理 1 件，在办 1 件：" in said


async def test_a_bulletin_whose_transaction_dies_halfway_is_issued_whole_by_the_next_attempt(county: County) -> None:
    villages = [county.village() for _ in range(2)]
    for village in villages:
        await village.say("v", "巷子里路灯坏了一个星期了，没人管")
    notify = county.system.services["notify"]
    await notify.pool.execute(DYING)
    await county.until(2, 18, 30)
    assert await notify.pool.fetchval("select last_value from deaths") == 3  # two attempts died, the third did not
    said = await county.said("daily")
    assert {village.group: len(said[village.group]) for village in villages} == {v.group: 1 for v in villages}


async def test_a_bulletin_whose_answer_is_lost_is_not_issued_again(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    village = county.village()
    await village.say("v", "巷子里路灯坏了一个星期了，没人管")
    store = county.system.services["notify"].store
    append_many, lost = store.append_many, list[int]()

    async def losing(requests: Sequence[Append]) -> list[Stored]:
        stored = await append_many(requests)
        if not lost and isinstance(requests[0].events[0], BulletinIssued):
            lost.append(1)
            raise ConnectionResetError
        return stored

    monkeypatch.setattr(store, "append_many", losing)
    await county.until(2, 18, 30)
    assert lost
    assert len((await county.said("daily"))[village.group]) == 1


async def test_however_many_issue_it_at_once_there_is_one(county: County) -> None:
    village = county.village()
    await village.say("v", "巷子里路灯坏了一个星期了，没人管")
    notify = county.system.services["notify"]
    rivals = [asyncio.create_task(Bulletins(notify, Texts()).run()) for _ in range(4)]  # without the lock replicas hold
    await county.until(2, 18, 30)
    await asyncio.sleep(0.3)
    for rival in rivals:
        assert not rival.done()
        rival.cancel()
    await asyncio.gather(*rivals, return_exceptions=True)
    assert len((await county.said("daily"))[village.group]) == 1
    issued = [e for e in await county.events() if isinstance(e, BulletinIssued) and e.bulletin is Bulletin.DAILY]
    assert [e.told for e in issued] == [0, 1]
