"""A channel's limits, its circuit and the county's quiet hours, on a clock of the test's own."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notify.pacing import FIRST_REST, LONGEST_REST, TRIPS, Circuit, Limit, Quiet, free, free_at
from shared.clock import CHINA

NOW = datetime(2025, 6, 2, tzinfo=UTC)
MINUTE = Limit(20, 60)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_channel_without_a_limit_takes_any_number() -> None:
    assert free([], [NOW] * 1000, NOW) is None


def test_a_message_counts_for_the_whole_span_and_then_no_more() -> None:
    taken = [at(n) for n in range(20)]
    assert free([MINUTE], taken, at(59.9)) == 0
    assert free_at([MINUTE], taken, at(30)) == at(60)
    assert free([MINUTE], taken, at(60)) == 1
    assert free_at([MINUTE], taken, at(30), wanted=3) == at(62)


def test_the_tightest_of_several_limits_counts() -> None:
    both = [Limit(100, 60), Limit(5, 1)]
    assert free(both, [NOW] * 4, NOW) == 1
    assert free(both, [NOW] * 5, NOW) == 0
    assert free_at(both, [NOW] * 5, NOW) == at(1)
    assert free_at(both, [NOW] * 100, at(2)) == at(60)


@given(st.lists(st.floats(0, 400), max_size=80), st.floats(0, 400), st.integers(1, 20))
def test_when_it_says_that_there_is_room_there_is(moments: list[float], now: float, wanted: int) -> None:
    limits, taken = [Limit(20, 60), Limit(30, 300)], [at(s) for s in moments]
    moment = free_at(limits, taken, at(now), wanted)
    room = free(limits, taken, moment)
    assert room is not None
    assert room >= wanted


def test_a_circuit_opens_after_failures_in_a_row_rests_longer_each_time_and_closes_on_success() -> None:
    circuit, now, rests = Circuit(), NOW, list[timedelta]()
    for _ in range(TRIPS + 8):
        circuit = circuit.failed(now, 0.5)
        if circuit.rests_until and circuit.resting(now):
            rests.append(circuit.rests_until - now)
            now = circuit.rests_until
    assert rests[0] == FIRST_REST
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST
    assert circuit.trying
    assert not circuit.resting(now)
    assert not circuit.worked().trying


def test_failures_of_what_was_on_its_way_when_it_opened_count_once() -> None:
    circuit = Circuit()
    for _ in range(50):
        circuit = circuit.failed(NOW, 0.5)
    assert circuit.rests_until == NOW + FIRST_REST


def test_a_pause_the_receiver_asked_for_is_kept_even_if_another_message_works() -> None:
    circuit = Circuit().paused(at(60)).worked()
    assert circuit.resting(at(59))
    assert not circuit.resting(at(60))
    assert not circuit.trying


def test_quiet_hours_may_span_midnight_and_are_the_countys() -> None:
    night = Quiet(time(22), time(7))

    def local(hour: int, day: int = 2) -> datetime:
        return datetime(2025, 6, day, hour, tzinfo=CHINA)

    assert night.until(local(21)) is None
    assert night.until(local(22)) == local(7, 3)
    assert night.until(local(3)) == local(7)
    assert night.until(local(7)) is None
    assert Quiet(time(12), time(14)).until(local(13)) == local(14)
    assert Quiet(time(12), time(14)).until(local(15)) is None
