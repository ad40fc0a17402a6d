"""Long computations on the event loop, in slices: whoever waits for an answer over HTTP waits for one slice at most."""

import asyncio
import time
from collections.abc import Callable

SLICE_SECONDS = 0.002
COURTESY_SECONDS = 0.018
"""left to requests after each slice while one waits to be stored: what was said is kept first, and read as soon as may be"""


class Pace:
    """Call `breathe` between the parts of a computation; it lets others go on whenever a slice is used up."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._until = time.perf_counter() + SLICE_SECONDS

    async def breathe(self) -> None:
        if time.perf_counter() >= self._until:
            await asyncio.sleep(COURTESY_SECONDS if self._busy() else 0)
            self._until = time.perf_counter() + SLICE_SECONDS
