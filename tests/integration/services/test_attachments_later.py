"""A file may follow its message; and a hash alone tells nobody what others sent."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.intake.attachments.views import REMEMBERED
from shared.clock import SimulatedClock
from tests.integration.services.conftest import Village
from tests.integration.services.files import REPORT, TROUBLE, Files, image, key, photo


@pytest.fixture
def files(village: Village) -> Files:
    return Files(village)


async def add(files: Files, *sent: dict[str, Any], role: str = "all", n: int = 1) -> httpx.Response:
    url = f"{files.village.system.urls['intake']}/messages/wecom/{files.village.group}-f{n}/attachments"
    answer = await files.village.client.post(url, json={"attachments": list(sent)}, headers=key(role))
    await files.village.system.settle()
    return answer


async def test_the_picture_behind_a_mark_is_added_later_and_shown_with_the_appeal(files: Files) -> None:
    first = await files.kept(photo())
    number = (await files.say("v", f"{TROUBLE} [图片]", image(first, "一.jpg"))).json()["results"][0]["number"]
    later = await files.kept(photo())
    answer = await add(files, image(later, "二.jpg"))
    assert (answer.status_code, answer.json()["added"]) == (201, [later])
    again = await add(files, image(later), image(first))
    assert (again.status_code, again.json()["added"]) == (200, [])
    [message] = (await files.village.get("intake", f"/appeals/{number}"))["messages"]
    assert [(f["sha256"], f["name"]) for f in message["attachments"]] == [(first, "一.jpg"), (later, "二.jpg")]
    assert (await files.look("officer", later)).status_code == 200
    rebuilt: Any = files.village.system.services["intake"].follower("appeals")
    await rebuilt.rebuild(lambda _: None)
    assert [f["name"] for f in (await files.message("officer"))["attachments"]] == ["一.jpg", "二.jpg"]


async def test_what_is_added_to_a_sealed_report_is_for_the_commission_alone(files: Files) -> None:
    await files.say("v", REPORT)
    paper = await files.kept(photo())
    assert (await add(files, image(paper))).status_code == 201
    assert (await files.look("officer", paper)).status_code == 404
    assert (await files.look("discipline", paper)).status_code == 200
    assert (await files.message("officer"))["attachments"] == []


async def test_more_files_than_a_message_may_have_and_messages_never_heard_are_refused(files: Files) -> None:
    await files.say("v", TROUBLE, *[image(await files.kept(photo())) for _ in range(8)])
    two = [image(await files.kept(photo())) for _ in range(2)]
    refused = await add(files, *two)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-attachments")
    assert len((await files.message("officer"))["attachments"]) == 8
    assert (await add(files, two[0], n=77)).status_code == 404
    assert (await add(files)).status_code == 422
    assert (await add(files, two[0], role="admin")).status_code == 403


async def test_what_followed_a_message_is_destroyed_with_its_sender_and_nothing_is_added_after_that(files: Files) -> None:
    await files.say("v", TROUBLE)
    later = await files.kept(photo())
    await add(files, image(later))
    await files.forget(f"{files.village.group}-f1")
    assert files.on_disk(later) == []
    refused = await add(files, image(await files.kept(photo())))
    assert (refused.status_code, refused.json()["code"]) == (409, "forgotten")


async def test_who_did_not_send_a_file_cannot_learn_by_its_hash_that_it_is_there(files: Files) -> None:
    """Else an official could take the paper he fears, and see by the answer whether it was handed in, or read it as his own."""
    paper = await files.kept(photo())
    await files.say("v", REPORT, image(paper))
    for sha256 in (paper, "0" * 64):
        said = files.village.message(f"probe-{sha256}", "o", "收到") | {"attachments": [image(sha256)]}
        url = f"{files.village.system.urls['intake']}/messages"
        answer = await files.village.client.post(url, json=said, headers=key("officer"))
        later = await add(files, image(sha256), role="officer")
        told = [(a.status_code, {**a.json(), "detail": "", "missing": [], "message_id": ""}) for a in (answer, later)]
        assert told[0] == told[1]
        assert (answer.status_code, answer.json()["missing"], later.json()["missing"]) == (422, [sha256], [sha256])
    assert (await files.look("officer", paper)).status_code == 404
    await files.send((await files.look("discipline", paper)).content, "officer")
    assert (await add(files, image(paper), role="officer")).status_code == 200  # whoever has the file may send it


async def test_who_sent_a_file_is_remembered_for_a_week(files: Files) -> None:
    system = files.village.system
    assert isinstance(system.clock, SimulatedClock)
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256))
    await system.run_until(system.clock, system.clock.now() + REMEMBERED + timedelta(minutes=1), inclusive=True)
    await files.say("w", TROUBLE)
    assert (await add(files, image(sha256), n=2)).status_code == 422
    left = "select count(*) from attachment_senders where sha256 = $1"
    async with asyncio.timeout(10):
        while await system.services["intake"].pool.fetchval(left, sha256):
            await asyncio.sleep(0.05)
    assert await files.kept((await files.look("officer", sha256)).content) == sha256
    assert (await add(files, image(sha256), n=2)).status_code == 201
