"""One replica of sla in a process of its own, whose clock is off by as many seconds as a file says."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from services.cli.system import build
from shared import logs, settings
from shared.clock import SystemClock


class SteppedClock(SystemClock):
    """The machine's time, and what somebody added to it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=float(self._file.read_text() or 0))


async def main() -> None:
    logs.configure("error", "text")
    service = build("sla", settings.read(), SteppedClock(Path(sys.argv[1])))
    await service.start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
