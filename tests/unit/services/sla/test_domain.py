"""Clocks: each promise starts once, warns once of each colour, is overdue once, and climbs each step of the ladder once."""

from datetime import UTC, datetime, timedelta

import pytest

from services.sla.clock import Clocks
from services.sla.domain import (
    CLOCKS,
    Acknowledge,
    Begin,
    Command,
    Continue,
    Extend,
    Move,
    Pause,
    Start,
    Stop,
    Tick,
    next_look,
    next_of,
)
from services.sla.policies import POLICIES, Adopt, Policies
from services.sla.policy import shipped
from shared.decider import Refused
from shared.events import COMMISSION, Event
from shared.events.intake import Kind
from shared.events.routing import CaseAssigned
from shared.events.sla import (
    BackupPaged,
    CaseEscalated,
    CaseOverdue,
    ClockMoved,
    ClockPaused,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    Colour,
    EscalationAcknowledged,
    Promise,
)

SAID = datetime(2025, 6, 2, 0, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORK = (Promise.ACCEPT, Promise.REPLY, Promise.RESOLVE)


def policies(*texts: str) -> Policies:
    """The county's versions after adopting these files, one after the other."""
    state = POLICIES.initial
    for text in texts:
        state = POLICIES.fold(state, POLICIES.decide(Adopt(text, SAID), state))
    return state


# the file that comes along, but the work is promised in natural days
PLAIN = shipped().replace('within = "5 workdays"', 'within = "7 days"').replace("2026-1", "plain")
POLICY = policies(PLAIN)


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


def test_an_assigned_case_starts_its_clocks_from_when_the_villager_wrote() -> None:
    late = assigned(occurred_at=SAID + timedelta(minutes=3))
    _, events = after(Start(late, POLICY))
    assert [(e.promise, e.started_at, e.due_at - SAID) for e in events if isinstance(e, ClockStarted)] == [
        (Promise.ACCEPT, SAID, timedelta(minutes=10)),
        (Promise.REPLY, SAID, DAY + 10 * HOUR),  # until the office closes on the first working day after the holiday
        (Promise.RESOLVE, SAID, 7 * DAY),
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


def test_the_back_up_is_paged_at_five_minutes_then_it_is_warned_of_in_yellow_and_in_orange() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(at(4.9), clocks) == []
    clocks, events = after(Start(assigned(), POLICY), *map(at, (5, 5.5, 6.9, 7, 8.9, 9, 9.9)))
    assert [(type(e), getattr(e, "colour", None), e.late) for e in events[3:]] == [  # type: ignore[attr-defined]
        (BackupPaged, None, False),
        (ClockWarned, Colour.YELLOW, False),
        (ClockWarned, Colour.ORANGE, False),
    ]
    assert next(e.title for e in events if isinstance(e, BackupPaged)) == "备班人员"


def test_of_two_warnings_that_were_missed_only_the_weightier_is_said() -> None:
    _, events = after(Start(assigned(), POLICY), at(9.5))
    assert [e.colour for e in events if isinstance(e, ClockWarned)] == [Colour.ORANGE]


def test_an_unanswered_appeal_is_overdue_once_and_escalates_each_step_once() -> None:
    ticks = [at(m) for m in (10, 10, 15, 29.9, 30, 31, 149.9, 150, 150 + 24 * 60, 20_000)]
    _, events = after(Start(assigned(), POLICY), *ticks)
    accept = [e for e in events if e.promise is Promise.ACCEPT]  # type: ignore[attr-defined]
    steps = [(e.to, e.title, (e.escalated_at - SAID) / timedelta(minutes=1)) for e in accept if isinstance(e, CaseEscalated)]
    assert steps == [
        ("duty-officer", "值班人员", 10),
        ("department-head", "部门负责人", 30),
        ("vice-leader", "分管副县长", 150),
        ("commission", "纪委监委", 150 + 24 * 60),
    ]
    assert sum(isinstance(e, CaseOverdue) for e in accept) == 1


def test_what_was_missed_for_three_days_is_marked_late_and_the_ladder_is_climbed_from_then_on_not_at_once() -> None:
    back = SAID + 3 * DAY
    clocks, events = after(Start(assigned(), POLICY), Tick(back, POLICY))
    late = [e for e in events if e.promise is Promise.ACCEPT][1:]  # type: ignore[attr-defined]
    assert [(type(e), e.late) for e in late] == [(CaseOverdue, True), (CaseEscalated, True)]  # type: ignore[attr-defined]
    assert next_look(clocks[Promise.ACCEPT], POLICY) == back + timedelta(minutes=20)
    _, again = after(Start(assigned(), POLICY), Tick(back, POLICY), Tick(back + timedelta(minutes=20), POLICY))
    assert [(e.step, e.late) for e in again if isinstance(e, CaseEscalated) and e.promise is Promise.ACCEPT] == [
        (1, True),
        (2, False),
    ]


def test_a_step_that_is_acknowledged_holds_the_next_one_back_by_its_delay() -> None:
    noted = SAID + timedelta(minutes=25)
    clocks, events = after(Start(assigned(), POLICY), at(10), Acknowledge(Promise.ACCEPT, 1, "o1", noted), at(44))
    assert [e.by for e in events if isinstance(e, EscalationAcknowledged)] == ["o1"]
    assert [e.step for e in events if isinstance(e, CaseEscalated)] == [1]
    assert next_look(clocks[Promise.ACCEPT], POLICY) == noted + timedelta(minutes=20)
    assert CLOCKS.decide(Acknowledge(Promise.ACCEPT, 1, "o2", noted), clocks) == []
    with pytest.raises(Refused):
        CLOCKS.decide(Acknowledge(Promise.ACCEPT, 2, "o1", noted), clocks)


def test_what_is_due_of_several_clocks_happens_in_the_order_of_its_times() -> None:
    _, events = after(Start(assigned(urgent=True), POLICY), at(70))
    times = [e.escalated_at for e in events if isinstance(e, CaseEscalated)]
    assert times == [SAID + timedelta(minutes=10), SAID + HOUR]


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
    done = Stop(WORK, SAID + timedelta(hours=1))
    again = assigned(occurred_at=SAID + timedelta(days=1))
    clocks, _ = after(Start(assigned(), POLICY), done, Begin(Promise.RESOLVE, again, POLICY))
    assert clocks[Promise.ACCEPT].stopped
    work = clocks[Promise.RESOLVE]
    assert (work.stopped, work.last.round, work.due_at - work.started_at) == (False, 2, timedelta(days=7))


def test_a_reopening_while_the_work_still_runs_starts_nothing() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(Begin(Promise.RESOLVE, assigned(), POLICY), clocks) == []


def test_danger_shortens_the_work_and_a_transfer_takes_the_clocks_along() -> None:
    moved = assigned(urgent=True, department="power", department_name="供电公司")
    clocks, events = after(Start(assigned(), POLICY), Move(moved, POLICY))
    assert {e.department for e in events if isinstance(e, ClockMoved)} == {"power"}
    assert clocks[Promise.RESOLVE].due_at - SAID == timedelta(hours=2)
    assert clocks[Promise.ACCEPT].due_at - SAID == timedelta(minutes=10)


def test_the_next_look_is_page_then_warnings_then_deadline_then_each_step_then_never() -> None:
    looks = []
    clocks, _ = after(Start(assigned(), POLICY))
    while look := next_look(clocks[Promise.ACCEPT], POLICY):
        looks.append((look - SAID) / timedelta(minutes=1))
        clocks = CLOCKS.fold(clocks, CLOCKS.decide(Tick(look, POLICY), clocks))
    assert looks == [5, 7, 9, 10, 30, 150, 150 + 24 * 60]


def test_a_promise_is_broken_once_and_once_more_only_when_the_case_was_reopened_in_between() -> None:
    begin, done = Start(assigned(urgent=True), POLICY), Stop(WORK, SAID + timedelta(hours=5))
    late = [at(60 * hours) for hours in (2, 3, 4)]
    again = Begin(Promise.RESOLVE, assigned(urgent=True, occurred_at=SAID + timedelta(hours=30)), POLICY)
    later = [at(60 * hours) for hours in (31.9, 32, 33, 200)]
    _, events = after(begin, *late, done, at(60 * 6), again, *later)
    broken = [(e.promise, e.round) for e in events if isinstance(e, CaseOverdue) and e.promise is not Promise.REPLY]
    assert broken == [(Promise.ACCEPT, 1), (Promise.RESOLVE, 1), (Promise.RESOLVE, 2)]


def test_a_suspended_case_is_neither_warned_of_nor_late_and_is_due_later_by_its_rest() -> None:
    done = Stop((Promise.ACCEPT, Promise.REPLY), SAID)
    clocks, events = after(Start(assigned(), POLICY), done, Pause(SAID + DAY), at(60 * 24 * 20))
    assert [type(e) for e in events][5:] == [ClockPaused]
    assert next_of(clocks, POLICY) is None
    clocks = CLOCKS.fold(clocks, CLOCKS.decide(Continue(SAID + 21 * DAY, POLICY), clocks))
    work = clocks[Promise.RESOLVE]
    assert (work.due_at, work.paused_at) == (SAID + 27 * DAY, None)
    assert next_look(work, POLICY) == SAID + 7 * DAY * 0.7 + 20 * DAY


def test_work_that_rests_over_a_holiday_has_as_much_working_time_left_as_before() -> None:
    ours, thursday = policies(shipped()), datetime(2025, 9, 25, 1, tzinfo=UTC)
    clocks, _ = after(Start(assigned(opened_at=thursday), ours), Pause(datetime(2025, 9, 30, 8, tzinfo=UTC)))
    # 26, 28 (a Sunday worked for the holiday), 29, 30 of September and 9 October, of which nine hours are left
    assert clocks[Promise.RESOLVE].due_at == datetime(2025, 10, 9, 10, tzinfo=UTC)
    clocks = CLOCKS.fold(clocks, CLOCKS.decide(Continue(datetime(2025, 10, 5, tzinfo=UTC), ours), clocks))
    assert clocks[Promise.RESOLVE].due_at == datetime(2025, 10, 10, 2, 30, tzinfo=UTC)


def test_a_pause_or_its_end_that_is_said_twice_changes_nothing() -> None:
    clocks, _ = after(Start(assigned(), POLICY), Pause(SAID + HOUR))
    assert CLOCKS.decide(Pause(SAID + 2 * HOUR), clocks) == []
    clocks = CLOCKS.fold(clocks, CLOCKS.decide(Continue(SAID + 2 * HOUR, POLICY), clocks))
    assert CLOCKS.decide(Continue(SAID + 3 * HOUR, POLICY), clocks) == []


def test_work_that_ends_while_it_rests_was_in_time_if_it_was_when_the_rest_began() -> None:
    _, events = after(Start(assigned(), POLICY), Pause(SAID + DAY), Stop((Promise.RESOLVE,), SAID + 30 * DAY))
    assert [e.in_time for e in events if isinstance(e, ClockStopped)] == [True]


def test_granted_days_move_the_due_time_and_are_warned_of_anew() -> None:
    granted = Extend(5, SAID + 6 * DAY, POLICY)
    clocks, _ = after(Start(assigned(), POLICY), Stop((Promise.ACCEPT,), SAID), at(60 * 24 * 6), granted)
    work = clocks[Promise.RESOLVE]
    assert (work.due_at, work.warned) == (SAID + 12 * DAY, None)
    assert next_look(work, POLICY) == SAID + 12 * DAY * 0.7


def test_days_that_were_asked_for_too_late_count_for_nothing() -> None:
    clocks, _ = after(Start(assigned(), POLICY))
    assert CLOCKS.decide(Extend(5, SAID + 7 * DAY + HOUR, POLICY), clocks) == []


def test_a_reopened_case_has_the_first_time_again_without_pauses_and_extensions() -> None:
    held = (Pause(SAID + HOUR), Continue(SAID + DAY, POLICY), Extend(5, SAID + 2 * DAY, POLICY))
    done = Stop(WORK, SAID + 3 * DAY)
    again = Begin(Promise.RESOLVE, assigned(occurred_at=SAID + 4 * DAY), POLICY)
    clocks, _ = after(Start(assigned(), POLICY), *held, done, again)
    work = clocks[Promise.RESOLVE]
    assert work.due_at - work.started_at == 7 * DAY


def test_what_waits_at_the_county_desk_must_be_assigned_in_time() -> None:
    clocks, _ = after(Start(assigned(waits=True), POLICY))
    assert clocks[Promise.ASSIGN].due_at == SAID + 2 * HOUR
    urgent, _ = after(Start(assigned(waits=True, urgent=True), POLICY))
    assert urgent[Promise.ASSIGN].due_at == SAID + HOUR / 2


def test_progress_is_promised_again_each_time_it_is_told_while_the_work_goes_on() -> None:
    told = [assigned(occurred_at=SAID + n * DAY) for n in (1, 2)]
    steps = [(Stop((Promise.PROGRESS,), e.occurred_at), Begin(Promise.PROGRESS, e, POLICY, working=True)) for e in told]
    clocks, events = after(Start(assigned(), POLICY), *(step for pair in steps for step in pair))
    assert clocks[Promise.PROGRESS].last.round == 2
    assert [e.in_time for e in events if isinstance(e, ClockStopped)] == [True]
    done = CLOCKS.fold(clocks, CLOCKS.decide(Stop(tuple(Promise), SAID + 3 * DAY), clocks))
    assert CLOCKS.decide(Begin(Promise.PROGRESS, told[1], POLICY, working=True), done) == []


def test_a_case_keeps_the_limits_it_began_under_and_the_next_case_has_the_new_ones() -> None:
    swift = PLAIN.replace('"plain"', '"swift"').replace('within = "3 workdays"', 'within = "1 hour"')
    both = policies(PLAIN, swift)
    resolved = assigned(occurred_at=SAID + DAY)
    old, _ = after(Start(assigned(), POLICY), Stop(WORK, SAID), Begin(Promise.CALLBACK, resolved, both))
    new, _ = after(Start(assigned(), both), Stop(WORK, SAID), Begin(Promise.CALLBACK, resolved, both))
    assert old[Promise.CALLBACK].started.policy == "plain"
    assert new[Promise.CALLBACK].started.policy == "swift"
    assert new[Promise.CALLBACK].due_at == SAID + DAY + HOUR < old[Promise.CALLBACK].due_at


def test_a_year_whose_holidays_are_not_known_is_told_with_the_clock() -> None:
    far = datetime(2040, 6, 4, tzinfo=UTC)
    clocks, _ = after(Start(assigned(opened_at=far), policies(shipped())))
    assert "2040" in str(clocks[Promise.RESOLVE].started.warning)
    assert clocks[Promise.ACCEPT].started.warning is None
