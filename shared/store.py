"""The event store: streams in one append-only table, optimistic concurrency, group commit, reading in commit order.

Truth is here. An append is refused (Conflict) unless its stream stands at the expected version. Appends that are waiting
while the last commit is on its way to the disk share the next one, so the cost of a durable commit is divided among them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog
import uuid_utils.compat as uuids

from shared import db, sql
from shared.beside import Beside
from shared.clock import Clock
from shared.envelope import Append, Recorded
from shared.metrics import Metrics
from shared.traces import Traces
from shared.vault import Vault

log = structlog.get_logger()
SQL = sql.load(db.HERE / "store.sql")
COMMIT_REQUESTS = 256
"""how many requests may share one commit"""
PAGE = 1000


class Conflict(Exception):
    """The stream is not at the version the append expected: somebody else was faster."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"stream {stream} is at version {found}, not {expected}")
        self.stream, self.expected, self.found = stream, expected, found


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an append ended up: the stream's version now, and a position by which readers will have seen it."""

    version: int
    position: int
    ids: Sequence[UUID] = ()
    """of the events"""


@dataclass(slots=True)
class _Waiting:
    request: Append
    rows: "_Rows"
    answer: "asyncio.Future[Stored]"


_Rows = tuple[list[UUID], list[str], list[bytes]]


class Store:
    """One service's log."""

    def __init__(
        self, pool: db.Pool, schema: str, clock: Clock, vault: Vault, metrics: Metrics, traces: Traces | None = None
    ) -> None:
        self.pool, self.vault, self.clock = pool, vault, clock
        self._lock_key = db.lock_key(schema, "append")
        self._metrics, self._traces = metrics, traces
        self.beside: Beside | None = None
        """what is kept beside the streams, if the service keeps anything; only transactions of a Work write it"""
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def append(self, request: Append) -> Stored:
        """Stores events durably at the end of one stream. Raises Conflict; an append without events is a ValueError."""
        if not request.events:
            raise ValueError("nothing to append")
        began = time.time_ns()
        [rows] = await self._sealed([request])
        answer: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(request, rows, answer))
        if not self.busy():
            self._writer = asyncio.create_task(self._write(), name="store-writer")
        stored = await answer
        self.committed([request], [stored], began)
        return stored

    def busy(self) -> bool:
        """Whether somebody waits for an append."""
        return self._writer is not None and not self._writer.done()

    async def append_many(self, requests: Sequence[Append]) -> list[Stored]:
        """Stores to many streams in one round trip: all of it or, on a Conflict, nothing."""
        began = time.time_ns()
        rows = await self._sealed(requests)
        async with self.pool.acquire() as connection:
            stored = await self._all_or_nothing(connection, requests, rows)
        self.committed(requests, stored, began)
        return stored

    async def append_within(self, connection: db.Connection, requests: Sequence[Append]) -> list[Stored]:
        """The same inside a caller's transaction, which a Conflict must roll back; afterwards he calls `committed`."""
        return await self._all_or_nothing(connection, requests, await self._sealed(requests))

    def committed(self, requests: Sequence[Append], stored: Sequence[Stored], began: int) -> None:
        """These are stored durably: they count. `began` is when that was begun, in nanoseconds of the machine's clock.

        Whatever goes wrong with that, they are stored, and nobody may be told otherwise.
        """
        try:
            self._metrics.count(requests)
            if self._traces:
                for request, one in zip(requests, stored, strict=True):
                    self._traces.stored(request, one.ids, began)
        except Exception:
            log.exception("not_counted")

    async def _all_or_nothing(
        self, connection: db.Connection, requests: Sequence[Append], rows: "Sequence[_Rows]"
    ) -> list[Stored]:
        ends: dict[str, int] = {}
        for request in requests:
            if (end := ends.get(request.stream, request.expected)) != request.expected:
                raise Conflict(request.stream, request.expected, end)
            ends[request.stream] = end + len(request.events)
        outcome = await self._send(connection, requests, rows, whole=True)
        for stored in outcome:
            if isinstance(stored, Conflict):
                raise stored
        return [stored for stored in outcome if isinstance(stored, Stored)]

    async def lock(self, connection: db.Connection) -> None:
        """Takes the append lock for this transaction. A transaction that will also append takes it first of all."""
        await connection.execute(SQL["lock"], self._lock_key)

    async def drain(self) -> None:
        """Waits until every append asked for so far is answered."""
        while self._writer and self.busy():
            await asyncio.wait([self._writer])

    async def _write(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            try:
                outcome = await self._commit(batch)
            except Exception as trouble:
                if len(batch) > 1 and not isinstance(trouble, db.TRANSIENT):
                    await self._one_by_one(batch)
                else:
                    self._answer(batch, [trouble] * len(batch))
            else:
                self._answer(batch, outcome)

    def _next_batch(self) -> list[_Waiting]:
        """Whatever waits, at most one request a stream: the second of a stream would be refused before it was tried."""
        batch: dict[str, _Waiting] = {}
        rest: list[_Waiting] = []
        for waiting in self._waiting:
            if len(batch) < COMMIT_REQUESTS and waiting.request.stream not in batch:
                batch[waiting.request.stream] = waiting
            else:
                rest.append(waiting)
        self._waiting = rest
        return list(batch.values())

    async def _commit(self, batch: list[_Waiting]) -> list["Stored | Exception"]:
        async with self.pool.acquire() as connection:
            return await self._send(connection, [w.request for w in batch], [w.rows for w in batch])

    async def _one_by_one(self, batch: list[_Waiting]) -> None:
        """A batch failed as a whole: only the guilty request shall fail."""
        for waiting in batch:
            try:
                self._answer([waiting], await self._commit([waiting]))
            except Exception as trouble:
                self._answer([waiting], [trouble])

    def _answer(self, batch: list[_Waiting], outcome: "Sequence[Stored | Exception]") -> None:
        for waiting, result in zip(batch, outcome, strict=True):
            if waiting.answer.done():
                continue  # the caller gave up; what was stored stays stored
            if isinstance(result, Exception):
                waiting.answer.set_exception(result)
            else:
                waiting.answer.set_result(result)

    async def _sealed(self, requests: Sequence[Append]) -> "list[_Rows]":
        """The events as they will be stored. Mostly everybody's key is at hand, and nothing is waited for."""
        try:
            return [self._rows(request) for request in requests]
        except KeyError:
            await self.vault.prepare(event for request in requests for event in request.events)
            return [self._rows(request) for request in requests]

    def _rows(self, request: Append) -> "_Rows":
        events = request.events
        return (
            [uuids.uuid7() for _ in events],
            [event.TYPE for event in events],
            [self.vault.seal(event) for event in events],
        )

    async def _send(
        self, connection: db.Connection, requests: Sequence[Append], rows: "Sequence[_Rows]", *, whole: bool = False
    ) -> list["Stored | Exception"]:
        """One round trip: columns of all events of all requests. Later requests of a stream follow on its first.

        Streams that are not where they are expected are left out; with `whole` nothing is stored then.
        """
        expected = {request.stream: request.expected for request in reversed(requests)}
        streams: list[str] = []
        versions: list[int] = []
        ids: list[UUID] = []
        types: list[str] = []
        subjects: list[str] = []
        data: list[bytes] = []
        causations: list[UUID | None] = []
        correlations: list[UUID] = []
        actors: list[str] = []
        for request, (r_ids, r_types, r_data) in zip(requests, rows, strict=True):
            many, cause = len(r_ids), request.cause
            streams += [request.stream] * many
            versions += range(request.expected + 1, request.expected + 1 + many)
            ids += r_ids
            types += r_types
            data += r_data
            subjects += [request.subject or request.stream.partition("-")[2] or request.stream] * many
            causations += [cause.causation] * many
            correlations += [cause.correlation or r_ids[0]] * many
            actors += [cause.actor] * many
        answer = await connection.fetchrow(
            SQL["append"], self._lock_key, whole, list(expected), list(expected.values()), self.clock.now(), streams, versions, ids,
            types, subjects, data, causations, correlations, actors,
        )  # fmt: skip
        assert answer
        refused = dict(zip(answer["refused"] or (), answer["standing"] or (), strict=True))
        self._metrics.append_batch.observe(len(requests))
        self._metrics.conflicts.inc(sum(request.stream in refused for request in requests) if refused else 0)
        if not (whole and refused):
            self._metrics.appended.inc(sum(len(request.events) for request in requests if request.stream not in refused))
        return [
            Stored(request.expected + len(request.events), answer["head"], ids)
            if (found := refused.get(request.stream)) is None
            else Conflict(request.stream, request.expected, found)
            for request, (ids, _, _) in zip(requests, rows, strict=True)
        ]

    # -- reading ---------------------------------------------------------------------------------------------------

    async def load(self, stream: str, *, after: int = 0, as_of: datetime | None = None) -> list[Recorded]:
        """A stream's events in order, those after version `after`, recorded up to and including `as_of`."""
        recorded = await self._clear(await self.pool.fetch(SQL["load"], stream, after))
        return [r for r in recorded if as_of is None or r.time <= as_of]

    async def caused(self, stream: str, causation: UUID) -> Stored | None:
        """Where the last event of a stream stands that this one caused; None when it caused none there."""
        row = await self.pool.fetchrow(SQL["caused"], stream, causation)
        return Stored(row["version"], row["position"]) if row else None

    async def load_many(self, known: dict[str, int], connection: "db.Connection | None" = None) -> list[Recorded]:
        """The events of many streams after the versions given, grouped by stream; on a caller's connection, if he holds locks."""
        if not known:
            return []
        return await self._clear(await (connection or self.pool).fetch(SQL["load_many"], list(known), list(known.values())))

    async def of_subject(self, subject: str) -> list[Recorded]:
        """All that this service recorded about one appeal, in commit order."""
        return await self._clear(await self.pool.fetch(SQL["of_subject"], subject))

    async def read_all(self, *, after: int = 0, page: int = PAGE, leaving: bool = False) -> AsyncIterator[list[Recorded]]:
        """The log in commit order, in pages, up to its head at the time of the last page; `after` is a position."""
        rows = await self._page(after, page)
        while rows:
            ahead = asyncio.ensure_future(self._page(rows[-1]["position"], page))  # PostgreSQL reads on while we decrypt
            try:
                yield await self._clear(rows, leaving=leaving)
                rows = await ahead
            finally:
                ahead.cancel()

    async def read_page(self, after: int, limit: int, *, leaving: bool = False) -> list[Recorded]:
        """One page of the log. `leaving`: as others may read it, without confined fields."""
        return await self._clear(await self._page(after, limit), leaving=leaving)

    async def read_sealed(self, after: int, limit: int) -> list[Recorded]:
        """One page of the log as it is stored, personal fields as tokens: for views that keep the tokens."""
        return [_recorded(row, row["data"]) for row in await self._page(after, limit)]

    async def head(self) -> int:
        """The position of the newest event, 0 for an empty log."""
        return int(await self.pool.fetchval(SQL["head"]))

    async def position_at(self, moment: datetime) -> int:
        """The last position recorded before a moment."""
        return int(await self.pool.fetchval(SQL["position_at"], moment))

    async def _page(self, after: int, limit: int) -> list[asyncpg.Record]:
        return await self.pool.fetch(SQL["read_all"], after, limit)

    async def _clear(self, rows: Iterable[asyncpg.Record], *, leaving: bool = False) -> list[Recorded]:
        rows = list(rows)
        clear = await self.vault.unseal([(row["type"], row["data"]) for row in rows], leaving=leaving)
        return [_recorded(row, data) for row, data in zip(rows, clear, strict=True)]


def _recorded(row: asyncpg.Record, data: bytes) -> Recorded:
    position, event_id, stream, version, kind, time, subject, _, causation, correlation, actor = row
    return Recorded(position, event_id, stream, version, kind, time, subject, data, causation, correlation, actor)
