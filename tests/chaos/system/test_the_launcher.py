"""`minsheng up`: killed outright it comes back with nothing lost; asked to stop it leaves nothing running."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from shared.embedded import Embedded
from tests.chaos.system import invariants
from tests.chaos.system.processes import ROOT, Adapters, environment, introduce, minsheng
from tests.chaos.system.traffic import County

MESSAGES = int(os.environ.get("MINSHENG_CHAOS_MESSAGES", "5000")) // 10
SECONDS = 4.0
START_SECONDS = 60.0
MARK = "MINSHENG_CHAOS_MARK"
MODES = [pytest.param((), id="in one process"), pytest.param(("--processes",), id="one process a service")]


@dataclass
class Launcher:
    """One home, and whoever runs `minsheng up` on it."""

    home: Path
    mode: tuple[str, ...]
    mark: str
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    before: tuple[str, ...] = ()
    """a command that runs it"""

    def start(self) -> dict[str, str]:
        """Starts it; returns the services' URLs once it says it is ready."""
        self.log.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*self.before, *minsheng("up", "--home", str(self.home), *self.mode)], env=environment({MARK: self.mark}),
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)
        words = [line.split() for line in self.said().splitlines() if line.endswith("/docs")]
        return {name: url.removesuffix("/docs") for name, url in words}

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(60)

    def left(self) -> list[str]:
        """The processes of this home that still run, the launcher's children's children and servers included."""
        tag = Embedded(self.home).home.tag
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = " ".join(process.cmdline())
                if process.status() != psutil.STATUS_ZOMBIE and (tag in words or process.environ().get(MARK) == self.mark):
                    found.append(f"{process.pid} {words[:150]}")
        return found


@pytest.fixture
def launcher(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Launcher]:
    made = Launcher(tmp_path / "home", request.param, uuid.uuid4().hex, tmp_path / "up.log")
    try:
        yield made
    finally:
        for found in made.left() if made.home.exists() else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(found.split()[0]), signal.SIGKILL)
        if made.process:
            made.process.wait(10)


@pytest.mark.parametrize("launcher", MODES, indirect=True)
async def test_a_killed_launcher_comes_back_on_its_home_and_stops_without_a_trace(launcher: Launcher) -> None:
    county = County(MESSAGES, groups=10, seed=17, now=datetime.now(UTC))
    urls = await asyncio.to_thread(launcher.start)
    key = (launcher.home / "development.key").read_text()
    await introduce(county, intake=urls["intake"], routing=urls["routing"], key=key)
    adapters = Adapters(county, urls["intake"], SECONDS, seed=17, key=key)
    talking = asyncio.create_task(adapters.run())
    await asyncio.sleep(SECONDS / 3)

    await asyncio.to_thread(launcher.stop, signal.SIGKILL)
    adapters.url = (await asyncio.to_thread(launcher.start))["intake"]
    await talking
    assert not adapters.unexpected, adapters.unexpected[:3]

    second = await asyncio.to_thread(
        subprocess.run, minsheng("up", "--home", str(launcher.home)), env=environment({}), cwd=ROOT, capture_output=True, timeout=30
    )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr.decode().strip().splitlines() == [
        f"minsheng: {launcher.home} is in use by process {launcher.process.pid if launcher.process else None}: "
        "stop it, or choose another home with MINSHENG_HOME."
    ]

    await invariants.check(*_servers(launcher.home), county.said)
    code = await asyncio.to_thread(launcher.stop, signal.SIGINT)
    assert (code, launcher.left()) == (0, []), launcher.said()[-2000:]


@pytest.mark.parametrize("before", [(), ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")], ids=["alone", "in the background"])
@pytest.mark.parametrize("launcher", [()], indirect=True)
async def test_a_launcher_told_to_stop_while_it_starts_leaves_nothing_behind(
    launcher: Launcher, before: tuple[str, ...]
) -> None:
    """SIGTERM at the worst moment: PostgreSQL runs already, NATS and the services do not yet. A script's `&` ignores Ctrl-C."""
    launcher.before = before
    starting = asyncio.create_task(asyncio.to_thread(launcher.start))
    async with asyncio.timeout(START_SECONDS):
        while not (launcher.home / "postgres.port").exists():
            await asyncio.sleep(0.002)
    assert launcher.process
    launcher.process.send_signal(signal.SIGTERM)
    with contextlib.suppress(AssertionError):  # it ended before it was ready
        await starting
    assert await asyncio.to_thread(launcher.process.wait, 30) in (0, 130)
    assert launcher.left() == [], launcher.said()


def _servers(home: Path) -> tuple[str, str]:
    """Where the embedded servers of a running home answer."""
    postgres, nats = ((home / f"{server}.password").read_text().strip() for server in ("postgres", "nats"))
    postgres_port, nats_port = ((home / f"{server}.port").read_text().strip() for server in ("postgres", "nats"))
    return (
        f"postgresql://minsheng:{postgres}@127.0.0.1:{postgres_port}/minsheng",
        f"nats://minsheng:{nats}@127.0.0.1:{nats_port}",
    )
