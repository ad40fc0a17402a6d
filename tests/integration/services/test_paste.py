"""What a person pastes is shown, stored once, linked to the roster and answered; over HTTP, on real servers."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from services.cli.system import System
from shared.clock import CHINA
from tests.integration.services.conftest import Village
from tests.integration.services.files import Files, image, photo


async def paste(village: Village, text: str, **given: Any) -> httpx.Response:
    wait = {"wait": given.pop("wait")} if "wait" in given else {}
    body = {"channel": "wecom", "group": village.group, "text": text, **given}
    return await village.client.post(f"{village.system.urls['intake']}/messages/paste", json=body, params=wait)


def shown(village: Village, minutes_ago: int) -> str:
    """A time as WeChat writes it."""
    return f"{village.system.clock.now().astimezone(CHINA) - timedelta(minutes=minutes_ago):%Y/%m/%d %H:%M}"


def conversation(village: Village) -> str:
    n = village.number
    return (
        f"村民{n} {shown(village, 5)}\n村西头变压器冒烟了，滋滋响\n[图片]\n\n"
        f"河湾-村干部{n} {shown(village, 3)}\n「村民{n}：村西头变压器冒烟了，滋滋响」\n- - - - - - - - - -\n收到，马上联系供电所\n\n"
        f"向阳花 {shown(village, 2)}\n俺家也停电了\n\n“王五”撤回了一条消息\n"
    )


async def test_it_is_shown_first_and_nothing_is_stored(village: Village) -> None:
    answer = await paste(village, conversation(village))
    assert answer.status_code == 200
    read = answer.json()
    assert (read["dry_run"], read["village"]) == (True, f"河湾{village.number}村")
    first, second, third = read["results"]
    assert (first["name"], first["linked"]["sender"], first["linked"]["role"]) == (
        f"村民{village.number}", f"v{village.number}", "villager",
    )  # fmt: skip
    assert (first["timing"], first["marks"], first["line"]) == ("stated", ["图片"], 1)
    assert (second["linked"]["how"], second["text"]) == ("part", "收到，马上联系供电所")
    assert (second["quote"]["found"], second["quote"]["message_id"]) == ("paste", first["message_id"])
    assert (third["linked"], third["sender"]) == (None, f"name:向阳花@{village.group}")
    assert [(left["line"], left["text"]) for left in read["left_out"]] == [(13, "“王五”撤回了一条消息")]
    assert not any(one["duplicate"] for one in read["results"])
    gone = await village.client.get(f"{village.system.urls['intake']}/messages/wecom/{first['message_id']}")
    assert gone.status_code == 404


async def test_it_is_stored_with_its_true_times_and_read_like_any_other(village: Village, system: System) -> None:
    answer = await paste(village, conversation(village), dry_run=False, wait=5, by="王芳")
    assert answer.status_code == 202
    first, second, third = answer.json()["results"]
    assert (first["kind"], second["kind"]) == ("appeal", "accept")
    assert first["number"]
    assert second["appeal"] == third["appeal"] == first["appeal"]
    await system.settle()
    appeal = await village.get("intake", f"/appeals/{first['number']}")
    assert appeal["opened_at"] == appeal["messages"][0]["sent_at"]
    said_at = system.clock.now() - timedelta(minutes=5)
    assert appeal["opened_at"].startswith(f"{said_at:%Y-%m-%dT%H:%M}")
    recorded = await system.services["intake"].store.of_subject(first["message"])
    assert {r.actor for r in recorded if r.type.startswith("minsheng.intake.message-received")} == {"all/王芳"}


async def test_a_picture_of_a_pasted_message_is_kept_with_it_and_told_apart_from_its_public_copy(village: Village) -> None:
    files = Files(village)
    text = conversation(village).replace("滋滋响\n[图片]", "滋滋响，我电话13812345678\n[图片]")
    sha256 = await files.kept(photo())
    beside = {"1": [image(sha256, "变压器.jpg")]}
    first = (await paste(village, text, files=beside)).json()["results"][0]
    assert (first["attachments"], first["duplicate"]) == ([image(sha256, "变压器.jpg")], False)
    for _ in range(2):  # an answer that was lost is asked for again
        stored = (await paste(village, text, files=beside, dry_run=False, wait=5)).json()["results"][0]
    assert stored["duplicate"]
    await village.system.settle()
    [shown] = (await village.get("intake", f"/appeals/{stored['number']}"))["messages"][0]["attachments"]
    assert (shown["sha256"], shown["name"], shown["type"]) == (sha256, "变压器.jpg", "image/jpeg")
    assert (await files.look("officer", sha256, "/origin")).json()["latitude"]
    assert not Image.open(BytesIO((await files.look("adapter", sha256, "/public")).content)).getexif()
    replies = [r["text"] for r in (await village.get("notify", "/replies"))["replies"] if r["group"] == village.group]
    assert replies
    assert "13812345678" not in str(replies)


async def test_files_that_belong_to_no_message_of_the_paste_are_refused_and_nothing_is_stored(village: Village) -> None:
    text, sha256 = conversation(village), "0" * 64
    astray = await paste(village, text, files={"2": [image(sha256)]}, dry_run=False)
    assert (astray.status_code, astray.json()["field"]) == (422, "files")
    assert "消息开头在第 1 行" in astray.json()["detail"]
    unknown = await paste(village, text, files={"1": [image(sha256)]}, dry_run=False)
    assert (unknown.status_code, unknown.json()["missing"]) == (422, [sha256])
    assert not any(one["duplicate"] for one in (await paste(village, text)).json()["results"])
    await paste(village, text, dry_run=False)
    late = await paste(village, text, files={"1": [image(sha256)]}, dry_run=False)
    assert (late.status_code, late.json()["missing"]) == (422, [sha256])


async def test_a_picture_found_later_is_given_to_the_message_that_was_pasted_before(village: Village) -> None:
    text, files = conversation(village), Files(village)
    first = (await paste(village, text, dry_run=False, wait=5)).json()["results"][0]
    sha256 = await files.kept(photo())
    for _ in range(2):
        again = await paste(village, text, files={"1": [image(sha256, "变压器.jpg")]}, dry_run=False)
        assert (again.status_code, again.json()["results"][0]["duplicate"]) == (200, True)
    await village.system.settle()
    [shown] = (await village.get("intake", f"/appeals/{first['number']}"))["messages"][0]["attachments"]
    assert (shown["sha256"], shown["name"]) == (sha256, "变压器.jpg")


async def test_pasting_again_or_more_stores_nothing_twice(village: Village) -> None:
    text = conversation(village)
    stored = (await paste(village, text, dry_run=False, wait=5)).json()["results"]
    again = await paste(village, text, dry_run=False)
    assert again.status_code == 200
    assert all(one["duplicate"] for one in again.json()["results"])
    more = f"{text[text.index('河湾-') :]}\n村民{village.number} {shown(village, 1)}\n还没人来\n"
    for dry_run in (True, False):
        overlapping = (await paste(village, more, dry_run=dry_run)).json()["results"]
        assert [one["duplicate"] for one in overlapping] == [True, True, False]
        assert [one["message_id"] for one in overlapping[:2]] == [one["message_id"] for one in stored[1:]]
        assert overlapping[0]["kind"] == "accept"


async def test_a_quote_of_a_message_that_came_another_way_is_found(village: Village) -> None:
    opened = await village.say("v", "供水管道破裂，院子都淹了")
    text = f"村干部{village.number} {shown(village, 0)}\n「村民{village.number}：供水管道破裂，院子…」\n- - - - - -\n收到，我去看看"
    [answer] = (await paste(village, text, dry_run=False, wait=5)).json()["results"]
    assert (answer["quote"]["found"], answer["quote"]["message_id"]) == ("stored", opened["message_id"])
    assert (answer["kind"], answer["appeal"]) == ("accept", opened["reading"]["appeal"])


async def test_names_may_be_put_right_before_it_is_stored(village: Village) -> None:
    n = village.number
    text = f"老河湾 {shown(village, 2)}\n机井坏了，地浇不上水\n村民{n} {shown(village, 1)}\n是的"
    links = {"老河湾": f"w{n}", f"村民{n}": None}
    first, second = (await paste(village, text, dry_run=False, links=links)).json()["results"]
    assert (first["sender"], first["linked"]["real_name"], first["linked"]["how"]) == (f"w{n}", f"邻居{n}", "given")
    assert (second["sender"], second["linked"]) == (f"name:村民{n}@{village.group}", None)


async def test_two_of_a_name_are_not_guessed_between(village: Village) -> None:
    roster = "sender,group,real_name,role,department\n" + "".join(f"t{n},{village.group},周同名,villager,\n" for n in (1, 2))
    await village.client.put(f"{village.system.urls['intake']}/roster", content=roster)
    [one] = (await paste(village, f"周同名 {shown(village, 1)}\n没水了")).json()["results"]
    assert one["linked"] is None
    assert [(c["sender"], c["why"]) for c in one["candidates"]] == [("t1", "同名"), ("t2", "同名")]


async def test_in_a_group_that_is_not_registered_everybody_is_unknown(village: Village) -> None:
    answer = await paste(village, f"张三 {shown(village, 1)}\n没水了", channel="wechat")
    assert (answer.json()["village"], answer.json()["results"][0]["linked"]) == ("", None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "村里没水了"}, "姓名 时间"),
        ({"text": ""}, "text"),
        ({"text": "张三:\n没\x00水"}, "text"),
        ({"text": "张三 20:31\n好\n" * 1001}, "1000 条"),
        ({"text": f"张三 20:31\n{'长' * 20_001}"}, "第 1 行"),
        ({"copied_at": "2030-01-01T00:00:00+08:00"}, "复制时间"),
        ({"copied_at": "1900-01-01T00:00:00+08:00"}, "复制时间"),
        ({"copied_at": "2023-01-01T00:00:00"}, "copied_at"),
        ({"links": {"李四": "v1"}}, "李四"),
        ({"links": {"张三": "nobody"}}, "nobody"),
        ({"group": "g" * 151}, "group"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_what_cannot_be_taken_is_a_problem_that_says_what_was_expected(
    village: Village, given: dict[str, Any], words: str
) -> None:
    for dry_run in (True, False):
        answer = await paste(village, **{"text": "张三 20:31\n没水了", "dry_run": dry_run, **given})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:minsheng:problem:invalid")
        assert words in answer.text


async def test_a_paste_too_large_for_a_request_is_refused(village: Village) -> None:
    answer = await paste(village, "张三 20:31\n" + "没水了\n" * 200_000)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:minsheng:problem:too-large")


async def test_a_thousand_messages_are_taken_at_once(village: Village) -> None:
    text = "".join(f"村民{village.number} {shown(village, 900 - n // 2)}:{n % 2}0\n第{n}句\n" for n in range(1000))
    answer = await paste(village, text, dry_run=False)
    assert (answer.status_code, len({one["message_id"] for one in answer.json()["results"]})) == (202, 1000)


async def test_a_chat_adapter_may_not_paste(village: Village) -> None:
    url = f"{village.system.urls['intake']}/messages/paste"
    body = {"channel": "wecom", "group": village.group, "text": "张三 20:31\n没水了"}
    answer = await village.client.post(url, json=body, headers={"authorization": "Bearer adapter"})
    assert answer.status_code == 403
