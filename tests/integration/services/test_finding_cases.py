"""Cases are found over REST by what they are and by what was written; a department sees what it has to do now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.cli.system import System
from tests.integration.services.conftest import Village
from tests.integration.services.test_triage import OBSCURE, correct


async def found(village: Village, **filters: Any) -> list[str]:
    """The numbers of this village's cases, newest first."""
    here = {"village": f"河湾{village.number}村"}
    return [case["number"] for case in (await village.get("routing", "/cases", **{**here, **filters}))["cases"]]


async def test_cases_are_found_by_what_they_are(village: Village) -> None:
    water = (await village.say("v", "自来水停了，一早上没水"))["number"]
    power = (await village.say("w", "变压器坏了停电一天了"))["number"]
    obscure = (await village.say("v", "俺家想问个事，老宅基地确权登记错了名字，请问该找谁改"))["number"]
    await village.act(power, "accept")
    listed = await village.get("routing", "/cases", village=f"河湾{village.number}村")
    assert [case["number"] for case in listed["cases"]] == [obscure, power, water]
    first = listed["cases"][-1]
    assert (first["department_name"], first["words"], first["status"]) == ("水利局", "自来水停了，一早上没水", "assigned")
    assert await found(village, status="accepted") == [power]
    assert await found(village, status=["accepted", "assigned"]) == [obscure, power, water]
    assert await found(village, department="water", township="平川镇") == [water]
    assert await found(village, category="城乡建设") == [power, water]
    assert await found(village, category="城乡建设/供排水") == [water]
    assert await found(village, kind="report") == []
    assert await found(village, text="停电 变压器") == [power]
    assert await found(village, text="变压器停电") == []


async def test_what_waits_for_the_desk_is_found_until_the_desk_has_decided(village: Village) -> None:
    obscure = await village.say("v", OBSCURE)
    number = (await correct(village, obscure["message"], kind="appeal")).json()["number"]
    assert (await village.get("routing", f"/cases/{number}/why"))["waits"]
    assert await found(village, waits=True) == [number]
    await village.act(number, "transfer", department="township", words="由镇里答复")
    assert await found(village, waits=True) == []
    assert await found(village, waits=False) == [number]


@pytest.mark.parametrize("searched", [{"text": "槐花沟"}, {"department": "water", "text": "槐花沟"}], ids=["text", "filtered"])
async def test_pages_follow_each_other_until_the_last(villages: Callable[[], Village], searched: dict[str, str]) -> None:
    here = villages()
    numbers = [(await one.say("v", "槐花沟的自来水停了，一早上没水"))["number"] for one in (here, villages(), villages())]
    seen: list[str] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        page = await here.get("routing", "/cases", limit=2, **searched, **cursor)
        seen += [case["number"] for case in page["cases"]]
        cursor = page["next"]
    assert seen[:3] == sorted(numbers, reverse=True)
    assert len(set(seen)) == len(seen)


async def test_cases_are_found_by_when_they_were_opened(village: Village) -> None:
    number = (await village.say("v", "自来水停了，一早上没水"))["number"]
    opened = datetime.fromisoformat((await village.get("routing", f"/cases/{number}"))["opened_at"])
    later = opened + timedelta(seconds=1)
    assert await found(village, opened_from=opened.isoformat(), opened_until=later.isoformat()) == [number]
    assert await found(village, opened_from=later.isoformat()) == []
    assert await found(village, opened_until=opened.isoformat()) == []


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"status": "done"}, "status.0"),
        ({"state": "assigned"}, "state"),
        ({"urgent": "maybe"}, "urgent"),
        ({"text": "？！"}, "text"),
        ({"text": "长" * 101}, "text"),
        ({"opened_from": "上周"}, "opened_from"),
        ({"opened_from": "2025-06-03T00:00:00Z", "opened_until": "2025-06-02T00:00:00Z"}, "query"),
        ({"limit": 501}, "limit"),
    ],
)
async def test_a_filter_that_cannot_be_meant_is_named(village: Village, filters: dict[str, Any], field: str) -> None:
    answer = await village.client.get(f"{village.system.urls['routing']}/cases", params=filters)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_who_has_the_list_already_is_told_so_until_something_changes(village: Village) -> None:
    number = (await village.say("v", "自来水停了，一早上没水"))["number"]
    url, here = f"{village.system.urls['routing']}/cases", {"village": f"河湾{village.number}村"}
    first = await village.client.get(url, params=here)
    assert first.headers["etag"].startswith('W/"')
    for tag in (first.headers["etag"], f'"other", {first.headers["etag"]}', "*"):
        again = await village.client.get(url, params=here, headers={"if-none-match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await village.act(number, "accept")
    changed = await village.client.get(url, params=here, headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["cases"][0]["status"]) == (200, "accepted")


async def test_a_department_sees_what_it_has_to_do_now_what_breaks_its_promise_first_in_front(
    villages: Callable[[], Village], system: System
) -> None:
    village = villages()
    office = {"name": f"试验站{village.number}", "level": "county", "duties": ["试验"]}
    code = f"station{village.number}"
    (await village.client.put(f"{system.urls['routing']}/departments/{code}", json=office)).raise_for_status()
    said = [
        "村里路灯不亮，晚上走路看不见",
        "机井坏了，地浇不上水",
        "变压器坏了停电一天了",
        "电线掉在路上冒火花，快来人，太危险了",
        "自来水停了，一早上没水",
    ]
    accepted, open_, rests, urgent, helped = [(await villages().say("v", text))["number"] for text in said]
    for number in (accepted, open_, rests, urgent):
        moved = await village.act(number, "transfer", department=code, words="试验", by="desk")
        assert moved.status_code == 200, moved.text
    await village.act(accepted, "accept", by="o1")
    await village.act(rests, "accept", by="o1")
    until = (system.clock.now() + timedelta(days=2)).isoformat()
    held = await village.act(rests, "suspend", words="等雨停", waits_for="weather", until=until, by="desk")
    assert held.status_code == 200, held.text
    await village.act(helped, "assist", department=code, words="查管网", by="desk")

    queue = await village.get("routing", f"/queues/{code}")
    assert queue["department_name"] == office["name"]
    assert [case["number"] for case in queue["cases"]] == [urgent, open_, helped, accepted, rests]
    assert [case["assists"] for case in queue["cases"]] == [False, False, True, False, False]
    assert queue["counts"] == {
        "unassigned": 0, "assigned": 2, "accepted": 2, "in_progress": 0, "resolved": 0, "called_back": 0, "closed": 0,
    }  # fmt: skip
    assert queue["assisting"] == 1
    await village.act(open_, "close", words="已办", by="desk")
    await village.act(helped, "finish-part", department=code, words="查过了", by="o2")
    queue = await village.get("routing", f"/queues/{code}", limit=1)
    assert ([case["number"] for case in queue["cases"]], queue["counts"]["closed"], queue["assisting"]) == ([urgent], 1, 0)


async def test_a_department_that_is_not_there_has_no_queue(village: Village) -> None:
    answer = await village.client.get(f"{village.system.urls['routing']}/queues/nowhere")
    assert (answer.status_code, answer.json()["detail"]) == (404, "没有这个部门：nowhere")


async def test_only_who_works_for_the_county_finds_cases(village: Village, system: System) -> None:
    async with httpx.AsyncClient(headers={"authorization": "Bearer adapter"}, trust_env=False) as client:
        for path in ("/cases", "/queues/water"):
            assert (await client.get(f"{system.urls['routing']}{path}")).status_code == 403
