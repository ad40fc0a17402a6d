"""Files that come with messages, over HTTP on real servers: sent, refused, told with their message."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.attachments import AttachmentStored
from tests.integration.services.conftest import Village
from tests.integration.services.files import LIMIT, TROUBLE, Files, image, key, of_appeal, photo
from tests.unit.services.intake.attachments.samples import SAMPLES, bomb, picture


@pytest.fixture
def files(village: Village) -> Files:
    return Files(village)


@pytest.fixture(scope="module")
def sender(villages: Callable[[], Village]) -> Files:
    """One village for all who only send."""
    return Files(villages())


# -- sending ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES)
async def test_a_file_is_known_by_its_bytes_and_not_by_what_it_is_called(sender: Files, sample: str) -> None:
    data, media_type = SAMPLES[sample]
    answer = await sender.village.client.post(sender.url, content=data, headers={**key("adapter"), "content-type": "text/html"})
    assert answer.status_code == 201
    assert answer.json() == {"sha256": hashlib.sha256(data).hexdigest(), "type": media_type, "size": len(data)}


async def test_a_form_is_taken_as_the_bare_bytes_are_and_sending_again_answers_the_same(sender: Files) -> None:
    data = photo()
    form = {"file": ("厨房.png", data, "image/png"), "note": (None, "x")}
    first = await sender.village.client.post(sender.url, files=form, headers=key("officer"))
    again = await sender.send(data)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {"sha256": hashlib.sha256(data).hexdigest(), "type": "image/jpeg", "size": len(data)}
    assert len(sender.on_disk(first.json()["sha256"])) == 1


async def test_twenty_who_send_the_same_file_at_once_store_it_once(sender: Files) -> None:
    data = photo()
    answers = await asyncio.gather(*(sender.send(data) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    sha256 = answers[0].json()["sha256"]
    recorded = await sender.village.system.services["intake"].store.load(f"attachment-{sha256}")
    assert [type(r.event) for r in recorded] == [AttachmentStored]
    assert len(sender.on_disk(sha256)) == 1


async def test_what_lies_in_the_store_shows_nothing_to_who_has_the_store_alone(sender: Files) -> None:
    data = photo()
    sha256 = await sender.kept(data)
    [path] = sender.folder.rglob(f"{sha256}*")
    assert b"HUAWEI" in data
    assert b"HUAWEI" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 415, "空的"),
        (b"<html></html>", 415, "不收这种文件"),
        (b"MZ" + bytes(500), 415, "不收这种文件"),
        (picture("PNG")[:40], 415, "已损坏"),
        (bomb(), 415, "像素过多"),
        (b"%PDF-1.7" + bytes(LIMIT - 7), 413, "不得超过 20971520 字节"),
    ],
)
async def test_what_is_not_taken_is_a_problem_that_says_why(sender: Files, data: bytes, status: int, words: str) -> None:
    answer = await sender.send(data)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


async def test_a_file_just_within_the_limit_is_taken(sender: Files) -> None:
    data = b"%PDF-1.7" + bytes(LIMIT - 8)
    sha256 = await sender.kept(data)
    assert (await sender.say("v", TROUBLE, {"sha256": sha256, "kind": "file"})).status_code == 202
    got = await sender.look("officer", sha256)
    assert got.content == data


@pytest.mark.parametrize("framing", [f"content-length: {LIMIT * 10}", "transfer-encoding: chunked"])
async def test_one_that_is_too_large_is_refused_before_it_is_read_whole(sender: Files, framing: str) -> None:
    at = httpx.URL(sender.url)
    reader, writer = await asyncio.open_connection(at.host, at.port)
    head = f"POST {at.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer adapter\r\n{framing}\r\n\r\n"
    writer.write(head.encode())
    answered, sent = asyncio.ensure_future(reader.readline()), 0
    while not answered.done() and sent < LIMIT * 10:
        chunk = bytes(100_000)
        writer.write(chunk if "length" in framing else b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await writer.drain()
        await asyncio.sleep(0.001)
        sent += len(chunk)
    assert (await answered).split()[1] == b"413"
    assert sent < (1_000_000 if "length" in framing else LIMIT * 2)
    writer.close()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nwords\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nwords\r\n--x--\r\n', "multipart/form-data; boundary=x"),
    ],
)
async def test_a_form_without_a_file_is_told_so(sender: Files, body: bytes, content_type: str) -> None:
    answer = await sender.village.client.post(
        sender.url, content=body, headers={**key("adapter"), "content-type": content_type}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "file")


async def test_whatever_is_sent_is_stored_or_refused_and_nothing_breaks(sender: Files) -> None:
    """Cut, joined and mislabelled files, as hypothesis makes them; sent eight at a time."""
    cut = st.tuples(st.sampled_from([data for data, _ in SAMPLES.values()]), st.integers(0, 500)).map(lambda t: t[0][: t[1]])
    bodies = st.one_of(st.binary(max_size=400), cut, st.tuples(cut, cut).map(b"".join))
    types = st.sampled_from(["image/png", "multipart/form-data; boundary=a", "multipart/form-data", "application/json", ""])
    drawn: list[tuple[bytes, str]] = []

    @settings(max_examples=200, database=None)
    @given(bodies, types)
    def draw(body: bytes, media_type: str) -> None:
        drawn.append((body, media_type))

    draw()
    for n in range(0, len(drawn), 8):
        sending = [
            sender.village.client.post(sender.url, content=body, headers={**key("adapter"), "content-type": media_type})
            for body, media_type in drawn[n : n + 8]
        ]
        assert {answer.status_code for answer in await asyncio.gather(*sending)} <= {201, 415, 422}


# -- with a message --------------------------------------------------------------------------------------------------------


async def test_a_message_carries_its_files_and_the_appeal_shows_them(files: Files) -> None:
    one, two = await files.kept(photo()), await files.kept(SAMPLES["pdf"][0] + photo())
    answer = await files.say("v", TROUBLE, image(one, "变压器.jpg"), {"sha256": two, "kind": "file", "name": "电费单.pdf"})
    number = answer.json()["results"][0]["number"]
    expected = [
        {
            "sha256": one,
            "kind": "image",
            "type": "image/jpeg",
            "name": "变压器.jpg",
            "link": f"/attachments/{one}",
            "public_link": f"/attachments/{one}/public",
        },
        {
            "sha256": two,
            "kind": "file",
            "type": "application/pdf",
            "name": "电费单.pdf",
            "link": f"/attachments/{two}",
            "public_link": None,
        },
    ]
    for shown in (
        (await files.message("officer"))["attachments"],
        (await files.village.get("intake", f"/appeals/{number}"))["messages"][0]["attachments"],
    ):
        assert [{k: v for k, v in file.items() if k != "size"} for file in shown] == expected
    [opened] = [e for e in await of_appeal(files, number) if e["type"].endswith("appeal-opened.v1")]
    assert [file["sha256"] for file in opened["data"]["attachments"]] == [one, two]
    assert "变压器.jpg" not in str(opened["data"])


async def test_a_file_nobody_sent_is_named_and_nothing_of_the_batch_is_stored(files: Files) -> None:
    known, unknown = await files.kept(photo()), "0" * 64
    first = files.village.message("with-known", "v", TROUBLE) | {"attachments": [image(known)]}
    second = files.village.message("with-unknown", "v", TROUBLE) | {"attachments": [image(known), image(unknown)]}
    answer = await files.village.post([first, second])
    assert (answer.status_code, answer.json()["field"], answer.json()["missing"]) == (422, "attachments", [unknown])
    assert unknown in answer.json()["detail"]
    url = f"{files.village.system.urls['intake']}/messages/wecom/with-known"
    assert (await files.village.client.get(url)).status_code == 404


@pytest.mark.parametrize(
    "attachments",
    [
        [image("A" * 64)],
        [image("../../etc/passwd")],
        [{"sha256": "0" * 64, "kind": "hologram"}],
        [image("0" * 64, "two\nlines")],
        [image("0" * 64)] * 10,
    ],
)
async def test_what_is_no_list_of_files_names_the_field(files: Files, attachments: list[dict[str, Any]]) -> None:
    answer = await files.village.post(files.village.message("bad-files", "v", TROUBLE) | {"attachments": attachments})
    assert answer.status_code == 422
    assert "attachments" in answer.json()["errors"][0]["field"]


async def test_an_archives_picture_comes_with_its_item(files: Files) -> None:
    sha256, village = await files.kept(photo()), files.village
    item = {
        "msgid": f"{village.group}-f1", "action": "send", "from": f"v{village.number}", "roomid": village.group,
        "msgtime": int(village.system.clock.now().timestamp() * 1000), "msgtype": "image",
        "image": {"sdkfileid": "x", "md5sum": "y"}, "attachments": [image(sha256)],
    }  # fmt: skip
    url = f"{village.system.urls['intake']}/messages/wecom-archive"
    answer = await village.client.post(url, json=[item])
    assert answer.json()["results"][0]["result"] == "stored"
    await village.system.settle()
    assert [file["sha256"] for file in (await files.message("officer"))["attachments"]] == [sha256]
    unknown = await village.client.post(url, json=[{**item, "msgid": "other", "attachments": [image("0" * 64)]}])
    assert unknown.status_code == 422
