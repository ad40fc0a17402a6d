"""The life of a case: one accountable department from its first moment, and every step only when the rules allow it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.routing.commands import DecideReturn
from services.routing.departments import Departments
from services.routing.directory import Department
from services.routing.domain import (
    CASE,
    REOPEN_WITHIN,
    Accept,
    AskBack,
    Assign,
    Case,
    Close,
    Command,
    RaiseUrgency,
    Reopen,
    Report,
    Resolve,
    Return,
    TakeFeedback,
    Transfer,
)
from shared.decider import Refused
from shared.events import Event
from shared.events.casework import CaseWithdrawn, ReturnRefused
from shared.events.intake import AppealOpened, Kind
from shared.events.routing import (
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseReopened,
    CaseReturned,
    CaseTransferred,
    CaseUrgencyRaised,
    Status,
)

T0 = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
T1 = T0 + timedelta(minutes=5)
DIRECTORY_OF_FOUR = Departments(
    {
        d.code: d
        for d in (
            Department("water", "水利局", "county", ("自来水", "停水", "水管破裂")),
            Department("housing", "住房和城乡建设局", "county", ("污水管网", "物业")),
            Department("letters", "信访局", "county", ("信访", "历史遗留")),
            Department("discipline", "纪委监委", "county", ("干部作风", "贪污", "举报")),
        )
    }
)


def opened(**changes: object) -> AppealOpened:
    facts: dict[str, object] = {
        "appeal": "a1", "number": "TY-20250602-0001", "kind": Kind.APPEAL, "channel": "wecom", "group": "g1", "village": "河西",
        "township": "平川镇", "message_id": "m1", "reporter": "p1", "text": "自来水停了两天", "occurred_at": T0,
    }  # fmt: skip
    return AppealOpened.model_validate(facts | changes)


ASSIGN = Assign(opened(), DIRECTORY_OF_FOUR, T0)


def after(*commands: Command) -> tuple[Case, list[Event]]:
    case, events = CASE.initial, list[Event]()
    for command in commands:
        new = CASE.decide(command, case)
        case, events = CASE.fold(case, new), events + new
    return case, events


def returned() -> tuple[Case, list[Event]]:
    case, _ = after(ASSIGN)
    case = replace(case, candidates=("housing",))
    events = CASE.decide(Return("o1", T1, words="属小区内部管网", strict=True, departments=DIRECTORY_OF_FOUR), case)
    return CASE.fold(case, events), events


def test_an_appeal_is_assigned_at_once_with_reasons_and_runners_up() -> None:
    case, [event] = after(ASSIGN)
    assert isinstance(event, CaseAssigned)
    assert (case.status, event.department, bool(event.reasons)) == (Status.ASSIGNED, "water", True)


def test_an_appeal_delivered_twice_is_one_case() -> None:
    case, _ = after(ASSIGN)
    assert CASE.decide(ASSIGN, case) == []


def test_without_a_directory_the_county_desk_is_accountable() -> None:
    _, [event] = after(Assign(opened(), Departments(), T0))
    assert isinstance(event, CaseAssigned)
    assert event.department == "county-desk"


def test_a_sealed_report_goes_to_the_commission_and_to_nobody_else() -> None:
    sealed = opened(kind=Kind.REPORT, sealed=True, text=None)
    case, [event] = after(Assign(sealed, DIRECTORY_OF_FOUR, T0))
    assert isinstance(event, CaseAssigned)
    assert event.department == "discipline"
    with pytest.raises(Refused, match="纪委监委"):
        CASE.decide(Transfer("desk", T1, strict=True, department="water", departments=DIRECTORY_OF_FOUR), case)


def test_the_usual_life_ends_closed_and_confirmed_by_the_reporter() -> None:
    case, events = after(
        ASSIGN,
        Accept("o1", T1),
        Report("o1", T1),
        Resolve("o1", T1, words="修好了"),
        AskBack("o2", T1),
        TakeFeedback("p1", T1, satisfied=True),
    )
    assert (case.status, case.satisfied) == (Status.CLOSED, True)
    assert isinstance(events[-1], CaseClosed)
    assert events[-1].outcome == "confirmed"


def test_a_first_word_that_settles_it_needs_no_acceptance_before() -> None:
    case, _ = after(ASSIGN, Resolve("o1", T1, words="已经修好"))
    assert case.status is Status.RESOLVED


def test_a_dissatisfied_reporter_reopens_the_case_also_after_its_close() -> None:
    closed = (ASSIGN, Resolve("o1", T1), TakeFeedback("p1", T1, satisfied=True))
    case, events = after(*closed, TakeFeedback("p1", T1 + timedelta(days=3), satisfied=False))
    assert isinstance(events[-1], CaseReopened)
    assert (case.status, case.reopened, case.closed_at) == (Status.ASSIGNED, 1, None)


def test_feedback_that_says_neither_is_recorded_and_leaves_the_case_called_back() -> None:
    case, events = after(ASSIGN, Resolve("o1", T1), TakeFeedback("p1", T1))
    assert isinstance(events[-1], CaseCalledBack)
    assert case.status is Status.CALLED_BACK


def test_a_case_closed_longer_than_fifteen_days_is_not_reopened() -> None:
    case, _ = after(ASSIGN, Resolve("o1", T1), TakeFeedback("p1", T1, satisfied=True))
    late = T1 + REOPEN_WITHIN + timedelta(seconds=1)
    assert CASE.decide(Reopen("p1", late), case) == []
    with pytest.raises(Refused, match="15 天"):
        CASE.decide(Reopen("p1", late, strict=True, words="又坏了"), case)


def test_the_first_department_stays_accountable_until_its_return_is_decided() -> None:
    case, [event] = returned()
    assert isinstance(event, CaseReturned)
    assert (event.department, event.undecided, case.last and case.last.department) == ("water", True, "water")
    assert CASE.decide(Report("o1", T1, words="先派人看看", strict=True), case)
    with pytest.raises(Refused, match="首接单位"):
        CASE.decide(Return("o2", T1, words="真不归我管", strict=True, departments=DIRECTORY_OF_FOUR), case)


def test_a_return_that_is_granted_goes_to_the_department_that_fits_next_best_or_that_the_desk_names() -> None:
    case, _ = returned()
    grant = DecideReturn("desk", T1, words="确属小区内部", strict=True, granted=True, departments=DIRECTORY_OF_FOUR)
    [moved] = CASE.decide(grant, case)
    assert isinstance(moved, CaseTransferred)
    assert (moved.from_department, moved.department) == ("water", "housing")
    [moved] = CASE.decide(replace(grant, department="letters"), case)
    assert isinstance(moved, CaseTransferred)
    assert moved.department == "letters"
    assert CASE.evolve(case, moved).returning is None


def test_a_return_that_is_refused_leaves_the_case_where_it_is() -> None:
    case, _ = returned()
    [refused] = CASE.decide(DecideReturn("desk", T1, words="管网是你单位的", strict=True), case)
    assert isinstance(refused, ReturnRefused)
    case = CASE.evolve(case, refused)
    assert (refused.department, case.returning) == ("water", None)
    with pytest.raises(Refused, match="已退过一次"):
        CASE.decide(Return("o2", T1, words="真不归我管", strict=True, departments=DIRECTORY_OF_FOUR), case)


def test_who_asked_for_a_return_does_not_decide_it() -> None:
    case, _ = returned()
    with pytest.raises(Refused, match="由他人审核"):
        CASE.decide(DecideReturn("o1", T1, words="同意", strict=True, granted=True, departments=DIRECTORY_OF_FOUR), case)


def test_an_appeal_returned_twice_goes_to_the_county_desk_and_not_round_again() -> None:
    case, _ = returned()
    grant = DecideReturn("desk", T1, words="确属小区内部", granted=True, departments=DIRECTORY_OF_FOUR)
    case = CASE.fold(case, CASE.decide(grant, case))
    second = Return("o2", T1, words="也不归我管", strict=True, departments=DIRECTORY_OF_FOUR)
    events = CASE.decide(second, case)
    assert isinstance(events[-1], CaseTransferred)
    assert events[-1].department == "letters"
    with pytest.raises(Refused, match="由县诉求中心决定"):
        CASE.decide(replace(second, by="o3"), CASE.fold(case, events))


def test_a_return_of_old_which_was_decided_by_rule_waits_for_nobody() -> None:
    _, [event] = returned()
    assert isinstance(event, CaseReturned)
    old = event.model_validate(event.model_dump(exclude={"undecided"}))
    assert CASE.evolve(after(ASSIGN)[0], old).returning is None


def test_a_department_returns_a_case_only_once_and_only_with_a_reason() -> None:
    case, _ = after(ASSIGN)
    with pytest.raises(Refused, match="理由"):
        CASE.decide(Return("o1", T1, strict=True, departments=DIRECTORY_OF_FOUR), case)
    again = replace(case, returned_by=("water",))
    with pytest.raises(Refused, match="已退过一次"):
        CASE.decide(Return("o1", T1, words="不归我管", strict=True, departments=DIRECTORY_OF_FOUR), again)


def test_whoever_resolved_a_case_does_not_call_back_himself() -> None:
    case, _ = after(ASSIGN, Resolve("o1", T1))
    with pytest.raises(Refused, match="另派人回访"):
        CASE.decide(AskBack("o1", T1, strict=True), case)
    assert CASE.decide(AskBack("o2", T1, strict=True), case)


def test_a_step_that_is_not_allowed_now_is_refused_with_what_is() -> None:
    case, _ = after(ASSIGN, Resolve("o1", T1))
    others = "已办结，不能受理；现在可以：回访、登记回访结果、登记未接通、重办、结案、督办、密封、申请不计入考核$"
    with pytest.raises(Refused, match=others):
        CASE.decide(Accept("o2", T1, strict=True), case)
    his = "已办结，不能受理；现在可以：重办、督办、密封、申请不计入考核$"
    with pytest.raises(Refused, match=his):
        CASE.decide(Accept("o1", T1, strict=True), case)


def test_the_same_step_said_in_the_chat_is_only_talk() -> None:
    case, _ = after(ASSIGN, Resolve("o1", T1))
    assert CASE.decide(Accept("o1", T1), case) == []


def test_a_step_on_a_case_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="没有这件案件"):
        CASE.decide(Accept("o1", T1), CASE.initial)


def test_danger_told_later_makes_the_case_urgent_once() -> None:
    case, events = after(ASSIGN, RaiseUrgency("p2", T1))
    assert isinstance(events[-1], CaseUrgencyRaised)
    assert CASE.decide(RaiseUrgency("p3", T1), case) == []


def test_a_transfer_names_an_existing_other_department() -> None:
    case, _ = after(ASSIGN)
    with pytest.raises(Refused, match="没有部门 nowhere"):
        CASE.decide(Transfer("desk", T1, strict=True, department="nowhere", departments=DIRECTORY_OF_FOUR), case)
    with pytest.raises(Refused, match="本来就由水利局主办"):
        CASE.decide(Transfer("desk", T1, strict=True, department="water", departments=DIRECTORY_OF_FOUR), case)


def test_the_county_desk_closes_with_an_outcome() -> None:
    case, events = after(ASSIGN, Close("desk", T1, words="三次回访未接通", strict=True))
    assert case.status is Status.CLOSED
    assert isinstance(events[-1], CaseClosed)
    assert events[-1].outcome == "三次回访未接通"


def test_an_appeal_withdrawn_after_its_case_was_closed_is_told_so_that_its_words_are_let_go_of() -> None:
    closed = Close("desk", T0 + timedelta(hours=1), words="解释清楚了")
    withdrawn = Close("desk", T0 + timedelta(hours=2), words="误登记", withdrawn=True)
    case, events = after(ASSIGN, closed, withdrawn)
    assert isinstance(events[-1], CaseWithdrawn)
    assert (case.status, case.outcome) == (Status.CLOSED, "解释清楚了")


@pytest.mark.parametrize(
    ("step", "waits"),
    [
        (Accept("o1", T1), True),  # somebody answers in the group, and still nobody knows whose it is
        (Transfer("desk", T1, words="请办理", department="housing", departments=DIRECTORY_OF_FOUR), False),
        (Resolve("o1", T1, words="说清楚了"), False),
        (Close("desk", T1, words="不再办理"), False),
    ],
)
def test_a_case_waits_for_its_department_until_the_desk_has_found_one_or_it_is_settled(step: Command, waits: bool) -> None:
    case, _ = after(Assign(opened(text="大队那个事到底咋弄的"), DIRECTORY_OF_FOUR, T0))
    assert case.waits
    assert CASE.fold(case, CASE.decide(step, case)).waits == waits
