"""The time limits, as data with a version. A clock keeps the limits it was started with; a later policy rewrites nothing.

Sources: county practice of the ten-minute answer; the Beijing and Shandong 12345 rules (urgent 2 h, water, power, gas and
heat 24 h, ordinary 7 days); warning at 80 %. All limits are wall-clock time.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

UTILITIES = ("供水", "供排水", "供电", "电力", "燃气", "供暖", "供热", "停水", "停电")


@dataclass(frozen=True)
class Policy:
    """One version of the limits."""

    version: str = "2025-1"
    accept: timedelta = timedelta(minutes=10)
    urgent: timedelta = timedelta(hours=2)
    utilities: timedelta = timedelta(hours=24)
    ordinary: timedelta = timedelta(days=7)
    warn_share: float = 0.8
    accept_ladder: tuple[tuple[timedelta, str], ...] = field(
        default=((timedelta(0), "township"), (timedelta(minutes=20), "county"))
    )
    """after the deadline of the answer: who is told, and when"""
    resolve_ladder: tuple[tuple[timedelta, str], ...] = field(
        default=((timedelta(days=1), "township"), (timedelta(days=5), "county"))
    )
    """after the deadline of the work: 催办 the next day, 通报 after five"""

    def resolve_within(self, category: str, *, urgent: bool) -> timedelta:
        """How long the work may take."""
        if urgent:
            return self.urgent
        return self.utilities if any(word in category for word in UTILITIES) else self.ordinary

    def warn_at(self, start: datetime, due: datetime) -> datetime:
        return start + (due - start) * self.warn_share
