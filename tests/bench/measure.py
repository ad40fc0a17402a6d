"""How things are measured here: ours and its ceiling in turns, many short rounds, so that a noisy machine hits both alike."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """One round: how many, in how many seconds."""

    count: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds


Side = Callable[[], Awaitable[Done]]


@dataclass
class Line:
    """One line of the table. A ratio is the median over rounds of ours divided by the ceiling of the same round.

    Met when the ratio reaches `target`, or ours reaches `enough`, or (times) the median is at most `at_most`; a line with
    none of the three only informs.
    """

    what: str
    ours: list[float]
    ceiling: list[float] = field(default_factory=list)
    ceiling_is: str = ""
    unit: str = "/s"
    target: float | None = None
    enough: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.ours)

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.ours, self.ceiling, strict=True)] if self.ceiling else []

    @property
    def ratio(self) -> float | None:
        return statistics.median(self.ratios) if self.ceiling else None

    @property
    def ok(self) -> bool | None:
        """None when there is nothing to reach."""
        reached = [
            self.target is not None and self.ratio is not None and self.ratio >= self.target,
            self.enough is not None and self.median >= self.enough,
            self.at_most is not None and self.median <= self.at_most,
        ]
        return any(reached) if self.goal else None

    @property
    def goal(self) -> str:
        goals = []
        if self.target is not None:
            goals.append(f"≥ {self.target:g}×")
        if self.enough is not None:
            goals.append(f"≥ {self.enough:,.0f}{self.unit}")
        if self.at_most is not None:
            goals.append(f"≤ {self.at_most:g} {self.unit}")
        return " or ".join(goals)

    def as_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": _spread(self.ours),
            "ceiling": {"is": self.ceiling_is, **_spread(self.ceiling)} if self.ceiling else None,
            "ratio": _spread(self.ratios) if self.ceiling else None,
            "goal": self.goal or None,
            "ok": self.ok,
        }


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": len(values)}


async def timed(work: Callable[[], Awaitable[int]]) -> Done:
    """A round that is nothing but the measured work; it returns how many it did."""
    began = time.perf_counter()
    count = await work()
    return Done(count, time.perf_counter() - began)


async def for_a_while(seconds: float, work: Callable[[], Awaitable[int]]) -> Done:
    """A round of work repeated until the time is over."""
    began = time.perf_counter()
    count = 0
    while time.perf_counter() - began < seconds:
        count += await work()
    return Done(count, time.perf_counter() - began)


async def interleaved(rounds: int, ours: Side, ceiling: Side, tick: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Rates of ours and of the ceiling: A B, B A, A B … after one round of each that does not count."""
    await ours()
    await ceiling()
    a: list[float] = []
    b: list[float] = []
    for n in range(rounds):
        for side, rates in ((ours, a), (ceiling, b)) if n % 2 == 0 else ((ceiling, b), (ours, a)):
            rates.append((await side()).rate)
        tick()
    return a, b
