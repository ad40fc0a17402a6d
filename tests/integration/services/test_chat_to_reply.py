"""From a chat message to a chat reply, through all services on real servers."""

from datetime import timedelta
from uuid import UUID

from services.cli.system import System
from shared.clock import SimulatedClock
from shared.events.notify import ReplyQueued
from tests.integration.services.conftest import Village


async def test_an_appeal_is_numbered_assigned_answered_and_closed_by_the_reporters_word(village: Village) -> None:
    opened = await village.say("v", "村西头变压器冒烟了，还滋滋响，太危险了")
    number = opened["number"]
    assert opened["reading"]["kind"] == "appeal"
    assert opened["reading"]["urgent"]
    case = await village.get("routing", f"/cases/{number}")
    assert (case["status"], case["department"], case["urgent"]) == ("assigned", "power", True)

    await village.say("o", "收到，马上联系供电所去处理", quoting=opened["message_id"])
    await village.say("o", "变压器已经修好了，恢复正常供电", quoting=opened["message_id"])
    await village.say("v", "好了，谢谢，很满意", quoting=opened["message_id"])
    case = await village.get("routing", f"/cases/{number}")
    assert (case["status"], case["satisfied"]) == ("closed", True)
    assert await village.replies(number) == ["received", "accepted", "resolved", "satisfied"]


async def test_numbers_of_a_day_have_no_gaps_whoever_opens_appeals_at_once(village: Village) -> None:
    batch = [village.message(f"{village.group}-b{n}", "v", f"第{n}组的路灯坏了好几天，晚上漆黑一片") for n in range(3)]
    await village.post(batch)
    await village.system.settle()
    found = await village.get("intake", "/appeals", limit=500)
    ordinals = sorted(int(appeal["number"][-4:]) for appeal in found["appeals"] if appeal["number"].startswith("TY-20250602"))
    assert ordinals == list(range(1, len(ordinals) + 1))


async def test_a_message_delivered_again_answers_with_the_first_result(village: Village) -> None:
    message = village.message(f"{village.group}-dup", "v", "自来水停了两天了，啥时候能来水")
    first = await village.post(message, wait=5)
    again = await village.post(message, wait=5)
    assert (first.status_code, again.status_code) == (202, 200)
    [one], [two] = first.json()["results"], again.json()["results"]
    assert two["duplicate"]
    assert (one["appeal"], one["number"], one["kind"]) == (two["appeal"], two["number"], "appeal")
    assert one["number"]


async def test_an_unanswered_appeal_is_overdue_and_escalated_each_once(village: Village, system: System) -> None:
    opened = await village.say("v", "供水管道破裂，全村停水了")
    assert isinstance(system.clock, SimulatedClock)
    await system.run_until(system.clock, system.clock.now() + timedelta(minutes=45), inclusive=True)
    clocks = await village.get("sla", f"/cases/{opened['number']}/clocks")
    accept = next(clock for clock in clocks["clocks"] if clock["promise"] == "accept")
    assert (accept["overdue"], accept["steps"]) == (True, 2)
    said = await village.replies(opened["number"])
    assert said.count("overdue-accept") == said.count("overdue-accept-group") == 1
    assert said.count("escalated") == 2


async def test_work_late_again_after_a_reopening_is_told_in_other_words_as_the_answer_to_whoever_reopened_it(
    village: Village, system: System
) -> None:
    assert isinstance(system.clock, SimulatedClock)
    opened = await village.say("v", "村口电线断了掉在路上，还在冒火花，太危险了")
    await system.run_until(system.clock, system.clock.now() + timedelta(hours=3), inclusive=True)
    await village.say("o", "线路已经修好了，恢复供电", quoting=opened["message_id"])
    complaint = await village.say("v", "根本没修好，还是没电", quoting=opened["message_id"])
    await system.run_until(system.clock, system.clock.now() + timedelta(hours=3), inclusive=True)

    said = {
        r.correlation: r.event.text
        async for page in system.services["notify"].store.read_all()
        for r in page
        if isinstance(r.event, ReplyQueued)
        and r.event.appeal == opened["reading"]["appeal"]
        and r.event.template == "overdue-resolve-group"
    }
    began = [await correlation_of(system, message["message"]) for message in (opened, complaint)]
    assert list(said) == began
    assert "重办" not in said[began[0]]
    assert "重办后仍未能按时办结" in said[began[1]]


async def correlation_of(system: System, message: str) -> UUID:
    """What all consequences of a message have in common."""
    [received, *_] = await system.services["intake"].store.load(f"message-{message}")
    return received.correlation


async def test_a_dissatisfied_reporter_reopens_the_case(village: Village) -> None:
    opened = await village.say("v", "巷子里路灯坏了一个星期了，没人管")
    await village.say("o", "路灯已经修好了", quoting=opened["message_id"])
    await village.say("v", "根本没修好，还是不亮", quoting=opened["message_id"])
    case = await village.get("routing", f"/cases/{opened['number']}")
    assert (case["status"], case["reopened"]) == ("assigned", 1)
    assert (await village.replies(opened["number"]))[-1] == "reopened"


async def test_an_accusation_is_sealed_from_the_group_the_api_and_the_wire(village: Village, system: System) -> None:
    secret = "村支书把低保名额给了他亲弟弟，还截留了补贴款"
    opened = await village.say("v", secret)
    number, appeal = opened["number"], opened["reading"]["appeal"]
    assert opened["reading"]["kind"] == "report"
    case = await village.get("routing", f"/cases/{number}")
    assert (case["department"], case["sealed"]) == ("discipline", True)
    shown = await village.get("intake", f"/appeals/{number}")
    assert secret not in str(shown)
    sealed = await village.get("intake", f"/appeals/{number}/sealed-report")
    assert sealed["text"] == secret

    officer = {"authorization": "Bearer officer"}
    for path in (f"intake/appeals/{number}/sealed-report", f"routing/cases/{number}/timeline"):
        service, _, rest = path.partition("/")
        answer = await village.client.get(f"{system.urls[service]}/{rest}", headers=officer)
        assert answer.status_code == 403
    js = system.services["intake"].nats.jetstream()
    for stream in ("INTAKE", "ROUTING", "SLA", "NOTIFY"):
        last = (await js.stream_info(stream)).state.last_seq
        for sequence in range(1, last + 1):
            message = await js.get_msg(stream, seq=sequence)
            assert secret.encode() not in (message.data or b"")
    assert appeal


async def test_a_forgotten_person_is_forgotten_in_every_service(village: Village, system: System) -> None:
    words = "我家门口的变压器线路老化，老是跳闸停电"
    opened = await village.say("v", words)
    number = opened["number"]
    shown = await village.get("intake", f"/appeals/{number}")
    assert words in str(shown)
    person = shown["messages"][0]["person"]
    await village.say("o", "线路已更换，供电恢复正常", quoting=opened["message_id"])
    official = (await village.get("intake", f"/appeals/{number}"))["messages"][1]["person"]
    for who in (person, official):
        answer = await village.client.post(f"{system.urls['intake']}/people/{who}/forget")
        assert answer.status_code == 200
    await system.settle()
    for service, path in (("intake", f"/appeals/{number}"), ("routing", f"/cases/{number}/timeline"), ("notify", "/replies")):
        seen = str(await village.get(service, path))
        assert words not in seen
        assert "线路已更换" not in str(await village.get("routing", f"/cases/{number}/timeline"))
        assert "〔已依法删除〕" in seen
    again = await village.client.post(f"{system.urls['intake']}/people/{person}/forget")
    assert (again.status_code, again.json()["code"]) == (409, "already-forgotten")


async def test_a_case_can_be_seen_as_it_stood_at_any_moment(village: Village, system: System) -> None:
    opened = await village.say("v", "村口垃圾堆了半个月没人清运，臭得不行")
    before = system.clock.now()
    assert isinstance(system.clock, SimulatedClock)
    await system.run_until(system.clock, before + timedelta(minutes=3), inclusive=True)
    await village.say("o", "垃圾已经清理干净了", quoting=opened["message_id"])
    then = await village.get("routing", f"/cases/{opened['number']}", as_of=before.isoformat())
    now = await village.get("routing", f"/cases/{opened['number']}")
    assert (then["status"], now["status"]) == ("assigned", "resolved")
