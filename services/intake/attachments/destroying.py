"""Destroying files to which nobody's message refers: whoever sent them is forgotten, or the message never came.

Deciding and destroying the key are one transaction; from then on no copy can be read. The bytes are removed after it, and
again until the store has done so.
"""

import asyncio
from datetime import datetime

import structlog

from services.intake.attachments import views
from services.intake.attachments.domain import ATTACHMENT, attachment_stream
from shared.blobs import Blobs, Unreachable
from shared.envelope import Append, Cause
from shared.events.attachments import AttachmentDestroyed
from shared.service import Service, Worker
from shared.store import Conflict

log = structlog.get_logger()
UNUSED = views.REMEMBERED
AT_ONCE = 100
PAUSE_SECONDS = 1.0
"""between two looks, however fast the log grows"""
CAUSE = Cause("minsheng:attachments")


class Destroyer(Worker):
    """Looks whenever the log has grown."""

    name = "attachments"

    def __init__(self, service: Service, blobs: Blobs | None) -> None:
        super().__init__(service.clock)
        self._service, self._blobs = service, blobs
        self._waker = service.session.waker()

    async def run(self) -> None:
        while True:
            self._waker.clear()
            await self.look()
            await asyncio.sleep(PAUSE_SECONDS)
            await self.rest(self._waker)

    async def next_due(self) -> datetime | None:
        """When the oldest file without a message has waited long enough."""
        oldest = await views.oldest_unused(self._service)
        return oldest + UNUSED if oldest else None

    async def backlog(self) -> int:
        return len(await self._due()) + len(await views.remains(self._service, AT_ONCE))

    async def look(self) -> None:
        """Destroys what is due now, and removes what is destroyed."""
        await self._caught_up()
        if due := await self._due():
            for sha256, blob in due:
                await self._destroy(sha256, blob)
            await self._caught_up()
        await views.forget_senders(self._service)
        if self._blobs:
            await self._remove(self._blobs)

    async def _caught_up(self) -> None:
        await self._service.seen(views.PROJECTION, await self._service.store.head())

    async def _due(self) -> list[tuple[str, str]]:
        return await views.to_destroy(self._service, self._clock.now() - UNUSED, AT_ONCE)

    async def _destroy(self, sha256: str, blob: str) -> None:
        service, stream = self._service, attachment_stream(sha256)
        version, state = await service.commands.load(ATTACHMENT, stream)
        events = ATTACHMENT.decide(AttachmentDestroyed(sha256=sha256, blob=blob), state)
        if not events:
            return
        try:
            async with service.pool.acquire() as connection, connection.transaction():
                await service.store.lock(connection)  # nobody can send it again until this is done
                if await views.used_since(connection, sha256):
                    return
                await service.store.append_within(connection, [Append(stream, version, events, CAUSE)])
                await service.vault.forget([blob], connection)
        except Conflict:  # it was shown to somebody this very moment; the next look sees it
            service.states.drop(stream)
        else:
            log.info("attachment_destroyed", sha256=sha256)

    async def _remove(self, blobs: Blobs) -> None:
        for blob in await views.remains(self._service, AT_ONCE):
            try:
                await blobs.delete(blob)
                await blobs.delete(f"{blob}.public")
            except Unreachable as trouble:
                log.warning("attachment_not_removed", blob=blob, trouble=str(trouble))
                return
            await views.removed(self._service, blob)
