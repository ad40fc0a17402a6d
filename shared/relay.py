"""The relay: reads the log in commit order and publishes it to JetStream, many in flight, in order, never twice in a row.

It is its stream's only publisher. Every message says which sequence number must stand before it
(`Nats-Expected-Last-Sequence`), so when one publish fails all later ones fail behind it and order is kept at full speed.
It also says which message that must be (`Nats-Expected-Last-Msg-Id`): if a stranger's message came between, the numbers
alone would refuse one of ours and let the next ones pass in its stead.
Where to go on is read off the stream itself: its last message carries the log position it stands for. A stream that was
lost (deleted, or its unsynced tail gone in a crash) is thereby noticed and filled again from the log.
"""

import asyncio
import contextlib
import time
from uuid import uuid4

import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from shared import streams
from shared.envelope import CONTENT_TYPE, Recorded, subject_for, to_wire, traceparent
from shared.metrics import Metrics
from shared.pace import Pace
from shared.push import Message, Push
from shared.session import Session
from shared.store import SQL, Store
from shared.traces import Traces

log = structlog.get_logger()
PAGE = 500
ACK_SECONDS = 10.0
POLL_SECONDS = 2.0
RESYNC_SECONDS = 0.5
POSITION_HEADER = "Minsheng-Position"


class Relay:
    """Publishes one service's log."""

    def __init__(
        self, service: str, store: Store, session: Session, nats: Client, metrics: Metrics, *, replicas: int,
        traces: Traces | None = None,
    ) -> None:  # fmt: skip
        self._service, self._store, self._session, self._metrics = service, store, session, metrics
        self._js: JetStreamContext = nats.jetstream()
        self._push = Push(nats)
        self._replicas, self._traces = replicas, traces
        self._waker = session.waker()
        self._sequence = 0
        self._created: object = None
        self._had = 0
        self.position = 0

    async def run(self) -> None:
        """Runs for ever, in one replica at a time."""
        await self._session.exclusively("relay", self._relay)

    async def _relay(self) -> None:
        while True:
            try:
                await self._resync()
                await self._publish_new()
            except Exception as trouble:  # whatever it was, the stream itself tells where to go on
                if (task := asyncio.current_task()) and task.cancelling():
                    raise asyncio.CancelledError from trouble  # the client library turns a cancellation into an error
                self._metrics.restarts.labels("relay").inc()
                log.warning("relay_interrupted", service=self._service, trouble=repr(trouble))
                await asyncio.sleep(RESYNC_SECONDS)

    async def _resync(self) -> None:
        """Finds out what the stream holds, and goes on behind it."""
        info = await streams.ensure(self._js, self._service, self._replicas)
        self._sequence = info.state.last_seq
        self._created = streams.created(info)
        self.position = await self._position_of(info)
        await self._save()

    async def _position_of(self, info: StreamInfo) -> int:
        state = await self._store.pool.fetchrow(SQL["relay_state"])
        if state is None:
            raise RuntimeError("the relay's row is missing")
        self._had = int(state["position"])
        if info.state.messages:
            return min(await self._last_published(info), await self._store.head())
        if info.state.last_seq or not state["position"]:
            return int(state["position"])  # everything aged out, or nothing was ever published
        log.warning("stream_lost", service=self._service, position=state["position"])
        return await self._store.position_at(self._store.clock.now() - streams.RETENTION)

    async def _last_published(self, info: StreamInfo) -> int:
        """Read off the last message that is ours: the very last may be a stranger's, or deleted by hand."""
        for seq in range(info.state.last_seq, max(info.state.first_seq, info.state.last_seq - PAGE) - 1, -1):
            with contextlib.suppress(NotFoundError):
                message = await self._js.get_msg(streams.stream_name(self._service), seq=seq)
                if position := (message.headers or {}).get(POSITION_HEADER):
                    return int(position)
        return self._had

    async def _publish_new(self) -> None:
        ahead = asyncio.ensure_future(self._read(self.position))
        try:
            while True:
                self._waker.clear()
                page = await ahead
                ahead = asyncio.ensure_future(self._read(page[-1].position if page else self.position))
                if page:
                    lost = page[0].position <= self._had  # the stream had it once: for the server a duplicate, for us not
                    await self._publish(page, run=uuid4().hex if lost else None)
                    self.position = page[-1].position
                    await self._save()
                else:
                    await self._rest()
                    ahead.cancel()
                    ahead = asyncio.ensure_future(self._read(self.position))
        finally:
            ahead.cancel()

    async def _rest(self) -> None:
        """Nothing new: see whether somebody asked for old events again, then wait."""
        await self._republish()
        head = await self._store.head()
        if head > self.position:
            return
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._waker.wait()
        except TimeoutError:
            info = await self._js.stream_info(streams.stream_name(self._service))
            if info.state.last_seq != self._sequence or streams.created(info) != self._created:
                raise RuntimeError(f"the stream stands at {info.state.last_seq}, not {self._sequence}") from None

    async def _republish(self) -> None:
        start = await self._store.pool.fetchval("select republish_from from relay")
        if start is None:
            return
        run, after = uuid4().hex, int(start) - 1
        while page := [r for r in await self._read(after) if r.position <= self.position]:
            await self._publish(page, run=run)
            after = page[-1].position
        await self._store.pool.execute(SQL["relay_republished"], start)
        log.info("republished", service=self._service, start=start, end=after)

    async def _read(self, after: int) -> list[Recorded]:
        return await self._store.read_page(after, PAGE, leaving=True)

    async def _publish(self, page: list[Recorded], *, run: str | None = None) -> None:
        """Sends a page at once and waits until all of it is acknowledged. `run` marks a republication as no duplicate."""
        messages: list[Message] = []
        began = time.time_ns()
        pace = Pace(self._store.busy)
        for n, recorded in enumerate(page):
            await pace.breathe()
            before = messages[-1][2]["Nats-Msg-Id"] if messages else None
            messages.append(self._message(recorded, self._sequence + n, before, run))
        last = await self._push.publish(messages, seconds=ACK_SECONDS)
        self._sequence += len(page)
        if last != self._sequence:
            raise RuntimeError(f"the stream took the last message as {last}, not {self._sequence}")
        self._metrics.published.inc(len(page))
        if self._traces:
            self._traces.published(page, streams.stream_name(self._service), began)

    def _message(self, recorded: Recorded, after: int, before: str | None, run: str | None) -> Message:
        identity = str(recorded.id)
        headers = {
            "Nats-Msg-Id": f"{identity}:{run}" if run else identity,
            "Nats-Expected-Last-Sequence": str(after),
            "Content-Type": CONTENT_TYPE,
            "traceparent": traceparent(recorded, sampled=self._traces is not None),
            POSITION_HEADER: str(max(self.position, recorded.position)),
        }
        if before:
            headers["Nats-Expected-Last-Msg-Id"] = before
        subject = subject_for(self._service, recorded.type, recorded.subject)
        return subject, to_wire(self._service, recorded, recorded.data, traced=self._traces is not None), headers

    async def _save(self) -> None:
        await self._store.pool.execute(SQL["relay_moved"], self.position, self._created)
