"""Real Prometheus and Alertmanager watch the running county: who stops is told of at once, and it is told when he is back.

The configuration is the shipped one, its times shortened twentyfold, for a busy machine may miss a scrape or two: what is
said here after seconds is said there after minutes.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
import yaml
from fastapi import FastAPI, Request

from services.cli.system import build, free_port, listening
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SystemClock
from shared.embedded import Embedded
from shared.service import Server, Service, http_server
from shared.settings import PORTS, Settings

SHIPPED = Path(__file__).parents[3] / "deploy" / "prometheus"
INSTALLED = shutil.which("prometheus") and (shutil.which("alertmanager") or shutil.which("prometheus-alertmanager"))
needs_servers = pytest.mark.skipif(
    not INSTALLED, reason="Prometheus and Alertmanager are not installed: apt-get install prometheus prometheus-alertmanager"
)
SECONDS = {"m": 3, "h": 180, "d": 4320}
"""what a minute, an hour and a day become"""
PATIENCE = 40.0
"""seconds, for a machine that is busy"""


@dataclass
class Replica:
    """One service that can be stopped and started again at the same port, like a process."""

    name: str
    config: Settings
    port: int = field(default_factory=free_port)
    service: Service | None = None

    async def start(self) -> None:
        self.service = build(self.name, self.config, SystemClock())
        await self.service.start()
        self._server = http_server(self.service, "127.0.0.1", self.port)
        self._serving = asyncio.create_task(self._server.serve([listening("127.0.0.1", self.port)]))

    async def stop(self) -> None:
        if self.service:
            self._server.should_exit = True
            await self._serving
            await self.service.stop()
            self.service = None


@dataclass
class Duty:
    """Who is told: keeps what Alertmanager sends, by receiver."""

    told: list[tuple[str, str, str, str]] = field(default_factory=list)
    """receiver, firing or resolved, alert, service"""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/{receiver}")
        async def hear(receiver: str, request: Request) -> None:
            for alert in (await request.json())["alerts"]:
                labels = alert["labels"]
                self.told.append((receiver, alert["status"], labels["alertname"], labels["service"]))

        return app

    async def hears(self, *expected: str) -> None:
        """Waits until the last that was told is this."""
        deadline = time.monotonic() + PATIENCE
        while not self.told or self.told[-1] != expected:
            assert time.monotonic() < deadline, f"told so far: {self.told}"
            await asyncio.sleep(0.1)


@dataclass
class County:
    """The services by name, who is told, where Prometheus answers."""

    services: dict[str, Replica]
    duty: Duty
    prometheus: str
    terminal: list[str]
    """what `make monitor` says"""

    async def ask(self, expression: str) -> list[float]:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.prometheus}/api/v1/query", params={"query": expression})
        return [float(series["value"][1]) for series in answer.json()["data"]["result"]]

    async def sees(self, expression: str, value: float) -> None:
        """Waits until Prometheus answers just this."""
        deadline = time.monotonic() + PATIENCE
        while (seen := await self.ask(expression)) != [value]:
            assert time.monotonic() < deadline, f"{expression} is {seen}"
            await asyncio.sleep(0.1)


def shortened(text: str) -> str:
    return re.sub(r"\b(\d+)([mhd])\b", lambda found: f"{int(found[1]) * SECONDS[found[2]]}s", text)


def configured(folder: Path, services: dict[str, Replica], alertmanager: str, duty_port: int, terminal: int) -> None:
    """The shipped configuration for these addresses, in a hurry."""
    prometheus: Any = yaml.safe_load((SHIPPED / "prometheus.yml").read_text())
    prometheus["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "500ms"}
    prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager]
    for entry in prometheus["scrape_configs"][0]["static_configs"]:
        entry["targets"] = [f"127.0.0.1:{services[entry['labels']['service']].port}"]
    alerts: Any = yaml.safe_load((SHIPPED / "alerts.yml").read_text())
    for rule in alerts["groups"][0]["rules"]:
        rule["expr"] = shortened(rule["expr"])
        if "for" in rule:
            rule["for"] = shortened(rule["for"])
    manager = re.sub(r"(group_wait|group_interval): \w+", "\\1: 500ms", (SHIPPED / "alertmanager.yml").read_text())
    for receiver in ("night-duty", "day-duty"):  # the test hears it, and the terminal of `make monitor`
        shipped = f'{{url: "http://127.0.0.1:9095/{receiver}"}}'
        assert shipped in manager
        manager = manager.replace(
            shipped, f"{shipped.replace('9095', str(duty_port))}, {shipped.replace('9095', str(terminal))}"
        )
    (folder / "prometheus.yml").write_text(yaml.safe_dump(prometheus))
    (folder / "alerts.yml").write_text(yaml.safe_dump(alerts))
    (folder / "alertmanager.yml").write_text(manager)


@contextlib.contextmanager
def monitor(folder: Path, prometheus: str, alertmanager: str, terminal: int) -> Iterator[list[str]]:
    """The script behind `make monitor`, and the lines that it says."""
    command = [
        sys.executable, str(SHIPPED / "monitor.py"), "--config", str(folder), "--prometheus", prometheus, "--alertmanager",
        alertmanager, "--duty", str(terminal),
    ]  # fmt: skip
    script = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert script.stdout
        assert script.stdout.readline().strip() == f"Prometheus   http://{prometheus}/alerts"
        said: list[str] = []
        reading = threading.Thread(target=said.extend, args=(script.stdout,))
        reading.start()
        yield said
    finally:
        script.send_signal(signal.SIGINT)
        assert script.wait(20) == 0
        reading.join()
        script.stdout.close()


@pytest_asyncio.fixture(loop_scope="session")
async def county(tmp_path: Path) -> AsyncIterator[County]:
    prometheus, alertmanager, duty_port, duty = (f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", free_port(), Duty())
    terminal = free_port()
    with Embedded(tmp_path / "home", durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            console="off",
            intake_model="off",
        )
        services = {name: Replica(name, config) for name in PORTS}
        await asyncio.gather(*(replica.start() for replica in services.values()))
        hearing = Server(uvicorn.Config(duty.app(), lifespan="off", log_config=None))
        served = asyncio.create_task(hearing.serve([listening("127.0.0.1", duty_port)]))
        configured(tmp_path, services, alertmanager, duty_port, terminal)
        try:
            watching = monitor(tmp_path, prometheus, alertmanager, terminal)
            lines = await asyncio.to_thread(watching.__enter__)
            try:
                yield County(services, duty, f"http://{prometheus}", lines)
            finally:
                await asyncio.to_thread(watching.__exit__, None, None, None)
        finally:
            hearing.should_exit = True
            await served
            await asyncio.gather(*(replica.stop() for replica in services.values()))


@needs_servers
async def test_routing_stops_and_the_night_duty_is_told_that_and_nothing_else_until_it_is_back(county: County) -> None:
    await county.sees('count(minsheng_exclusive_work{work="relay"} == 1)', 5)
    routing, intake = county.services["routing"], county.services["intake"]
    await routing.stop()
    await county.duty.hears("night-duty", "firing", "MinshengServiceNotWorking", "routing")

    message = {
        "channel": "wecom", "group": "g1", "message_id": "m1", "sender": "v1", "text": "村口路灯坏了一周，晚上漆黑一片",
        "sent_at": SystemClock().now().isoformat(),
    }  # fmt: skip
    async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, trust_env=False) as client:
        said = await client.post(f"http://127.0.0.1:{intake.port}/messages", json=message)
    assert said.status_code == 202
    await county.sees('minsheng_stream_waiting_events{durable="routing-intake-0of1"} > bool 0', 1)

    await routing.start()
    await county.duty.hears("night-duty", "resolved", "MinshengServiceNotWorking", "routing")
    await county.sees('minsheng_stream_waiting_events{durable="routing-intake-0of1"}', 0)
    assert {(alert, service) for _, _, alert, service in county.duty.told} == {("MinshengServiceNotWorking", "routing")}
    alerts = [line for line in county.terminal if "]" in line]
    assert [line.partition(" 服务")[0] for line in alerts] == ["告警 [critical] 民声 routing", "恢复 [critical] 民声 routing"]


def test_without_the_servers_one_line_says_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, str(SHIPPED / "monitor.py"), "--duty", str(free_port())]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert done.stderr == "未安装 prometheus：请先运行 apt-get install prometheus prometheus-alertmanager\n"


@needs_servers
def test_a_port_that_somebody_else_has_is_named(tmp_path: Path) -> None:
    with listening("127.0.0.1", 0) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, str(SHIPPED / "monitor.py"), "--prometheus", address, "--duty", str(free_port())]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"prometheus 启动后退出（端口 {address} 可能已被占用）：")
    assert done.stderr.count("\n") == 1
