"""What is sealed stays with the discipline commission: in the answers, in the groups, and on the wire that other services read."""

from collections.abc import Callable
from typing import Any

from services.cli.system import System
from tests.integration.services.conftest import Village

ACCUSATION = "村支书把低保名额给了他亲弟弟，还截留了补贴款"


async def on_the_wire(system: System, *words: str) -> list[str]:
    """The subjects of the messages between services in which any of these words stands."""
    js = system.services["intake"].nats.jetstream()
    found = []
    for stream in ("INTAKE", "ROUTING", "SLA", "NOTIFY"):
        for sequence in range(1, (await js.stream_info(stream)).state.last_seq + 1):
            message = await js.get_msg(stream, seq=sequence)
            if any(said.encode() in (message.data or b"") for said in words):
                found.append(str(message.subject))
    return found


async def asked(village: Village, role: str, path: str) -> tuple[int, dict[str, Any]]:
    """Routing's answer to a caller of one role."""
    headers = {"authorization": f"Bearer {role}"}
    answer = await village.client.get(f"{village.system.urls['routing']}{path}", headers=headers)
    return answer.status_code, answer.json()


async def test_what_the_commission_says_in_a_sealed_case_it_alone_reads(village: Village, system: System) -> None:
    number = (await village.say("v", ACCUSATION))["number"]
    await village.act(number, "accept", by="d1", words="约谈支书的弟弟")
    await village.act(number, "resolve", by="d1", words="追回截留款项")
    closed = await village.act(number, "close", by="d2", words="给予党内警告")
    assert closed.json()["outcome"] == "给予党内警告"
    said = ("约谈支书的弟弟", "追回截留款项", "给予党内警告")
    assert await on_the_wire(system, *said) == []
    status, timeline = await asked(village, "discipline", f"/cases/{number}/timeline")
    assert status == 200
    assert all(words in str(timeline) for words in said)
    assert (await asked(village, "officer", f"/cases/{number}/timeline"))[0] == 403
    _, case = await asked(village, "officer", f"/cases/{number}")
    assert (case["status"], case["outcome"]) == ("closed", None)


async def test_an_open_case_that_accuses_somebody_is_the_commissions_from_then_on(village: Village, system: System) -> None:
    words = "村里自来水停了两天，管水的说不交钱不给开，已经收了我五百"
    message = await village.say("v", words)
    number = message["number"]
    await village.act(number, "assist", by="desk", department="power", words="停电配合")
    await village.act(number, "accept", by="o1")
    before = system.clock.now().isoformat()
    told = await village.replies(number)
    sealed = await village.act(number, "seal", by="desk", words="反映村干部索要钱财")
    case = sealed.json()
    assert (case["sealed"], case["department"], case["status"], case["parts"]) == (True, "discipline", "assigned", [])
    assert case["number"] == number
    later = "补充一下，自来水收钱的是会计"
    await village.say("v", later, quoting=message["message_id"])
    await village.say("o", "已经修好了，自来水恢复正常", quoting=message["message_id"])
    assert (await village.get("routing", f"/cases/{number}"))["status"] == "assigned"
    assert await on_the_wire(system, "反映村干部索要钱财", later) == []
    assert await village.replies(number) == [*told, "sealed-private"]

    for path in (f"/cases/{number}/timeline", f"/cases/{number}/why", f"/cases/{number}?as_of={before.replace('+', '%2B')}"):
        assert (await asked(village, "supervisor", path))[0] == 403
        assert (await asked(village, "discipline", path))[0] == 200
    shown = await village.get("intake", f"/appeals/{number}")
    assert (shown["sealed"], shown["text"], shown["messages"]) == (True, None, [])
    assert (await village.get("intake", f"/appeals/{number}/sealed-report"))["text"] == words
    desk = {"authorization": "Bearer supervisor"}
    url = f"{system.urls['intake']}/triage/{message['message']}/correct"
    assert (await village.client.post(url, json={"kind": "chatter"}, headers=desk)).status_code == 403
    clocks = (await village.get("sla", f"/cases/{number}/clocks"))["clocks"]
    assert {clock["department"] for clock in clocks if clock["state"] != "stopped"} == {"discipline"}
    refused = await village.client.post(
        f"{system.urls['routing']}/cases/{number}/accept", json={"by": "o1"}, headers={"authorization": "Bearer officer"}
    )
    assert refused.status_code == 403


async def test_a_sealed_case_leaves_its_crowd_and_what_it_led_goes_on_by_itself(villages: Callable[[], Village]) -> None:
    places = [villages() for _ in range(3)]
    numbers = [(await place.say("v", "自来水停了一天了，没水做饭"))["number"] for place in places]
    crowds = (await places[0].get("intake", "/crowds", limit=200))["crowds"]
    crowd = next(c for c in crowds if {a["number"] for a in c["appeals"]} >= set(numbers))
    url = f"{places[0].system.urls['intake']}/crowds/{crowd['crowd']}/merge"
    merged = await places[0].client.post(url, json={"by": "desk", "lead": numbers[0]})
    assert merged.status_code == 200, merged.text
    await places[0].system.settle()
    sealed = (await places[0].act(numbers[0], "seal", by="desk", words="水费被截留")).json()
    left = await places[0].get("intake", f"/crowds/{crowd['crowd']}")
    assert numbers[0] not in {appeal["number"] for appeal in left["appeals"]}
    for number in numbers[1:]:
        case = await places[0].get("routing", f"/cases/{number}")
        assert case["department"] == "water"
        assert case["lead"] != sealed["appeal"]
        await places[0].act(numbers[0], "accept", by="d1")
        assert (await places[0].get("routing", f"/cases/{number}"))["status"] == case["status"]


async def test_a_part_of_a_message_that_accuses_somebody_is_sealed_when_it_is_taken_out(
    village: Village, system: System
) -> None:
    number = (await village.say("v", "自来水管破裂，院子都淹了"))["number"]
    part = "村支书把低保名额给了他亲弟弟"
    await village.act(number, "divide", by="desk", part=part, words="另有反映")
    [link] = (await village.get("routing", f"/cases/{number}"))["divided"]
    case = await village.get("routing", f"/cases/{link['number']}")
    assert (case["sealed"], case["department"]) == (True, "discipline")
    assert (await village.get("intake", f"/appeals/{link['number']}/sealed-report"))["text"] == part
    assert (await village.get("intake", f"/appeals/{link['number']}"))["text"] is None
    assert set(await village.replies(link["number"])) == {"received-sealed", "received-sealed-private"}
