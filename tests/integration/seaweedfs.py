"""A real S3-compatible server for tests: SeaweedFS, on free ports, with a bucket and one caller who knows its secret."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from services.cli.system import free_port

BUCKET, KEY, SECRET = "county", "minsheng", "a-secret-of-tests"
SERVERS = ("master", "volume", "filer", "s3")


@dataclass
class SeaweedFS:
    """One server. `stop` and `start` again find the same files at the same address."""

    folder: Path
    ports: dict[str, int] = field(default_factory=lambda: {f"{s}.port{g}": free_port() for s in SERVERS for g in ("", ".grpc")})
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    @property
    def settings(self) -> dict[str, str]:
        """What intake must be told of it."""
        return {"attachments": f"s3://{BUCKET}/tests", "s3_endpoint": self.url, "s3_key": KEY, "s3_secret": SECRET}

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        command = [
            str(Path(sys.executable).parent / "weed"), "mini", f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            "-admin.ui=false", "-webdav=false", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
            f"-bucket={BUCKET}", *(f"-{name}={port}" for name, port in self.ports.items()),
        ]  # fmt: skip
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "HOME": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        """The bucket is there, and is nobody's who does not sign."""
        try:
            return httpx.get(f"{self.url}/{BUCKET}", trust_env=False, timeout=2).status_code == 403
        except httpx.TransportError:
            return False
