"""The consumer: others' events take effect here, once and in order.

A share of a stream's 16 partitions has one owner at a time (session.exclusively). One transaction applies every effect of a
batch and stores which events it applied (`inbox`) and how far the stream was read; only then is the batch acknowledged. A
new owner, or one that lost the thread, makes the durable consumer anew from the stored position, so that nothing overtakes
what was delivered but not applied. What cannot be handled is parked with its reason, and later events of the same appeal
queue behind it.
"""

import asyncio
import contextlib
import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import msgspec
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from shared import db, streams
from shared.deciding import ATTEMPTS, Decider, States, Work
from shared.envelope import Recorded, from_wire, partition_of, to_wire
from shared.events import Event, current_type
from shared.metrics import Metrics
from shared.pace import Pace
from shared.pull import SILENCE_SECONDS, Delivery, Interrupted, Pull
from shared.session import Session
from shared.store import SQL, Conflict, Store
from shared.traces import Traces

log = structlog.get_logger()
REPLAY_SECONDS = 2.0
"""how often the dead letters are looked through for what a person wants handled again"""
TRANSIENT: tuple[type[Exception], ...] = (*db.TRANSIENT, NatsError, asyncpg.UniqueViolationError)
"""A unique violation is another owner of the same share who was faster: the inbox refused to take an event twice."""
INTERRUPTIONS: tuple[type[Exception], ...] = (*TRANSIENT, Interrupted)


@dataclass(frozen=True)
class Reaction:
    """What a service does when an event of another arrives: the streams it needs, and the pure reaction.

    `react` must not wait for anything: it reads states from the work and adds what it decides.
    """

    opens: Callable[[Recorded], Iterable[tuple[Decider[Any, Any], str]]]
    react: Callable[[Recorded, Work], None]


Reactions = Mapping[str, Mapping[type[Event], Reaction]]
"""publishing service → event type → reaction"""


Parked = list[tuple[Recorded, str]]
"""events of a batch that go to the dead letters, with the reason of each"""


class Consumer:
    """One durable: a share of one publishing service's stream."""

    def __init__(
        self, service: str, source: str, share: int, shares: int, reactions: Mapping[type[Event], Reaction],
        store: Store, states: States, session: Session, nats: Client, metrics: Metrics, *, replicas: int,
        traces: Traces | None = None,
    ) -> None:  # fmt: skip
        self.durable = streams.durable_name(service, source, share, shares)
        self._source, self._share, self._shares, self._replicas = source, share, shares, replicas
        self._reactions = {event.TYPE: reaction for event, reaction in reactions.items()}
        self._subjects = streams.filter_subjects(source, tuple(reactions), share, shares)
        self._store, self._states, self._session, self._nats, self._metrics = store, states, session, nats, metrics
        self._traces, self._js = traces, nats.jetstream()
        self._pull: Pull | None = None
        self._created: object = None
        self.pending: int | None = None

    async def run(self) -> None:
        """Runs for ever, in one replica at a time."""
        await self._session.exclusively(f"consumer:{self.durable}", self._consume)

    def reconnected(self) -> None:
        """The connection to NATS was lost and found again."""
        if self._pull:
            self._pull.interrupt("reconnected")

    async def backlog(self) -> int:
        """How many events wait to be applied, asked of the server; at least 1 while the durable is being made. Raises what NATS raises."""
        try:
            info = await self._js.consumer_info(streams.stream_name(self._source), self.durable)
        except NotFoundError:
            return 1
        return int(info.num_pending or 0) + int(info.num_ack_pending or 0)

    async def _consume(self) -> None:
        while True:
            try:
                await self._begin()
                await self._apply_all()
            except INTERRUPTIONS as trouble:
                self._metrics.resets.labels(self.durable).inc()
                log.warning("consumer_begins_again", durable=self.durable, trouble=repr(trouble))
                self._states.clear()
                await asyncio.sleep(0.2)
            finally:
                if self._pull:
                    await self._pull.stop()
                    self._pull = None

    async def _begin(self) -> None:
        """Makes the durable anew, so that it delivers everything after the stored position, in order."""
        info = await streams.ensure(self._js, self._source, self._replicas)
        self._created = streams.created(info)
        stream = streams.stream_name(self._source)
        stored = await self._store.pool.fetchrow(SQL["consumer_position"], self.durable)
        known = stored is not None and stored["stream_created"] == self._created and stored["stream_seq"] <= info.state.last_seq
        start = stored["stream_seq"] + 1 if stored is not None and known else 1
        with contextlib.suppress(NotFoundError):
            await self._js.delete_consumer(stream, self.durable)
        await self._js.add_consumer(stream, streams.consumer_config(self.durable, self._subjects, start))
        self._pull = Pull(self._nats, stream, self.durable)
        await self._pull.start()

    async def _apply_all(self) -> None:
        assert self._pull
        heard = replayed = time.monotonic()
        while True:
            batch = await self._pull.batch(REPLAY_SECONDS)
            if batch:
                await self._take(batch)
                self.pending = batch[-1].pending
                self._metrics.consumer_lag.labels(self.durable).set(self.pending)
                await self._pull.acknowledge(batch[-1])
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
                await self._js.consumer_info(streams.stream_name(self._source), self.durable)
                heard = time.monotonic()
            if time.monotonic() - replayed > REPLAY_SECONDS:
                await self._replay()
                replayed = time.monotonic()

    async def _take(self, batch: list[Delivery]) -> None:
        events, broken = self._read(batch)
        upto = batch[-1].stream_seq
        try:
            await self._insist(lambda: self._apply(events, broken, upto=upto))
        except TRANSIENT:
            raise
        except Exception as trouble:
            if len(batch) > 1:
                log.warning("batch_taken_one_by_one", durable=self.durable, trouble=repr(trouble))
                for delivery in batch:
                    await self._take([delivery])
            else:
                await self._park_alone(batch[0], events, _sentence(trouble))

    async def _park_alone(self, delivery: Delivery, events: list[Recorded], reason: str) -> None:
        """One message whose effects PostgreSQL will not store. If it will not store the message either, its bytes as text."""
        try:
            if not events:
                raise ValueError("not a CloudEvent of ours")
            await self._apply([], [(r, reason) for r in events], upto=delivery.stream_seq)
        except TRANSIENT:
            raise
        except Exception as trouble:
            reason = f"{reason}; {_sentence(trouble)}"
            await self._apply([], [(_unreadable(self._source, delivery), reason)], upto=delivery.stream_seq)

    async def _insist(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Tries again at once when another was faster on a stream. Who always loses has no rival: it contradicts the log."""
        for left in reversed(range(ATTEMPTS)):
            try:
                await attempt()
            except Conflict as conflict:
                self._states.drop(conflict.stream)
                if not left:
                    raise
            else:
                return

    def _read(self, batch: list[Delivery]) -> tuple[list[Recorded], Parked]:
        events: list[Recorded] = []
        broken: Parked = []
        for delivery in batch:
            try:
                events.append(from_wire(delivery.data))
            except (msgspec.MsgspecError, ValueError) as trouble:
                broken.append((_unreadable(self._source, delivery), f"not a CloudEvent of ours: {trouble}"))
        return events, broken

    async def _apply(self, events: list[Recorded], broken: Parked, *, upto: int) -> None:
        """Decides about the events in memory, then writes all effects in one transaction."""
        pool, began = self._store.pool, time.time_ns()
        met = [r.id for r in events] + [r.id for r, _ in broken]
        known = {row["event"] for row in await pool.fetch(SQL["inbox_known"], met)}
        fresh = list({r.id: r for r in events if r.id not in known}.values())
        parked = [(r, reason) for r, reason in broken if r.id not in known]
        self._metrics.duplicates.labels(self.durable).inc(len(events) - len(fresh))
        work = Work(self._store, self._states)
        rest = await self._react(fresh, work, parked) if fresh else []
        taken = {r.id for r in (*fresh, *(r for r, _ in parked))} - {r.id for r in rest}
        letters = await self._letters(parked)
        await work.prepare()
        async with pool.acquire() as connection, connection.transaction():
            await work.lock(connection)
            await work.commit(connection)
            if taken:
                await connection.execute(SQL["inbox_add"], list(taken))
            if parked:
                await connection.execute(SQL["park"], self._source, *letters)
            if not rest:
                await connection.execute(SQL["consumer_moved"], self.durable, self._created, upto)
        work.committed()
        self._metrics.consumed.labels(self.durable).inc(len(fresh) - len(rest))
        self._told(fresh[: len(fresh) - len(rest)], began)
        if rest:
            await self._apply(rest, [], upto=upto)

    def _told(self, applied: list[Recorded], began: int) -> None:
        """What operations hear of it."""
        lag, now = self._metrics.event_lag.labels(self._source), self._store.clock.now()
        for r in applied:
            lag.observe(max(0.0, (now - r.time).total_seconds()))
        if self._traces:
            self._traces.consumed(applied, self.durable, began)

    async def _react(self, fresh: list[Recorded], work: Work, parked: Parked) -> list[Recorded]:
        """Returns the events left for a next transaction: those behind one by which somebody is forgotten."""
        rows = await self._store.pool.fetch(SQL["parked_subjects"], self._source, list({r.subject for r in fresh}))
        stuck = {row["subject"] for row in rows}
        opening = {r.id: self._opening(r) for r in fresh}
        await work.open(wanted for streams_of in opening.values() if isinstance(streams_of, list) for wanted in streams_of)
        pace = Pace(self._store.busy)
        for n, r in enumerate(fresh):
            await pace.breathe()
            if work.forgets:
                return fresh[n:]
            if r.subject in stuck:
                parked.append((r, "waits behind an earlier event of the same subject"))
                continue
            try:
                if isinstance(trouble := opening[r.id], Exception):
                    raise trouble
                self._reactions[current_type(r.type)].react(r, work)
                work.keep()
            except Exception as trouble:
                work.undo()
                stuck.add(r.subject)
                parked.append((r, _sentence(trouble)))
                log.error("event_parked", durable=self.durable, id=str(r.id), subject=r.subject, trouble=repr(trouble))
        return []

    def _opening(self, r: Recorded) -> list[tuple[Decider[Any, Any], str]] | Exception:
        """The streams an event needs, or why that cannot be told: which counts when its turn comes, not before."""
        try:
            return list(self._reactions[current_type(r.type)].opens(r))
        except Exception as trouble:
            return trouble

    async def _letters(self, parked: Parked) -> list[list[Any]]:
        """The dead letters by columns, oldest first."""
        columns: list[list[Any]] = [[], [], [], [], []]
        for r, reason in sorted(parked, key=lambda p: p[0].position):
            row = (r.id, r.subject, partition_of(r.subject), to_wire(self._source, r, await self._sealed(r)), reason)
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        return columns

    async def _sealed(self, r: Recorded) -> bytes:
        """A kept copy holds personal fields under our own keys; what cannot be understood has no known fields."""
        try:
            event = r.event
        except Exception:
            return r.data
        await self._store.vault.prepare([event])
        return self._store.vault.seal(event)

    async def _replay(self) -> None:
        """Handles again what a person asked to be handled again; stops at the first failure of a subject."""
        failed: set[str] = set()
        for row in await self._store.pool.fetch(SQL["parked_to_replay"], self._source, self._shares, self._share):
            if row["subject"] in failed:
                continue
            try:
                r = from_wire(row["envelope"])
                [clear] = await self._store.vault.unseal([(r.type, r.data)])
                await self._insist(partial(self._replay_one, msgspec.structs.replace(r, data=clear, _parsed=None)))
            except TRANSIENT:
                raise
            except Exception as trouble:
                failed.add(row["subject"])
                values = (self._source, row["subject"], row["event"], _sentence(trouble))
                await self._store.pool.execute(SQL["replay_failed"], *values)

    async def _replay_one(self, r: Recorded) -> None:
        work = Work(self._store, self._states)
        reaction = self._reactions[current_type(r.type)]
        await work.open(reaction.opens(r))
        reaction.react(r, work)
        await work.prepare()
        async with self._store.pool.acquire() as connection, connection.transaction():
            await work.lock(connection)
            if await connection.fetchval(SQL["unpark"], r.id) is None:
                return  # another owner of the same share did it, or is at an earlier one of the appeal
            await work.commit(connection)
        work.committed()


def _unreadable(source: str, delivery: Delivery) -> Recorded:
    """Stands in the dead letters for a message that is no event of ours: the bytes as text. The same bytes are one letter."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"{source}:{hashlib.sha256(delivery.data).hexdigest()}")
    text = delivery.data.decode("utf-8", "replace").replace("\x00", "\ufffd")[:100_000]
    data = msgspec.json.encode({"unreadable": text})
    return Recorded(
        0, key, f"unreadable-{key}", 1, "minsheng.unreadable.message.v1", streams.epoch(), str(key), data, None, key, source
    )


def _sentence(trouble: Exception) -> str:
    """A reason as PostgreSQL can store it."""
    return f"{type(trouble).__name__}: {trouble}".replace("\x00", "\ufffd")[:2000]
