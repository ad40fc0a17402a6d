"""Keys of people and of departments: whoever has one acts as himself, and on his department's cases."""

from typing import Any

import httpx

from services.cli.system import System
from tests.integration.services.conftest import Village
from tests.unit.services.disclosure import samples

PIPE = "自来水管破裂，院子都淹了"


async def act(village: Village, key: str, number: str, step: str, **body: Any) -> httpx.Response:
    """As the bearer of that key."""
    url = f"{village.system.urls['routing']}/cases/{number}/{step}"
    answer = await village.client.post(url, json=body, headers={"authorization": f"Bearer {key}"})
    await village.system.settle()
    return answer


async def offered(village: Village, key: str, number: str) -> list[str]:
    url = f"{village.system.urls['routing']}/cases/{number}"
    answer = await village.client.get(url, headers={"authorization": f"Bearer {key}"})
    steps: list[str] = answer.json()["allowed"]
    return steps


def refusal(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["code"]
    return code


async def test_what_is_done_with_a_persons_key_is_done_by_him_and_told_by_his_name(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    assert (await act(village, "wang", number, "accept")).status_code == 200
    assert (await act(village, "wang", number, "progress", by="p-wang", words="管件已到")).status_code == 200
    events = (await village.get("routing", f"/cases/{number}/timeline"))["events"]
    assert [(e["actor"], e["data"]["by"], e["data"]["by_name"]) for e in events[1:]] == [
        ("water-1/p-wang", "p-wang", "王芳")
    ] * 2
    appeal = (await village.get("routing", f"/cases/{number}"))["appeal"]
    said = (await village.get("notify", "/replies", appeal=appeal))["replies"]
    [accepted] = [reply["text"] for reply in said if reply["template"] == "accepted"]
    assert "王芳" in accepted


async def test_nobody_acts_in_anothers_name_with_a_key_of_his_own(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    assert refusal(await act(village, "wang", number, "accept", by="p-li"), 403) == "another-person"
    assert (await village.get("routing", f"/cases/{number}"))["status"] == "assigned"


async def test_who_resolved_a_case_cannot_call_back_by_calling_himself_another(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    await act(village, "wang", number, "accept")
    assert (await act(village, "wang", number, "resolve", words="水管已修好")).status_code == 200
    assert "call-back" not in await offered(village, "wang", number)
    assert refusal(await act(village, "wang", number, "call-back"), 409) == "handled-it-himself"
    assert refusal(await act(village, "wang", number, "call-back", by="p-li"), 403) == "another-person"
    assert "call-back" in await offered(village, "li", number)
    assert (await act(village, "li", number, "answer", resolved=True, satisfied=True)).json()["status"] == "closed"


async def test_a_department_acts_on_its_own_cases_alone(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    assert await offered(village, "zhao", number) == []
    assert refusal(await act(village, "zhao", number, "accept"), 403) == "another-department"
    assert "accept" in await offered(village, "wang", number)
    assert "transfer" in await offered(village, "sun", number)
    moved = await act(village, "sun", number, "transfer", department="power", words="属供电公司")
    assert moved.json()["department"] == "power"
    assert refusal(await act(village, "wang", number, "accept"), 403) == "another-department"
    assert (await act(village, "zhao", number, "accept")).status_code == 200


async def test_an_assisting_department_does_its_part_and_no_more(village: Village) -> None:
    number = (await village.say("v", PIPE))["number"]
    await act(village, "wang", number, "accept")
    for helper in ("power", "village"):
        assisted = await act(village, "sun", number, "assist", department=helper, words="停电后才能抽水")
        assert assisted.status_code == 200
    assert await offered(village, "zhao", number) == ["progress", "finish-part"]
    assert (await act(village, "zhao", number, "progress", words="已停电")).status_code == 200
    assert refusal(await act(village, "zhao", number, "resolve", words="好了"), 403) == "another-department"
    others = await act(village, "zhao", number, "finish-part", department="village", words="好了")
    assert refusal(others, 403) == "another-department"
    assert (await act(village, "zhao", number, "finish-part", department="power", words="已停电配合")).status_code == 200
    assert await offered(village, "zhao", number) == []


async def test_a_return_that_took_the_case_away_is_answered_again_to_who_made_it(village: Village, system: System) -> None:
    number = (await village.say("v", PIPE))["number"]
    await act(village, "wang", number, "return", words="不属我局管网")
    await act(village, "sun", number, "decide-return", words="产权属供电公司", granted=True, department="power")
    url = f"{system.urls['routing']}/cases/{number}/return"
    headers = {"authorization": "Bearer zhao", "idempotency-key": f"return-{number}"}
    first = await village.client.post(url, json={"words": "也不归我们"}, headers=headers)
    assert first.json()["department"] == "letters"
    await system.services["routing"].pool.execute("update requests set answer = null, held_until = asked")
    again = await village.client.post(url, json={"words": "也不归我们"}, headers=headers)
    assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])


async def test_notices_replies_and_corrections_bear_the_persons_name_too(village: Village, system: System) -> None:
    notice = {"kind": "fund", "title": "村道硬化", "body": "资金 12 万元", "groups": [village.group]}
    headers = {"authorization": "Bearer sun"}
    published = await village.client.post(f"{system.urls['disclosure']}/notices", json=notice, headers=headers)
    await system.settle()
    [version] = (await village.get("disclosure", f"/notices/{published.json()['notice']}"))["versions"]
    assert version["data"]["by"] == "p-sun"
    [reply] = [r for r in (await village.get("notify", "/replies"))["replies"] if r["group"] == village.group]
    sent = f"{system.urls['notify']}/replies/{reply['reply']}/sent"
    assert refusal(await village.client.post(sent, json={"by": "王芳"}, headers=headers), 403) == "another-person"
    assert (await village.client.post(sent, json={}, headers=headers)).status_code == 202
    paste = {"channel": "wecom", "group": village.group, "text": "村民:\n没水了", "by": "p-li", "dry_run": False}
    pasted = await village.client.post(f"{system.urls['intake']}/messages/paste", json=paste, headers=headers)
    assert refusal(pasted, 403) == "another-person"


async def test_who_drafted_a_notice_cannot_review_it_with_another_key(village: Village) -> None:
    """The same person, once by his own key, once named by the holder of the county's."""
    url = village.system.urls["disclosure"]
    draft = {"kind": "subsidy", "title": "花椒补贴发放名单", "content": samples.SUBSIDY, "reach": "village"}
    draft |= {"villages": [f"河湾{village.number}村"], "by": "p-sun"}
    drafted = await village.client.post(f"{url}/drafts", json=draft)
    assert drafted.status_code == 201, drafted.text
    review = f"{url}/notices/{drafted.json()['notice']}/review"
    his_own = {"authorization": "Bearer sun"}
    assert refusal(await village.client.post(review, json={"approved": True}, headers=his_own), 409) == "reviews-himself"
    other = await village.client.post(review, json={"approved": True, "by": "p-li"})
    assert other.status_code == 200, other.text
