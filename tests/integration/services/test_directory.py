"""The directory over REST on real servers: previewed, imported, edited, dated; and every case is decided by what holds then.

What is entered here serves a township of its own, so that the other tests' cases stay where they are.
"""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from openpyxl import Workbook

from services.cli.system import System
from tests.integration.services.conftest import Village

HEAD = "code,name,level,duties,parent,areas,phone\n"
GREEN = "青石镇"


class Keeper:
    """Who keeps the directory."""

    def __init__(self, village: Village) -> None:
        self.village, self.client = village, village.client
        self.routing = village.system.urls["routing"]

    async def put(self, path: str, body: Any = None, *, content: str | bytes | None = None, **more: Any) -> httpx.Response:
        sent: dict[str, Any] = {"content": content} if content is not None else {"json": body}
        return await self.client.put(f"{self.routing}{path}", **sent, **more)

    async def entered(self, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        answer = await self.put(path, body, **more)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        return await self.village.get("routing", path, **query)

    def code(self, name: str) -> str:
        """Of a department of this test alone."""
        return f"{name}-{self.village.group}"


@pytest.fixture
def keeper(village: Village) -> Keeper:
    return Keeper(village)


def office(name: str = "水文站", **more: Any) -> dict[str, Any]:
    return {"name": name, "level": "vertical", "duties": ["水文监测"], "areas": [GREEN], **more}


async def test_a_preview_tells_what_would_change_and_every_mistake_and_changes_nothing(keeper: Keeper) -> None:
    a, b = keeper.code("a"), keeper.code("b")
    table = f"{HEAD}{a},水文站,垂直,水文监测,,{GREEN},0310-1234567\n{b},测站,county,,nowhere,{GREEN},\nc,,county,,,,\n"
    told = await keeper.entered("/departments", content=table, params={"preview": True})
    assert (told["rows"], told["changed"]) == (3, 2)
    assert [(c["line"], c["name"], c["change"]) for c in told["changes"]] == [(2, a, "new"), (3, b, "new")]
    assert [(f["line"], f["field"]) for f in told["faults"]] == [(3, "parent"), (4, "name")]
    refused = (await keeper.put("/departments", content=table)).json()
    assert (refused["line"], refused["field"], len(refused["errors"])) == (3, "parent", 2)
    assert (await keeper.put(f"/departments/{a}/duty", {"officers": []})).status_code == 404

    right = table.replace("nowhere", a).replace("c,,county,,,,\n", "")
    assert (await keeper.entered("/departments", content=right))["changed"] == 2
    again = await keeper.entered("/departments", content=right)
    assert (again["rows"], again["changed"], again["changes"]) == (2, 0, [])
    renamed = await keeper.entered("/departments", content=right.replace("测站", "监测站"), params={"preview": True})
    assert renamed["changes"][0]["fields"] == {"name": ["测站", "监测站"]}
    assert (await keeper.get(f"/departments/{b}"))["name"] == "测站"


async def test_a_workbook_is_imported_as_a_csv_is(keeper: Keeper) -> None:
    book, kept = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (("县直部门目录",), ("编码", "名称", "层级", "辖区"), (keeper.code("x"), "水文站", "垂直", GREEN)):
        book.active.append(row)
    book.save(kept)
    assert (await keeper.entered("/departments", content=kept.getvalue()))["changed"] == 1
    assert (await keeper.get(f"/departments/{keeper.code('x')}"))["level"] == "vertical"


async def test_a_department_is_what_it_was_at_each_date(keeper: Keeper) -> None:
    code, now = keeper.code("d"), keeper.village.system.clock.now()
    later = (now + timedelta(days=30)).isoformat()
    await keeper.entered(f"/departments/{code}", office())
    await keeper.entered(f"/departments/{code}", office("水文中心", since=later))
    assert (await keeper.get(f"/departments/{code}"))["name"] == "水文站"
    then = await keeper.get(f"/departments/{code}", at=later)
    assert (then["name"], [span["name"] for span in then["spans"]]) == ("水文中心", ["水文站", "水文中心"])
    closed = await keeper.client.delete(f"{keeper.routing}/departments/{code}", params={"until": later})
    assert closed.json()["changed"]
    assert not (await keeper.get(f"/departments/{code}", at=later))["open"]
    listed = await keeper.get("/departments", at=later, level="vertical")
    assert code not in {department["code"] for department in listed["departments"]}


async def test_two_who_edit_the_same_department_do_not_overwrite_each_other(keeper: Keeper) -> None:
    code = keeper.code("e")
    first = await keeper.put(f"/departments/{code}", office(), headers={"if-match": '"0"'})
    seen = first.headers["etag"]
    await keeper.entered(f"/departments/{keeper.code('other')}", office("另一站"))
    mine = await keeper.put(f"/departments/{code}", office("甲站"), headers={"if-match": seen})
    assert mine.status_code == 200
    yours = await keeper.put(f"/departments/{code}", office("乙站"), headers={"if-match": seen})
    assert (yours.status_code, yours.json()["code"]) == (409, "changed-meanwhile")
    assert (await keeper.get(f"/departments/{code}"))["name"] == "甲站"


async def test_lists_come_in_pages(keeper: Keeper) -> None:
    codes = [keeper.code(f"p{n}") for n in range(3)]
    for code in codes:
        await keeper.entered(f"/departments/{code}", office(parent="water"))
    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = await keeper.get("/departments", parent="water", limit=2, after=after)
        found += [department["code"] for department in page["departments"]]
        after = page["next"]
    assert [code for code in found if code in codes] == codes
    assert len(found) == len(set(found))


async def test_a_category_sends_cases_of_a_township_where_the_county_says_and_the_case_keeps_the_version(
    keeper: Keeper, villages: Callable[[], Village]
) -> None:
    village, word = keeper.village, f"水位尺{keeper.village.number}"
    await keeper.entered(f"/departments/{keeper.code('s')}", office())
    offices = [{"department": "water"}, {"department": keeper.code("s"), "township": GREEN}]
    category = f"水文/{word}"
    await keeper.entered(f"/categories/{category}", {"offices": offices, "keywords": [word]})
    here = await village.say("v", f"{word}旁边的路灯坏了，晚上看不见路")
    other = villages()
    place = {"village": other.group, "township": GREEN}
    moved = await keeper.client.put(f"{village.system.urls['intake']}/groups/wecom/{other.group}", json=place)
    assert moved.status_code == 200
    there = await other.say("v", f"{word}旁边的路灯坏了，晚上看不见路")
    cases = [await keeper.get(f"/cases/{message['number']}/why") for message in (here, there)]
    assert [case["assigned_to"] for case in cases] == ["water", keeper.code("s")]
    assert cases[0]["category"] == category
    assert f"文中有“{word}”" in cases[0]["reasons"][0]
    directory = await keeper.get("/departments", version=cases[1]["directory"])
    assert directory["version"] == cases[1]["directory"]
    assert keeper.code("s") in {department["code"] for department in directory["departments"]}
    before = await keeper.get("/departments", version=1)
    assert [department["code"] for department in before["departments"]] == ["village"]
    assert (await keeper.client.delete(f"{keeper.routing}/categories/{category}")).json()["changed"]
    assert not (await keeper.get(f"/categories/{category}"))["open"]


async def test_a_category_of_an_unknown_department_is_refused_one_by_one_and_by_table(keeper: Keeper) -> None:
    refused = await keeper.put("/categories/城乡建设/供热", {"offices": [{"department": "nowhere"}]})
    assert (refused.status_code, refused.json()["field"]) == (422, "department")
    table = "分类,部门,乡镇\n城乡建设/供热,nowhere,青石镇\n"
    told = await keeper.entered("/categories", content=table, params={"preview": True})
    assert told["faults"] == [{"line": 2, "field": "department", "message": "分类 城乡建设/供热 的部门 nowhere 不在目录中"}]
    assert (await keeper.put("/categories/供热", {"offices": [{"department": "water"}]})).status_code == 422


async def test_a_rota_shows_who_is_on_duty_to_staff_only(keeper: Keeper, system: System) -> None:
    code = keeper.code("r")
    await keeper.entered(f"/departments/{code}", office())
    day = {"name": "甲某", "phone": "13900000001", "hours": "8-20"}
    night = {"name": "乙某", "phone": "13900000002", "hours": "20-8"}
    rota = await keeper.entered(f"/departments/{code}/duty", {"officers": [day, night]})
    assert rota["changed"]
    assert sorted((o["name"], o["phone"]) for o in rota["officers"]) == [("乙某", "13900000002"), ("甲某", "13900000001")]
    assert sum(o["on_duty"] for o in rota["officers"]) == 1
    adapter = {"authorization": "Bearer adapter"}
    async with httpx.AsyncClient(trust_env=False, headers=adapter) as stranger:
        assert (await stranger.get(f"{system.urls['routing']}/departments/{code}/duty")).status_code == 403
    stored = await system.services["routing"].pool.fetch("select data::text from events where stream = $1", f"duty-{code}")
    assert stored
    assert not any("甲某" in row["data"] or "13900000001" in row["data"] for row in stored)

    table = f"department,name,phone,days,hours\n{code},甲某,13900000001,1-5,8-20\nnowhere,丙,13900000003,,\n"
    previewed = await keeper.entered("/duty", content=table, params={"preview": True})
    assert (previewed["changed"] >= 2, previewed["faults"][0]["line"]) == (True, 3)
    imported = await keeper.entered("/duty", content=table.replace("nowhere,丙,13900000003,,\n", ""))
    assert imported["changed"] == 2  # one left, the other's days are fewer
    assert [o["name"] for o in (await keeper.get(f"/departments/{code}/duty"))["officers"]] == ["甲某"]


async def test_why_tells_what_was_considered_and_who_moved_it_since(village: Village) -> None:
    opened = await village.say("v", "自来水停了两天了，一滴水都没有")
    why = await village.get("routing", f"/cases/{opened['number']}/why")
    assert (why["assigned_to"], why["waits"], why["transfers"]) == ("water", False, [])
    assert (why["proposals"][0]["department"], why["proposals"][0]["department_name"]) == ("water", "水利局")
    assert why["confidence"] >= why["threshold"]
    await village.act(opened["number"], "transfer", department="power", words="是水泵没电")
    moved = await village.get("routing", f"/cases/{opened['number']}/why")
    assert (moved["assigned_to"], moved["department"], moved["transfers"][0]["reason"]) == ("water", "power", "是水泵没电")


async def test_a_complaint_about_a_department_is_not_judged_by_it(village: Village) -> None:
    opened = await village.say("v", "自来水停了三天没人修，水利局一直推诿扯皮")
    why = await village.get("routing", f"/cases/{opened['number']}/why")
    assert (why["accused"], why["department"]) == (["water"], "letters")


async def test_why_a_sealed_case_is_where_it_is_only_the_commission_learns(village: Village, system: System) -> None:
    sealed = await village.say("v", "我要举报村支书截留低保款")
    why = await village.get("routing", f"/cases/{sealed['number']}/why")
    assert why["department"] == "discipline"
    officer = {"authorization": "Bearer officer"}
    async with httpx.AsyncClient(trust_env=False, headers=officer) as other:
        refused = await other.get(f"{system.urls['routing']}/cases/{sealed['number']}/why")
    assert refused.status_code == 403
