"""All services in one process, each with its own API port: how one machine runs Minsheng, and how a story is replayed."""

import asyncio
import contextlib
import importlib
import secrets
import socket
from collections.abc import AsyncIterator
from datetime import datetime

from shared.clock import Clock, SimulatedClock
from shared.service import Server, Service, http_server
from shared.settings import PORTS, Settings

QUIET_CHECKS = 2
"""how many times in a row everything must be found quiet, with nothing new in between"""
OFFERED = range(20_000, 30_000)
"""of free ports: below those that the kernel gives to outgoing connections, so that none is taken before it is listened on"""


def build(name: str, settings: Settings, clock: Clock) -> Service:
    """One service by name, not yet started."""
    module = importlib.import_module(f"services.{name}")
    return Service(module.blueprint(settings, clock), settings, clock)


def listening(host: str, port: int) -> socket.socket:
    """A socket on which an API will answer; port 0 is any. Raises OSError with a sentence when it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
        # plain asyncio does not see that the connections are TCP and lets each answer's body wait 40 ms for an acknowledgement
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as trouble:
        raise OSError(f"{host}:{port} cannot be listened on: {trouble.strerror or trouble}") from None


def free_port() -> int:
    """A port nobody listens on now."""
    while True:
        port = secrets.choice(OFFERED)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def usual_port(name: str) -> int:
    """The service's usual port, or a free one when somebody else has that."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", PORTS[name]))
            return PORTS[name]
    return free_port()


class System:
    """The five services on one clock."""

    def __init__(self, settings: Settings, clock: Clock, ports: dict[str, int] | None = None) -> None:
        """`ports` of the APIs; without them any that are free, known once they are listened on."""
        self.clock, self.ports = clock, ports or dict.fromkeys(PORTS, 0)
        self.services = {name: build(name, settings, clock) for name in PORTS}
        self._servers: dict[str, Server] = {}
        self._serving: list[asyncio.Task[None]] = []

    @property
    def urls(self) -> dict[str, str]:
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    async def start(self) -> None:
        """Starts all services, then their APIs. Raises the first thing that goes wrong, everything stopped again."""
        try:
            await asyncio.gather(*(service.start() for service in self.services.values()))
            for name, service in self.services.items():
                listener = listening("127.0.0.1", self.ports[name])
                self.ports[name] = listener.getsockname()[1]
                server = self._servers[name] = http_server(service, "127.0.0.1", self.ports[name])
                self._serving.append(asyncio.create_task(server.serve([listener])))
            while not all(server.started for server in self._servers.values()):
                await asyncio.sleep(0.01)
                if failed := [task for task in self._serving if task.done()]:
                    raise OSError("an API could not be started") from failed[0].exception()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """APIs first, so that nothing new comes in; then the services."""
        for server in self._servers.values():
            server.should_exit = True
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self.services.values()), return_exceptions=True)

    async def settle(self) -> None:
        """Returns when everything said so far has had all its consequences at this moment of the clock."""
        calm, heads = 0, await self._heads()
        while calm < QUIET_CHECKS:
            behind = [await service.backlog() for service in self.services.values()]
            now = await self._heads()
            calm = calm + 1 if not any(behind) and now == heads else 0
            heads = now
            if not calm:
                await asyncio.sleep(0.004)

    async def run_until(self, clock: SimulatedClock, moment: datetime, *, inclusive: bool) -> None:
        """Lets the clock run to `moment`, stopping wherever something is due, so that it happens at its time."""
        while (due := await self._next_due()) and (due < moment or (inclusive and due == moment)):
            clock.advance_to(due)
            await self.settle()
            if await self._next_due() == due:
                await asyncio.sleep(0.01)
        clock.advance_to(moment)
        await self.settle()

    async def _next_due(self) -> datetime | None:
        dues = [await worker.next_due() for service in self.services.values() for worker in service.workers]
        return min((due for due in dues if due), default=None)

    async def _heads(self) -> list[int]:
        return [await service.store.head() for service in self.services.values()]


@contextlib.asynccontextmanager
async def running(settings: Settings, clock: Clock, ports: dict[str, int] | None = None) -> AsyncIterator[System]:
    """A started system, stopped at the end."""
    system = System(settings, clock, ports)
    await system.start()
    try:
        yield system
    finally:
        await system.stop()
