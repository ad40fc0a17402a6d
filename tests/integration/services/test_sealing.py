"""What is sealed stays with the discipline commission: in the answers, in the groups, and on the wire that other services read."""

from typing import Any

from services.cli.system import System
from tests.integration.services.conftest import Village

ACCUSATION = "村支书把低保名额给了他亲弟弟，还截留了补贴款"


async def on_the_wire(system: System, words: str) -> list[str]:
    """The subjects of the messages between services in which these words stand."""
    js = system.services["intake"].nats.jetstream()
    found = []
    for stream in ("INTAKE", "ROUTING", "SLA", "NOTIFY"):
        for sequence in range(1, (await js.stream_info(stream)).state.last_seq + 1):
            message = await js.get_msg(stream, seq=sequence)
            if words.encode() in (message.data or b""):
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
    for words in said:
        assert await on_the_wire(system, words) == []
    status, timeline = await asked(village, "discipline", f"/cases/{number}/timeline")
    assert status == 200
    assert all(words in str(timeline) for words in said)
    assert (await asked(village, "officer", f"/cases/{number}/timeline"))[0] == 403
    _, case = await asked(village, "officer", f"/cases/{number}")
    assert (case["status"], case["outcome"]) == ("closed", None)
