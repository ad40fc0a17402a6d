"""Working time against an oracle that asks minute by minute, and never adds anything up."""

import os
import random
import time as stopwatch
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.calendar import PUBLISHED, Calendar
from shared.clock import CHINA

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFFICE = Calendar(((time(8, 30), time(12)), (time(14, 30), time(18))))
EVERY_HOUR = ((time(0), time(0)),)
FIRST = datetime(2020, 1, 1, tzinfo=CHINA)
LAST = datetime(2027, 1, 1, tzinfo=CHINA)
CASES = int(os.environ.get("MINSHENG_FUZZ", "5000"))
"""random cases; `make fuzz` asks for over a hundred thousand"""


def china(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[misc,arg-type]


class Oracle:
    """Every minute of 2020–2026, each asked by itself whether the office works in it."""

    def __init__(self) -> None:
        days = map(date.fromordinal, range(FIRST.date().toordinal(), LAST.date().toordinal()))
        open_now = (
            works and (510 <= minute < 720 or 870 <= minute < 1080)
            for works in map(chinese_calendar.is_workday, days)
            for minute in range(1440)
        )
        self.worked = list(accumulate(open_now, initial=0))

    def between(self, start: int, end: int) -> int:
        return self.worked[end] - self.worked[start]

    def after(self, start: int, minutes: int) -> int:
        return bisect_left(self.worked, self.worked[start] + minutes)


def moment(minute: int) -> datetime:
    return FIRST + minute * MINUTE


def test_random_spans_are_reckoned_as_minute_by_minute_over_seven_years() -> None:
    oracle, dice = Oracle(), random.Random(20250602)
    minutes = len(oracle.worked) - 1
    for _ in range(CASES):
        start = dice.randrange(minutes - 60 * 1440)
        span = dice.choice((1, dice.randrange(1, 480), dice.randrange(1, 15 * 420)))
        end = dice.randrange(start, minutes)
        assert OFFICE.add(moment(start), span * MINUTE) == moment(oracle.after(start, span)), (moment(start), span)
        assert OFFICE.worked(moment(start), moment(end)) == oracle.between(start, end) * MINUTE, (moment(start), moment(end))


def test_every_make_up_workday_and_every_holiday_of_seven_years_is_known() -> None:
    days = [date.fromordinal(n) for n in range(FIRST.date().toordinal(), LAST.date().toordinal())]
    assert [day for day in days if OFFICE.is_workday(day) != chinese_calendar.is_workday(day)] == []
    exchanged = [day for day in days if day.isoweekday() > 5 and OFFICE.is_workday(day)]
    assert len(exchanged) == sum(date(2020, 1, 1) <= day < LAST.date() for day in chinese_calendar.constants.workdays)
    for day in exchanged:
        morning = datetime.combine(day, time(8, 30), CHINA)
        assert OFFICE.add(morning, HOUR) == morning + HOUR


moments = st.integers(0, 2556 * 1440 - 1).map(moment)
spans = st.integers(1, 40 * 420 * 60).map(lambda seconds: timedelta(seconds=seconds))


@given(moments, spans)
def test_what_is_added_has_been_worked_and_not_a_moment_later(start: datetime, span: timedelta) -> None:
    due = OFFICE.add(start, span)
    assert OFFICE.worked(start, due) == span
    assert OFFICE.worked(start, due - timedelta(microseconds=1)) < span


@given(moments, spans, spans)
def test_time_may_be_added_in_parts(start: datetime, one: timedelta, other: timedelta) -> None:
    assert OFFICE.add(OFFICE.add(start, one), other) == OFFICE.add(start, one + other)


@given(moments, moments)
def test_time_between_two_moments_is_the_same_both_ways(one: datetime, other: datetime) -> None:
    assert OFFICE.worked(one, other) == -OFFICE.worked(other, one)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (china(2025, 6, 3, 10), 5, china(2025, 6, 10, 18)),  # a Tuesday: Wednesday is the first
        (china(2025, 9, 30, 17), 1, china(2025, 10, 9, 18)),  # over the eight days of National Day
        (china(2025, 9, 27, 10), 1, china(2025, 9, 28, 18)),  # the Sunday that is worked for it
        (china(2025, 6, 7, 23), 1, china(2025, 6, 9, 18)),  # a Saturday
    ],
)
def test_working_days_begin_the_day_after_and_end_when_the_office_closes(start: datetime, days: int, due: datetime) -> None:
    assert OFFICE.closing(start, days) == due


def test_a_county_may_add_days_of_its_own_which_go_before_the_statutory_ones() -> None:
    festival, worked = date(2025, 6, 4), date(2025, 10, 1)
    ours = Calendar(OFFICE.hours, holidays=frozenset({festival}), workdays=frozenset({worked}))
    assert (ours.is_workday(festival), ours.is_workday(worked)) == (False, True)


def test_a_year_without_a_list_is_told_until_the_county_gives_one() -> None:
    year = max(PUBLISHED) + 1
    start, end = china(year - 1, 12, 31, 9), china(year, 1, 5, 9)
    assert OFFICE.unknown(start, end) == [year]
    assert Calendar(OFFICE.hours, years=frozenset({year})).unknown(start, end) == []
    assert Calendar(OFFICE.hours, statutory=False).unknown(start, end) == []
    assert OFFICE.unknown(china(2025, 1, 1), china(2025, 12, 31)) == []


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Shanghai"])
@pytest.mark.parametrize("hours", [((time(8), time(12)), (time(13), time(17))), EVERY_HOUR])
def test_other_zones_are_reckoned_through_their_summer_time(zone: str, hours: tuple[tuple[time, time], ...]) -> None:
    calendar = Calendar(hours, frozenset(range(1, 8)), ZoneInfo(zone), statutory=False)
    dice = random.Random(zone)
    for _ in range(30):
        start = datetime(2024, 1, 1, tzinfo=UTC) + dice.randrange(366 * 1440) * MINUTE
        end = start + dice.randrange(9 * 1440) * MINUTE
        worked, now = 0, start
        while now < end:
            local = now.astimezone(calendar.zone)
            worked += hours == EVERY_HOUR or local.hour in (8, 9, 10, 11, 13, 14, 15, 16)
            now += MINUTE
        assert calendar.worked(start, end) == worked * MINUTE, (start, end)


def test_a_due_time_is_reckoned_in_less_than_twenty_microseconds() -> None:
    starts = [moment(n * 9973 % (2500 * 1440)) for n in range(2000)]
    for start in starts:
        OFFICE.add(start, 35 * HOUR)

    def once() -> float:
        began = stopwatch.perf_counter()
        for start in starts:
            OFFICE.add(start, 35 * HOUR)
        return (stopwatch.perf_counter() - began) / len(starts)

    assert min(once() for _ in range(10)) < 20e-6
