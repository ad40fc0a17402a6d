"""Files by name, in a folder and in a bucket of a real S3-compatible server: what holds of both, and of each alone."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.blobs import Blobs, Bucket, Folder, Unreachable, configured
from shared.settings import BadSettings, Settings, read
from tests.integration.seaweedfs import SeaweedFS

NAME = "3f" + "0" * 62 + ".1"


@pytest.fixture(scope="module")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with SeaweedFS(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


def settings(**given: str) -> Settings:
    return read(database_url="postgresql://none", nats_url="nats://none", **given)


def made(**given: str) -> Blobs:
    blobs = configured(settings(**given))
    assert blobs
    return blobs


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, seaweedfs: SeaweedFS) -> Blobs:
    return made(attachments=str(tmp_path / "kept")) if request.param == "folder" else made(**seaweedfs.settings)


# -- both ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 70_000, 20 * 1024 * 1024])
async def test_what_was_put_is_got_back_byte_for_byte(blobs: Blobs, size: int) -> None:
    data = os.urandom(size)
    await blobs.put(NAME, data)
    assert await blobs.get(NAME) == data


async def test_what_nobody_put_is_not_there(blobs: Blobs) -> None:
    assert await blobs.get("aa-none") is None


async def test_a_name_put_again_has_the_newest_bytes(blobs: Blobs) -> None:
    await blobs.put(NAME, b"first")
    await blobs.put(NAME, b"second")
    assert await blobs.get(NAME) == b"second"


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: Blobs) -> None:
    await blobs.put(NAME, b"words")
    await blobs.delete(NAME)
    await blobs.delete(NAME)
    assert await blobs.get(NAME) is None


async def test_twenty_who_put_the_same_name_at_once_leave_one_of_them_whole(blobs: Blobs) -> None:
    given = [os.urandom(100_000) for _ in range(20)]
    await asyncio.gather(*(blobs.put(NAME, data) for data in given))
    assert await blobs.get(NAME) in given


async def test_the_loop_goes_on_while_a_large_file_is_put(blobs: Blobs) -> None:
    longest, at = 0.0, asyncio.get_running_loop().time
    putting = asyncio.ensure_future(blobs.put(NAME, os.urandom(20 * 1024 * 1024)))
    while not putting.done():
        before = at()
        await asyncio.sleep(0.001)
        longest = max(longest, at() - before)
    await putting
    assert longest < 0.5


# -- a folder --------------------------------------------------------------------------------------------------------------


async def test_files_lie_under_the_beginning_of_their_name_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    await Folder(tmp_path / "kept").put(NAME, b"words")
    [file] = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert file == tmp_path / "kept" / "3f" / NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "kept" / "3f").stat().st_mode & 0o777 == 0o700


async def test_a_full_or_forbidden_folder_is_told_and_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "kept" / "3f" / NAME).mkdir(parents=True)  # a file cannot take the place of a folder, not even root's
    with pytest.raises(Unreachable, match="irectory"):
        await Folder(tmp_path / "kept").put(NAME, b"words")
    assert [p.name for p in (tmp_path / "kept" / "3f").iterdir()] == [NAME]
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable):
        await Folder(tmp_path / "file" / "under").put(NAME, b"words")


def test_a_folder_is_made_when_it_is_first_needed_and_not_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MINSHENG_ATTACHMENTS", raising=False)
    assert isinstance(configured(settings()), Folder)
    assert not (tmp_path / "home").exists()


async def test_the_usual_folder_is_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    await made().put(NAME, b"words")
    assert (tmp_path / "attachments" / "3f" / NAME).read_bytes() == b"words"


# -- a bucket --------------------------------------------------------------------------------------------------------------


async def test_a_bucket_that_does_not_know_us_or_is_away_is_told_without_the_secret(seaweedfs: SeaweedFS) -> None:
    wrong = made(**{**seaweedfs.settings, "s3_secret": "not-the-secret"})
    away = made(**{**seaweedfs.settings, "s3_endpoint": "http://127.0.0.1:9"})
    for blobs in (wrong, away):
        for asked in (blobs.put(NAME, b"words"), blobs.get(NAME), blobs.delete(NAME)):
            with pytest.raises(Unreachable) as told:
                await asked
            assert seaweedfs.settings["s3_secret"] not in str(told.value)
            assert "not-the-secret" not in str(told.value)


async def test_a_bucket_that_was_away_and_came_back_has_what_it_was_given(tmp_path: Path) -> None:
    with SeaweedFS(tmp_path / "seaweedfs") as server:
        blobs = made(**server.settings)
        await blobs.put(NAME, b"words")
        server.stop()
        with pytest.raises(Unreachable):
            await blobs.get(NAME)
        server.start()
        assert await blobs.get(NAME) == b"words"


def test_a_bucket_without_an_address_or_a_key_is_refused_at_start(seaweedfs: SeaweedFS) -> None:
    for missing in ("s3_endpoint", "s3_key"):
        with pytest.raises(BadSettings, match="MINSHENG_ATTACHMENTS"):
            configured(settings(**{**seaweedfs.settings, missing: ""}))
    with pytest.raises(BadSettings, match="MINSHENG_ATTACHMENTS"):
        configured(settings(**{**seaweedfs.settings, "attachments": "s3://"}))
    assert isinstance(configured(settings(**seaweedfs.settings)), Bucket)
    assert configured(settings(attachments="off")) is None
