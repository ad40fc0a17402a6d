"""One way to make a service: kernel parts wired by hand, a FastAPI app around them, health, metrics, graceful drain.

A service describes itself as a Blueprint (its rooms: domain, api, reactions, views); `Service` gives it a log, a relay,
consumers, followers and an HTTP face, and takes all of it down in order.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
import structlog
import uuid_utils.compat as uuids
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute, APIRouter
from nats.aio.client import Client
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import db, openapi, problems, streams
from shared.access import ACCESS, PUBLIC, Keys, authorize
from shared.beside import Beside
from shared.clock import Clock
from shared.consumer import Consumer, Reactions
from shared.deciding import Commands, States
from shared.followers import Follower, Process, Processor, Projection, Projector
from shared.idempotency import Once, Requests, sweep_for_ever
from shared.measuring import Measuring
from shared.metrics import Figures, Metrics
from shared.relay import Relay
from shared.session import Session
from shared.settings import Settings
from shared.store import Store
from shared.traces import Traces
from shared.vault import Vault

log = structlog.get_logger()


REST_SECONDS = 5.0
"""the net under a worker's notifications"""


class Worker:
    """Background work of one service: timers, deliveries."""

    name: str
    everywhere = False
    """whether every replica does it; else only one at a time"""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self) -> None:
        raise NotImplementedError

    async def next_due(self) -> datetime | None:
        """When there will be something to do, if nothing else happens."""
        return None

    async def backlog(self) -> int:
        """How much is to be done at this moment of the service's clock; 0 when it only waits for time to pass."""
        return 0

    async def rest(self, waker: asyncio.Event) -> None:
        """Sleeps until the log grows or the next thing is due."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(waker.wait())]
        if until := await self.next_due():
            waits.append(asyncio.ensure_future(self._clock.sleep_until(until)))
        try:
            await asyncio.wait(waits, timeout=REST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


@dataclass(frozen=True)
class Blueprint:
    """What makes a service itself."""

    name: str
    schema: Path
    routers: Sequence[APIRouter]
    reactions: Reactions = field(default_factory=dict)
    projections: Callable[["Service"], Sequence[Projection]] = lambda _: ()
    processes: Callable[["Service"], Sequence[Process]] = lambda _: ()
    workers: Callable[["Service"], Sequence[Worker]] = lambda _: ()
    figures: Callable[["Service"], Figures | None] = lambda _: None
    beside: Callable[["Service"], Beside] | None = None
    body_limits: Mapping[str, int] = field(default_factory=dict)
    """path → bytes, for what takes more than the setting allows for all others"""


class Service:
    """A running service: its parts by name, so that a reader can follow a message from one to the next."""

    def __init__(self, blueprint: Blueprint, settings: Settings, clock: Clock) -> None:
        self.blueprint, self.settings, self.clock = blueprint, settings, clock
        self.name = blueprint.name
        self.metrics = Metrics(self.name)
        self.traces = Traces(self.name, settings.traces) if settings.traces else None
        self.figures = blueprint.figures(self)
        self.metrics.counting = self.figures.counting if self.figures else {}
        self.ready = False
        self.nats = Client()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Connects, migrates, starts all background work. Raises what connecting raises, and SchemaTooNew."""
        try:
            await self._connect()
        except BaseException:
            await self._closing.aclose()
            raise
        self._tasks = [asyncio.create_task(work, name=f"{self.name}-work") for work in self._works()]
        self.ready = True
        log.info("service_started", service=self.name)

    async def _connect(self) -> None:
        dsn = self.settings.database_url.get_secret_value()
        await db.migrate(dsn, self.name, self.blueprint.schema)
        self.pool = await db.open_pool(dsn, self.name, size=self.settings.pool_size)
        self._closing.push_async_callback(self._close_pool)
        self.vault = Vault(self.pool)
        self.requests = Requests(self.pool, self.vault, self.clock, timedelta(hours=self.settings.idempotency_hours))
        self.states = States()
        self.session = Session(dsn, self.name, self.metrics, forgotten=self._forgotten)
        self._closing.push_async_callback(self.session.close)
        await self.session.ensure()
        self.nats = await self._connect_nats()
        self._closing.push_async_callback(self._close_nats)
        await streams.ensure_all(self.nats.jetstream(), self.settings.stream_replicas)
        self.store = Store(self.pool, self.name, self.clock, self.vault, self.metrics, self.traces)
        self.commands = Commands(self.store, self.states)
        self._build()

    async def stop(self) -> None:
        """Finishes what is in flight, gives back the rest, closes. Nothing is lost: what was not applied is delivered again."""
        self.ready = False
        if hasattr(self, "store"):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.settings.drain_seconds):
                    await self.store.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._closing.aclose()
        if self.traces:
            await asyncio.to_thread(self.traces.close)
        log.info("service_stopped", service=self.name)

    def follower(self, name: str) -> Follower:
        """The projection or process of that name."""
        return next(f for f in self.followers if f.name == name)

    async def seen(self, name: str, position: int) -> None:
        """Read your writes: waits, at most 5 s, until a view shows the log up to `position`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self.follower(name).wait_for(position)

    async def missing(self) -> list[str]:
        """Which dependency does not answer now."""
        missing = []
        try:
            async with asyncio.timeout(2):
                await self._reach_postgresql()
        except Exception:
            missing.append("postgresql")
        if not self.nats.is_connected:
            missing.append("nats")
        return missing if missing or self.ready else ["start"]

    async def _reach_postgresql(self) -> None:
        if self.ready:
            await self.pool.fetchval("select 1")
        else:
            connection = await db.connect(self.settings.database_url.get_secret_value(), self.name)
            await connection.close()

    async def backlog(self) -> int:
        """How much is still on its way through this service; 0 when it is quiet. For replays and tests."""
        head = await self.store.head()
        behind = sum(max(0, head - f.position) for f in (self.relay, *self.followers))
        if behind:
            return behind
        waiting = [await consumer.backlog() for consumer in self.consumers]
        return sum(waiting) + sum([await worker.backlog() for worker in self.workers])

    def _build(self) -> None:
        b, s = self.blueprint, self.settings
        self.store.beside = b.beside(self) if b.beside else None
        self.relay = Relay(
            self.name, self.store, self.session, self.nats, self.metrics, replicas=s.stream_replicas, traces=self.traces
        )
        self.consumers = [
            Consumer(
                self.name, source, share, s.consumer_shares, reactions, self.store, self.states, self.session, self.nats,
                self.metrics, replicas=s.stream_replicas, traces=self.traces,
            )
            for source, reactions in b.reactions.items()
            for share in range(s.consumer_shares)
        ]  # fmt: skip
        self.followers: list[Projector | Processor] = [
            *(Projector(p, self.store, self.session) for p in b.projections(self)),
            *(Processor(p, self.states, self.store, self.session) for p in b.processes(self)),
        ]
        self.workers = list(b.workers(self))
        self.measuring = Measuring(self.name, self.store, self.nats, self.metrics, self.figures)

    def _works(self) -> list[Any]:
        if self.settings.background == "off":
            return [self.measuring.run(), self.metrics.watch_loop()]
        return [
            self.relay.run(),
            *(c.run() for c in self.consumers),
            *(f.run() for f in self.followers),
            self.session.exclusively("sweeping", lambda: sweep_for_ever(self.requests, self.clock)),
            *(
                self.session.always(f"worker:{w.name}", w.run)
                if w.everywhere
                else self.session.exclusively(f"worker:{w.name}", w.run)
                for w in self.workers
            ),
            self.measuring.run(),
            self.metrics.watch_loop(),
        ]

    async def _connect_nats(self) -> Client:
        async with asyncio.timeout(10):
            urls = self.settings.nats_url.get_secret_value().split(",")
            first = urlsplit(urls[0])
            return await nats.connect(
                urls,
                user=first.username,  # the client gives servers it discovers no password of the URL's
                password=first.password,
                name=f"minsheng-{self.name}",
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.25,
                connect_timeout=5,
                reconnected_cb=self._reconnected,
                error_cb=self._nats_error,
                pending_size=16 * 1024 * 1024,
            )

    async def _reconnected(self) -> None:
        for consumer in self.consumers:
            consumer.reconnected()
        self.session.wake()

    async def _nats_error(self, trouble: Exception) -> None:
        log.warning("nats_trouble", service=self.name, trouble=repr(trouble))

    def _forgotten(self) -> None:
        self.vault.drop_cache()
        self.states.clear()

    async def _close_nats(self) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(3):
                await self.nats.close()

    async def _close_pool(self) -> None:
        try:
            async with asyncio.timeout(3):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


def create_app(service: Service) -> FastAPI:
    """The service's HTTP face. Raises LookupError when a route is missing from the table of who may call it."""
    app = FastAPI(
        title=f"民声 · {service.name}", version="1", redoc_url=None, generate_unique_id_function=lambda route: route.name
    )  # fmt: skip
    app.state.service = service
    app.state.keys = Keys(service.settings.keys.get_secret_value()) if service.settings.auth == "on" else None
    problems.install(app)
    for router in service.blueprint.routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.name not in ACCESS:
                raise LookupError(f"route {route.name} is not in shared.access.ACCESS")
        app.include_router(router, dependencies=[Depends(authorize)])
    _probes(app, service)
    openapi.install(app, named_by_content=service.blueprint.body_limits)
    app.add_middleware(Envelope, service=service)
    return app


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it: several may share a process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def http_server(service: Service, host: str, port: int) -> Server:
    """The HTTP server of a service, not yet started. It stops in order: no new requests, those in flight are answered."""
    config = uvicorn.Config(
        create_app(service), host=host, port=port, lifespan="off", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=int(service.settings.drain_seconds) or None,
    )  # fmt: skip
    return Server(config)


def _probes(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, Any]:
        """The service can do its work; if not, which dependency is missing."""
        missing = await service.missing()
        response.status_code = 503 if missing else 200
        return {"status": "missing" if missing else "ready", "missing": missing}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    assert {r.name for r in app.routes if isinstance(r, APIRoute)} >= PUBLIC


class Envelope:
    """Around every request: its id, its size bound, its time in the metrics. Plain ASGI, as it is on the hot path."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._once, self._service = app, Once(app), service
        self._usual_limit, self._limits = service.settings.body_limit, service.blueprint.body_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-request-id", b"")[:64] or uuids.uuid7().hex.encode()
        limit = self._limits.get(scope["path"], self._usual_limit)
        arrived = self._service.traces.arrived(headers) if self._service.traces else None
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        try:
            declared = headers.get(b"content-length", b"0")
            if not self._service.ready and scope["path"].strip("/") not in PUBLIC:
                detail = "服务正在启动或依赖暂不可用，请稍后重试"
                await problems.answer(problems.Problem(503, "unavailable", detail))(scope, receive, answer)
            elif declared.isdigit() and int(declared) > limit:
                await problems.answer(_too_large(limit))(scope, receive, answer)
            else:
                keyed = b"idempotency-key" in headers and scope["method"] == "POST" and scope["path"] not in self._limits
                await (self._once if keyed else self._app)(scope, self._bounded(receive, limit), answer)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            seconds = time.perf_counter() - began
            self._service.metrics.requests.labels(scope["method"], route, status).observe(seconds)
            if self._service.traces and arrived:
                self._service.traces.answered(arrived, scope["method"], route, status)

    def _bounded(self, receive: Receive, limit: int) -> Receive:
        """A body sent in chunks, without a declared length, is counted as it comes."""
        left = limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _too_large(limit)
            return message

        return counted


def _too_large(limit: int) -> problems.Problem:
    return problems.Problem(413, "too-large", f"请求体不得超过 {limit} 字节")


async def service_of(request: Request) -> Any:
    """The dependency by which a route reaches its service. Async, for FastAPI would call it in a thread, a third of a request."""
    return request.app.state.service
