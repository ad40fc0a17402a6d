"""Clocks: each promise starts once, warns once, is overdue once, and climbs each step of the ladder once."""

from datetime import UTC, datetime, timedelta

import pytest

from services.sla.domain import (
    CLOCKS,
    Clocks,
    Command,
    Continue,
    Extend,
    Move,
    Pause,
    Restart,
    Start,
    Stop,
    Tick,
    next_look,
)
from services.sla.policy import Policy
from shared.events import COMMISSION, Event
from shared.events.intake import Kind
from shared.events.routing import CaseAssigned
from shared.events.sla import (
    CaseEscalated,
    CaseOverdue,
    ClockMoved,
    ClockPaused,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    Promise,
)

SAID = datetime(2025, 6, 2, 0, 0, tzinfo=UTC)
POLICY = Policy()


def assigned(**changes: object) -> CaseAssigned:
    facts: dict[str, object] = {
        "appeal": "a1", "number": "TY-20250602-0001", "channel": "wecom", "group": "g1", "village": "河西", "township": "平川镇",
        "message_id": "m1", "reporter": "p1", "department": "water", "department_name": "水利局", "urgent": False, "sealed": False,
        "occurred_at": SAID, "kind": Kind.APPEAL, "category": "其他", "opened_at": SAID, "confidence": 0.9,
    }  # fmt: skip
    return CaseAssigned.model_validate(facts | changes)


def after(*commands: Command) -> tuple[Clocks, list[Event]]:
    """The clocks and all events after these commands."""
    clocks, events = CLOCKS.initial, list[Event]()
    for command in commands:
        new = CLOCKS.decide(command, clocks)
        clocks = CLOCKS.fold(clocks, new)
        events += new
    return clocks, events


def at(minutes: float) -> Tick:
    return Tick(SAID + timedelta(minutes=minutes), POLICY)


def test_an_assigned_case_starts_both_clocks_from_when_the_villager_wrote() -> None:
    late = assigned(occurred_at=SAID + timedelta(minutes=3))
    _, events = after(Start(late, POLICY))
    assert [(e.promise, e.started_at, e.due_at - SAID) for e in events if isinstance(e, ClockStarted)] == [
        (Promise.ACCEPT, SAID, timedelta(minutes=10)),
        (Promise.RESOLVE, SAID, timedelta(days=7)),
    ]


def test_a_case_delivered_twice_starts_no_second_clock() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(Start(assigned(), POLICY), clocks) == []


@pytest.mark.parametrize(
    ("facts", "limit"),
    [
        ({"urgent": True}, timedelta(hours=2)),
        ({"category": "城乡建设/供排水"}, timedelta(hours=24)),
        ({"category": "村务/村务公开"}, timedelta(days=7)),
    ],
)
def test_the_work_is_promised_by_urgency_and_category(facts: dict[str, object], limit: timedelta) -> None:
    clocks, _ = after(Start(assigned(**facts), POLICY))
    assert clocks[Promise.RESOLVE].due_at - SAID == limit


def test_nothing_happens_before_eight_of_ten_minutes_then_one_warning() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(at(7.9), clocks) == []
    clocks, events = after(Start(assigned(), POLICY), at(8), at(8.5), at(9.9))
    assert [type(e) for e in events[2:]] == [ClockWarned]


def test_an_unanswered_appeal_is_overdue_once_and_escalates_each_step_once() -> None:
    ticks = [at(m) for m in (8, 10, 10, 15, 29.9, 30, 31, 600)]
    _, events = after(Start(assigned(), POLICY), *ticks)
    accept = [e for e in events if e.promise is Promise.ACCEPT]  # type: ignore[attr-defined]
    assert [type(e) for e in accept] == [ClockStarted, ClockWarned, CaseOverdue, CaseEscalated, CaseEscalated]
    assert [(e.step, e.to) for e in accept if isinstance(e, CaseEscalated)] == [(1, "township"), (2, "county")]


def test_a_clock_that_was_not_looked_at_in_time_says_everything_in_order_at_once() -> None:
    _, events = after(Start(assigned(), POLICY), at(60 * 24 * 20))
    late = [type(e) for e in events if e.promise is Promise.ACCEPT][1:]  # type: ignore[attr-defined]
    assert late == [CaseOverdue, CaseEscalated, CaseEscalated]


def test_an_answer_in_the_tenth_minute_is_in_time_and_stops_the_clock() -> None:
    stop = Stop((Promise.ACCEPT,), SAID + timedelta(minutes=10))
    clocks, events = after(Start(assigned(), POLICY), stop, at(11))
    assert [e.in_time for e in events if isinstance(e, ClockStopped)] == [True]
    assert not any(isinstance(e, CaseOverdue) for e in events)
    assert CLOCKS.decide(stop, clocks) == []


def test_a_late_answer_stops_the_clock_but_was_not_in_time() -> None:
    _, events = after(Start(assigned(), POLICY), at(10), Stop((Promise.ACCEPT,), SAID + timedelta(minutes=12)))
    assert [e.in_time for e in events if isinstance(e, ClockStopped)] == [False]


def test_a_sealed_case_escalates_to_the_commission_alone() -> None:
    _, events = after(Start(assigned(sealed=True), POLICY), at(10), at(30))
    assert {e.to for e in events if isinstance(e, CaseEscalated)} == {COMMISSION}


def test_a_reopened_case_promises_the_work_anew_but_not_the_answer() -> None:
    done = Stop((Promise.ACCEPT, Promise.RESOLVE), SAID + timedelta(hours=1))
    again = assigned(occurred_at=SAID + timedelta(days=1))
    clocks, _ = after(Start(assigned(), POLICY), done, Restart(again, POLICY))
    assert clocks[Promise.ACCEPT].stopped
    work = clocks[Promise.RESOLVE]
    assert (work.stopped, work.last.round, work.due_at - work.started_at) == (False, 2, timedelta(days=7))


def test_a_reopening_while_the_work_still_runs_starts_nothing() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(Restart(assigned(), POLICY), clocks) == []


def test_danger_shortens_the_work_and_a_transfer_takes_the_clocks_along() -> None:
    moved = assigned(urgent=True, department="power", department_name="供电公司")
    clocks, events = after(Start(assigned(), POLICY), Move(moved, POLICY))
    assert {e.department for e in events if isinstance(e, ClockMoved)} == {"power"}
    assert clocks[Promise.RESOLVE].due_at - SAID == timedelta(hours=2)
    assert clocks[Promise.ACCEPT].due_at - SAID == timedelta(minutes=10)


def test_the_next_look_is_warning_then_deadline_then_each_step_then_never() -> None:
    looks = []
    clocks, _ = after(Start(assigned(), POLICY))
    while look := next_look(clocks[Promise.ACCEPT], POLICY):
        looks.append((look - SAID) / timedelta(minutes=1))
        clocks = CLOCKS.fold(clocks, CLOCKS.decide(Tick(look, POLICY), clocks))
    assert looks == [8, 10, 30]


def test_a_promise_is_broken_once_and_once_more_only_when_the_case_was_reopened_in_between() -> None:
    begin, done = Start(assigned(urgent=True), POLICY), Stop((Promise.ACCEPT, Promise.RESOLVE), SAID + timedelta(hours=5))
    late = [at(60 * hours) for hours in (2, 3, 4)]
    again = Restart(assigned(urgent=True, occurred_at=SAID + timedelta(hours=30)), POLICY)
    later = [at(60 * hours) for hours in (31.9, 32, 33, 200)]
    _, events = after(begin, *late, done, at(60 * 6), again, *later)
    broken = [(e.promise, e.round) for e in events if isinstance(e, CaseOverdue)]
    assert broken == [(Promise.ACCEPT, 1), (Promise.RESOLVE, 1), (Promise.RESOLVE, 2)]


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_suspended_case_is_neither_warned_of_nor_late_and_is_due_later_by_its_rest() -> None:
    clocks, events = after(Start(assigned(), POLICY), Stop((Promise.ACCEPT,), SAID), Pause(SAID + DAY), at(60 * 24 * 20))
    assert [type(e) for e in events][3:] == [ClockPaused]
    assert next_look(clocks[Promise.RESOLVE], POLICY) is None
    clocks = CLOCKS.fold(clocks, CLOCKS.decide(Continue(SAID + 21 * DAY), clocks))
    work = clocks[Promise.RESOLVE]
    assert (work.due_at, work.paused_at) == (SAID + 27 * DAY, None)
    assert next_look(work, POLICY) == POLICY.warn_at(SAID, SAID + 7 * DAY) + 20 * DAY


def test_a_pause_or_its_end_that_is_said_twice_changes_nothing() -> None:
    clocks, _ = after(Start(assigned(), POLICY), Pause(SAID + HOUR))
    assert CLOCKS.decide(Pause(SAID + 2 * HOUR), clocks) == []
    clocks = CLOCKS.fold(clocks, CLOCKS.decide(Continue(SAID + 2 * HOUR), clocks))
    assert CLOCKS.decide(Continue(SAID + 3 * HOUR), clocks) == []


def test_work_that_ends_while_it_rests_was_in_time_if_it_was_when_the_rest_began() -> None:
    _, events = after(Start(assigned(), POLICY), Pause(SAID + DAY), Stop((Promise.RESOLVE,), SAID + 30 * DAY))
    assert [e.in_time for e in events if isinstance(e, ClockStopped)] == [True]


def test_granted_days_move_the_due_time_and_are_warned_of_anew() -> None:
    granted = Extend(5, SAID + 6 * DAY, POLICY)
    clocks, _ = after(Start(assigned(), POLICY), Stop((Promise.ACCEPT,), SAID), at(60 * 24 * 6), granted)
    work = clocks[Promise.RESOLVE]
    assert (work.due_at, work.warned) == (SAID + 12 * DAY, False)
    assert next_look(work, POLICY) == POLICY.warn_at(SAID, SAID + 12 * DAY)


def test_days_that_were_asked_for_too_late_count_for_nothing() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(Extend(5, SAID + 7 * DAY + HOUR, POLICY), clocks) == []


def test_a_reopened_case_has_the_first_time_again_without_pauses_and_extensions() -> None:
    held = (Pause(SAID + HOUR), Continue(SAID + DAY), Extend(5, SAID + 2 * DAY, POLICY))
    done = Stop((Promise.ACCEPT, Promise.RESOLVE), SAID + 3 * DAY)
    clocks, _ = after(Start(assigned(), POLICY), *held, done, Restart(assigned(occurred_at=SAID + 4 * DAY), POLICY))
    work = clocks[Promise.RESOLVE]
    assert work.due_at - work.started_at == 7 * DAY
