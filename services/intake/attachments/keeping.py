"""Keeping files: examined, encrypted under a key of their own, stored by the hash of what they are, shown on record.

A file is in the store before the log says so: what the log knows is there. The key of each file is in the database, so a copy
of the store alone, a backup or a stolen disk, shows nobody's picture, and destroying the key destroys every copy.
"""

import asyncio
import hashlib
from collections.abc import Awaitable
from typing import Any, TypeVar

import structlog

from services.intake.attachments import pictures, views
from services.intake.attachments.domain import ATTACHMENT, attachment_stream, blob_name
from services.intake.attachments.sniffing import NotAccepted, sniff
from services.intake.attachments.views import File
from shared import sealed_files
from shared.access import Who
from shared.blobs import Blobs, Unreachable
from shared.events.attachments import AttachmentShown, AttachmentStored
from shared.problems import Problem
from shared.service import Service

log = structlog.get_logger()
T = TypeVar("T")
AT_ONCE = 2
"""files held in memory, coming in and going out; who comes later waits"""


class Keeping:
    """The files of one intake. Raises Problem 503 for whatever the store does not do now."""

    def __init__(self, blobs: Blobs | None, limit: int) -> None:
        self._blobs, self.limit = blobs, limit
        self.coming_in, self.going_out = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._one_copy_at_a_time = asyncio.Semaphore(1)

    @property
    def blobs(self) -> Blobs:
        """Raises Problem 503 where none is configured."""
        if self._blobs is None:
            detail = "本机没有配置附件存放处（MINSHENG_ATTACHMENTS），不收附件"
            raise Problem(503, "unavailable", detail, dependency="attachments")
        return self._blobs

    async def keep(self, service: Service, data: bytes, who: Who) -> AttachmentStored:
        """Stores a file, once however often it is sent. Raises Problem 415 for what is not accepted."""
        blobs = self.blobs
        try:
            sha256, media_type, origin = await asyncio.to_thread(examine, data)
        except NotAccepted as refusal:
            raise Problem(415, "not-accepted", str(refusal)) from None
        stream = attachment_stream(sha256)
        _, state = await service.commands.load(ATTACHMENT, stream)
        if state.living:
            await views.sent(service, sha256, who.name)
            return state.living
        life = state.lives + 1
        blob = blob_name(sha256, life)
        await _done(blobs.put(blob, await sealed_files.seal(service.vault, blob, blob, data)))
        stored = AttachmentStored(sha256=sha256, type=media_type, size=len(data), life=life, blob=blob, origin=origin)
        done = await service.commands.execute(ATTACHMENT, stream, stored, who.cause())
        if done.stored:
            await service.seen(views.PROJECTION, done.stored.position)
        await views.sent(service, sha256, who.name)
        return stored

    async def original(self, service: Service, file: File, who: Who) -> bytes:
        """A file as it was sent. That it was shown, and to whom, is in the log before it is."""
        _, data = await self._opened(service, file)
        await self._record(service, file, "original", who)
        return data

    async def origin(self, service: Service, file: File, who: Who) -> pictures.Origin:
        """Where and when a picture was taken, as far as it tells; on record as well."""
        _, state = await service.commands.load(ATTACHMENT, attachment_stream(file.sha256))
        await self._record(service, file, "origin", who)
        told = state.living and state.living.origin
        return pictures.Origin.model_validate_json(told) if told else pictures.Origin()

    async def public_copy(self, service: Service, file: File) -> bytes:
        """The copy for everybody, made when it is first asked for. Raises Problem 404 for what none can be made of."""
        if file.type not in pictures.PICTURES:
            raise Problem(404, "not-found", "只有 JPEG、PNG、WebP 图片有公开副本")
        name = f"{file.blob}.public"
        if kept := await _done(self.blobs.get(name)):
            return await self._clear(service, name, kept)
        sealed, data = await self._opened(service, file)
        try:
            async with self._one_copy_at_a_time:
                copy = await asyncio.to_thread(pictures.public_copy, data)
        except (pictures.Broken, pictures.TooManyPixels):
            raise Problem(404, "not-found", "这张图片已损坏，做不出公开副本") from None
        if beside := await sealed_files.seal_beside(service.vault, sealed, name, copy):
            await _done(self.blobs.put(name, beside))
        return copy

    async def _record(self, service: Service, file: File, part: str, who: Who) -> None:
        shown = AttachmentShown(sha256=file.sha256, part=part, to=who.signed())
        await service.commands.execute(ATTACHMENT, attachment_stream(file.sha256), shown, who.cause())

    async def _opened(self, service: Service, file: File) -> tuple[bytes, bytes]:
        sealed = await _done(self.blobs.get(file.blob))
        if sealed is None:
            log.error("attachment_lost", blob=file.blob)
            raise Problem(503, "unavailable", "附件存放处没有这个文件，请管理员检查", dependency="attachments")
        return sealed, await self._clear(service, file.blob, sealed)

    async def _clear(self, service: Service, name: str, sealed: bytes) -> bytes:
        try:
            data = await sealed_files.opened(service.vault, name, sealed)
        except sealed_files.Damaged:
            log.error("attachment_damaged", blob=name)
            raise Problem(503, "unavailable", "附件存放处的文件已损坏，请管理员检查", dependency="attachments") from None
        if data is None:
            raise Problem(404, "not-found", "这个附件已依法删除")
        return data


def examine(data: bytes) -> tuple[str, str, str | None]:
    """Hash, media type and origin (as JSON) of a file. Slow for a large one. Raises NotAccepted."""
    media_type = sniff(data)
    found = None
    if media_type in pictures.PICTURES:
        try:
            found = pictures.origin(data)
        except pictures.TooManyPixels as claim:
            raise NotAccepted(f"图片像素过多（{claim}），请缩小后再发") from None
        except pictures.Broken:
            raise NotAccepted("图片已损坏，请重新发送") from None
    return hashlib.sha256(data).hexdigest(), media_type, found.model_dump_json(exclude_none=True) if found else None


async def _done(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except Unreachable as trouble:
        log.warning("attachments_unreachable", trouble=str(trouble))
        detail = "附件存放处暂时用不了，请稍后重试"
        raise Problem(503, "unavailable", detail, dependency="attachments") from None


def shown_as(stored: AttachmentStored) -> dict[str, Any]:
    """The answer to who sent it. It does not tell whether somebody else sent the same file before."""
    return {"sha256": stored.sha256, "type": stored.type, "size": stored.size}
