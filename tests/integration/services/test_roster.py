"""The roster over REST on real servers: people are named, promoted, leave; and every message is read by who its sender was then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.cli.system import System
from tests.integration.services.conftest import Village

DAY = timedelta(days=1)


class Desk:
    """The county desk, which keeps the roster of one village's group."""

    def __init__(self, village: Village) -> None:
        self.village, self.client = village, village.client
        self.intake = village.system.urls["intake"]
        self.group = f"{self.intake}/groups/wecom/{village.group}"

    async def enter(self, who: str, role: str, name: str = "张某", **more: Any) -> httpx.Response:
        office = {"real_name": name, "role": role, **more}
        return await self.client.put(f"{self.group}/members/{self.sender(who)}", json=office)

    async def end(self, who: str, **until: Any) -> httpx.Response:
        return await self.client.post(f"{self.group}/members/{self.sender(who)}/end", json=until)

    async def upload(self, text: str) -> dict[str, Any]:
        answer = await self.client.put(f"{self.intake}/roster", content=text)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def unknown(self, **query: Any) -> list[dict[str, Any]]:
        found = await self.village.get("intake", "/people/unknown", group=self.village.group, **query)
        people: list[dict[str, Any]] = found["people"]
        return people

    async def members(self) -> dict[str, dict[str, Any]]:
        group = await self.village.get("intake", f"/groups/wecom/{self.village.group}")
        return {member["sender"]: member for member in group["members"]}

    def sender(self, who: str) -> str:
        return f"{who}{self.village.number}"


@pytest.fixture
def desk(village: Village) -> Desk:
    return Desk(village)


def now(desk: Desk) -> datetime:
    return desk.village.system.clock.now()


async def said_at(village: Village, who: str, text: str, moment: datetime, **more: Any) -> dict[str, Any]:
    """A message that is entered now and was said at another time."""
    message_id = f"{village.group}-{who}-{moment.timestamp()}"
    answer = await village.post(village.message(message_id, who, text, **more) | {"sent_at": moment.isoformat()})
    assert answer.status_code == 202, answer.text
    await village.system.settle()
    return await village.get("intake", f"/messages/wecom/{message_id}")


async def test_a_stranger_is_kept_and_shown_until_the_desk_names_him(village: Village, desk: Desk) -> None:
    opened = await village.say("x", "俺家的自来水停了两天了，一滴水都没有")
    assert opened["reading"]["role"] == "unknown"
    await village.say("x", "孩子都没法洗澡")
    [stranger] = await desk.unknown()
    assert stranger["sender"] == desk.sender("x")
    assert (stranger["messages"], stranger["real_name"], stranger["township"]) == (2, None, "平川镇")
    assert stranger["first_spoke"] == stranger["last_spoke"]

    named = (await desk.enter("x", "villager", "赵某")).json()
    assert (named["role"], named["real_name"], named["person"]) == ("villager", "赵某", stranger["person"])
    assert await desk.unknown() == []
    before = await village.get("intake", f"/messages/wecom/{opened['message_id']}")
    assert before["reading"]["role"] == "unknown"
    shown = await village.get("intake", f"/appeals/{opened['number']}")
    assert shown["messages"][0]["real_name"] == "赵某"
    later = await village.say("x", "路灯也坏了，晚上看不见路")
    assert later["reading"]["role"] == "villager"


async def test_a_villager_who_is_elected_in_the_middle_of_a_story_is_read_as_each_at_his_time(
    village: Village, desk: Desk
) -> None:
    opened = await village.say("v", "村西头变压器冒烟了，还滋滋响，太危险了")
    before = await village.say("w", "收到，马上联系供电所去处理", quoting=opened["message_id"])
    assert before["reading"]["role"] == "villager"
    assert before["reading"]["kind"] != "accept"
    elected = now(desk)
    promoted = await desk.enter("w", "village_official", "邻居", department="village", since=elected.isoformat())
    assert promoted.json()["role"] == "village_official"

    acting = await village.say("w", "收到，我马上联系供电所去处理", quoting=opened["message_id"])
    assert (acting["reading"]["role"], acting["reading"]["kind"]) == ("village_official", "accept")
    assert (await village.get("routing", f"/cases/{opened['number']}"))["status"] == "accepted"

    late = await said_at(village, "w", "谁家有梯子借用一下", elected - DAY)
    assert late["reading"]["role"] == "villager"
    assert (await desk.members())[desk.sender("w")]["stints"] == [
        {"role": "villager", "department": None, "since": None, "until": None},
        {"role": "village_official", "department": "village", "since": at(elected), "until": None},
    ]


async def test_a_role_without_a_date_begins_when_it_is_entered(village: Village, desk: Desk) -> None:
    entered = now(desk)
    answer = (await desk.enter("w", "town_official", "邻居")).json()
    assert (answer["role"], answer["since"], answer["changed"]) == ("town_official", at(entered), True)
    assert (await said_at(village, "w", "大家注意防汛", entered - DAY))["reading"]["role"] == "villager"
    assert not (await desk.enter("w", "town_official", "邻居")).json()["changed"]


async def test_who_left_office_is_a_stranger_from_that_day_and_shown_if_he_speaks_on(village: Village, desk: Desk) -> None:
    left = now(desk) - DAY
    assert (await desk.end("o", until=left.isoformat())).json()["role"] == "unknown"
    assert (await said_at(village, "o", "收到，马上去看", left - DAY))["reading"]["role"] == "village_official"
    assert await desk.unknown() == []
    assert (await village.say("o", "大家早上好"))["reading"]["role"] == "unknown"
    [shown] = await desk.unknown()
    assert (shown["real_name"], shown["until"]) == (f"村干部{village.number}", at(left))
    member = (await desk.members())[desk.sender("o")]
    assert (member["role"], member["until"], member["messages"]) == ("unknown", at(left), 2)

    again = await desk.end("o", until=left.isoformat())
    assert (again.status_code, again.json()["changed"]) == (200, False)
    later = await desk.end("o")
    assert (later.status_code, later.json()["code"]) == (409, "not-on-the-roster")


async def test_a_persons_roles_in_all_groups_and_who_changed_them(
    village: Village, desk: Desk, villages: Callable[[], Village]
) -> None:
    there = villages()
    person = (await desk.enter("v", "village_official", "孙某", department="village")).json()["person"]
    await village.client.put(
        f"{desk.intake}/groups/wecom/{there.group}/members/{desk.sender('v')}", json={"real_name": "孙某", "role": "villager"}
    )
    await desk.end("v")
    found = await village.get("intake", f"/people/{person}")
    roles = {group["group"]: (group["role"], group["sender"], group["township"]) for group in found["groups"]}
    assert roles == {
        village.group: ("unknown", desk.sender("v"), "平川镇"),
        there.group: ("villager", desk.sender("v"), "平川镇"),
    }
    assert [(c["change"], c["group"], c["role"], c["actor"]) for c in found["changes"]] == [
        ("ended", village.group, None, "all"),
        ("named", there.group, "villager", "all"),
        ("named", village.group, "village_official", "all"),
        ("named", village.group, "villager", "all"),
    ]
    assert all(change["recorded_at"] for change in found["changes"])


async def test_a_list_with_dates_is_imported_once_however_often_it_comes(village: Village, desk: Desk) -> None:
    g, n = village.group, village.number
    text = (
        "sender,group,real_name,role,department,since,until\n"
        f"k{n},{g},钱某,villager,,,\n"
        f"k{n},{g},钱某,village_official,village,2025/5/1,2025-05-31\n"
        f"l{n},{g},李某,county_official,water,,\n"
    )
    assert await desk.upload(text) == {"rows": 3, "changed": 3}
    for _ in range(2):
        assert await desk.upload(text) == {"rows": 3, "changed": 0}
    moments = {
        "villager": "2025-04-30T23:59:59+08:00",
        "village_official": "2025-05-31T23:59:59+08:00",
        "unknown": "2025-06-01T00:00:00+08:00",
    }
    for role, moment in moments.items():
        read = await said_at(village, "k", "今天天气不错", datetime.fromisoformat(moment))
        assert read["reading"]["role"] == role


async def test_a_department_that_does_not_exist_is_named_by_the_import_and_refused_by_hand(
    village: Village, desk: Desk
) -> None:
    line = f"m{village.number},{village.group},周某,county_official,shuili\n"
    answer = await desk.upload(f"sender,group,real_name,role,department\n{line}")
    assert answer == {"rows": 1, "changed": 1, "unknown_departments": ["shuili"]}
    refused = await desk.enter("m", "county_official", "周某", department="shuili")
    assert (refused.status_code, refused.json()["field"]) == (422, "department")
    assert "water（水利局）" in refused.json()["detail"]
    assert (await desk.enter("m", "county_official", "周某", department="water")).status_code == 200


@pytest.mark.parametrize(
    ("columns", "values", "field"),
    [
        ("since", "昨天", "since"),
        ("until", "2025-13-01", "until"),
        ("since", "1023-01-01", "since"),
        ("since,until", "2025-06-02,2025-06-01", "until"),
        ("real_name", "名" * 101, "real_name"),
    ],
)
async def test_a_list_with_a_bad_line_is_refused_whole(
    village: Village, desk: Desk, columns: str, values: str, field: str
) -> None:
    line = {"sender": f"q{village.number}", "group": village.group, "real_name": "吴某", "role": "villager"}
    good = ",".join(line.values())
    bad = line | {"sender": "bad"} | dict(zip(columns.split(","), values.split(","), strict=True))
    header = ",".join(bad)
    text = f"{header}\n{good}\n{','.join(bad.values())}\n"
    answer = await desk.client.put(f"{desk.intake}/roster", content=text)
    assert (answer.status_code, answer.json()["line"], answer.json()["field"]) == (422, 3, field)
    assert desk.sender("q") not in await desk.members()


async def test_a_list_that_contradicts_itself_is_refused(village: Village, desk: Desk) -> None:
    text = f"sender,group,real_name,role\nr1,{village.group},甲,villager\nr1,{village.group},甲,town_official\n"
    answer = await desk.client.put(f"{desk.intake}/roster", content=text)
    assert (answer.status_code, answer.json()["line"]) == (422, 3)
    places = "group,channel,village,township\ng-two,wecom,甲村,平川镇\ng-two,wecom,乙村,平川镇\n"
    answer = await desk.client.put(f"{desk.intake}/groups", content=places)
    assert (answer.status_code, answer.json()["line"]) == (422, 3)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"role": "king"}, 422),
        ({"real_name": ""}, 422),
        ({"real_name": "名\x00"}, 422),
        ({"since": "2025-06-02T08:00:00"}, 422),
        ({"since": "0001-01-01T00:00:00+14:00"}, 422),
        ({"surprise": 1}, 422),
        ({"since": "2025-06-02T08:00:00+08:00", "until": "2025-06-02T08:00:00+08:00"}, 409),
    ],
)
async def test_an_entry_that_cannot_be_is_a_problem(desk: Desk, change: dict[str, Any], status: int) -> None:
    answer = await desk.enter("s", **{"role": "villager", "name": "某", **change})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert desk.sender("s") not in await desk.members()


async def test_a_group_is_registered_by_hand_before_people_are_entered(desk: Desk, village: Village) -> None:
    group = f"{desk.intake}/groups/dingtalk/cid%2Fq1J8%2B%3D%3D-{village.number}"
    office = {"real_name": "郑某", "role": "villager"}
    refused = await desk.client.put(f"{group}/members/a%2Fb", json=office)
    assert (refused.status_code, refused.json()["field"]) == (404, "group")
    assert (await desk.client.get(group)).status_code == 404
    assert (await desk.client.put(group, json={"village": "柳林村"})).status_code == 422
    for _ in range(2):
        assert (await desk.client.put(group, json={"village": "柳林村", "township": "北山镇"})).status_code == 200
    assert (await desk.client.put(f"{group}/members/a%2Fb", json=office)).status_code == 200
    assert (await desk.client.post(f"{group}/members/nobody/end")).status_code == 404
    shown = (await desk.client.get(group)).json()
    assert (shown["group"], shown["village"]) == (f"cid/q1J8+==-{village.number}", "柳林村")
    assert [member["sender"] for member in shown["members"]] == ["a/b"]


async def test_groups_are_listed_page_by_page_with_their_strangers(village: Village, desk: Desk) -> None:
    await village.say("y", "俺是新来的")
    whole = (await village.get("intake", "/groups", limit=500))["groups"]
    paged, query = list[dict[str, Any]](), dict[str, Any]()
    while True:
        page = await village.get("intake", "/groups", limit=7, **query)
        paged += page["groups"]
        if page["next"] is None:
            break
        query = {"after": page["next"]}
    assert paged == whole
    own = next(group for group in whole if group["group"] == village.group)
    assert (own["members"], own["unknown"], own["village"]) == (3, 1, f"河湾{village.number}村")
    assert own["last_spoke"]
    here = await village.get("intake", "/groups", township="平川镇", village=own["village"])
    assert [group["group"] for group in here["groups"]] == [village.group]
    assert (await village.get("intake", "/groups", township="无此镇"))["groups"] == []


async def test_members_and_strangers_come_in_pages(village: Village, desk: Desk) -> None:
    for n in range(3):
        await village.say(f"z{n}-", "路过")
    newest = await village.get("intake", "/people/unknown", group=village.group, limit=2)
    assert [p["sender"] for p in newest["people"]] == [desk.sender("z2-"), desk.sender("z1-")]
    rest = await village.get("intake", "/people/unknown", group=village.group, limit=2, before=newest["next"])
    assert ([p["sender"] for p in rest["people"]], rest["next"]) == ([desk.sender("z0-")], None)
    first = await village.get("intake", f"/groups/wecom/{village.group}", limit=2)
    second = await village.get("intake", f"/groups/wecom/{village.group}", limit=2, after=first["next"])
    assert [m["sender"] for m in (*first["members"], *second["members"])] == [desk.sender(who) for who in "vwo"]


async def test_only_the_county_desk_and_the_administrator_keep_the_roster(desk: Desk) -> None:
    office = {"real_name": "冯某", "role": "town_official"}
    for key, status in (("officer", 403), ("adapter", 403), ("supervisor", 200), ("admin", 200)):
        bearer = {"authorization": f"Bearer {key}"}
        assert (await desk.client.put(f"{desk.group}/members/t1", json=office, headers=bearer)).status_code == status
        seen = await desk.client.get(f"{desk.intake}/people/unknown", headers=bearer)
        assert seen.status_code == (403 if key == "adapter" else 200)


async def test_the_views_keep_no_name_in_clear_and_can_be_built_anew(village: Village, desk: Desk, system: System) -> None:
    await desk.enter("u", "villager", "褚明明")
    await village.say("u", "大家好")
    service = system.services["intake"]
    before = await desk.members()
    for table in ("members", "speakers", "roster_changes"):
        rows = await service.pool.fetch(f"select t::text as line from {table} t")
        lines = "".join(row["line"] for row in rows)
        assert "褚明明" not in lines
        assert "enc:" in lines
    await service.follower("roster").rebuild(lambda _: None)  # type: ignore[attr-defined]
    assert await desk.members() == before

    person = before[desk.sender("u")]["person"]
    assert (await desk.client.post(f"{desk.intake}/people/{person}/forget")).status_code == 200
    assert "褚明明" not in str(await village.get("intake", f"/people/{person}"))


def at(moment: datetime) -> str:
    """As the API writes a time."""
    return moment.isoformat().replace("+00:00", "Z")
