"""Publishing to JetStream a page at a time: many messages in flight, and the first refusal fails the page at once.

The client library's `publish_async` does not tell its caller of a refusal (in 2.16 the error is raised in a callback and
the caller's future stays open), so a refused page would last until its time-out.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg

Message = tuple[str, bytes, dict[str, str]]
"""subject, data, headers"""

_NO_RESPONDERS = "503"


class NotTaken(Exception):
    """JetStream did not take a message: its stream is missing, or does not stand where the message says it must."""


class Push:
    """One page in flight at a time."""

    def __init__(self, nats: Client) -> None:
        self._nats = nats
        self._inbox = nats.new_inbox()
        self._listening = False
        self._page = 0
        self._missing = 0
        self._taken: asyncio.Future[int] | None = None

    async def publish(self, messages: Sequence[Message], *, seconds: float) -> int:
        """Sends all, waits until all are taken; returns the last one's sequence. Raises NotTaken, TimeoutError, NATS's errors."""
        if not self._listening:
            await self._nats.subscribe(f"{self._inbox}.*", cb=self._on_answer)
            self._listening = True
        self._page += 1
        self._missing = len(messages)
        taken = self._taken = asyncio.get_running_loop().create_future()
        try:
            for subject, data, headers in messages:
                if taken.done():
                    break  # refused already: all later ones would be too
                await self._nats.publish(subject, data, reply=f"{self._inbox}.{self._page}", headers=headers)
            async with asyncio.timeout(seconds):
                last: int = await taken
                return last
        finally:
            if not taken.cancel() and not taken.cancelled():
                taken.exception()  # heard of, also when something else went wrong first

    async def _on_answer(self, answer: Msg) -> None:
        taken = self._taken
        if taken is None or taken.done() or answer.subject.rpartition(".")[2] != str(self._page):
            return  # of an earlier page, which was given up
        if (answer.headers or {}).get("Status") == _NO_RESPONDERS:
            taken.set_exception(NotTaken("no stream takes messages of this subject"))
            return
        said: dict[str, Any] = orjson.loads(answer.data)
        if error := said.get("error"):
            taken.set_exception(NotTaken(str(error.get("description", error))))
            return
        self._missing -= 1
        if not self._missing:
            taken.set_result(int(said["seq"]))
