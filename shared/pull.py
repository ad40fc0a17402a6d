"""A pull subscription on a durable consumer that hands over whatever has arrived, at once and in order.

The client library's `fetch` waits until its batch is full or its time is over, which is either slow or small. Here one pull
request is always outstanding; messages gather while the last batch is being worked on. A gap in the consumer's delivery
sequence, a vanished consumer or a silent server raise Interrupted: the owner then begins again at its stored position.
"""

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

BATCH = 256
QUEUE = 4 * BATCH
EXPIRES_SECONDS = 20.0
HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS
_ENDED = {"404", "408"}
_HEARTBEAT = "100"


class Interrupted(Exception):
    """Delivery is no longer known to be complete and in order."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message: its place in the stream, how many follow it, and its bytes."""

    stream_seq: int
    pending: int
    data: bytes
    reply: str


class Pull:
    """Reads one durable consumer, from its creation on (its first delivery has consumer sequence 1)."""

    def __init__(self, nats: Client, stream: str, durable: str) -> None:
        self._nats = nats
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = nats.new_inbox()
        self._subscription: Subscription | None = None
        self._queue: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._outstanding = 0
        self._heard = time.monotonic()
        self._expected = 1
        self._broken: str | None = None

    async def start(self) -> None:
        self._subscription = await self._nats.subscribe(self._inbox, cb=self._on_message, pending_msgs_limit=-1)
        await self._request()

    async def stop(self) -> None:
        if self._subscription and not self._nats.is_closed:
            await self._subscription.unsubscribe()

    def interrupt(self, why: str) -> None:
        """Called when the connection was lost and found again: messages may have been dropped."""
        self._broken = self._broken or why
        self._arrived.set()

    async def batch(self, wait_seconds: float) -> list[Delivery]:
        """Up to BATCH messages, at least one unless `wait_seconds` pass. Raises Interrupted."""
        if not self._queue and not self._broken:
            self._arrived.clear()
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._arrived.wait()
            except TimeoutError:
                pass
        if self._queue:
            taken = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            if not self._outstanding and len(self._queue) < QUEUE:
                await self._request()
            return taken
        if self._broken:
            raise Interrupted(self._broken)
        if time.monotonic() - self._heard > SILENCE_SECONDS:
            raise Interrupted("no heartbeat: the request was lost with the server that had it")
        return []

    async def acknowledge(self, upto: Delivery) -> None:
        """Tells the server that everything up to this message took effect; no answer is awaited."""
        await self._nats.publish(upto.reply, b"+ACK")

    async def _request(self) -> None:
        self._outstanding = BATCH
        self._heard = time.monotonic()
        ask = {"batch": BATCH, "expires": int(EXPIRES_SECONDS * 1e9), "idle_heartbeat": int(HEARTBEAT_SECONDS * 1e9)}
        await self._nats.publish(self._next, json.dumps(ask).encode(), reply=self._inbox)

    async def _on_message(self, message: Msg) -> None:
        self._heard = time.monotonic()
        if message.reply.startswith("$JS.ACK."):
            await self._deliver(message)
            return
        status = (message.headers or {}).get("Status", "")
        if status == _HEARTBEAT:
            self._arrived.set()
        elif status in _ENDED:
            await self._request()
        else:
            self.interrupt(f"{status} {(message.headers or {}).get('Description', '')}".strip())

    async def _deliver(self, message: Msg) -> None:
        # $JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<times>.<stream seq>.<consumer seq>.<time>.<pending>[.<token>]
        parts = message.reply.split(".")
        stream_seq, consumer_seq, _, pending = (int(p) for p in (parts[5:9] if len(parts) == 9 else parts[7:11]))
        if self._broken or consumer_seq != self._expected:
            self.interrupt(f"delivery {consumer_seq} came where {self._expected} was due")
            return
        self._expected += 1
        self._outstanding -= 1
        self._queue.append(Delivery(stream_seq, pending, message.data, message.reply))
        self._arrived.set()
        if not self._outstanding and len(self._queue) < QUEUE:
            await self._request()
