"""The folder that holds everything one machine's Minsheng must not lose, and the lock that lets only one process use it.

The lock is the kernel's (flock), not a pid file: it is gone the moment its holder dies, however it dies, so a start after
a crash never has to guess. Ports and passwords are chosen once and kept in small files of their own, so that a person can
read them and a restart finds them again.
"""

import fcntl
import os
import random
import secrets
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_dir

PORTS = range(20_000, 30_000)
"""Below the range from which Linux and macOS take the ports of outgoing connections (32768 and 49152 up): while a server
is down for a restart, no client's connection can take its port by chance."""


class HomeBusy(Exception):
    """{home} is in use by process {pid}: stop it, or choose another home with MINSHENG_HOME."""

    def __init__(self, home: Path, pid: int | None) -> None:
        self.home, self.pid = home, pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{home} is in use by {who}: stop it, or choose another home with MINSHENG_HOME.")


class EmbeddedFailed(Exception):
    """A server of this home would not start; the message is one line: what, the end of its log, what to do."""


def default_home() -> Path:
    """$MINSHENG_HOME, else the platform's folder for a user's data."""
    return Path(os.environ.get("MINSHENG_HOME") or user_data_dir("minsheng", appauthor=False))


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now (connections still closing do not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Home:
    """One home folder. `acquire` before touching anything in it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: int | None = None

    @property
    def held(self) -> bool:
        return self._lock is not None

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def tag(self) -> str:
        """A name for this folder that its servers carry in their command lines, so that orphans can be recognised.

        Made of device and inode: it survives renaming the folder, and a copy of the folder has another one, so that
        starting the copy never harms the original's servers.
        """
        stat = self.path.stat()
        return f"minsheng-{stat.st_dev:x}-{stat.st_ino:x}"

    def acquire(self) -> None:
        if self.held:
            return
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedFailed(
                f"Cannot use {self.path} as home ({error.strerror}): choose another with MINSHENG_HOME."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).strip()
            os.close(lock)
            raise HomeBusy(self.path, int(holder) if holder.isdigit() else None) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock
        self.own(self.lock_file)
        self.own(self.folder("log"))

    def release(self) -> None:
        """Gives the lock back. The file stays: removing it would let two processes lock two files of one name."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def own(self, path: Path) -> None:
        """Gives a file made by root in a user's home to that user, who would otherwise be locked out of it later."""
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.chown(path, owner.st_uid, owner.st_gid)

    def write(self, name: str, text: str) -> Path:
        """Writes a file only its owner can read, whole or not at all."""
        path, draft = self.path / name, self.path / f".{name}.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.own(draft)
        draft.replace(path)
        return path

    def password(self, server: str) -> str:
        """The server's password, made up at the first call; its file is `<server>.password`."""
        path = self.path / f"{server}.password"
        if not path.exists():
            self.write(path.name, secrets.token_hex(24))
        return path.read_text().strip()

    def ports(self, server: str) -> Iterator[int]:
        """Ports to try, the one used last time first; only ports that are free when asked for."""
        with suppress(OSError, ValueError):
            last = int((self.path / f"{server}.port").read_text())
            if is_free(last):
                yield last
        yield from (port for port in random.sample(PORTS, 100) if is_free(port))

    def keep_port(self, server: str, port: int) -> None:
        self.write(f"{server}.port", f"{port}\n")
