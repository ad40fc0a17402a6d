"""Numbers of persons on their whole way, from the chat to the answers and replies: who may read the original, who may not."""

import httpx
import pytest

from tests.integration.services.conftest import Village

PHONE, IDENTITY, CARD, HOUSE = "13812345678", "11010519491231002X", "6222021234567890128", "建设路18号，"
SECRETS = {PHONE: "138****5678", IDENTITY: "110105********002X", CARD: "***************0128", HOUSE: "建设路**号，"}
METER = "110105194912310021"
"""as long as an identity card's number, but its check digit is wrong"""
NUMBERS = f"我家在{HOUSE}电话{PHONE}，身份证{IDENTITY}，卡号{CARD}，水表{METER}"
TROUBLE = f"自来水管破裂，院子都淹了。{NUMBERS}"
ORIGINAL = ("officer", "supervisor", "discipline")
"""who reads originals; of the others, adapter and admin may read something at all"""


async def asked(village: Village, role: str, service: str, path: str) -> str:
    """An answer's words as a caller of that role reads them."""
    headers = {"authorization": f"Bearer {role}"}
    answer = await village.client.get(f"{village.system.urls[service]}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def is_original(words: str) -> bool:
    assert METER in words
    return all(secret in words for secret in SECRETS)


def is_masked(words: str) -> bool:
    assert METER in words
    return holds_none(words) and all(seen in words for seen in SECRETS.values())


def holds_none(words: str) -> bool:
    return not any(secret in words for secret in SECRETS)


async def told(village: Village, number: str) -> str:
    """All that was said in chats about an appeal."""
    appeal = (await village.get("routing", f"/cases/{number}"))["appeal"]
    return "\n".join(reply["text"] for reply in (await village.get("notify", "/replies", appeal=appeal))["replies"])


async def test_a_villagers_numbers_are_read_by_who_handles_the_appeal_and_by_nobody_else(village: Village) -> None:
    number = (await village.say("v", TROUBLE))["number"]
    for path in (f"/appeals/{number}", "/appeals?limit=1"):
        for role in ORIGINAL:
            assert is_original(await asked(village, role, "intake", path))
        assert is_masked(await asked(village, "admin", "intake", path))
    for role in ("adapter", "admin"):
        seen = await asked(village, role, "intake", f"/messages/wecom/{village.group}-1")
        assert holds_none(seen)
    assert holds_none(await told(village, number))


async def test_the_name_of_a_file_is_masked_as_words_are(village: Village) -> None:
    picture = b"%PDF-1.7 " + village.group.encode()
    kept = await village.client.post(f"{village.system.urls['intake']}/attachments", content=picture)
    file = {"sha256": kept.json()["sha256"], "kind": "file", "name": f"{NUMBERS}.pdf"}
    await village.post({**village.message(f"{village.group}-file", "v", "自来水管破裂漏水"), "attachments": [file]})
    await village.system.settle()
    path = f"/messages/wecom/{village.group}-file"
    assert is_original(await asked(village, "officer", "intake", path))
    for role in ("adapter", "admin"):
        assert is_masked(await asked(village, role, "intake", path))


async def test_what_an_official_says_in_the_chat_is_repeated_without_numbers(village: Village) -> None:
    opened = await village.say("v", "村里自来水停了两天了")
    await village.say("o", f"水管已经修好了，恢复供水。{NUMBERS}", quoting=opened["message_id"])
    path = f"/cases/{opened['number']}/timeline"
    assert is_original(await asked(village, "officer", "routing", path))
    assert is_masked(await asked(village, "admin", "routing", path))
    assert "resolved" in await village.replies(opened["number"])
    assert is_masked(await told(village, opened["number"]))


@pytest.mark.parametrize("step", ["progress", "return", "resolve", "close"])
async def test_what_an_official_writes_over_rest_is_repeated_without_numbers(village: Village, step: str) -> None:
    number = (await village.say("v", "变压器坏了停电一天了"))["number"]
    assert (await village.act(number, step, words=f"已查看。{NUMBERS}")).status_code == 200
    assert is_masked(await told(village, number))
    path = f"/cases/{number}/timeline"
    for role in ORIGINAL:
        assert is_original(await asked(village, role, "routing", path))
    assert is_masked(await asked(village, "admin", "routing", path))


async def test_a_notice_in_the_group_and_before_the_public_holds_nobodys_numbers_but_the_one_to_call(village: Village) -> None:
    body = f"本月补贴名单：张三，{HOUSE}{PHONE}，{IDENTITY}，{CARD}，水表{METER}。咨询电话13987654321"
    new = {"kind": "subsidy", "title": f"补贴公示 {village.group}", "body": body, "groups": [village.group]}
    published = await village.client.post(f"{village.system.urls['disclosure']}/notices", json=new)
    assert published.status_code == 201
    await village.system.settle()
    [said] = [r["text"] for r in (await village.get("notify", "/replies"))["replies"] if r["group"] == village.group]
    assert is_masked(said)
    assert "13987654321" in said
    for path in (f"/notices/{published.json()['notice']}", "/notices?limit=1"):
        assert is_original(await asked(village, "officer", "disclosure", path))
        for role in ("adapter", "admin"):
            seen = await asked(village, role, "disclosure", path)
            assert is_masked(seen)
            assert "13987654321" in seen


async def test_a_number_beside_a_name_on_the_roster_is_read_with_the_name_by_who_handles_the_appeal(village: Village) -> None:
    n = village.number
    url = f"{village.system.urls['intake']}/groups/wecom/{village.group}/members"
    for sender, named, role in ((f"v{n}", "张三", "villager"), (f"o{n}", "李四", "village_official")):
        office = {"real_name": f"{named}{PHONE}", "role": role}
        assert (await village.client.put(f"{url}/{sender}", json=office)).status_code == 200
    opened = await village.say("v", "村里自来水停了两天了")
    await village.say("o", "收到，马上去看", quoting=opened["message_id"])
    number = opened["number"]
    for service, path, named in (("intake", f"/appeals/{number}", "张三"), ("routing", f"/cases/{number}/timeline", "李四")):
        assert f"{named}{PHONE}" in await asked(village, "officer", service, path)
        assert f"{named}138****5678" in await asked(village, "admin", service, path)
    said = await told(village, number)
    assert "李四138****5678" in said
    assert PHONE not in said


async def test_a_sealed_reports_numbers_are_read_by_the_commission_alone(village: Village) -> None:
    number = (await village.say("v", f"村支书把低保名额给了他亲弟弟，还截留了补贴款。{NUMBERS}"))["number"]
    assert is_original(await asked(village, "discipline", "intake", f"/appeals/{number}/sealed-report"))
    for role in ("officer", "admin"):
        assert holds_none(await asked(village, role, "intake", f"/appeals/{number}"))
        headers = {"authorization": f"Bearer {role}"}
        url = f"{village.system.urls['intake']}/appeals/{number}/sealed-report"
        assert (await village.client.get(url, headers=headers)).status_code == httpx.codes.FORBIDDEN
