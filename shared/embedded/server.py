"""What the two embedded servers have in common: being started, found, stopped and killed.

A server is recognised by its command line, which carries the home's tag, and not by a pid in a file: pids are reused, and
a killed postmaster leaves children whose pids no file knows. So stopping works alike for a child of this process and for
an orphan of a launcher that was killed, and `start` simply stops whatever still runs before it starts its own.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

from shared.embedded.home import EmbeddedFailed, Home, is_free

Log = Callable[[str], None]

START_PATIENCE = 180.0
"""Seconds for a start: after a power cut PostgreSQL first replays up to a gigabyte of its log."""
PORT_PATIENCE = 5.0
TICK = 0.01
LOG_LIMIT = 8 * 1024 * 1024
PROC = Path("/proc")
"""Where Linux lists processes; elsewhere `ps` is asked."""


def commands() -> dict[int, str]:
    """pid → command line of every process that can be seen; zombies have none and are left out."""
    if not (PROC / "self" / "cmdline").exists():
        listing = subprocess.run(["ps", "-A", "-ww", "-o", "pid=", "-o", "command="], capture_output=True, check=False)  # noqa: S607 where ps lies differs
        lines = (line.split(None, 1) for line in listing.stdout.decode(errors="replace").splitlines())
        return {int(line[0]): line[1] for line in lines if len(line) == 2}
    found: dict[int, str] = {}
    for entry in os.listdir(PROC):
        if entry.isdigit():
            try:
                words = Path(PROC, entry, "cmdline").read_bytes()
            except OSError:
                continue
            if words:
                found[int(entry)] = words.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    return found


def has_name(uid: int) -> bool:
    """Whether /etc/passwd or the like knows the user; initdb will not work for one it does not know."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


KEEP_IN_ACCESS = ["--securebits=+no_setuid_fixup"]
"""Without it the system call access(2), by which initdb looks for postgres, disregards capabilities of an ordinary user."""


@dataclass(frozen=True)
class Account:
    """The user a server runs as when the launcher is root, because PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def of(cls, home: Home) -> "Account | None":
        """The home's owner, or `nobody` if that is root or nameless; None for an ordinary user, who is himself."""
        if os.geteuid() != 0:
            return None
        stat = home.path.stat()
        if stat.st_uid != 0 and has_name(stat.st_uid):
            return cls(stat.st_uid, stat.st_gid)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def command(self, command: list[str]) -> list[str]:
        """The command run as this user, who may still pass through folders closed to him.

        Root's home and often its venv lie under a folder only root may enter. The capability lets the server enter
        without opening that folder to everyone else on the machine.
        """
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise EmbeddedFailed(
                "PostgreSQL refuses to run as root, and setpriv (util-linux) is not installed: run minsheng as an "
                "ordinary user, or name a PostgreSQL server with --database-url."
            )
        identity = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        may_enter = [*KEEP_IN_ACCESS, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [setpriv, *identity, *may_enter, "--", *command]

    def check(self, program: Path) -> None:
        """Says in one line why this user cannot run the program, if so: a container may forbid the capability."""
        command = self.command([str(program), "--version"])
        trial = subprocess.run(command, capture_output=True, check=False, env=ENVIRONMENT)  # noqa: S603 our own words
        if trial.returncode != 0:
            why = " ".join(trial.stderr.decode(errors="replace").split())
            raise EmbeddedFailed(
                f"PostgreSQL refuses to run as root, and cannot be run as user {self.uid} here ({why}): run minsheng "
                "as an ordinary user, or name a PostgreSQL server with --database-url."
            )

    def take(self, folder: Path) -> None:
        """Makes the folder and all in it this user's, for a backup restored by root."""
        if folder.stat().st_uid != self.uid:
            for parent, _, files in os.walk(folder, topdown=False):  # the folder last: cut short, it is begun anew
                for path in (parent, *(os.path.join(parent, file) for file in files)):
                    os.chown(path, self.uid, self.gid, follow_symlinks=False)


ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All a server is told: a PGOPTIONS or PGTZ of the person who starts it must not change it."""


class EmbeddedServer(ABC):
    """One server of a home whose lock this process holds."""

    NAME: ClassVar[str]
    STOPPING: ClassVar[tuple[tuple[signal.Signals, float], ...]]
    """Signals that ask it to stop, each with the seconds to wait before the next, ruder one."""

    def __init__(self, home: Home, *, durable: bool, log: Log) -> None:
        self.home = home
        self.durable = durable
        self.log = log
        self.port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _prepare(self) -> None:
        """Makes what the server needs on disk. Nothing of this home's server runs any more."""

    @abstractmethod
    def _command(self, port: int) -> list[str]: ...

    @abstractmethod
    def _is_ready(self, pid: int, port: int) -> bool:
        """Whether the process answers clients: that very process, not a stranger on its port."""

    @abstractmethod
    def _patterns(self) -> tuple[str, str]:
        """Regular expressions for the start of the command lines of the server and of any child of it."""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def log_file(self) -> Path:
        return self.home.path / "log" / f"{self.NAME}.log"

    def start(self, *, same_port: bool = True) -> None:
        """Starts it, on the port it had before in this process (its clients know that one) unless told otherwise."""
        if self.pid is not None:
            return
        self.stop()
        self._prepare()
        for port in self._ports(same_port):
            process = self._launch(port)
            if self._await_ready(process, port):
                self.home.keep_port(self.NAME, port)
                self.port = port
                return
            if is_free(port):
                raise EmbeddedFailed(f"{self.NAME} did not start ({self._tail()}): see {self.log_file}.")
        port_was = f"its port {self.port}" if self.port else "every port it tried"
        raise EmbeddedFailed(f"{self.NAME} did not start: {port_was} is taken by another program; stop that and retry.")

    def stop(self) -> None:
        """Stops it, whether this process or a killed one started it; politely first, within bounds."""
        for sign, patience in self.STOPPING:
            if servers := self.running()[0]:
                self._signal(servers, sign)
                self._await_gone(servers, patience)
        self.kill()

    def kill(self) -> None:
        """SIGKILL, as a crash would: the server first, so that it cannot see its children die, then the children."""
        servers, children = self.running()
        if everything := [*servers, *children]:
            self._signal(everything, signal.SIGKILL)
            if not self._await_gone(everything, 10):
                raise EmbeddedFailed(f"{self.NAME} (process {everything[0]}) does not end, not even killed: reboot.")
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _ports(self, same: bool) -> Iterable[int]:
        if not same or self.port is None:
            return self.home.ports(self.NAME)
        deadline = time.monotonic() + PORT_PATIENCE
        while not is_free(self.port) and time.monotonic() < deadline:
            time.sleep(TICK)
        return [self.port] if is_free(self.port) else []

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        with self._open_log() as log:
            self._process = subprocess.Popen(  # noqa: S603 our own words
                self._as_account(self._command(port)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home.path,
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is the launcher's; it stops the servers last
            )
        return self._process

    def _await_ready(self, process: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + START_PATIENCE
        while process.poll() is None:
            if self._is_ready(process.pid, port):
                return True
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedFailed(f"{self.NAME} was not ready in {START_PATIENCE:.0f} s: see {self.log_file}.")
            time.sleep(TICK)
        return False

    def _as_account(self, command: list[str]) -> list[str]:
        account = Account.of(self.home)
        return account.command(command) if account else command

    def running(self) -> tuple[list[int], list[int]]:
        """The pids of this home's servers (one, as a rule) and of their children."""
        if not self.home.held:
            raise RuntimeError(f"{self.home.path} is not locked by this process")
        server, child = (re.compile(pattern, re.DOTALL) for pattern in self._patterns())
        mine, seen = self.pid, commands()
        servers = {pid for pid, command in seen.items() if server.match(command)} | ({mine} if mine else set())
        return list(servers), [pid for pid, command in seen.items() if child.match(command)]

    def _signal(self, pids: list[int], sign: signal.Signals) -> None:
        for pid in pids:
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue

    def _await_gone(self, pids: list[int], patience: float) -> bool:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            servers, children = self.running()
            if not {*servers, *children}.intersection(pids):
                return True
            time.sleep(TICK)
        return False

    def _open_log(self) -> BinaryIO:
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        log = self.log_file.open("ab")
        self.home.own(self.log_file)
        self._log_start = log.tell()
        return log

    def _tail(self) -> str:
        """The end of what the server has said since it was started, as one line."""
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        return " / ".join(lines[-3:])[-500:] or "it said nothing"
