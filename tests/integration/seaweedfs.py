"""A real S3-compatible server for tests: SeaweedFS, on free ports, with a bucket and one caller who knows its secret."""

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.cli.system import free_port

BUCKET, KEY, SECRET = "county", "minsheng", "a-secret-of-tests"
PROBE = "asked-at-start"
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
        """It keeps what it is given and has what it was given before: it listens long before it knows where its objects lie."""
        store = S3Store(
            BUCKET,
            endpoint=self.url,
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True, "timeout": timedelta(seconds=2)},
            retry_config={"max_retries": 0},
        )
        try:
            with contextlib.suppress(FileNotFoundError):
                obstore.get(store, PROBE).bytes()
            obstore.put(store, PROBE, b"words", use_multipart=False)
            return bool(obstore.get(store, PROBE).bytes())
        except BaseError:
            return False
