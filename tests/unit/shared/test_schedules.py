"""Set times: whatever moment it is, it lies between the last one and the next."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.clock import CHINA
from shared.schedules import Schedule, every_day, every_week


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.times().map(lambda at: time(at.hour, at.minute)),
    st.none() | st.integers(0, 6),
)
def test_every_moment_lies_between_one_set_time_and_the_next(now: datetime, at: time, weekday: int | None) -> None:
    schedule = Schedule(at, weekday)
    latest, following = schedule.latest(now), schedule.following(schedule.latest(now))
    assert latest <= now < following
    assert following - latest == timedelta(days=1 if weekday is None else 7)
    assert latest.astimezone(CHINA).time() == at
    assert weekday in (None, latest.astimezone(CHINA).weekday())
    assert schedule.latest(following) == following


def test_they_are_written_as_a_time_of_day_or_with_the_day_of_the_week_before_it() -> None:
    assert every_day("18:30") == Schedule(time(18, 30))
    assert every_week("Mon 09:00") == Schedule(time(9), 0)
    assert every_week("Sun 23:59") == Schedule(time(23, 59), 6)
