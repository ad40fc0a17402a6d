"""Files on real servers: shown to whom they may be, on record; destroyed with who sent them."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from services.cli.system import System
from services.intake.attachments.destroying import UNUSED
from services.intake.attachments.views import used_since
from shared.clock import SimulatedClock
from shared.events.attachments import AttachmentShown, AttachmentStored
from tests.integration.services.conftest import Village
from tests.integration.services.files import REPORT, TROUBLE, Files, image, key, of_appeal, photo
from tests.unit.services.intake.attachments.samples import PLACE, SAMPLES, picture


@pytest.fixture
def files(village: Village) -> Files:
    return Files(village)


# -- looking ---------------------------------------------------------------------------------------------------------------


async def test_the_original_is_for_officials_as_it_was_and_every_look_is_on_record(files: Files) -> None:
    data = photo()
    sha256 = await files.kept(data)
    await files.say("v", TROUBLE, image(sha256))
    got = await files.look("officer", sha256)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, data, "image/jpeg")
    assert got.headers["content-disposition"] == f'attachment; filename="{sha256[:16]}.jpg"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")
    assert got.headers["cache-control"] == "no-store"
    assert (await files.look("supervisor", sha256, "/origin")).status_code == 200
    for role in ("adapter", "admin"):
        for what in ("", "/origin"):
            assert (await files.look(role, sha256, what)).status_code == 403
    recorded = await files.village.system.services["intake"].store.load(f"attachment-{sha256}")
    shown = [(r.event.part, r.event.to, r.actor) for r in recorded if isinstance(r.event, AttachmentShown)]
    assert shown == [("original", "officer", "officer"), ("origin", "supervisor", "supervisor")]


async def test_the_public_copy_is_smaller_upright_and_tells_nothing_of_where_it_was_taken(files: Files) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256))
    got = await files.look("adapter", sha256, "/public")
    assert (got.status_code, got.headers["content-type"], got.headers["content-disposition"]) == (200, "image/jpeg", "inline")
    copy = Image.open(BytesIO(got.content))
    assert copy.size == (1200, 1600)
    assert not copy.getexif()
    assert b"HUAWEI" not in got.content
    origin = (await files.look("officer", sha256, "/origin")).json()
    assert origin["latitude"] == pytest.approx(PLACE[0], abs=1e-5)
    assert (origin["taken_at"], origin["camera"]) == ("2025:06:01 08:30:00 +08:00", "HUAWEI P60")


async def test_the_public_copy_is_made_once_and_kept_sealed_as_well(files: Files) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256))
    [first, *others] = await asyncio.gather(*(files.look("adapter", sha256, "/public") for _ in range(6)))
    assert {answer.content for answer in others} == {first.content}
    assert files.on_disk(sha256) == [f"{sha256}.1", f"{sha256}.1.public"]
    [kept] = files.folder.rglob(f"{sha256}.1.public")
    assert b"JFIF" not in kept.read_bytes()
    changed = kept.stat().st_mtime_ns
    assert (await files.look("officer", sha256, "/public")).content == first.content
    assert kept.stat().st_mtime_ns == changed


async def test_what_has_no_public_copy_says_so(files: Files) -> None:
    sound, half = SAMPLES["mp4"][0] + photo(), photo()[:-9000]
    for data, words in ((sound, "只有 JPEG"), (half, "已损坏")):
        sha256 = await files.kept(data)
        await files.say("v", TROUBLE, image(sha256))
        answer = await files.look("officer", sha256, "/public")
        assert answer.status_code == 404
        assert words in answer.json()["detail"]


async def test_an_origin_that_a_picture_does_not_tell_is_empty(files: Files) -> None:
    sha256 = await files.kept(picture("PNG", size=(71, 3)))
    await files.say("v", TROUBLE, image(sha256))
    assert (await files.look("officer", sha256, "/origin")).json() == {}


async def test_a_file_of_a_sealed_report_is_for_the_commission_alone_and_to_others_as_if_it_were_not_there(
    files: Files,
) -> None:
    data = photo()
    sha256 = await files.kept(data)
    number = (await files.say("v", REPORT, image(sha256, "账本.jpg"))).json()["results"][0]["number"]
    nowhere = "1" * 64
    for role in ("officer", "supervisor"):
        for what in ("", "/public", "/origin"):
            answer, unknown = await files.look(role, sha256, what), await files.look(role, nowhere, what)
            assert answer.status_code == unknown.status_code == 404
            assert answer.text.replace(sha256, "") == unknown.text.replace(nowhere, "")
    assert (await files.look("admin", sha256, "/public")).status_code == 404
    again = await files.send(data, "officer")
    fresh = await files.send(photo(), "officer")
    assert (again.status_code, again.json().keys()) == (fresh.status_code, fresh.json().keys())

    assert (await files.look("discipline", sha256)).content == data
    report = await files.village.client.get(
        f"{files.village.system.urls['intake']}/appeals/{number}/sealed-report", headers=key("discipline")
    )
    assert [(file["sha256"], file["name"]) for file in report.json()["attachments"]] == [(sha256, "账本.jpg")]
    assert (await files.message("officer"))["attachments"] == []
    assert [file["sha256"] for file in (await files.message("discipline"))["attachments"]] == [sha256]
    opened = [e["data"] for e in await of_appeal(files, number) if e["type"].endswith("appeal-opened.v1")]
    assert opened[0]["attachments"] == ()


async def test_a_file_that_no_message_came_with_yet_is_shown_to_nobody_but_the_commission(files: Files) -> None:
    sha256 = await files.kept(photo())
    assert (await files.look("officer", sha256)).status_code == 404
    assert (await files.look("discipline", sha256)).status_code == 200


async def test_what_was_also_said_openly_is_open(files: Files) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", REPORT, image(sha256))
    await files.say("w", TROUBLE, image(sha256))
    assert (await files.look("officer", sha256)).status_code == 200


async def test_a_file_changed_or_lost_in_the_store_is_told_and_never_shown(files: Files) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256))
    [path] = files.folder.rglob(f"{sha256}*")
    sealed = bytearray(path.read_bytes())
    sealed[100] ^= 1
    path.write_bytes(sealed)
    changed = await files.look("officer", sha256)
    path.unlink()
    lost = await files.look("officer", sha256, "/public")
    for answer, words in ((changed, "已损坏"), (lost, "没有这个文件")):
        assert (answer.status_code, answer.json()["dependency"]) == (503, "attachments")
        assert words in answer.json()["detail"]
    recorded = await files.village.system.services["intake"].store.load(f"attachment-{sha256}")
    assert not [r for r in recorded if isinstance(r.event, AttachmentShown)]


# -- destroying ------------------------------------------------------------------------------------------------------------


async def test_forgetting_a_person_destroys_what_he_alone_sent(files: Files) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256, "我家门口.jpg"))
    assert (await files.look("adapter", sha256, "/public")).status_code == 200
    assert len(files.on_disk(sha256)) == 2
    await files.forget(f"{files.village.group}-f1")
    assert files.on_disk(sha256) == []
    for what in ("", "/public", "/origin"):
        assert (await files.look("discipline", sha256, what)).status_code == 404
    assert (await files.message("officer"))["attachments"] == []
    intake = files.village.system.services["intake"]
    assert await intake.pool.fetchval("select key from person_keys where person = $1", f"{sha256}.1") is None
    [stored, *_] = await intake.store.load(f"attachment-{sha256}")
    assert isinstance(stored.event, AttachmentStored)
    assert stored.event.origin == "〔已依法删除〕"


async def test_what_a_neighbour_sent_as_well_stays_until_he_is_forgotten_too(files: Files) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256))
    await files.say("w", "俺家门口也是这样，" + TROUBLE, image(sha256))
    await files.forget(f"{files.village.group}-f1")
    assert files.on_disk(sha256) == [f"{sha256}.1"]
    assert (await files.message("officer", 1))["attachments"] == []
    assert [file["sha256"] for file in (await files.message("officer", 2))["attachments"]] == [sha256]
    assert (await files.look("officer", sha256)).status_code == 200
    await files.forget(f"{files.village.group}-f2")
    assert files.on_disk(sha256) == []


async def test_what_was_destroyed_may_be_sent_again_by_another_and_a_late_copy_of_the_first_message_is_no_mistake(
    files: Files,
) -> None:
    data = photo()
    sha256 = await files.kept(data)
    first = files.village.message(f"{files.village.group}-first", "v", TROUBLE) | {"attachments": [image(sha256)]}
    await files.village.post(first, wait=5)
    await files.village.system.settle()
    await files.forget(f"{files.village.group}-first")
    unknown = await files.village.post(files.village.message("late", "w", TROUBLE) | {"attachments": [image(sha256)]})
    assert unknown.status_code == 422
    assert (await files.village.post(first)).json()["results"][0]["duplicate"]
    await files.kept(data)
    await files.say("w", TROUBLE, image(sha256))
    assert files.on_disk(sha256) == [f"{sha256}.2"]
    assert (await files.look("officer", sha256)).content == data


async def test_a_file_whose_message_never_came_is_destroyed_after_a_week(files: Files) -> None:
    clock = files.village.system.clock
    assert isinstance(clock, SimulatedClock)
    used, unused = await files.kept(photo()), await files.kept(photo())
    await files.say("v", TROUBLE, image(used))
    await files.village.system.run_until(clock, clock.now() + UNUSED * 1.01, inclusive=True)
    assert files.on_disk(unused) == []
    assert files.on_disk(used) == [f"{used}.1"]


async def test_rebuilding_the_view_shows_the_same_and_destroys_nothing(files: Files, system: System) -> None:
    kept, gone = await files.kept(photo()), await files.kept(photo())
    await files.say("v", TROUBLE, image(kept, "电.jpg"))
    await files.say("w", TROUBLE, image(gone))
    await files.forget(f"{files.village.group}-f2")
    before = (await files.message("officer"))["attachments"]
    follower = system.services["intake"].follower("appeals")
    await follower.rebuild(lambda _: None)  # type: ignore[attr-defined]
    await system.settle()
    assert (await files.message("officer"))["attachments"] == before
    assert files.on_disk(kept) == [f"{kept}.1"]
    assert (await files.look("discipline", gone)).status_code == 404


async def test_a_message_that_the_view_does_not_show_yet_keeps_its_file_alive(files: Files, system: System) -> None:
    sha256 = await files.kept(photo())
    await files.say("v", TROUBLE, image(sha256))
    async with system.services["intake"].pool.acquire() as connection:
        assert not await used_since(connection, sha256)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("update followers set position = 0 where name = 'appeals'")
        assert await used_since(connection, sha256)
        assert not await used_since(connection, "0" * 64)
        await transaction.rollback()
