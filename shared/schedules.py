"""Set times of the county: what comes every day, or every week, at the same time by its clocks."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.clock import CHINA

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time of day in the county, of one weekday (Monday is 0) or of every day."""

    at: time
    weekday: int | None = None

    def latest(self, now: datetime) -> datetime:
        """The last such moment up to now."""
        today = now.astimezone(CHINA)
        moment = datetime.combine(today, self.at, CHINA)
        if self.weekday is not None:
            moment += timedelta(days=self.weekday - today.weekday())
        return moment if moment <= now else moment - self._between

    def following(self, moment: datetime) -> datetime:
        """The first such moment after one."""
        return self.latest(moment) + self._between

    @property
    def _between(self) -> timedelta:
        return timedelta(days=1 if self.weekday is None else 7)


def every_day(at: str) -> Schedule:
    """From a setting such as 18:30."""
    return Schedule(time.fromisoformat(at))


def every_week(at: str) -> Schedule:
    """From a setting such as Mon 09:00."""
    day, _, clock = at.partition(" ")
    return Schedule(time.fromisoformat(clock), _DAYS.index(day))
