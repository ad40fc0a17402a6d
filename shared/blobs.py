"""Large bytes by name: in a folder of this machine, or in a bucket of an S3-compatible server.

Both keep what they were given whole or not at all. Whoever gives the names sees to it that a name always means the same
bytes, so writing one twice, or two writing it at once, does no harm.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from shared.embedded.home import default_home
from shared.settings import BadSettings, Settings

OFF = "off"
CONNECT_SECONDS, ANSWER_SECONDS, RETRY_SECONDS = 3, 30, 10


class Unreachable(Exception):
    """The store of files does not do what it was asked, now; the message says why."""


class Blobs(Protocol):
    """All raise Unreachable. Names are of letters, digits, dots and hyphens, and begin with two that are spread evenly."""

    async def put(self, name: str, data: bytes) -> None:
        """Returns when the bytes would survive a loss of power."""

    async def get(self, name: str) -> bytes | None:
        """The bytes; None when nothing has that name."""

    async def delete(self, name: str) -> None:
        """Also what is not there."""


def configured(settings: Settings) -> Blobs | None:
    """The store that MINSHENG_ATTACHMENTS names; nothing is opened or made yet. None: none is wanted. Raises BadSettings."""
    place = settings.attachments
    if place == OFF:
        return None
    if not place.startswith("s3://"):
        return Folder(Path(place) if place else default_home() / "attachments")
    url = urlsplit(place)
    if not url.netloc or not settings.s3_endpoint or not settings.s3_key:
        raise BadSettings(
            "MINSHENG_ATTACHMENTS: s3://BUCKET or s3://BUCKET/PREFIX needs MINSHENG_S3_ENDPOINT, _S3_KEY and _S3_SECRET"
        )
    return Bucket(url.netloc, url.path.strip("/"), settings)


class Folder:
    """Files under two-letter folders, so that no folder grows beyond what a person can list."""

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser().absolute()

    async def put(self, name: str, data: bytes) -> None:
        await asyncio.to_thread(self._put, name, data)

    async def get(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._get, name)

    async def delete(self, name: str) -> None:
        await asyncio.to_thread(self._delete, name)

    def _put(self, name: str, data: bytes) -> None:
        """A draft beside its place, synced, then renamed: a reader finds all of it or nothing, also after a crash."""
        place = self._place(name)
        with _as_unreachable():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, draft = tempfile.mkstemp(dir=place.parent, prefix=".")
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(number)
                Path(draft).replace(place)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            for folder in (place.parent, self._path):
                _sync(folder)

    def _get(self, name: str) -> bytes | None:
        with _as_unreachable():
            try:
                return self._place(name).read_bytes()
            except FileNotFoundError:
                return None

    def _delete(self, name: str) -> None:
        with _as_unreachable():
            self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._path / name[:2] / name


def _sync(folder: Path) -> None:
    """What a folder lists is data of its own, that reaches the disk when the folder is synced."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def _as_unreachable() -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        raise Unreachable(f"{trouble.filename or 'folder'}: {trouble.strerror}") from trouble


class Bucket:
    """Objects of a bucket, by path-style addresses as servers of one's own have them. The library waits outside our loop."""

    def __init__(self, bucket: str, prefix: str, settings: Settings) -> None:
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key_id=settings.s3_key,
            secret_access_key=settings.s3_secret.get_secret_value(),
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": True,
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=ANSWER_SECONDS),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
        )

    async def put(self, name: str, data: bytes) -> None:
        with _as_no_answer():
            await obstore.put_async(self._store, self._key(name), data, use_multipart=False)

    async def get(self, name: str) -> bytes | None:
        with _as_no_answer():
            try:
                found = await obstore.get_async(self._store, self._key(name))
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                return None

    async def delete(self, name: str) -> None:
        with _as_no_answer(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, self._key(name))

    def _key(self, name: str) -> str:
        return f"{name[:2]}/{name}"


@contextlib.contextmanager
def _as_no_answer() -> Iterator[None]:
    """The first line is for people, it names the object and the server; what follows is the server's XML."""
    try:
        yield
    except (BaseError, OSError) as trouble:
        raise Unreachable(str(trouble).splitlines()[0]) from trouble
