"""The triage queue over REST: a wrong reading is seen, corrected, and everything that should have followed follows."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from rich.console import Console

from services.cli import care
from services.cli.system import System
from shared.clock import CHINA
from tests.integration.services.conftest import Village

OBSCURE = "老地方，又是那样"
"""what only a neighbour understands"""


async def correct(village: Village, message: str, caller: str = "all", **said: Any) -> httpx.Response:
    return await judge(village, f"{message}/correct", caller, json=said)


async def judge(village: Village, path: str, caller: str = "all", **request: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {caller}", **request.pop("headers", {})}
    answer = await village.client.post(f"{village.system.urls['intake']}/triage/{path}", headers=headers, **request)
    await village.system.settle()
    return answer


async def queue(village: Village, caller: str = "all") -> dict[str, dict[str, Any]]:
    """What waits of this village, by message, read page by page."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = await village.client.get(
            f"{village.system.urls['intake']}/triage",
            params={"limit": 3, **after},
            headers={"authorization": f"Bearer {caller}"},
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()["messages"]
        found += page
        if not page:
            break
        after = {"after": page[-1]["sent_at"], "after_message": page[-1]["message"]}
    assert len({one["message"] for one in found}) == len(found)
    assert [one["sent_at"] for one in found] == sorted(one["sent_at"] for one in found)
    return {one["message"]: one for one in found if one["group"] == village.group}


async def case(village: Village, number: str) -> dict[str, Any]:
    return await village.get("routing", f"/cases/{number}")


async def test_a_complaint_taken_for_talk_waits_for_a_person_and_becomes_an_appeal(village: Village) -> None:
    talk = await village.say("v", OBSCURE)
    assert (talk["reading"]["kind"], talk["number"]) == ("chatter", None)
    waits = (await queue(village))[talk["message"]]
    assert (waits["why"], waits["text"], waits["kind"]) == ("unsure", OBSCURE, "chatter")
    assert waits["reasons"]
    assert waits["alternatives"] is not None
    said_at = village.system.clock.now()
    village.system.clock.advance(timedelta(minutes=4))  # type: ignore[attr-defined]

    answer = await correct(village, talk["message"], kind="appeal", urgent=True, note="说的是供水点，电话里问过")
    assert answer.status_code == 200, answer.text
    number = answer.json()["number"]
    assert number.startswith(f"TY-{said_at.astimezone(CHINA):%Y%m%d}-")
    assert talk["message"] not in await queue(village)
    opened = await case(village, number)
    assert (opened["status"], opened["urgent"]) == ("assigned", True)
    assert opened["department"]
    assert await village.replies(number) == ["received"]
    clocks = (await village.get("sla", f"/cases/{opened['appeal']}/clocks"))["clocks"]
    assert {c["started_at"] for c in clocks} == {said_at.isoformat().replace("+00:00", "Z")}
    shown = await village.get("intake", f"/messages/wecom/{talk['message_id']}")
    assert (shown["reading"]["kind"], shown["reading"]["confidence"]) == ("appeal", 1.0)
    assert "改判" in shown["reading"]["reasons"][-1]
    assert (shown["corrected"]["was_kind"], shown["corrected"]["note"]) == ("chatter", "说的是供水点，电话里问过")
    adapter = {"authorization": "Bearer adapter"}
    url = f"{village.system.urls['intake']}/messages/wecom/{talk['message_id']}"
    assert "note" not in (await village.client.get(url, headers=adapter)).json()["corrected"]


async def test_later_messages_are_read_with_a_correction_in_mind(village: Village) -> None:
    talk = await village.say("v", OBSCURE)
    number = (await correct(village, talk["message"], kind="appeal")).json()["number"]
    await village.say("o", "收到，马上去看", quoting=talk["message_id"])
    assert (await case(village, number))["status"] == "accepted"


async def test_an_appeal_that_was_talk_is_withdrawn_and_its_case_reaches_an_outcome(village: Village) -> None:
    opened = await village.say("v", "自来水管破裂，院子都淹了")
    answer = await correct(village, opened["message"], kind="chatter", note="群里在说电视剧")
    assert (answer.json()["kind"], answer.json()["number"]) == ("chatter", None)
    ended = await case(village, opened["number"])
    assert ended["status"] == "closed"
    assert await village.replies(opened["number"]) == ["received", "withdrawn"]
    timeline = await village.get("routing", f"/cases/{opened['number']}/timeline")
    assert timeline["events"][-1]["data"]["outcome"] == "误登记"
    assert (await village.get("intake", f"/appeals/{opened['number']}"))["status"] == "withdrawn"
    again = await correct(village, opened["message"], kind="appeal")
    assert again.json()["number"] not in (None, opened["number"])


async def test_an_appeal_that_was_part_of_another_is_joined_to_it_and_what_hung_on_it_is_looked_at(village: Village) -> None:
    first = await village.say("v", "自来水管破裂，院子都淹了")
    second = await village.say("w", "变压器坏了停电一天了")
    assert first["number"] != second["number"]
    added = await village.say("w", "就在村小学后面", quoting=second["message_id"])
    assert added["reading"]["appeal"] == second["reading"]["appeal"]

    answer = await correct(village, second["message"], kind="supplement", appeal=first["number"])
    assert answer.json()["number"] == first["number"]
    timeline = await village.get("routing", f"/cases/{second['number']}/timeline")
    assert timeline["events"][-1]["data"]["outcome"] == f"已并入诉求 {first['number']} 一并办理"
    assert await village.replies(second["number"]) == ["received", "closed"]
    waits = (await queue(village))[added["message"]]
    assert waits["why"] == "withdrawn"
    moved = await correct(village, added["message"], kind="supplement", appeal=first["number"])
    assert moved.json()["appeal"] == first["reading"]["appeal"]
    assert added["message"] not in await queue(village)
    quoting = await village.say("o", "收到，马上去看", quoting=second["message_id"])
    assert quoting["reading"]["appeal"] == first["reading"]["appeal"]


async def test_danger_seen_by_a_person_makes_an_open_appeal_urgent(village: Village) -> None:
    opened = await village.say("v", "村里路灯不亮，晚上走路看不见")
    assert not (await case(village, opened["number"]))["urgent"]
    answer = await correct(village, opened["message"], kind="appeal", urgent=True)
    assert answer.json()["number"] == opened["number"]
    assert (await case(village, opened["number"]))["urgent"]


async def test_a_sealed_message_waits_for_the_commission_alone(village: Village) -> None:
    report = await village.say("v", "村支书贪污低保款，把名额都给了他亲戚")
    assert report["reading"]["sealed"]
    seen = (await queue(village, "supervisor"))[report["message"]]
    assert (seen["why"], seen["text"], seen["person"], seen["reasons"]) == ("sealed", None, None, [])
    assert "低保" in (await queue(village, "discipline"))[report["message"]]["text"]
    for path in ("confirm", "correct"):
        body = {"json": {"kind": "chatter"}} if path == "correct" else {}
        assert (await judge(village, f"{report['message']}/{path}", "supervisor", **body)).status_code == 403
    assert (await judge(village, f"{report['message']}/confirm", "discipline")).status_code == 200
    assert report["message"] not in await queue(village, "discipline")


async def test_unsealing_opens_a_new_appeal_for_a_department(village: Village) -> None:
    report = await village.say("v", "村支书贪污低保款，把名额都给了他亲戚")
    answer = await correct(village, report["message"], "discipline", kind="appeal", sealed=False)
    assert answer.json()["number"] != report["number"]
    assert (await case(village, report["number"]))["status"] == "closed"
    opened = await case(village, answer.json()["number"])
    assert (opened["sealed"], opened["status"]) == (False, "assigned")
    assert "withdrawn" not in await village.replies(report["number"])  # of a sealed one nothing is said


async def test_what_is_sealed_afterwards_leaves_the_department_and_nothing_public_says_why(village: Village) -> None:
    opened = await village.say("v", "自来水管破裂，院子都淹了")
    answer = await correct(village, opened["message"], "supervisor", kind="report")
    sealed = await case(village, answer.json()["number"])
    assert (sealed["sealed"], sealed["department"]) == (True, "discipline")
    assert await village.replies(opened["number"]) == ["received", "withdrawn"]
    timeline = await village.get("routing", f"/cases/{opened['number']}/timeline")
    assert timeline["events"][-1]["data"]["outcome"] == "误登记"
    assert (await correct(village, opened["message"], "supervisor", kind="chatter")).status_code == 403


async def test_a_confirmed_reading_leaves_the_queue_and_may_be_confirmed_twice(village: Village) -> None:
    talk = await village.say("v", OBSCURE)
    for _ in range(2):
        answer = await judge(village, f"{talk['message']}/confirm", "supervisor")
        assert (answer.status_code, answer.json()["kind"]) == (200, "chatter")
    assert talk["message"] not in await queue(village)


async def test_what_cannot_be_corrected_is_said_plainly(village: Village) -> None:
    talk = await village.say("v", OBSCURE)
    unknown = await correct(village, talk["message"], kind="supplement", appeal="TY-20250602-9999")
    assert (unknown.status_code, unknown.json()["field"]) == (422, "appeal")
    for code, said in {
        "nothing-to-correct": {"kind": "chatter"},
        "appeal-needed": {"kind": "supplement"},
        "sealed-by-its-appeal": {"kind": "chatter", "sealed": True},
    }.items():
        answer = await correct(village, talk["message"], **said)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    nobody = await correct(village, "00000000-0000-0000-0000-000000000000", kind="appeal")
    assert nobody.status_code == 404
    assert (await correct(village, talk["message"], kind="gossip")).status_code == 422
    assert (await correct(village, talk["message"], "officer", kind="appeal")).status_code == 403


async def test_two_people_who_correct_the_same_reading_do_not_overwrite_one_another(village: Village) -> None:
    talk = await village.say("v", OBSCURE)
    seen = {"if-match": f'"{(await queue(village))[talk["message"]]["version"]}"'}
    first = await judge(village, f"{talk['message']}/correct", json={"kind": "appeal"}, headers=seen)
    second = await judge(village, f"{talk['message']}/correct", json={"kind": "offer"}, headers=seen)
    assert (first.status_code, second.status_code) == (200, 409)
    now = {"if-match": first.headers["etag"]}
    assert (await judge(village, f"{talk['message']}/correct", json={"kind": "offer"}, headers=now)).status_code == 200


async def test_a_recalled_message_is_not_corrected_any_more(village: Village) -> None:
    talk = await village.say("v", OBSCURE)
    revoked = {"seq": 1, "msgid": f"{talk['message_id']}-back", "action": "recall", "from": "v", "roomid": village.group}
    item = {**revoked, "msgtype": "revoke", "msgtime": 1, "revoke": {"pre_msgid": talk["message_id"]}}
    told = await village.client.post(f"{village.system.urls['intake']}/messages/wecom-archive", json=[item])
    assert told.json()["results"][0]["result"] == "recalled"
    await village.system.settle()
    answer = await correct(village, talk["message"], kind="appeal")
    assert (answer.status_code, answer.json()["code"]) == (409, "recalled")
    assert (await queue(village))[talk["message"]]["recalled_at"]


async def test_a_rebuilt_view_shows_the_same_queue(village: Village, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_TRIAGE_BELOW", str(system.services["intake"].settings.triage_below))
    stays, leaves = await village.say("v", OBSCURE), await village.say("w", OBSCURE)
    await correct(village, leaves["message"], kind="enquiry")
    before = await queue(village)
    url = system.services["intake"].settings.database_url.get_secret_value()
    await care.rebuild("intake", url, Console(quiet=True))
    assert await queue(village) == before
    assert set(before) == {stays["message"]}
