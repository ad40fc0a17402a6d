"""The decider: decide(command, state) → events, evolve(state, event) → state; both pure. Here is how they are run.

`Commands` runs one command on one stream. `Work` collects what many events of a batch decide, in memory, so that a whole
batch costs one round trip to read and one transaction to write.
"""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic

from shared import db
from shared.decider import C, Decider, Refused, S
from shared.envelope import Append, Cause
from shared.events import Event
from shared.store import Conflict, Store, Stored

__all__ = ["Commands", "Decider", "Done", "Refused", "States", "Work"]

ATTEMPTS = 5
"""how often a command is tried when others are faster on its stream"""


class States:
    """Folded streams, remembered: a stream's next use reads only what came since.

    Kept are the `size` last used of each kind, which is what a stream's name begins with. A message is used once and a
    group's roster with every message, and folding it again costs more than reading ten of them: one must not displace the other.
    """

    def __init__(self, size: int = 5000) -> None:
        self._size = size
        self._kinds: defaultdict[str, OrderedDict[str, tuple[int, Any]]] = defaultdict(OrderedDict)

    def get(self, stream: str, initial: Any) -> tuple[int, Any]:
        return self._of_kind(stream).get(stream, (0, initial))

    def keep(self, stream: str, version: int, state: Any) -> None:
        kept = self._of_kind(stream)
        kept[stream] = (version, state)
        kept.move_to_end(stream)
        while len(kept) > self._size:
            kept.popitem(last=False)

    def drop(self, stream: str) -> None:
        """Reads the stream from its beginning next time: what was remembered led to a conflict."""
        self._of_kind(stream).pop(stream, None)

    def clear(self) -> None:
        self._kinds.clear()

    def _of_kind(self, stream: str) -> OrderedDict[str, tuple[int, Any]]:
        return self._kinds[stream.partition("-")[0]]


@dataclass(frozen=True, slots=True)
class Done(Generic[S]):
    """What a command came to: its events, the state after them, where they are stored (None: nothing had to happen)."""

    events: list[Any]
    state: S
    version: int
    stored: Stored | None


class Commands:
    """Runs commands, one stream each: load, decide, append; again from the start when somebody else was faster."""

    def __init__(self, store: Store, states: States) -> None:
        self._store, self._states = store, states

    async def load(self, decider: Decider[C, S], stream: str) -> tuple[int, S]:
        """The stream's version and state now."""
        version, state = self._states.get(stream, decider.initial)
        for r in await self._store.load(stream, after=version):
            version, state = r.version, decider.evolve(state, r.event)
        self._states.keep(stream, version, state)
        return version, state

    async def before(self, stream: str, cause: Cause) -> Stored | None:
        """Where on the stream stands what an earlier try of the same request did; None when it did nothing there."""
        return await self._store.caused(stream, cause.causation) if cause.once and cause.causation else None

    async def execute(
        self,
        decider: Decider[C, S],
        stream: str,
        command: C,
        cause: Cause,
        *,
        subject: str | None = None,
        expected: int | None = None,
    ) -> Done[S]:
        """Raises Refused by the rules, Conflict when others were faster ATTEMPTS times or `expected` is not the version.

        What acts once and is in the log already is done: the state is today's then, and its events are not told again.
        """
        for attempt in range(1, ATTEMPTS + 1):
            version, state = await self.load(decider, stream)
            if before := await self.before(stream, cause):
                return Done([], state, version, before)
            if expected is not None and version != expected:
                raise Conflict(stream, expected, version)
            events = decider.decide(command, state)
            if not events:
                return Done([], state, version, None)
            try:
                stored = await self._store.append(Append(stream, version, events, cause, subject))
            except Conflict:
                self._states.drop(stream)
                if attempt == ATTEMPTS:
                    raise
                continue
            for event in events:
                state = decider.evolve(state, event)
            self._states.keep(stream, stored.version, state)
            return Done(events, state, stored.version, stored)
        raise AssertionError("unreachable")


@dataclass
class _Open:
    """A stream as this batch sees it: what is stored, and what the batch adds."""

    version: int
    state: Any
    added: list[Append] = field(default_factory=list)


class Work:
    """What the reactions of one batch decide. Kept or undone event by event, committed all at once."""

    def __init__(self, store: Store, states: States) -> None:
        self._store, self._states = store, states
        self._open: dict[str, _Open] = {}
        self._touched: dict[str, tuple[int, Any, int] | None] = {}
        self._forget: list[str] = []
        self._forget_kept = 0
        self._began, self._stored = time.time_ns(), list[Stored]()

    async def open(self, wanted: Iterable[tuple[Decider[Any, Any], str]], connection: "db.Connection | None" = None) -> None:
        """Reads the states of all these streams in one round trip; on a caller's connection, if he holds locks."""
        deciders = {stream: decider for decider, stream in wanted if stream not in self._open}
        for stream, decider in deciders.items():
            self._open[stream] = _Open(*self._states.get(stream, decider.initial))
        for r in await self._store.load_many({stream: self._open[stream].version for stream in deciders}, connection):
            opened = self._open[r.stream]
            opened.version, opened.state = r.version, deciders[r.stream].evolve(opened.state, r.event)
        for stream in deciders:
            self._states.keep(stream, self._open[stream].version, self._open[stream].state)

    def state(self, decider: Decider[C, S], stream: str) -> S:
        """The state of a stream that was opened, with what this batch decided so far."""
        state: S = self._open[stream].state
        return state

    def decide(self, decider: Decider[C, S], stream: str, command: C, cause: Cause, subject: str | None = None) -> list[Event]:
        """Runs a command within the batch. Raises Refused."""
        events = decider.decide(command, self._open[stream].state)
        self.add(decider, stream, events, cause, subject)
        return events

    def add(self, decider: Decider[C, S], stream: str, events: list[Any], cause: Cause, subject: str | None = None) -> None:
        """Adds events that were decided elsewhere."""
        if not events:
            return
        opened = self._open[stream]
        self._touched.setdefault(stream, (opened.version, opened.state, len(opened.added)))
        opened.added.append(Append(stream, opened.version, events, cause, subject))
        opened.version += len(events)
        for event in events:
            opened.state = decider.evolve(opened.state, event)

    def create(self, stream: str, events: list[Any], cause: Cause, subject: str | None = None) -> None:
        """Begins a stream that cannot exist yet (its id was just made); it is not read before. Raises Conflict."""
        if opened := self._open.get(stream):
            raise Conflict(stream, 0, opened.version)
        self._touched[stream] = None
        self._open[stream] = _Open(len(events), None, [Append(stream, 0, events, cause, subject)])

    def forget(self, person: str) -> None:
        """Destroys this service's key of a person when the batch commits."""
        self._forget.append(person)

    @property
    def forgets(self) -> bool:
        """Whether somebody is forgotten with this batch: what he says later must then be in another."""
        return bool(self._forget)

    def keep(self) -> None:
        """What one event decided stands."""
        self._touched.clear()
        self._forget_kept = len(self._forget)

    def undo(self) -> None:
        """What one event decided since the last `keep` is dropped: its reaction failed."""
        for stream, before in self._touched.items():
            if before is None:
                del self._open[stream]
                continue
            opened = self._open[stream]
            opened.version, opened.state, many = before
            del opened.added[many:]
        self._touched.clear()
        del self._forget[self._forget_kept :]

    async def prepare(self) -> None:
        """Call before the transaction: makes keys on a connection of its own, for which nobody may wait who holds the lock."""
        await self._store.vault.prepare(event for request in self._requests() for event in request.events)

    async def lock(self, connection: db.Connection) -> None:
        """Call first in the transaction: claims what lies beside the streams, then takes the append lock."""
        if (beside := self._store.beside) and (requests := self._requests()):
            await beside.claim(connection, [request.stream for request in requests])
        await self._store.lock(connection)

    async def commit(self, connection: db.Connection) -> None:
        """Writes everything within the caller's transaction, which holds the append lock. Raises Conflict."""
        if requests := self._requests():
            self._stored = await self._store.append_within(connection, requests)
            if beside := self._store.beside:
                await beside.keep(connection, requests, {stream: opened.state for stream, opened in self._open.items()})
        if self._forget:
            await self._store.vault.forget(self._forget, connection)

    def _requests(self) -> list[Append]:
        return [request for opened in self._open.values() for request in opened.added]

    def committed(self) -> None:
        """Call after the transaction: the states of this batch are the stored ones now."""
        for stream, opened in self._open.items():
            if opened.added and opened.state is not None:
                self._states.keep(stream, opened.version, opened.state)
        self._store.committed(self._requests(), self._stored, self._began)
        if self._forget:
            self._states.clear()
            self._store.vault.drop_cache()
