"""Many cases in one request: each as if it were alone, one result a case, and one that fails undoes no other."""

from typing import Any

import httpx

from tests.integration.services.conftest import Village

SAID = (("v", "自来水管破裂，院子都淹了"), ("v", "变压器坏了停电一天了"), ("w", "机井坏了，地浇不上水"))
"""the first is for the water bureau, the second for the power company"""


async def bulk(village: Village, step: str, cases: list[dict[str, Any]], key: str = "all", **body: Any) -> httpx.Response:
    url = f"{village.system.urls['routing']}/cases/bulk/{step}"
    answer = await village.client.post(url, json={"cases": cases, **body}, headers={"authorization": f"Bearer {key}"})
    await village.system.settle()
    return answer


async def opened(village: Village, many: int) -> list[str]:
    """Numbers of so many appeals of one group."""
    return [(await village.say(who, text))["number"] for who, text in SAID[:many]]


def told(answer: httpx.Response) -> list[tuple[str, int, str]]:
    """Of each: name, status, and what the case or the problem is."""
    assert answer.status_code == 200, answer.text
    return [
        (
            one["name"],
            one["status"],
            one["case"]["status"] if "case" in one else one["problem"].get("code", one["problem"]["type"]),
        )
        for one in answer.json()["results"]
    ]


async def test_many_are_accepted_at_once_and_what_fails_undoes_nothing(village: Village) -> None:
    first, second, third = await opened(village, 3)
    await village.act(second, "accept", by="o1")
    version = (await village.get("routing", f"/cases/{third}"))["version"]
    cases = [{"case": first}, {"case": second}, {"case": "TY-没有"}, {"case": third, "version": version}]
    answer = await bulk(village, "accept", cases, by="o2")
    assert told(answer) == [
        (first, 200, "accepted"),
        (second, 409, "not-allowed-now"),
        ("TY-没有", 404, "urn:minsheng:problem:not-found"),
        (third, 200, "accepted"),
    ]
    assert (answer.json()["done"], answer.json()["failed"]) == (2, 2)
    assert "progress" in answer.json()["results"][1]["problem"]["allowed"]
    events = (await village.get("routing", f"/cases/{first}/timeline"))["events"]
    assert [(event["type"].split(".")[2], event["data"].get("by")) for event in events][1:] == [("case-accepted", "o2")]
    assert await village.replies(third) == ["received", "accepted"]


async def test_a_case_that_moved_on_since_it_was_seen_is_left_alone(village: Village) -> None:
    [number] = await opened(village, 1)
    answer = await bulk(village, "accept", [{"case": number, "version": 7}])
    assert told(answer) == [(number, 409, "urn:minsheng:problem:conflict")]
    assert (await village.get("routing", f"/cases/{number}"))["status"] == "assigned"


async def test_the_desk_gives_many_to_one_department(village: Village) -> None:
    numbers = await opened(village, 3)
    answer = await bulk(village, "assign", [{"case": n} for n in numbers], by="desk", department="township", words="镇里统一办")
    assert [one["case"]["department"] for one in answer.json()["results"]] == ["township"] * 3
    again = await bulk(village, "assign", [{"case": numbers[0]}], by="desk", department="township", words="镇里统一办")
    assert told(again) == [(numbers[0], 409, "same-department")]


async def test_whose_key_it_is_counts_for_each_case(village: Village) -> None:
    water, power = await opened(village, 2)
    answer = await bulk(village, "accept", [{"case": water}, {"case": power}], key="wang")
    assert told(answer) == [(water, 200, "accepted"), (power, 403, "another-department")]
    assert (await bulk(village, "accept", [{"case": water}], key="wang", by="p-li")).status_code == 403
    assert (await bulk(village, "assign", [{"case": water}], key="wang", department="power", words="转")).status_code == 403
    assert (await bulk(village, "accept", [{"case": water}], key="admin")).status_code == 403


async def test_a_list_that_is_empty_too_long_or_no_list_is_refused_whole(village: Village) -> None:
    for cases in ([], [{"case": f"TY-{n}"} for n in range(201)], [{"case": "TY-1", "version": "3"}], [{"name": "TY-1"}]):
        assert (await bulk(village, "accept", cases)).status_code == 422  # type: ignore[arg-type]


async def test_a_bulk_sent_again_with_its_key_accepts_nothing_twice(village: Village) -> None:
    numbers = await opened(village, 2)
    url, body = f"{village.system.urls['routing']}/cases/bulk/accept", {"cases": [{"case": n} for n in numbers]}
    headers = {"idempotency-key": f"bulk-{numbers[0]}"}
    first = await village.client.post(url, json=body, headers=headers)
    again = await village.client.post(url, json=body, headers=headers)
    assert (first.json()["done"], again.content) == (2, first.content)
    await village.system.services["routing"].pool.execute("update requests set answer = null, held_until = asked")
    anew = await village.client.post(url, json=body, headers=headers)
    assert told(anew) == [(number, 200, "accepted") for number in numbers]
