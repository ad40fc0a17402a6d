"""The life of a case beside its usual way, over REST on real servers: who may, what follows, what the group is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from services.cli.system import System
from services.intake.reader import Reader
from shared.clock import SimulatedClock
from tests.integration.services.conftest import Village


async def opened(village: Village, text: str = "自来水管破裂，院子都淹了", *, accepted: bool = True) -> str:
    number: str = (await village.say("v", text))["number"]
    if accepted:
        assert (await village.act(number, "accept", by="o1")).status_code == 200
    return number


async def resolved(village: Village, text: str = "自来水管破裂，院子都淹了") -> str:
    number = await opened(village, text)
    assert (await village.act(number, "resolve", by="o1", words="水管已修好")).status_code == 200
    return number


async def work_clock(village: Village, number: str) -> dict[str, Any]:
    clocks = (await village.get("sla", f"/cases/{number}/clocks"))["clocks"]
    clock: dict[str, Any] = next(clock for clock in clocks if clock["promise"] == "resolve")
    return clock


def refusal(answer: httpx.Response) -> str:
    """The code of a problem that says that the rules do not allow it, and what they do."""
    assert answer.status_code == 409, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert isinstance(answer.json()["allowed"], list)
    code: str = answer.json()["code"]
    return code


async def test_a_complaint_that_is_added_later_takes_the_case_from_whom_it_is_about(village: Village) -> None:
    message = await village.say("v", "自来水管破裂，院子都淹了")
    number = message["number"]
    assert (await village.get("routing", f"/cases/{number}"))["department"] == "water"
    added = [await village.say("v", "水利局推诿扯皮，打了三次电话没人来", quoting=message["message_id"]) for _ in range(2)]
    assert {one["reading"]["kind"] for one in added} == {"supplement"}
    case = await village.get("routing", f"/cases/{number}")
    assert case["department"] == "letters"
    events = (await village.get("routing", f"/cases/{number}/timeline"))["events"]
    names = [event["type"].split(".")[2] for event in events]
    assert (names.count("department-accused"), names.count("case-transferred")) == (1, 1)
    assert (await village.replies(number)).count("transferred") == 1
    refused = await village.act(number, "transfer", by="desk", words="转水利局", department="water")
    assert refused.json()["code"] == "accused"


async def test_a_suspended_case_stops_its_clock_and_goes_on_by_itself_when_the_time_has_come(
    village: Village, system: System
) -> None:
    assert isinstance(system.clock, SimulatedClock)
    number = await opened(village)
    before = await work_clock(village, number)
    until = system.clock.now() + timedelta(days=3)
    pause = {"words": "管沟积水，雨停再挖", "waits_for": "weather", "until": until.isoformat()}
    assert refusal(await village.act(number, "suspend", by="o1", **pause)) == "handled-it-himself"
    rested = (await village.act(number, "suspend", by="desk", **pause)).json()
    assert rested["suspended"]["waits_for"] == "weather"
    assert {"resume", "progress"} <= set(rested["allowed"])
    assert (await work_clock(village, number))["paused_at"]
    listed = (await village.get("routing", "/cases", suspended=True, limit=500))["cases"]
    assert number in [case["number"] for case in listed]

    await system.run_until(system.clock, until, inclusive=True)
    case = await village.get("routing", f"/cases/{number}")
    assert (case["suspended"], case["status"]) == (None, "accepted")
    after = await work_clock(village, number)
    assert (after["paused_at"], after["overdue"]) == (None, False)
    assert after["due_at"] > before["due_at"]
    assert await village.replies(number) == ["received", "accepted", "suspended", "resumed"]


async def test_work_that_goes_on_ends_a_suspension_and_so_does_the_reporter_it_waited_for(
    village: Village, system: System
) -> None:
    message = await village.say("v", "自来水管破裂，院子都淹了")
    number = message["number"]
    await village.act(number, "accept", by="o1")
    until = (system.clock.now() + timedelta(days=3)).isoformat()
    await village.act(number, "suspend", by="desk", words="请说明具体位置", waits_for="reporter", until=until)
    await village.say("v", "补充一下，就在我家东墙根那段水管", quoting=message["message_id"])
    assert (await village.get("routing", f"/cases/{number}"))["suspended"] is None
    await village.act(number, "suspend", by="desk", words="等市里批", waits_for="authority", until=until)
    case = (await village.act(number, "progress", by="o1", words="已批，开工")).json()
    assert (case["suspended"], case["status"]) == (None, "in_progress")


async def test_an_extension_is_asked_once_decided_by_another_and_moves_the_due_time(village: Village) -> None:
    number = await opened(village)
    before = await work_clock(village, number)
    assert (await village.act(number, "ask-extension", by="o1", words="配件要外地发货", days=15)).status_code == 422
    asked = (await village.act(number, "ask-extension", by="o1", words="配件要外地发货", days=5)).json()
    assert asked["extension"]["granted"] is None
    assert refusal(await village.act(number, "decide-extension", by="o1", words="同意", granted=True)) == "judges-himself"
    granted = (await village.act(number, "decide-extension", by="desk", words="配件从外地发货", granted=True)).json()
    assert granted["extension"]["granted"] is True
    assert (await work_clock(village, number))["due_at"][:10] > before["due_at"][:10]
    assert refusal(await village.act(number, "ask-extension", by="o1", words="还不够", days=1)) == "asked-already"
    assert await village.replies(number) == ["received", "accepted", "extension-asked", "extended"]


async def test_no_extension_is_asked_for_when_the_time_is_over(village: Village, system: System) -> None:
    assert isinstance(system.clock, SimulatedClock)
    number = await opened(village, "村口电线断了掉在路上，还在冒火花，太危险了")
    await system.run_until(system.clock, system.clock.now() + timedelta(hours=3), inclusive=True)
    assert refusal(await village.act(number, "ask-extension", by="o1", words="来不及了", days=2)) == "too-late"


async def test_the_lead_answers_when_the_assisting_departments_are_done(village: Village) -> None:
    number = await opened(village)
    helped = (await village.act(number, "assist", by="desk", department="power", words="停电后才能抽水")).json()
    assert [(part["department"], part["finished"]) for part in helped["parts"]] == [("power", False)]
    assert helped["department"] == "water"
    assert refusal(await village.act(number, "resolve", by="o1", words="修好了")) == "parts-open"
    assert refusal(await village.act(number, "finish-part", by="p1", department="village", words="好了")) == "no-such-part"
    await village.act(number, "finish-part", by="p1", department="power", words="已停电配合")
    assert (await village.act(number, "resolve", by="o1", words="水管已修好")).json()["status"] == "resolved"


async def test_what_nobody_here_may_take_on_ends_with_a_reason_and_where_to_go_instead(village: Village) -> None:
    number = await opened(village, accepted=False)
    assert (await village.act(number, "inadmissible", by="desk", words="已进入诉讼")).status_code == 422
    ended = await village.act(number, "inadmissible", by="desk", words="已进入诉讼", instead="县人民法院")
    assert (ended.json()["status"], ended.json()["outcome"]) == ("closed", "inadmissible")
    assert await village.replies(number) == ["received", "inadmissible"]


async def test_three_calls_in_vain_are_an_outcome_of_their_own_and_not_satisfaction(village: Village) -> None:
    number = await resolved(village)
    assert refusal(await village.act(number, "failed-call", by="o1")) == "handled-it-himself"
    for count in (1, 2):
        assert (await village.act(number, "failed-call", by="c1")).json()["failed_calls"] == count
    ended = (await village.act(number, "failed-call", by="c1")).json()
    assert (ended["status"], ended["outcome"], ended["satisfied"]) == ("closed", "unreachable", None)
    assert (await village.replies(number))[-1] == "unreachable"


async def test_a_reporter_who_says_on_the_phone_that_it_is_not_solved_opens_it_again(village: Village) -> None:
    number = await resolved(village)
    again = (await village.act(number, "answer", by="c1", resolved=False, words="还在漏")).json()
    assert (again["status"], again["reopened"]) == ("assigned", 1)
    await village.act(number, "resolve", by="o1", words="这回换了整段管子")
    closed = (await village.act(number, "answer", by="c1", resolved=True, satisfied=True)).json()
    assert (closed["status"], closed["satisfied"], closed["outcome"]) == ("closed", True, "confirmed")


async def test_a_supervised_case_is_closed_only_when_the_commission_is_content(village: Village, system: System) -> None:
    number = await resolved(village)
    url = f"{system.urls['routing']}/cases/{number}/supervise"
    officer = {"authorization": "Bearer officer"}
    assert (await village.client.post(url, json={"words": "请抓紧"}, headers=officer)).status_code == 403
    assert (await village.act(number, "supervise", by="d1", words="三天内报结果")).json()["supervised"]
    assert refusal(await village.act(number, "close", by="desk", words="已办结")) == "supervised"
    await village.act(number, "lift-supervision", by="d1", words="已到现场核实")
    assert (await village.act(number, "close", by="desk", words="已办结")).json()["status"] == "closed"


async def test_a_case_is_left_out_of_the_score_only_by_somebody_who_had_no_part_in_it(village: Village) -> None:
    number = await resolved(village)
    proposed = await village.act(number, "propose-exclusion", by="o2", ground="beyond_power", words="省道归省里")
    assert proposed.json()["exclusion"]["granted"] is None
    for own in ("o1", "o2"):
        review = await village.act(number, "review-exclusion", by=own, words="同意", granted=True)
        assert refusal(review) == "judges-himself"
    reviewed = await village.act(number, "review-exclusion", by="desk", words="情况属实", granted=True)
    assert reviewed.json()["exclusion"]["granted"] is True
    assert refusal(await village.act(number, "call-back", by="desk")) == "reviewed-it-himself"


async def test_each_caller_is_told_what_he_may_do(village: Village, system: System) -> None:
    number = await opened(village)
    url = f"{system.urls['routing']}/cases/{number}"
    told = {}
    for key in ("officer", "supervisor", "discipline", "admin"):
        told[key] = (await village.client.get(url, headers={"authorization": f"Bearer {key}"})).json()["allowed"]
    assert {"progress", "resolve", "return"} <= set(told["officer"]) <= set(told["supervisor"])
    assert "transfer" in told["supervisor"]
    assert "transfer" not in told["officer"]
    assert (told["discipline"], told["admin"]) == (["supervise", "seal"], [])


async def test_a_case_closed_before_anything_was_done_is_found_by_that_sign(village: Village) -> None:
    number = await opened(village, accepted=False)
    await village.act(number, "close", by="desk", words="已处理")
    assert (await village.get("routing", f"/cases/{number}"))["signs"] == ["nothing_done"]
    found = (await village.get("routing", "/cases", sign="nothing_done", limit=500))["cases"]
    assert number in [case["number"] for case in found]
    assert number not in [c["number"] for c in (await village.get("routing", "/cases", sign="backdated", limit=500))["cases"]]


async def test_a_case_of_no_matter_is_not_split(village: Village) -> None:
    assert refusal(await village.act(await opened(village), "split", by="desk", words="拆")) == "not-merged"


async def test_the_desk_makes_one_matter_of_cases_and_unmakes_it(villages: Callable[[], Village]) -> None:
    one, two, three = (villages() for _ in range(3))
    lead, second = (
        await opened(one, "路面塌了一个大坑，车都掉进去了"),
        await opened(two, "路上有个坑，摔了好几个人", accepted=False),
    )
    third = await opened(three, "大路塌方了，过不去", accepted=False)
    closed_one = await resolved(three)
    matter = {"about": "塌方", "words": "同一段路", "by": "desk"}
    assert refusal(await one.act(lead, "merge", cases=[second, closed_one], **matter)) == "not-open"
    assert (await one.act(lead, "merge", cases=["TY-19990101-0001"], **matter)).status_code == 404
    merged = (await one.act(lead, "merge", cases=[second, third], **matter)).json()
    assert (merged["lead"], merged["households"]) == (merged["appeal"], 3)
    department = merged["department"]
    for village, number in ((two, second), (three, third)):
        case = await village.get("routing", f"/cases/{number}")
        assert (case["lead"], case["department"], case["status"]) == (merged["appeal"], department, "accepted")
    assert (await two.replies(second))[1] == "merged"
    await one.act(lead, "progress", by="o1", words="已经封路抢修")
    assert (await two.get("routing", f"/cases/{second}"))["status"] == "in_progress"

    assert (await one.act(lead, "unmerge", by="desk", words="不是同一处")).json()["lead"] is None
    await one.act(lead, "resolve", by="o1", words="已填平")
    for number in (second, third):
        case = await one.get("routing", f"/cases/{number}")
        assert (case["lead"], case["status"]) == (None, "in_progress")
    assert (await two.replies(second))[-1] == "split"


async def test_one_message_of_two_matters_becomes_two_cases_with_a_number_a_department_and_an_answer_each(
    village: Village, system: System
) -> None:
    message = await village.say("v", "自来水管破裂，院子都淹了。还有村口变压器冒火花，晚上老停电")
    first, taken_from = message["number"], message["reading"]["appeal"]
    part = {"part": "村口变压器冒火花，晚上老停电", "words": "一条消息两件事", "by": "desk"}
    assert (await village.act(first, "divide", by="desk", words="两件事")).status_code == 422
    assert (await village.act(first, "divide", **part)).status_code == 200
    [link] = (await village.get("routing", f"/cases/{first}"))["divided"]
    second = await village.get("routing", f"/cases/{link['number']}")
    assert second["divided_from"] == {"appeal": taken_from, "number": first}
    assert (second["department"], second["status"], second["appeal"]) == ("power", "assigned", link["appeal"])
    assert link["number"] in str(await village.get("routing", f"/cases/{first}/timeline"))
    assert first in str(await village.get("routing", f"/cases/{link['number']}/timeline"))
    appeal = await village.get("intake", f"/appeals/{link['number']}")
    assert (appeal["text"], appeal["number"]) == (part["part"], link["number"])
    assert await village.replies(link["number"]) == ["divided"]
    assert {clock["promise"] for clock in (await village.get("sla", f"/cases/{link['number']}/clocks"))["clocks"]} >= {"accept"}

    after_a_restart = Reader("TY")
    await after_a_restart.prepare(system.services["intake"].store)
    assert after_a_restart.conversation("wecom", village.group).threads[link["appeal"]].number == link["number"]
    await village.act(link["number"], "resolve", by="o2", words="变压器已更换")
    await village.say("v", f"{link['number']} 变压器换好了，很满意")
    assert (await village.get("routing", f"/cases/{link['number']}"))["status"] == "closed"
    case = await village.get("routing", f"/cases/{first}")
    assert case["status"] == "assigned"
    found = (await village.get("intake", "/appeals", limit=500))["appeals"]
    issued = sorted(int(a["number"][-4:]) for a in found if a["number"].startswith(link["number"][:-4]))
    assert issued == list(range(1, len(issued) + 1))
