"""Keeps the gauges true whatever else stands still: lags are read off the servers, not off who is working."""

import asyncio
import time

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared import db, streams
from shared.metrics import Figures, Metrics
from shared.store import SQL, Store

log = structlog.get_logger()
MEASURE_SECONDS = 5.0
MEASURE_SHARE = 0.02
"""what measuring may take of the time, however large the county: then it is done less often"""
AWAY: tuple[type[Exception], ...] = (*db.TRANSIENT, NatsError)


class Measuring:
    """Reads what only the servers know, every few seconds."""

    def __init__(self, service: str, store: Store, nats: Client, metrics: Metrics, figures: Figures | None) -> None:
        self._service, self._store, self._nats, self._metrics = service, store, nats, metrics
        self._measures = (self._log, self._stream, *([figures.measure] if figures else []))

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            rest = await self.measure()
            await asyncio.sleep(rest)

    async def measure(self) -> float:
        """One round. Answers how long to rest."""
        rest = MEASURE_SECONDS
        for measure in self._measures:
            began = time.monotonic()
            try:
                await measure()
            except AWAY:
                continue  # the gauges stand still; that nothing works is told by those that need no server
            except Exception as trouble:
                log.warning("not_measured", service=self._service, trouble=repr(trouble))
            else:
                rest = max(rest, (time.monotonic() - began) / MEASURE_SHARE)
        return rest

    async def _log(self) -> None:
        pool, metrics = self._store.pool, self._metrics
        await metrics.watch_pool(pool)
        head = await self._store.head()
        relay = await pool.fetchrow(SQL["relay_state"])
        metrics.relay_lag.set(max(0, head - relay["position"]) if relay else 0)
        for row in await pool.fetch(SQL["follower_positions"]):
            metrics.follower_lag.labels(row["name"]).set(max(0, head - row["position"]))
        metrics.dead_letters.set(await pool.fetchval(SQL["parked_count"]))

    async def _stream(self) -> None:
        """Who reads this service's stream, and how far behind each is: told by the publisher, for a reader that died tells nothing."""
        found = await self._nats.jetstream().consumers_info(streams.stream_name(self._service))
        self._metrics.waiting.clear()
        for durable in found:
            self._metrics.waiting.labels(durable.name).set((durable.num_pending or 0) + (durable.num_ack_pending or 0))
