"""What operations see of every service, alike: one registry a service, so that several can share a process.

What a scrape shows lies ready in memory: events are counted as they are stored, what only the database knows is read off it
now and then (`Service`), never when somebody asks. docs/metrics.md is the table of all of them.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from shared.db import Pool
from shared.envelope import Append
from shared.events import Event

disable_created_metrics()  # type: ignore[no-untyped-call]

OTHER = "other"
LOOP_SECONDS = 0.5
LAGS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600)

Counting = Mapping[type[Event], Callable[[Any, Append], None]]
"""event type → what is counted when one is stored with this append"""


class Figures(Protocol):
    """What operations see of one service beside what they see of all. Made with the service, before it has any server."""

    @property
    def counting(self) -> Counting: ...

    async def measure(self) -> None:
        """Sets what only the database knows; called now and then while the service runs."""


class Few:
    """Label values that come from outside: the first `most` stand for themselves, all later ones are "other".

    A time series is kept for every value that was ever shown, so nobody may make them up without end.
    """

    def __init__(self, most: int = 50) -> None:
        self._most, self._known = most, set[str]()

    def __call__(self, value: str) -> str:
        if value not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(value)
        return value


class Metrics:
    """The kernel's instruments. Services add their own to `registry`."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.counting: Counting = {}
        r = self.registry
        info = Gauge("minsheng_service", "1 while the service runs", ["service"], registry=r)
        info.labels(service).set(1)
        self.appended = Counter("minsheng_events_appended", "Events stored", registry=r)
        self.append_batch = Histogram(
            "minsheng_append_batch_requests",
            "Requests in one commit",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            registry=r,
        )
        self.conflicts = Counter("minsheng_append_conflicts", "Appends refused for their expected version", registry=r)
        self.published = Counter("minsheng_relay_published", "Events acknowledged by JetStream", registry=r)
        self.relay_lag = Gauge("minsheng_relay_lag_events", "Log positions not yet published", registry=r)
        self.consumed = Counter("minsheng_consumer_applied", "Events that took effect", ["durable"], registry=r)
        self.duplicates = Counter("minsheng_consumer_duplicates", "Events delivered again and ignored", ["durable"], registry=r)
        self.consumer_lag = Gauge("minsheng_consumer_lag_events", "Events not yet applied", ["durable"], registry=r)
        self.resets = Counter(
            "minsheng_consumer_resets", "Consumers restarted at their stored position", ["durable"], registry=r
        )
        self.dead_letters = Gauge("minsheng_dead_letters", "Events parked for a person to look at", registry=r)
        self.follower_lag = Gauge(
            "minsheng_follower_lag_events", "Log positions a view or process has yet to read", ["follower"], registry=r
        )
        self.held = Gauge("minsheng_exclusive_work", "1 while this replica does the exclusive work", ["work"], registry=r)
        self.restarts = Counter(
            "minsheng_work_restarts", "Times a background work failed and began again", ["work"], registry=r
        )
        self.requests = Histogram(
            "minsheng_http_request_seconds", "Time to answer", ["method", "route", "status"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5), registry=r,
        )  # fmt: skip
        self.event_lag = Histogram(
            "minsheng_event_lag_seconds", "From when an event was recorded until it took effect here", ["source"],
            buckets=LAGS, registry=r,
        )  # fmt: skip
        self.waiting = Gauge(
            "minsheng_stream_waiting_events",
            "Events of the service's stream that a durable has not taken, as NATS tells the publisher",
            ["durable"],
            registry=r,
        )
        self.timers = Gauge(
            "minsheng_timers",
            "Timers that wait (armed), whose time has come (due), and that nobody fired for a minute (late)",
            ["work", "state"],
            registry=r,
        )
        self.connections = Gauge(
            "minsheng_database_connections",
            "The pool's connections: busy, idle, and the most it may have",
            ["state"],
            registry=r,
        )
        self.database_wait = Histogram(
            "minsheng_database_wait_seconds",
            "Time until the pool gave a connection that answered",
            registry=r,
            buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10),
        )
        self.loop_delay = Histogram(
            "minsheng_event_loop_delay_seconds", "How much too late the event loop woke who slept", registry=r,
            buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )  # fmt: skip

    def count(self, appends: Iterable[Append]) -> None:
        """Counts what was stored durably, each event once by whichever replica stored it."""
        for append in appends:
            for event in append.events:
                if counts := self.counting.get(type(event)):
                    counts(event, append)

    async def watch_loop(self) -> None:
        """Sleeps and looks how late it wakes: what keeps the loop busy keeps everybody waiting. Runs for ever."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(LOOP_SECONDS)
            self.loop_delay.observe(max(0.0, time.perf_counter() - began - LOOP_SECONDS))

    async def watch_pool(self, pool: Pool) -> None:
        """Asks for a connection as everybody does. Raises what PostgreSQL raises."""
        began = time.perf_counter()
        await pool.fetchval("select 1")
        self.database_wait.observe(time.perf_counter() - began)
        idle, size = pool.get_idle_size(), pool.get_size()
        for state, many in (("busy", size - idle), ("idle", idle), ("most", pool.get_max_size())):
            self.connections.labels(state).set(many)
