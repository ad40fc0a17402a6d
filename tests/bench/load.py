"""The load: a process of its own that posts messages over kept connections and writes what it saw as JSON.

Requests are made beforehand and answers only glanced at, so that the client takes as little of the machine as it can.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

from tests.bench import county


@dataclass
class Seen:
    """What a load saw. Times are of the machine's monotonic clock, which its processes share."""

    began: float = 0.0
    ended: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)
    sent: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> bytes:
        taken = sorted(self.taken)
        return orjson.dumps(
            {
                "began": self.began,
                "seconds": self.ended - self.began,
                "answered": sum(self.statuses.values()),
                "statuses": dict(self.statuses),
                "p50": taken[len(taken) // 2] if taken else 0,
                "p99": taken[len(taken) * 99 // 100] if taken else 0,
                "sent": self.sent,
            }
        )


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._got = b""
        self._needed = 0
        self._sent = 0.0
        self._answered: asyncio.Future[None] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    async def ask(self, request: bytes) -> None:
        assert self._transport
        self._answered = asyncio.get_running_loop().create_future()
        self._got, self._needed, self._sent = b"", 0, time.monotonic()
        self._transport.write(request)
        await self._answered

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._needed:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._got[:end].lower()
            length = head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
            self._needed = end + 4 + int(length)
        if len(self._got) >= self._needed and self._answered and not self._answered.done():
            self._seen.statuses[self._got[9:12].decode()] += 1
            self._seen.taken.append(time.monotonic() - self._sent)
            self._answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server hung up"))

    def close(self) -> None:
        if self._transport:
            self._transport.close()


def requests(port: int, key: str, first: int, many: int, mark: str) -> list[bytes]:
    head = (
        f"POST /messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    made = []
    for n in range(first, first + many):
        body = county.body(n, mark)
        made.append(head + str(len(body)).encode() + b"\r\n\r\n" + body)
    return made


async def full_speed(connections: list[Connection], ready: Iterator[bytes], seen: Seen, seconds: float) -> None:
    """Every connection asks as soon as it is answered."""
    seen.began = time.monotonic()
    until = seen.began + seconds

    async def drive(connection: Connection) -> None:
        for request in ready:
            await connection.ask(request)
            if time.monotonic() >= until:
                return

    await asyncio.gather(*(drive(connection) for connection in connections))
    seen.ended = time.monotonic()


async def steadily(connections: list[Connection], ready: list[bytes], seen: Seen, rate: float, names: list[str]) -> None:
    """One request each 1/rate seconds, whatever becomes of those before. The time counts from when it was due."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        idle.put_nowait(connection)
    seen.began = time.monotonic()

    async def one(request: bytes) -> None:
        connection = await idle.get()
        await connection.ask(request)
        idle.put_nowait(connection)

    asking = []
    for n, (request, name) in enumerate(zip(ready, names, strict=True)):
        due = seen.began + n / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        seen.sent[name] = due
        asking.append(asyncio.create_task(one(request)))
    await asyncio.gather(*asking)
    seen.ended = time.monotonic()


async def run(arguments: argparse.Namespace) -> Seen:
    seen = Seen()
    many = arguments.many or int(arguments.seconds * 10_000)
    ready = requests(arguments.port, arguments.key, arguments.first, many, arguments.mark)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: Connection(seen), "127.0.0.1", arguments.port))[1]
        for _ in range(arguments.connections)
    ]
    if arguments.rate:
        names = [f"{arguments.mark}-{n:07d}" for n in range(arguments.first, arguments.first + many)]
        await steadily(connections, ready, seen, arguments.rate, names)
    else:
        await full_speed(connections, iter(ready), seen, arguments.seconds)
    for connection in connections:
        connection.close()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--mark", required=True, help="begins every message id")
    parser.add_argument("--first", type=int, default=0, help="number of the first message")
    parser.add_argument("--many", type=int, default=0, help="how many messages; 0: as many as the time allows")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second; 0: full speed")
    parser.add_argument("--connections", type=int, default=64)
    sys.stdout.buffer.write(uvloop.run(run(parser.parse_args())).as_json())


if __name__ == "__main__":
    main()
