"""The embedded servers, real ones: they start, keep what they were given, and come back after every kind of death."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest

from shared.embedded import Embedded, EmbeddedFailed, HomeBusy, Servers, default_home
from shared.embedded import postgres as postgres_module
from shared.embedded import server as server_module

ROOT = Path(__file__).parents[3]
LAUNCHER = """
import sys
from pathlib import Path
from shared.embedded import Embedded
embedded = Embedded(Path(sys.argv[1]))
servers = embedded.start()
print(servers.database_url, servers.nats_url, embedded.postgres.pid, embedded.nats.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose servers are gone after the test, whoever started them."""
    path = tmp_path / "home"
    yield path
    if path.exists():
        last = Embedded(path)
        last.home.acquire()
        last.stop()


def quick(home: Path) -> Embedded:
    return Embedded(home, durable=False)


def launch(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )


def murder(launcher: "subprocess.Popen[str]") -> None:
    launcher.kill()
    launcher.communicate()


async def sql(servers: Servers, statement: str) -> object:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def remember(servers: Servers, word: str) -> None:
    await sql(servers, "CREATE TABLE IF NOT EXISTS kept (word text)")
    await sql(servers, f"INSERT INTO kept VALUES ('{word}')")
    client = await nats.connect(servers.nats_url)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
    await client.jetstream().publish("kept.word", word.encode())
    await client.close()


async def recall(servers: Servers) -> tuple[object, bytes]:
    client = await nats.connect(servers.nats_url)
    message = await client.jetstream().get_msg("KEPT", 1)
    await client.close()
    return await sql(servers, "SELECT word FROM kept"), message.data or b""


async def test_a_first_start_answers_in_utf8_and_utc_on_loopback_only(home: Path) -> None:
    embedded = quick(home)
    with embedded as servers:
        await remember(servers, "水")
        assert await recall(servers) == ("水", "水".encode())
        assert await sql(servers, "SELECT current_user || '@' || current_database()") == "minsheng@minsheng"
        assert await sql(servers, "SHOW server_encoding") == "UTF8"
        assert await sql(servers, "SHOW timezone") == "UTC"
        assert await sql(servers, "SHOW data_checksums") == "on"
        assert await sql(servers, "SHOW unix_socket_directories") == ""
        assert await sql(servers, "SELECT lower('ÄÉ')") == "äé"
        for server in (embedded.postgres, embedded.nats):
            listening = [c.laddr for c in psutil.Process(server.pid).net_connections() if c.status == "LISTEN"]
            assert listening == [("127.0.0.1", server.port)]


async def test_passwords_are_needed_and_only_the_owner_can_read_them(home: Path) -> None:
    with quick(home) as servers:
        for name in ("postgres.password", "nats.password", "nats.conf", "lock"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(servers.database_url.replace("minsheng:", "minsheng:x"))
        with socket.create_connection(("127.0.0.1", int(servers.nats_url.rpartition(":")[2]))) as stranger:
            stranger.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
            assert b"Authorization Violation" in stranger.makefile("rb").read()


async def test_a_second_start_keeps_data_ports_and_passwords(home: Path) -> None:
    with quick(home) as first:
        await remember(first, "路")
    with quick(home) as second:
        assert second == first
        assert await recall(second) == ("路", "路".encode())


async def test_durability_is_off_only_when_asked_for(home: Path) -> None:
    with Embedded(home) as servers:
        settings = [await sql(servers, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
        assert settings == ["on", "on", "on"]
    with quick(home) as servers:
        assert await sql(servers, "SHOW fsync") == "off"


def test_a_second_launcher_is_told_who_has_the_home_and_harms_nothing(home: Path) -> None:
    first, second = quick(home), quick(home)
    with first:
        with pytest.raises(HomeBusy, match=rf"{home} is in use by process {os.getpid()}"):
            second.start()
        second.stop()
        assert first.postgres.pid
        assert first.nats.pid


async def test_a_killed_launcher_leaves_orphans_that_the_next_start_replaces(home: Path) -> None:
    launcher = launch(home)
    assert launcher.stdout
    database_url, nats_url, *pids = launcher.stdout.readline().split()
    await remember(Servers(database_url, nats_url), "灯")
    murder(launcher)
    orphans = [psutil.Process(int(pid)) for pid in pids]
    assert all(orphan.is_running() for orphan in orphans)
    with Embedded(home) as servers:
        assert servers == Servers(database_url, nats_url)
        assert await recall(servers) == ("灯", "灯".encode())
        assert [o for o in orphans if o.is_running() and o.status() != psutil.STATUS_ZOMBIE] == []
    assert "received fast shutdown request" in (home / "log" / "postgres.log").read_text()


async def test_a_killed_postgres_comes_back_on_its_port_with_what_was_committed(home: Path) -> None:
    embedded = Embedded(home)
    with embedded as servers:
        await remember(servers, "桥")
        busy = await asyncpg.connect(servers.database_url)
        forever = busy.execute("DO $$ BEGIN LOOP END LOOP; END $$")
        running = asyncio.ensure_future(forever)
        await asyncio.sleep(0.1)
        embedded.postgres.kill()
        assert embedded.postgres.pid is None
        embedded.postgres.start()
        assert embedded.postgres.url == servers.database_url
        assert await recall(servers) == ("桥", "桥".encode())
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await running


async def test_a_postmaster_killed_behind_our_back_is_replaced_with_its_busy_children(home: Path) -> None:
    embedded = quick(home)
    with embedded as servers:
        assert embedded.postgres.pid
        children = psutil.Process(embedded.postgres.pid).children()
        children[0].suspend()  # it will not notice that its parent dies
        os.kill(embedded.postgres.pid, signal.SIGKILL)
        embedded.postgres.restart()
        assert await sql(servers, "SELECT 1") == 1
        assert not psutil.pid_exists(children[0].pid) or children[0].status() == psutil.STATUS_ZOMBIE


async def test_a_killed_nats_keeps_its_stream_and_a_wiped_one_is_empty(home: Path) -> None:
    embedded = quick(home)
    with embedded as servers:
        await remember(servers, "井")
        embedded.nats.kill()
        embedded.nats.start()
        assert embedded.nats.url == servers.nats_url
        assert (await recall(servers))[1] == "井".encode()
        with pytest.raises(RuntimeError, match="stop nats-server"):
            embedded.nats.wipe()
        embedded.nats.stop()
        embedded.nats.wipe()
        embedded.nats.start()
        client = await nats.connect(servers.nats_url)
        assert (await client.jetstream().account_info()).streams == 0
        await client.close()


def test_a_server_does_not_get_the_ctrl_c_of_the_terminal(home: Path) -> None:
    embedded = quick(home)
    with embedded:
        assert embedded.postgres.pid
        assert embedded.nats.pid
        assert os.getsid(0) not in {os.getsid(embedded.postgres.pid), os.getsid(embedded.nats.pid)}


async def test_a_home_may_have_spaces_and_chinese_and_a_long_name(tmp_path: Path) -> None:
    with quick(tmp_path / "民声 的 家" / ("很长" * 30) / 'it\'s "home" $1 %d') as servers:
        await remember(servers, "田")
        assert await recall(servers) == ("田", "田".encode())


async def test_stale_pid_files_of_a_stranger_are_ignored_and_the_stranger_lives(home: Path) -> None:
    with quick(home) as servers:
        await remember(servers, "渠")
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (home / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{home}/postgres\n1\n5432\n\n127.0.0.1\n\n")
        (home / "nats.pid").write_text(str(stranger.pid))
        with quick(home) as servers:
            assert await recall(servers) == ("渠", "渠".encode())
        assert stranger.poll() is None
        stranger.kill()


async def test_a_first_start_killed_half_way_is_begun_anew(home: Path) -> None:
    launcher = launch(home)
    deadline = time.monotonic() + 20
    while not list(home.glob("postgres.new-*/base/1")) and time.monotonic() < deadline:
        time.sleep(0.005)
    murder(launcher)
    assert not (home / "postgres").exists()
    with quick(home) as servers:
        assert await sql(servers, "SELECT 1") == 1
    with quick(home):
        assert list(home.glob("postgres.new-*")) == []


async def test_a_port_someone_else_took_is_left_to_him(home: Path) -> None:
    with quick(home) as before:
        await remember(before, "粮")
    with socket.socket() as postgres, socket.socket() as nats_port:
        for taken, url in ((postgres, before.database_url.rpartition("/")[0]), (nats_port, before.nats_url)):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", int(url.rpartition(":")[2])))
            taken.listen()
        with quick(home) as after:
            assert after.database_url != before.database_url
            assert after.nats_url != before.nats_url
            assert await recall(after) == ("粮", "粮".encode())


def test_a_restart_never_moves_away_from_the_port_its_clients_know(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = quick(home)
    with embedded:
        port = embedded.nats.port
        embedded.nats.stop()
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port or 0))
            taken.listen()
            monkeypatch.setattr(server_module, "PORT_PATIENCE", 0.1)
            with pytest.raises(EmbeddedFailed, match=f"port {port} is taken by another program"):
                embedded.nats.start()
        embedded.nats.start()
        assert embedded.nats.port == port


async def test_a_copy_of_a_home_starts_beside_the_original(home: Path, tmp_path: Path) -> None:
    with quick(home) as servers:
        await remember(servers, "树")
    shutil.copytree(home, tmp_path / "copy")
    original = quick(home)
    with original as servers, quick(tmp_path / "copy") as copy:
        assert copy.database_url != servers.database_url
        assert await recall(copy) == await recall(servers) == ("树", "树".encode())


def test_a_broken_database_is_reported_in_one_line_and_the_home_is_free_again(home: Path) -> None:
    with quick(home):
        pass
    (home / "postgres" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedFailed, match=r"postgres did not start \(.*pg_control.*\): see .*postgres\.log") as failed:
        quick(home).start()
    assert "\n" not in str(failed.value)
    again = quick(home)
    again.home.acquire()
    again.home.release()


def test_orphans_are_found_without_proc_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = quick(home)
    with first:
        monkeypatch.setattr(server_module, "PROC", home / "no such folder")
        pids = (first.postgres.pid, first.nats.pid)
        assert ([pids[0]], [pids[1]]) == (first.postgres.running()[0], first.nats.running()[0])
        assert len(first.postgres.running()[1]) >= 5
        first.postgres.kill()
        assert first.postgres.running() == ([], [])


def test_a_home_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedFailed, match=r"Cannot use .*file as home"):
        quick(tmp_path / "file").start()


def test_the_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_HOME", "/srv/民声")
    assert default_home() == Path("/srv/民声")
    monkeypatch.delenv("MINSHENG_HOME")
    assert default_home().name == "minsheng"


def test_a_user_without_a_name_is_told_what_initdb_lacks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_module, "has_name", lambda _: False)
    with pytest.raises(EmbeddedFailed, match=r"User \d+ has no name on this machine.*--database-url"):
        quick(home).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
class TestAsRoot:
    def test_postgres_runs_as_nobody_below_a_folder_only_root_may_enter(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        embedded = quick(closed / "home")
        with embedded:
            assert psutil.Process(embedded.postgres.pid).username() == "nobody"
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700

    def test_a_users_home_stays_usable_for_that_user(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        owner = pwd.getpwnam("daemon")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        embedded = quick(home)
        with embedded:
            assert psutil.Process(embedded.postgres.pid).uids().real == owner.pw_uid
        assert {path.lstat().st_uid for path in home.rglob("*")} == {owner.pw_uid}

    async def test_a_backup_root_restored_is_taken_over(self, home: Path) -> None:
        with quick(home) as servers:
            await remember(servers, "井")
        for path in home.rglob("*"):
            os.chown(path, 0, 0)
        with quick(home) as servers:
            assert await recall(servers) == ("井", "井".encode())

    def test_without_setpriv_the_way_out_is_named(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: None)
        with pytest.raises(EmbeddedFailed, match=r"setpriv .* --database-url"):
            quick(home).start()

    def test_without_the_capability_the_way_out_is_named(self, home: Path) -> None:
        confined = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
        code = LAUNCHER.replace("servers = embedded.start()", "try: embedded.start()\nexcept Exception as e: sys.exit(e)")
        home.mkdir()
        done = subprocess.run(
            [*confined, sys.executable, "-c", code, str(home)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "cannot be run as user" in done.stderr
        assert "--database-url" in done.stderr
        assert done.stderr.count("\n") == 1
