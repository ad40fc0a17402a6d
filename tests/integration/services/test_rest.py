"""REST: clear errors, versions, roles; every step over the API is the same command as in the chat."""

import httpx
import pytest

from services.cli.system import System
from tests.integration.services.conftest import Village


async def test_an_official_runs_a_case_over_rest_and_the_group_is_told(village: Village) -> None:
    opened = await village.say("v", "自来水管破裂，院子都淹了")
    number = opened["number"]
    assert (await village.act(number, "accept", by="李主任")).json()["status"] == "accepted"
    assert (await village.act(number, "progress", words="管件已到")).json()["status"] == "in_progress"
    assert (await village.act(number, "resolve", by="李主任", words="水管已修好")).json()["status"] == "resolved"
    assert (await village.act(number, "call-back", by="李主任")).status_code == 409
    assert (await village.act(number, "call-back", by="王回访")).status_code == 200
    assert (await village.act(number, "close", words="回访三次未接通")).json()["status"] == "closed"
    assert (await village.act(number, "reopen", words="又漏了")).json()["reopened"] == 1
    said = ["received", "accepted", "progress", "resolved", "callback", "closed", "reopened"]
    assert await village.replies(number) == said
    timeline = await village.get("routing", f"/cases/{number}/timeline")
    assert [event["version"] for event in timeline["events"]] == list(range(1, len(timeline["events"]) + 1))


async def test_a_return_is_decided_by_the_county_desk_and_a_second_one_ends_there(village: Village) -> None:
    number = (await village.say("v", "变压器坏了停电一天了"))["number"]
    first = (await village.act(number, "return", by="a", words="不属我单位产权")).json()
    assert (first["department"], first["returning"]["by"]) == ("power", "a")
    own = await village.act(number, "decide-return", by="a", words="同意", granted=True)
    assert (own.status_code, own.json()["code"]) == (409, "judges-himself")
    moved = await village.act(number, "decide-return", by="desk", words="产权属镇里", granted=True, department="township")
    assert (moved.json()["department"], moved.json()["returning"]) == ("township", None)
    second = await village.act(number, "return", by="b", words="也不归我们")
    assert second.json()["department"] == "letters"
    moved = await village.act(number, "transfer", department="power", words="经协调由供电公司办理")
    assert moved.json()["department"] == "power"
    third = await village.act(number, "return", by="a", words="还是不归我们")
    assert (third.status_code, third.json()["code"]) == (409, "returned-already")


async def test_a_step_that_is_not_allowed_is_a_problem_with_what_is(village: Village) -> None:
    number = (await village.say("v", "村里路灯不亮，晚上走路看不见"))["number"]
    await village.act(number, "accept")
    refused = await village.act(number, "accept")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert (problem["type"], problem["code"]) == ("urn:minsheng:problem:refused", "not-allowed-now")
    assert "现在可以" in problem["detail"]
    assert "accept" not in problem["allowed"]
    assert {"progress", "resolve"} <= set(problem["allowed"])


async def test_a_version_that_has_moved_on_is_a_conflict(village: Village, system: System) -> None:
    number = (await village.say("v", "机井坏了，地浇不上水"))["number"]
    url = f"{system.urls['routing']}/cases/{number}"
    seen = (await village.client.get(url)).headers["etag"]
    await village.act(number, "accept")
    stale = await village.client.post(f"{url}/progress", json={"words": "在修"}, headers={"if-match": seen})
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:minsheng:problem:conflict")
    fresh = {"if-match": (await village.client.get(url)).headers["etag"]}
    assert (await village.client.post(f"{url}/progress", json={"words": "在修"}, headers=fresh)).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sent_at": "昨天"}, "sent_at"),
        ({"sent_at": "2025-06-02T08:00:00"}, "sent_at"),
        ({"text": "长" * 20_001}, "text"),
        ({"text": "\x00"}, "text"),
        ({"channel": "We Chat"}, "channel"),
        ({"message_id": ""}, "message_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_message_that_cannot_be_taken_names_the_field(village: Village, change: dict[str, object], field: str) -> None:
    answer = await village.post(village.message("bad", "v", "测试") | change)
    assert answer.status_code == 422
    assert field in str(answer.json()["errors"])


async def test_what_is_not_json_too_large_or_empty_is_refused(village: Village, system: System) -> None:
    url = f"{system.urls['intake']}/messages"
    assert (await village.client.post(url, content=b"{nonsense")).status_code == 422
    assert (await village.client.post(url, content=b"[]")).status_code == 422
    large = await village.client.post(url, content=b"x" * 2_000_001)
    assert (large.status_code, large.json()["type"]) == (413, "urn:minsheng:problem:too-large")

    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(30):
            yield b"x" * 100_000

    assert (await village.client.post(url, content=chunks())).status_code == 413


async def test_nobody_gets_in_without_a_key_or_with_a_role_that_may_not(system: System) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for name, url in system.urls.items():
            paths = (await client.get(f"{url}/openapi.json")).json()["paths"]
            assert paths, name
            for path, methods in paths.items():
                for method in methods:
                    filled = path.replace("{", "").replace("}", "")
                    answer = await client.request(method, f"{url}{filled}", content=b"")
                    assert answer.status_code == 401, (name, method, path)
        adapter = {"authorization": "Bearer adapter"}
        assert (await client.get(f"{system.urls['routing']}/cases", headers=adapter)).status_code == 403
        assert (await client.get(f"{system.urls['disclosure']}/notices", headers=adapter)).status_code == 200


async def test_probes_and_metrics_need_no_key(system: System) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for url in system.urls.values():
            assert (await client.get(f"{url}/healthz")).json() == {"status": "alive"}
            assert (await client.get(f"{url}/readyz")).json() == {"status": "ready", "missing": []}
            metrics = (await client.get(f"{url}/metrics")).text
            assert "minsheng_relay_lag_events" in metrics
            assert "minsheng_http_request_seconds_bucket" in metrics


async def test_a_request_keeps_its_id(village: Village, system: System) -> None:
    url = f"{system.urls['disclosure']}/notices"
    assert (await village.client.get(url, headers={"x-request-id": "abc"})).headers["x-request-id"] == "abc"
    assert len((await village.client.get(url)).headers["x-request-id"]) == 32


async def test_a_roster_with_a_mistake_is_refused_whole_and_names_the_line(village: Village, system: System) -> None:
    url = f"{system.urls['intake']}/roster"
    header = "sender,group,real_name,role,department\n"
    bad = await village.client.put(url, content=f"{header}n1,{village.group},甲,villager,\nn2,{village.group},乙,国王,\n")
    assert (bad.status_code, bad.json()["line"]) == (422, 3)
    assert (await village.say("n1", "大家好"))["reading"]["role"] == "unknown"
    assert (await village.client.put(url, content="sender,group\n1,2\n")).json()["field"] == "real_name"
    assert (await village.client.put(url, content="甲,乙".encode("gbk"))).status_code == 422
    same = await village.client.put(url, content=f"{header}v{village.number},{village.group},村民{village.number},villager,\n")
    assert same.json() == {"rows": 1, "changed": 0}


async def test_a_notice_is_published_corrected_withdrawn_and_told_to_its_groups(village: Village, system: System) -> None:
    url = f"{system.urls['disclosure']}/notices"
    new = {"kind": "fund", "title": "村道硬化", "body": "资金 12 万元", "amount_fen": 12_000_000, "groups": [village.group]}
    notice = (await village.client.post(url, json=new)).json()["notice"]
    correction = {"title": "村道硬化", "body": "资金 13 万元", "amount_fen": 13_000_000, "reason": "少计一户"}
    assert (await village.client.post(f"{url}/{notice}/correct", json=correction)).json()["revision"] == 2
    assert (await village.client.post(f"{url}/{notice}/correct", json=correction)).status_code == 409
    gone = await village.client.post(f"{url}/{notice}/withdraw", json={"reason": "重复发布"})
    assert gone.json()["withdrawn"]
    await system.settle()
    versions = (await village.get("disclosure", f"/notices/{notice}"))["versions"]
    assert [v["data"].get("body") for v in versions] == ["资金 12 万元", "资金 13 万元", None]
    said = [r for r in (await village.get("notify", "/replies"))["replies"] if r["group"] == village.group]
    assert [r["template"] for r in reversed(said)] == ["notice", "notice-corrected", "notice-withdrawn"]
    assert (await village.client.get(f"{url}/none")).status_code == 404


async def test_lists_go_on_page_by_page_without_missing_or_repeating(village: Village, system: System) -> None:
    batch = [village.message(f"{village.group}-p{n}", "v", f"第{n}户的自来水管破裂漏水") for n in range(4)]
    await village.post(batch)
    await system.settle()
    whole = [c["appeal"] for c in (await village.get("routing", "/cases", limit=500))["cases"]]
    paged, query = list[str](), dict[str, object]()
    while cases := (await village.get("routing", "/cases", limit=3, **query))["cases"]:
        paged += [c["appeal"] for c in cases]
        query = {"before": cases[-1]["opened_at"], "before_appeal": cases[-1]["appeal"]}
    assert paged == whole


async def test_an_adapters_receipt_is_recorded_and_an_unknown_one_refused(village: Village, system: System) -> None:
    number = (await village.say("v", "供水管道又爆了，路上都是水"))["number"]
    appeal = (await village.get("routing", f"/cases/{number}"))["appeal"]
    [reply] = (await village.get("notify", "/replies", appeal=appeal))["replies"]
    assert reply["status"] == "delivered"
    url = f"{system.urls['notify']}/receipts"
    receipt = {"reply": reply["reply"], "status": "delivered", "adapter": "wecom-test"}
    assert (await village.client.post(url, json=receipt)).status_code == 202
    assert (await village.client.post(url, json=receipt | {"reply": "none"})).status_code == 404
