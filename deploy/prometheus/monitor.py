"""Prometheus and Alertmanager of one machine beside `make run`, until Ctrl-C: `make monitor`.

What Alertmanager would tell the duty is told here, on the terminal. Data is kept as long as this runs.
"""

import argparse
import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = "apt-get install prometheus prometheus-alertmanager"
DUTY_PORT = 9095
"""where alertmanager.yml sends what the duty is to be told"""
START_SECONDS = 30.0
_local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotStarted(Exception):
    """One of the two cannot be started; the message says why in one line."""


class Duty(BaseHTTPRequestHandler):
    """Takes what Alertmanager sends, and says it in a line an alert."""

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        for alert in told["alerts"]:
            word = "告警" if alert["status"] == "firing" else "恢复"
            severity, annotations = alert["labels"].get("severity", ""), alert["annotations"]
            print(f"{word} [{severity}] {annotations.get('summary', '')}（{annotations.get('runbook_url', '')}）", flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Only alerts are worth a line."""


def found(*names: str) -> str:
    """The first of these programs that is installed: Debian names Alertmanager otherwise than its makers. Raises NotStarted."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise NotStarted(f"未安装 {names[0]}：请先运行 {PACKAGES}")


def commands(folder: Path, data: Path, prometheus: str, alertmanager: str) -> dict[str, tuple[list[str], str]]:
    """Name → command line and address. `folder` holds the configuration."""
    return {
        "prometheus": (
            [found("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={data / 'prometheus'}",
             f"--web.listen-address={prometheus}", "--log.level=warn"],
            prometheus,
        ),
        "alertmanager": (
            [found("alertmanager", "prometheus-alertmanager"), f"--config.file={folder / 'alertmanager.yml'}",
             f"--storage.path={data / 'alertmanager'}", f"--web.listen-address={alertmanager}", "--cluster.listen-address=",
             "--log.level=warn"],
            alertmanager,
        ),
    }  # fmt: skip


@contextlib.contextmanager
def started(folder: Path, prometheus: str, alertmanager: str) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """Both, ready; stopped and their data removed at the end. Raises NotStarted."""
    with contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minsheng-monitor-", ignore_cleanup_errors=True)))
        running: dict[str, subprocess.Popen[bytes]] = {}
        for name, (command, _) in commands(folder, data, prometheus, alertmanager).items():
            written = stack.enter_context((data / f"{name}.log").open("wb"))
            running[name] = subprocess.Popen(command, stdout=written, stderr=written, start_new_session=True)  # noqa: S603 - found by us
            stack.callback(_stop, running[name])
        for name, address in (("prometheus", prometheus), ("alertmanager", alertmanager)):
            _wait(name, address, running[name], data / f"{name}.log")
        yield running


def _wait(name: str, address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            last = log.read_text(errors="replace").strip().splitlines() or [""]
            raise NotStarted(f"{name} 启动后退出（端口 {address} 可能已被占用）：{last[-1]}")
        with contextlib.suppress(urllib.error.URLError, TimeoutError, ConnectionError):
            _local.open(f"http://{address}/-/ready", timeout=2).close()
            return
        time.sleep(0.1)
    raise NotStarted(f"{name} 在 {START_SECONDS:.0f} 秒内没有就绪")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()
    process.wait()


def _listen(port: int) -> None:
    """Hears the alerts for as long as the process lives. Raises NotStarted."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Duty)
    except OSError as trouble:
        raise NotStarted(f"端口 127.0.0.1:{port} 无法使用，告警无处显示：{trouble.strerror}") from None
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--config", type=Path, default=HERE, help="folder of prometheus.yml, alerts.yml, alertmanager.yml")
    options.add_argument("--prometheus", default="127.0.0.1:9090", help="address Prometheus listens on")
    options.add_argument("--alertmanager", default="127.0.0.1:9093", help="address Alertmanager listens on")
    options.add_argument("--duty", type=int, default=DUTY_PORT, help="port on which alerts are taken and said here")
    chosen = options.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        _listen(chosen.duty)
        with started(chosen.config.absolute(), chosen.prometheus, chosen.alertmanager) as running:
            print(f"Prometheus   http://{chosen.prometheus}/alerts\nAlertmanager http://{chosen.alertmanager}", flush=True)
            print("告警会显示在这里。按 Ctrl-C 停止。", flush=True)
            while not stop.wait(1):
                if ended := [name for name, process in running.items() if process.poll() is not None]:
                    raise NotStarted(f"{ended[0]} 意外退出")
    except NotStarted as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
