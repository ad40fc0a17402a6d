"""Running it: embedded or given servers, one process or several, the demo, a replay; and leaving everything clean."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli import report as reports
from services.cli.story import AFTERWARDS, Story, key_of, play, read_story
from services.cli.system import System, build, listening, running, usual_port
from shared import db, settings
from shared.access import Caller, Keys, key_line
from shared.clock import SimulatedClock, SystemClock
from shared.embedded import Embedded, default_home
from shared.service import http_server
from shared.settings import PORTS, Settings

log = structlog.get_logger()
DEMO = Path(__file__).parent / "demo"
RETRY_SECONDS = 2.0
BEFORE = timedelta(minutes=1)
"""how long before the first message a story's clock starts"""


@dataclass(frozen=True)
class Servers:
    """Which servers to use: URLs given by the operator, or a home for embedded ones."""

    home: Path
    database_url: str | None
    nats_url: str | None

    @contextlib.contextmanager
    def started(self, *, durable: bool = True) -> Iterator[tuple[str, str]]:
        """The URLs of PostgreSQL and NATS; what is not given is started in the home and stopped at the end."""
        if self.database_url and self.nats_url:
            yield self.database_url, self.nats_url
            return
        with Embedded(self.home, durable=durable) as embedded:
            yield self.database_url or embedded.database_url, self.nats_url or embedded.nats_url


def servers(home: Path | None, database_url: str | None, nats_url: str | None) -> Servers:
    return Servers(home or default_home(), database_url, nats_url)


@contextlib.contextmanager
def database(home: Path | None, url: str | None) -> Iterator[str]:
    """The database to look after: the one given, that of the home's running `minsheng up`, or the home's own, started."""
    chosen = home or default_home()
    if url is None and (running_url := (chosen / "running.url")).exists():
        url = running_url.read_text()
    if url:
        yield url
        return
    with Embedded(chosen) as embedded:
        yield embedded.database_url


def development_key(home: Path) -> str:
    """The home's key for trying things out: made once, readable by its owner only."""
    path = home / "development.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(f"ms_{secrets.token_urlsafe(24)}")
        draft.replace(path)
    return path.read_text().strip()


def up(chosen: Servers, *, demo: bool, processes: bool, out: Console) -> None:
    """Runs until it is told to stop."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        with out.status("民声：正在启动 PostgreSQL 与 NATS……"):
            database_url, nats_url = stack.enter_context(chosen.started())
        key = development_key(chosen.home)
        accepted = f"{os.environ.get('MINSHENG_KEYS', '')} {key_line('development', frozenset(Caller), key)}"
        attachments = os.environ.get("MINSHENG_ATTACHMENTS") or str(chosen.home / "attachments")
        config = _checked(settings.read(database_url=database_url, nats_url=nats_url, keys=accepted, attachments=attachments))
        with _announced(chosen, database_url):
            if demo:
                uvloop.run(_demo(config, key, out))
            ports = {name: usual_port(name) for name in PORTS}
            if processes:
                _supervise(config, ports, key, began, out)
            else:
                uvloop.run(_up(config, ports, key, began, out))
    out.print("民声：已全部停止，数据已保存。")


def _checked(config: Settings) -> Settings:
    """Raises BadSettings for keys that no service would accept."""
    try:
        Keys(config.keys.get_secret_value())
    except ValueError as error:
        raise settings.BadSettings(str(error)) from None
    return config


@contextlib.contextmanager
def _announced(chosen: Servers, database_url: str) -> Iterator[None]:
    """Lets `minsheng rebuild` and its like find the database of a running home."""
    path = chosen.home / "running.url"
    chosen.home.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(database_url)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def _up(config: Settings, ports: dict[str, int], key: str, began: float, out: Console) -> None:
    stop = _stop_event()
    async with running(config, SystemClock(), ports) as system:
        _greet(system.urls, key, time.monotonic() - began, out)
        await stop.wait()
        out.print("\n民声：正在停止……")


def _stop_event() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _greet(urls: dict[str, str], key: str, seconds: float, out: Console) -> None:
    out.print(f"\n民声已就绪（{seconds:.1f} 秒）。各服务的接口说明：", highlight=False, soft_wrap=True)
    for name, url in urls.items():
        out.print(f"  {name:<11} {url}/docs", highlight=False, soft_wrap=True)
    out.print(f"开发密钥（请求头 Authorization: Bearer …）：\n  {key}", highlight=False, soft_wrap=True)
    out.print("按 Ctrl-C 停止。", highlight=False, soft_wrap=True)


# -- one process a service -----------------------------------------------------------------------------------------------


def _supervise(config: Settings, ports: dict[str, int], key: str, began: float, out: Console) -> None:
    """Starts a process for each service, starts again what dies, stops all on a signal."""
    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    alive = {name: _spawn(name, config, port) for name, port in ports.items()}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    greeted = False
    try:
        while not stopping:
            time.sleep(0.2)
            if not greeted and (greeted := all(_is_ready(url) for url in urls.values())):
                _greet(urls, key, time.monotonic() - began, out)
            for name, process in alive.items():
                if process.poll() is not None and not stopping:
                    out.print(f"{name} 意外退出（{process.returncode}），正在重新启动")
                    time.sleep(RETRY_SECONDS / 2)
                    alive[name] = _spawn(name, config, ports[name])
    finally:
        for process in alive.values():
            process.terminate()
        for process in alive.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(config.drain_seconds + 5)
            process.kill()


def _is_ready(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/readyz", trust_env=False, timeout=2).is_success
    return False


def _spawn(name: str, config: Settings, port: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "MINSHENG_DATABASE_URL": config.database_url.get_secret_value(),
        "MINSHENG_NATS_URL": config.nats_url.get_secret_value(),
        "MINSHENG_KEYS": config.keys.get_secret_value(),
        "MINSHENG_ATTACHMENTS": config.attachments,
        "MINSHENG_HOST": "127.0.0.1",
        "MINSHENG_PORT": str(port),
        "MINSHENG_LOG_LEVEL": os.environ.get("MINSHENG_LOG_LEVEL", "warning"),
    }
    command = [sys.executable, "-m", "services.cli.main", "serve", name, "--until-eof"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own program


async def serve(name: str, config: Settings, *, until_eof: bool = False) -> int:
    """One service: its API answers at once (`/readyz` says what is missing), its work begins when its servers are there.

    With `until_eof` it also stops when its standard input ends: a launcher that is killed takes its services with it.
    Returns the exit code. Raises SchemaTooNew.
    """
    service = build(name, _checked(config), SystemClock())
    port = config.port or PORTS[name]
    server = http_server(service, config.host, port)
    sockets = [listening(config.host, port)]
    stop = _stop_event()
    if until_eof:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    serving = asyncio.create_task(server.serve(sockets))
    starting = asyncio.create_task(_start_when_possible(service.start, name))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done() and not stop.is_set():
            raise OSError(f"the API at {config.host}:{port} ended")
    finally:
        server.should_exit = True
        for task in (starting, stopping):
            task.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError, Exception, SystemExit):
            await serving
        await service.stop()
    return 0


async def _start_when_possible(start: object, name: str) -> None:
    """Tries until the servers answer; a database that is too new is no matter of waiting."""
    while True:
        try:
            await start()  # type: ignore[operator]
            return
        except db.SchemaTooNew:
            raise
        except Exception as trouble:
            log.warning("waiting_for_servers", service=name, trouble=repr(trouble))
            await asyncio.sleep(RETRY_SECONDS)


# -- stories -------------------------------------------------------------------------------------------------------------


async def _demo(config: Settings, key: str, out: Console) -> None:
    """Plays the demo county, moved to the days before now, unless this home has already heard something."""
    story = read_story(DEMO / "transcript.jsonl", DEMO / "groups.csv", DEMO / "roster.csv", DEMO / "departments.csv")
    days = (datetime.now(UTC) - AFTERWARDS - story.ends).days
    story = story.shifted(timedelta(days=days), "demo-")
    clock = SimulatedClock(story.begins - BEFORE)
    async with running(config, clock) as system:
        if await system.services["intake"].store.head():
            return
        lines = await _played(system, clock, story, key, out, "演示县的一周")
        clock.advance_to(datetime.now(UTC))
        await system.settle()
        _tell(lines, story, out)


def _tell(lines: list[dict[str, object]], story: Story, out: Console) -> None:
    """What happened, in a few lines of Chinese."""
    opened = [line for line in lines if line["kind"] in ("appeal", "enquiry", "report")]
    status = Counter(str(line["status"]) for line in opened)
    done = status["closed"] + status["resolved"] + status["called_back"]
    late = sum(bool(line["accept_overdue"]) for line in opened)
    replies = sum(len(line["replies"]) for line in lines if isinstance(line["replies"], list))
    out.print(
        f"演示县：{len(lines)} 条消息，{len(opened)} 件诉求（其中紧急 {sum(bool(x['urgent']) for x in opened)}、"
        f"密封 {sum(bool(x['sealed']) for x in opened)}），办结或结案 {done} 件，"
        f"超时未答复 {late} 件，系统答复 {replies} 条。",
        highlight=False,
    )
    texts = {m.message_id: m.text for m in story.messages}
    for line in opened[:3]:
        replied = line["replies"]
        out.print(
            f"  村民：{'（密封）' if line['sealed'] else texts[str(line['message_id'])]}", highlight=False, soft_wrap=True
        )
        for reply in replied[:3] if isinstance(replied, list) else []:
            out.print(f"    {reply}", highlight=False, soft_wrap=True)


async def _played(
    system: System, clock: SimulatedClock, story: Story, key: str, out: Console, title: str
) -> list[dict[str, object]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task(title, total=len(story.messages))
        await play(system, clock, story, key, lambda _: progress.advance(bar))
    return await reports.report(system, story)


def replay(story: Story, target: Path, home: Path | None, out: Console) -> None:
    """Plays a story on its own home, or on one that is thrown away, and writes the report."""
    with contextlib.ExitStack() as stack:
        chosen = home or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="minsheng-replay-", ignore_cleanup_errors=True))
        )
        database_url, nats_url = stack.enter_context(Servers(chosen, None, None).started(durable=home is not None))
        key = development_key(chosen)
        config = settings.read(
            database_url=database_url,
            nats_url=nats_url,
            keys=key_line("replay", frozenset(Caller), key),
            console="off",
            attachments=str(chosen / "attachments"),
        )
        lines = uvloop.run(_replay(config, story, key, out))
    reports.write(lines, target)
    out.print(f"已写入 {target}：{len(lines)} 条消息（故事 {key_of(story)}）", highlight=False, soft_wrap=True)


async def _replay(config: Settings, story: Story, key: str, out: Console) -> list[dict[str, object]]:
    clock = SimulatedClock(story.begins - BEFORE)
    async with running(config, clock) as system:
        return await _played(system, clock, story, key, out, "重放")


def writable(path: Path) -> None:
    """Raises OSError before an hour's work, not after it."""
    with path.open("ab"):
        pass
