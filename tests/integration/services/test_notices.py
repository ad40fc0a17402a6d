"""Notices on real servers: drafted, read by a second person, published at their time, told to the groups they reach, asked about."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.cli.system import System
from services.disclosure import views
from shared.events.disclosure import Reach
from tests.integration.services.conftest import Village
from tests.unit.services.disclosure import samples


class Desk:
    """Who publishes, for one village of the county."""

    def __init__(self, village: Village) -> None:
        self.village, self.place = village, f"河湾{village.number}村"
        self.url = village.system.urls["disclosure"]

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.village.client.request(method, f"{self.url}{path}", json=body)

    async def done(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def new(self, kind: str, content: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        return {
            "kind": kind,
            "title": f"{kind} {self.place}",
            "content": content,
            "villages": [self.place],
            "by": "王芳",
            **more,
        }

    async def shown(self, notice: str) -> dict[str, Any]:
        return await self.done("GET", f"/notices/{notice}")

    async def said(self) -> list[str]:
        """What the village's group was told, oldest first."""
        found = await self.village.get("notify", "/replies", limit=200)
        return [reply["template"] for reply in reversed(found["replies"]) if reply["group"] == self.village.group]


@pytest.fixture
def desk(village: Village) -> Desk:
    return Desk(village)


async def test_a_list_of_subsidies_is_read_by_a_second_person_and_told_to_its_village_alone(desk: Desk) -> None:
    draft = await desk.done("POST", "/drafts", desk.new("subsidy", samples.SUBSIDY))
    path = f"/notices/{draft['notice']}"
    assert draft["status"] == "drafted"
    assert (await desk.ask("POST", f"{path}/publish", {})).json()["code"] == "not-reviewed"
    alone = await desk.ask("POST", f"{path}/review", {"approved": True, "by": "王芳"})
    assert (alone.status_code, alone.json()["code"]) == (409, "reviews-himself")
    assert (await desk.done("POST", f"{path}/review", {"approved": True, "by": "刘强"}))["status"] == "approved"
    published = await desk.done("POST", f"{path}/publish", {"by": "王芳"})
    assert (published["status"], published["groups"]) == ("published", 1)
    await desk.village.system.settle()
    assert await desk.said() == ["notice"]
    published = (await desk.shown(draft["notice"]))["versions"][-1]["data"]
    assert published["groups"] == [f"wecom/{desk.village.group}"]
    assert (published["amount_fen"], published["townships"]) == (140_000, ["平川镇"])
    assert [r["name"] for r in published["content"]["recipients"]] == ["张*", "欧阳*华"]
    assert published["body"] == "2023年花椒产业帮扶，共2户，合计1,400.00元。监督电话：0310-1234567"


async def test_drafts_are_for_the_staff_alone(desk: Desk) -> None:
    notice = (await desk.done("POST", "/drafts", desk.new("subsidy", samples.SUBSIDY)))["notice"]
    assert notice in [draft["notice"] for draft in (await desk.done("GET", "/drafts?limit=500"))["drafts"]]
    assert notice not in [one["notice"] for one in (await desk.done("GET", "/notices?limit=500"))["notices"]]
    adapter = {"authorization": "Bearer adapter"}
    for path, status in ((f"/notices/{notice}", 404), ("/drafts", 403), ("/notice-kinds", 200)):
        assert (await desk.village.client.get(f"{desk.url}{path}", headers=adapter)).status_code == status, path


async def test_a_notice_is_published_and_expires_at_its_time(desk: Desk, system: System) -> None:
    now = system.clock.now()
    times = {"publish_at": (now + timedelta(hours=2)).isoformat(), "expires_at": (now + timedelta(days=3)).isoformat()}
    notice = (await desk.done("POST", "/drafts", desk.new("job", samples.JOB, reach="village", **times)))["notice"]
    await system.settle()
    assert (await desk.shown(notice))["status"] == "approved"
    system.clock.advance(timedelta(hours=2))
    await system.settle()
    assert (await desk.shown(notice))["status"] == "published"
    assert await desk.said() == ["notice"]
    system.clock.advance(timedelta(days=3))
    await system.settle()
    assert (await desk.shown(notice))["status"] == "expired"


async def test_a_reviewed_notice_is_corrected_by_two_as_well_and_both_versions_stay(desk: Desk) -> None:
    notice = (await desk.done("POST", "/drafts", desk.new("subsidy", samples.SUBSIDY)))["notice"]
    path = f"/notices/{notice}"
    await desk.done("POST", f"{path}/review", {"approved": True, "by": "刘强"})
    await desk.done("POST", f"{path}/publish", {})
    alone = {"title": "t", "body": "b", "reason": "补登"}
    assert (await desk.ask("POST", f"{path}/correct", alone)).json()["code"] == "review-needed"
    content = {**samples.SUBSIDY, "households": 3, "total_fen": 180_000}
    content["recipients"] = [*content["recipients"], {"name": "赵六", "amount_fen": 40_000}]
    assert (await desk.ask("PUT", f"{path}/draft", desk.new("subsidy", content))).json()["code"] == "reason-needed"
    await desk.done("PUT", f"{path}/draft", desk.new("subsidy", content, reason="补登1户"))
    await desk.done("POST", f"{path}/review", {"approved": True, "by": "刘强"})
    assert (await desk.done("POST", f"{path}/publish", {}))["revision"] == 2
    versions = (await desk.shown(notice))["versions"]
    amounts = [v["data"]["amount_fen"] for v in versions if v["data"].get("groups") and "reviewed_by" in v["data"]]
    assert amounts == [140_000, 180_000]
    assert versions[-1]["data"]["reason"] == "补登1户"


async def test_an_account_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    first = (await desk.done("POST", "/drafts", desk.new("asset", samples.LEDGER)))["notice"]
    await desk.done("POST", f"/notices/{first}/review", {"approved": True, "by": "刘强"})
    await desk.done("POST", f"/notices/{first}/publish", {})
    following = {"starts_on": "2023-04-01", "ends_on": "2023-06-30", "opening_fen": 1_150_000, "closing_fen": 1_150_000}
    refused = (await desk.ask("POST", "/drafts", desk.new("asset", following))).json()
    assert refused["detail"] == "上期结转写的是11,500.00元，上期公示的期末余额是11,500.50元，两者应当一致"
    right = {**following, "opening_fen": 1_150_050, "closing_fen": 1_150_050}
    assert (await desk.done("POST", "/drafts", desk.new("asset", right)))["status"] == "drafted"


async def test_what_does_not_add_up_is_not_taken_and_the_field_is_named(desk: Desk) -> None:
    wrong = {**samples.SUBSIDY, "total_fen": 1}
    refused = await desk.ask("POST", "/drafts", desk.new("subsidy", wrong))
    assert (refused.status_code, refused.json()["field"]) == (422, "content")
    missing = {name: value for name, value in samples.PROJECT.items() if name != "budget_line"}
    assert (await desk.ask("POST", "/drafts", desk.new("project", missing))).json()["field"] == "content.budget_line"


async def test_the_items_of_a_rectification_list_are_supervised_until_a_second_person_verifies_them(desk: Desk) -> None:
    notice = (await desk.done("POST", "/drafts", desk.new("rectification", samples.RECTIFICATION, reach="village")))["notice"]
    await desk.done("POST", f"/notices/{notice}/review", {"approved": True, "by": "刘强"})
    await desk.done("POST", f"/notices/{notice}/publish", {})
    path = f"/notices/{notice}/items/1"
    assert (await desk.ask("POST", path, {"state": "done", "by": "村委会"})).json()["code"] == "evidence-needed"
    await desk.done("POST", path, {"state": "done", "evidence": "公开栏照片 3 张", "by": "村委会"})
    assert (await desk.ask("POST", path, {"state": "verified", "by": "村委会"})).json()["code"] == "verifies-himself"
    await desk.done("POST", path, {"state": "verified", "by": "巡察办"})
    shown = await desk.shown(notice)
    assert [(item["number"], item["state"]) for item in shown["items"]] == [(1, "verified"), (2, "open")]
    await desk.village.system.settle()
    assert await desk.said() == ["notice", "rectification-done", "rectification-verified"]
    assert shown["items"][1]["due_at"] == "2023-08-01T00:00:00+08:00"


async def test_a_question_under_a_notice_becomes_an_appeal_that_the_notice_shows_until_it_is_answered(desk: Desk) -> None:
    village, system = desk.village, desk.village.system
    for title in ("路灯电费", "花椒产业帮扶资金使用情况"):
        new = {"kind": "fund", "title": title, "body": f"{title}，共 62 户", "groups": [village.group]}
        last = (await desk.done("POST", "/notices", new))["notice"]
    said = await village.say("o", "【公示】花椒产业帮扶资金使用情况：新栽花椒每亩补助400元，共62户，名单见村务公开栏。")
    asked = await village.say("v", "花椒补助为啥没有俺家的名字？", quoting=said["message_id"])
    assert asked["reading"]["questions_notice"]
    shown = await desk.shown(last)
    assert [question["number"] for question in shown["questions"]] == [asked["number"]]
    assert shown["answered"] == 0
    await village.act(asked["number"], "accept")
    await village.act(asked["number"], "resolve", words="您家地块未验收，验收后补发")
    await system.settle()
    [listed] = [n for n in (await desk.done("GET", "/notices?limit=500"))["notices"] if n["notice"] == last]
    assert (listed["questions"], listed["answered"]) == (1, 1)


async def test_a_notice_that_only_the_robot_said_is_asked_about_as_well(desk: Desk) -> None:
    village = desk.village
    content = {**samples.SUBSIDY, "programme": "花椒产业帮扶补助"}
    draft = desk.new("subsidy", content, title="花椒产业帮扶补助发放名单")
    notice = (await desk.done("POST", "/drafts", draft))["notice"]
    await desk.done("POST", f"/notices/{notice}/review", {"approved": True, "by": "刘强"})
    await desk.done("POST", f"/notices/{notice}/publish", {})
    await village.system.settle()
    asked = await village.say("v", "这个花椒补助为啥没有俺家的名字？")
    assert asked["reading"]["questions_notice"], asked["reading"]
    await village.system.settle()
    assert [question["number"] for question in (await desk.shown(notice))["questions"]] == [asked["number"]]


async def test_a_notice_reaches_its_villages_its_townships_or_the_whole_county(desk: Desk, system: System) -> None:
    disclosure = system.services["disclosure"]

    async def reached(reach: Reach, villages: tuple[str, ...] = (), townships: tuple[str, ...] = ()) -> int:
        groups = await views.groups_of(disclosure, reach, villages, townships)
        assert len(set(groups)) == len(groups)
        return len(groups)

    assert await reached(Reach.VILLAGE, (desk.place,), ("平川镇",)) == 1
    assert await reached(Reach.VILLAGE, (desk.place,), ("柳溪镇",)) == 0, "a village of that name in another township"
    assert await reached(Reach.TOWNSHIP, (), ("无此镇",)) == 0
    assert 100 < await reached(Reach.TOWNSHIP, (), ("平川镇",)) <= await reached(Reach.COUNTY)
    draft = {**desk.new("policy", samples.POLICY), "villages": [], "reach": "village"}
    assert (await desk.ask("POST", "/drafts", draft)).json()["code"] == "no-place"


async def test_notices_are_exported_as_tables_and_as_open_data(desk: Desk) -> None:
    draft = desk.new("project", samples.PROJECT, reach="village", responsible="平川镇人民政府")
    notice = (await desk.done("POST", "/drafts", draft))["notice"]
    await desk.done("POST", f"/notices/{notice}/review", {"approved": True, "by": "刘强"})
    await desk.done("POST", f"/notices/{notice}/publish", {})
    package = await desk.done("GET", "/exports/ocds")
    [release] = [release for release in package["releases"] if release["ocid"].endswith(notice)]
    assert release["buyer"]["name"] == "平川镇人民政府"
    assert package["publisher"] == {"name": "县诉求中心"}
    listed = (await desk.ask("GET", "/exports/notices?format=csv&kind=project")).content.decode("utf-8-sig")
    assert f"{notice},项目公示,project {desk.place}," in listed
    told = (await desk.done("GET", "/exports/notices?format=json&kind=project"))["notices"]
    assert [one["content"]["amount_fen"] for one in told if one["notice"] == notice] == [433_320_000]
    for wanted, starts in (("csv", "\ufeff资金来源".encode()), ("xlsx", b"PK"), ("json", b"{")):
        answer = await desk.ask("GET", f"/notices/{notice}/table?format={wanted}")
        assert answer.is_success
        assert answer.content.startswith(starts)
    assert (await desk.ask("GET", "/notices/none/table")).status_code == 404
