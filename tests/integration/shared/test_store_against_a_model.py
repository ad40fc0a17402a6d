"""The store against a model of it: whatever is appended, loaded, read or forgotten in whatever order, both say the same."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared import db
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.envelope import Append, Cause
from shared.events import FORGOTTEN
from shared.events.intake import AppealSupplemented
from shared.metrics import Metrics
from shared.store import Conflict, Store
from shared.vault import Vault
from tests.integration.shared.conftest import NO_VIEWS, START

STREAMS = st.sampled_from(["appeal-a", "appeal-b", "appeal-c"])
PEOPLE = st.sampled_from(["p1", "p2"])
WHO = Cause("model")


class StoreMachine(RuleBasedStateMachine):
    """The model: each stream a list of (person, words, when), and the order in which everything was stored."""

    url: str
    views: Path
    count = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.streams: dict[str, list[tuple[str, str]]] = {}
        self.order: list[tuple[str, int]] = []
        self.times: dict[tuple[str, int], Any] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        StoreMachine.count += 1
        self.run(self._begin(f"model_{StoreMachine.count}"))

    async def _begin(self, name: str) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"create database {name}")
        await connection.close()
        url = self.url.rpartition("/")[0] + f"/{name}"
        await db.migrate(url, "intake", self.views)
        self.pool = await db.open_pool(url, "intake", size=2)
        self.clock = SimulatedClock(START)
        self.store = Store(self.pool, "intake", self.clock, Vault(self.pool), Metrics("intake"))

    def _append(self, stream: str, version: int, said: list[tuple[str, str]]) -> Append:
        events = [
            AppealSupplemented(appeal="a", message_id="m", person=person, text=words, occurred_at=START)
            for person, words in said
        ]
        return Append(stream, version, events, WHO)

    def _stored(self, stream: str, said: list[tuple[str, str]]) -> None:
        held = self.streams.setdefault(stream, [])
        for one in said:
            held.append(one)
            self.order.append((stream, len(held)))
            self.times[stream, len(held)] = self.clock.now()

    @rule(
        stream=STREAMS,
        said=st.lists(
            st.tuples(PEOPLE, st.text(st.characters(exclude_characters="\x00", codec="utf-8"))), min_size=1, max_size=3
        ),
        off=st.sampled_from([0, 0, 0, -1, 1]),
    )
    def append(self, stream: str, said: list[tuple[str, str]], off: int) -> None:
        version = len(self.streams.get(stream, []))
        request = self._append(stream, version + off, said)
        if off:
            with pytest.raises(Conflict) as caught:
                self.run(self.store.append(request))
            assert caught.value.found == version
        else:
            assert self.run(self.store.append(request)).version == version + len(said)
            self._stored(stream, said)

    @rule(first=STREAMS, second=STREAMS, said=st.tuples(PEOPLE, st.text("水电路", max_size=3)))
    def append_two_at_once(self, first: str, second: str, said: tuple[str, str]) -> None:
        one = self._append(first, len(self.streams.get(first, [])), [said])
        two = self._append(second, len(self.streams.get(second, [])) + (first == second), [said])
        self.run(self.store.append_many([one, two]))
        self._stored(first, [said])
        self._stored(second, [said])

    @rule(person=PEOPLE)
    def forget(self, person: str) -> None:
        async def destroy() -> None:
            async with self.pool.acquire() as connection:
                await self.store.vault.forget([person], connection)

        self.run(destroy())
        for held in self.streams.values():
            held[:] = [(who, FORGOTTEN if who == person else words) for who, words in held]

    @rule(minutes=st.integers(1, 60))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule(stream=STREAMS, ago=st.integers(0, 90))
    def load_as_of(self, stream: str, ago: int) -> None:
        moment = self.clock.now() - timedelta(minutes=ago)
        loaded = self.run(self.store.load(stream, as_of=moment))
        held = self.streams.get(stream, [])
        assert len(loaded) == sum(self.times[stream, n] <= moment for n in range(1, len(held) + 1))

    @invariant()
    def the_log_is_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        log = self.run(self.store.read_page(0, 10_000))
        assert [(r.stream, r.version) for r in log] == self.order
        assert [r.position for r in log] == sorted({r.position for r in log})
        assert [(r.event.person, r.event.text) for r in log] == [self.streams[s][v - 1] for s, v in self.order]

    def teardown(self) -> None:
        if hasattr(self, "pool"):
            self.run(self.pool.close())
        self.loop.close()


@pytest.fixture
def machine(servers: Embedded, tmp_path: Path) -> type[StoreMachine]:
    views = tmp_path / "schema.sql"
    views.write_text(NO_VIEWS)
    StoreMachine.url, StoreMachine.views = servers.postgres.url, views
    return StoreMachine


def test_the_store_behaves_like_its_model(machine: type[StoreMachine]) -> None:
    limits = settings(
        max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    run_state_machine_as_test(machine, settings=limits)
