"""Delivery: sends queued replies through the configured channels, in order within a group, and records every attempt.

Sending is not transactional. The reply's id goes along as an idempotency key; what was sent but not recorded when the
process died is sent once more.
"""

import asyncio
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog

from services.notify import views
from services.notify.channels import Channel, Undeliverable
from services.notify.channels.console import Console
from services.notify.channels.webhook import WebhookChannel
from services.notify.domain import DELIVERY, Arrived, Missed, reply_stream
from shared.envelope import Cause
from shared.service import Service, Worker
from shared.settings import Settings

log = structlog.get_logger()
AT_ONCE = 200


def channels(settings: Settings) -> list[Channel]:
    """The channels that are configured."""
    chosen: list[Channel] = []
    if settings.webhook_url:
        chosen.append(WebhookChannel(settings.webhook_url, settings.webhook_secret.get_secret_value()))
    if settings.console == "on" or not chosen:
        chosen.append(Console())
    return chosen


class Delivery(Worker):
    """Sends what waits, sleeps until something new waits or may be tried again."""

    name = "delivery"

    def __init__(self, service: Service) -> None:
        super().__init__(service.clock)
        self._service = service
        self._waker = service.session.waker()

    async def run(self) -> None:
        opened = channels(self._service.settings)
        try:
            while True:
                self._waker.clear()
                while await self._send_waiting(opened):
                    pass
                await self.rest(self._waker)
        finally:
            for channel in opened:
                await channel.close()

    async def next_due(self) -> datetime | None:
        return await views.next_try(self._service)

    async def backlog(self) -> int:
        return len(await views.to_send(self._service, self._service.clock.now(), AT_ONCE))

    async def _send_waiting(self, opened: list[Channel]) -> bool:
        await self._service.seen("replies", await self._service.store.head())
        waiting = await views.to_send(self._service, self._service.clock.now(), AT_ONCE)

        def place(reply: dict[str, Any]) -> tuple[str, str]:
            return reply["channel"], reply["group"]

        groups = [list(replies) for _, replies in groupby(sorted(waiting, key=place), key=place)]
        await asyncio.gather(*(self._send_group(replies, opened) for replies in groups))
        return bool(waiting)

    async def _send_group(self, replies: list[dict[str, Any]], opened: list[Channel]) -> None:
        """One group's replies in order; a failure holds back the rest of the group until it is tried again."""
        recordings = []
        for reply in replies:
            outcome = await self._send(reply, opened)
            recordings.append(self._record(reply, outcome))
            if isinstance(outcome, Missed) and not outcome.hopeless:
                break
        await asyncio.gather(*recordings)

    async def _send(self, reply: dict[str, Any], opened: list[Channel]) -> Arrived | Missed:
        names = "+".join(channel.name for channel in opened)
        for channel in opened:
            try:
                await channel.send(reply)
            except Undeliverable as refusal:
                return Missed(channel.name, self._service.clock.now(), str(refusal), hopeless=True)
            except Exception as trouble:
                log.warning("reply_not_delivered", reply=reply["reply"], channel=channel.name, trouble=repr(trouble))
                return Missed(channel.name, self._service.clock.now(), repr(trouble))
        return Arrived(names, self._service.clock.now())

    async def _record(self, reply: dict[str, Any], outcome: Arrived | Missed) -> None:
        stream = reply_stream(reply["reply"])
        cause, subject = Cause("minsheng:delivery"), f"{reply['channel']}:{reply['group']}"
        await self._service.commands.execute(DELIVERY, stream, outcome, cause, subject=subject)
