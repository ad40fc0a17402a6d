"""Working time: which hours of which days count, and what moment it is when so much of it has passed. Pure.

Days come from the statutory list of the State Council (`chinesecalendar`: holidays, and the weekends worked in exchange) and
from what the county adds. A year whose list is not out yet is reckoned by weekdays alone, and `unknown` says so. Hours are
those of a zone's wall clock; what passes between two of them is measured in real time, so that a shift of summer time counts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays as _STATUTORY
from chinese_calendar.constants import workdays as _EXCHANGED

from shared.clock import CHINA

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
PUBLISHED = frozenset(day.year for day in _STATUTORY)
"""the years whose list of holidays is known"""
MIDNIGHT = time(0)
"""as the end of hours: that of the same day, 24:00"""


@dataclass(frozen=True, slots=True)
class _Year:
    """The working spans of one year in microseconds since 1970, and how much had been worked at the end of each."""

    starts: list[int]
    ends: list[int]
    reached: list[int]

    @property
    def total(self) -> int:
        return self.reached[-1] if self.reached else 0

    def worked_by(self, tick: int) -> int:
        at = bisect_right(self.starts, tick) - 1
        return self.reached[at] - max(0, self.ends[at] - tick) if at >= 0 else 0


@dataclass(frozen=True)
class Calendar:
    """When an office works. `hours` are spans of a day in order, none across midnight; `weekdays` count Monday as 1."""

    hours: tuple[tuple[time, time], ...]
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    zone: ZoneInfo = CHINA
    statutory: bool = True
    """whether it keeps the statutory holidays; a water company's repair crew does not"""
    holidays: frozenset[date] = frozenset()
    """free days beside the statutory ones, or of a year that is not published here"""
    workdays: frozenset[date] = frozenset()
    """worked days that would be free"""
    years: frozenset[int] = frozenset()
    """years that `holidays` and `workdays` tell completely"""
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)

    def is_workday(self, day: date) -> bool:
        """What the county says goes before the statutory list, and that before the weekday."""
        if day in self.workdays or day in self.holidays:
            return day in self.workdays
        if self.statutory and (day in _STATUTORY or day in _EXCHANGED):
            return day in _EXCHANGED
        return day.isoweekday() in self.weekdays

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The first moment by which `span` of working time has passed since `start`."""
        if span <= timedelta(0):
            return start
        tick, year = _ticks(start), start.astimezone(self.zone).year
        wanted = self._of(year).worked_by(tick) + span // _TICK
        while wanted > (spans := self._of(year)).total:
            wanted -= spans.total
            year += 1
        at = bisect_left(spans.reached, wanted)
        return _EPOCH + timedelta(microseconds=spans.ends[at] - (spans.reached[at] - wanted))

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments; negative when the second is the earlier."""
        if end < start:
            return -self.worked(end, start)
        first, last = start.astimezone(self.zone).year, end.astimezone(self.zone).year
        whole = sum(self._of(year).total for year in range(first, last))
        return timedelta(microseconds=whole + self._of(last).worked_by(_ticks(end)) - self._of(first).worked_by(_ticks(start)))

    def closing(self, start: datetime, days: int) -> datetime:
        """The end of the hours of the `days`-th working day after the day of `start`, which does not count (民法典 201, 203)."""
        day = start.astimezone(self.zone).date()
        while days:
            day += _DAY
            days -= self.is_workday(day)
        return self._moment(day, self.hours[-1][1], ends=True)

    def unknown(self, start: datetime, end: datetime) -> list[int]:
        """The years between two moments of which nobody has told the holidays."""
        first, last = start.astimezone(self.zone).year, end.astimezone(self.zone).year
        return [year for year in range(first, last + 1) if self.statutory and year not in self._known]

    @cached_property
    def _known(self) -> frozenset[int]:
        return PUBLISHED | self.years

    def _of(self, year: int) -> _Year:
        if (known := self._years.get(year)) is None:
            known = self._years[year] = self._reckoned(year)
        return known

    def _reckoned(self, year: int) -> _Year:
        found, worked = _Year([], [], []), 0
        for start, end in self._spans(year):
            worked += end - start
            found.starts.append(start)
            found.ends.append(end)
            found.reached.append(worked)
        return found

    def _spans(self, year: int) -> Iterator[tuple[int, int]]:
        day = date(year, 1, 1)
        while day.year == year:
            if self.is_workday(day):
                for opens, closes in self.hours:
                    start, end = _ticks(self._moment(day, opens)), _ticks(self._moment(day, closes, ends=True))
                    if end > start:  # else summer time swallowed it
                        yield start, end
            day += _DAY

    def _moment(self, day: date, at: time, *, ends: bool = False) -> datetime:
        if ends and at == MIDNIGHT:
            day += _DAY
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _TICK
