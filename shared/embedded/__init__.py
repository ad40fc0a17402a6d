"""A county may try Minsheng, and a small one may run it, on one machine with nothing installed but this package.

`Embedded` starts PostgreSQL and nats-server with their data under one home folder, and recovers what a killed launcher
left behind. A county with servers of its own names them instead and never comes here.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from shared.embedded.home import EmbeddedFailed, Home, HomeBusy, default_home
from shared.embedded.nats import EmbeddedNats
from shared.embedded.postgres import EmbeddedPostgres
from shared.embedded.server import EmbeddedServer, Log

__all__ = [
    "Embedded",
    "EmbeddedFailed",
    "EmbeddedNats",
    "EmbeddedPostgres",
    "EmbeddedServer",
    "Home",
    "HomeBusy",
    "Servers",
    "default_home",
]


@dataclass(frozen=True)
class Servers:
    """Where the servers answer, passwords included."""

    database_url: str
    nats_url: str


def _silent(_: str) -> None:
    pass


class Embedded:
    """Both servers of a home. Blocking: call it from a thread where an event loop runs.

    Without `durable` the servers are fast and forget what they were told last when they are killed, not only when the
    power fails: for tests, except those that kill PostgreSQL.
    """

    def __init__(self, home: Path, *, durable: bool = True, log: Log = _silent) -> None:
        self.home = Home(home)
        self.postgres = EmbeddedPostgres(self.home, durable=durable, log=log)
        self.nats = EmbeddedNats(self.home, durable=durable, log=log)

    def start(self) -> Servers:
        self.home.acquire()
        try:
            self.postgres.start(same_port=False)
            self.nats.start(same_port=False)
        except OSError as error:
            self.stop()
            raise EmbeddedFailed(f"The servers in {self.home.path} did not start: {error}.") from error
        except BaseException:
            self.stop()
            raise
        return Servers(database_url=self.postgres.url, nats_url=self.nats.url)

    def stop(self) -> None:
        """Stops both and gives the home back. Without the home, nothing in it is ours to stop."""
        if self.home.held:
            with ExitStack() as last:
                last.callback(self.home.release)
                last.callback(self.postgres.stop)
                last.callback(self.nats.stop)

    def __enter__(self) -> Servers:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
