"""What came by paste, and who is named only afterwards, is put right like any other: the words were said when they were said."""

from datetime import timedelta

from tests.integration.services.conftest import Village
from tests.integration.services.test_paste import paste, shown
from tests.integration.services.test_triage import OBSCURE, case, correct, queue


async def test_talk_that_was_pasted_becomes_an_appeal_of_when_it_was_said(village: Village) -> None:
    text = f"村民{village.number} {shown(village, 30)}\n{OBSCURE}\n"
    [stored] = (await paste(village, text, dry_run=False, wait=5, by="王芳")).json()["results"]
    await village.system.settle()
    assert (await queue(village))[stored["message"]]["why"] == "unsure"
    number = (await correct(village, stored["message"], kind="appeal")).json()["number"]
    opened = await village.get("intake", f"/appeals/{number}")
    said_at = village.system.clock.now() - timedelta(minutes=30)
    assert opened["opened_at"].startswith(f"{said_at:%Y-%m-%dT%H:%M}")
    replies = await village.replies(number)
    assert replies[0] == "received"
    assert "overdue-accept-group" in replies  # half an hour without anybody
    [again] = (await paste(village, text, dry_run=False, wait=5)).json()["results"]
    assert (again["duplicate"], again["kind"], again["number"]) == (True, "appeal", number)
    answer = f"村干部{village.number} {shown(village, 1)}\n「村民{village.number}：{OBSCURE}」\n- - - - - -\n收到，我去看看"
    [taken] = (await paste(village, answer, dry_run=False, wait=5)).json()["results"]
    await village.system.settle()
    assert (taken["kind"], (await case(village, number))["status"]) == ("accept", "accepted")


async def test_a_strangers_word_is_an_officials_once_the_roster_knows_him(village: Village) -> None:
    opened = await village.say("v", "自来水管破裂，院子都淹了")
    n = village.number
    text = f"新来的 {shown(village, 0)}\n好的，一会儿就到\n"
    [taken] = (await paste(village, text, dry_run=False, wait=5)).json()["results"]
    await village.system.settle()
    shown_first = await village.get("intake", f"/messages/wecom/{taken['message_id']}")
    assert shown_first["reading"]["role"] == "unknown"
    roster = f"sender,group,real_name,role,department\n{taken['sender']},{village.group},新干部{n},village_official,village\n"
    url = f"{village.system.urls['intake']}/roster"
    (await village.client.put(url, content=roster.encode(), params={"channel": "wecom"})).raise_for_status()
    answer = await correct(village, taken["message"], kind="accept", appeal=opened["number"])
    assert answer.status_code == 200, answer.text
    assert (await case(village, opened["number"]))["status"] == "accepted"
    corrected = await village.get("intake", f"/messages/wecom/{taken['message_id']}")
    assert (corrected["reading"]["kind"], corrected["reading"]["role"]) == ("accept", "village_official")
    told = (await village.get("notify", "/replies", limit=200))["replies"]
    assert any(f"新干部{n}" in reply["text"] for reply in told if reply["group"] == village.group)
