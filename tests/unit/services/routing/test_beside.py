"""What happens to a case beside its usual way: helped, held up, late, watched over, left out of the score."""

from datetime import timedelta

import pytest

from services.routing.commands import (
    AskExtension,
    Assist,
    Close,
    DecideExtension,
    FailCall,
    FindInadmissible,
    Hear,
    MissDeadline,
    Supervise,
    Suspend,
    TakeAnswer,
    Wake,
)
from services.routing.domain import CASE, Accept, Assign, Reopen, Report, Resolve, Return, TakeFeedback
from shared.decider import Refused
from shared.events.casework import CaseResumed, ExtensionGranted, PartFinished, WaitsFor
from shared.events.intake import Kind
from shared.events.routing import CaseClosed, CaseResolved, ProgressReported, Status
from tests.unit.services.routing.test_domain import ASSIGN, DIRECTORY_OF_FOUR, T1, after, opened

ACCEPTED = (ASSIGN, Accept("o1", T1))
RESOLVED = (*ACCEPTED, Resolve("o1", T1, words="修好了"))
DAY = timedelta(days=1)
REST = Suspend("desk", T1, words="请补充地址", waits_for=WaitsFor.REPORTER, until=T1 + 3 * DAY)
HELP = Assist("desk", T1, words="查小区管网", department="housing", departments=DIRECTORY_OF_FOUR)


def test_done_said_in_the_chat_by_an_assisting_department_is_its_part_and_not_the_whole() -> None:
    case, _ = after(*ACCEPTED, HELP)
    [part] = CASE.decide(Resolve("h1", T1, words="小区管网查过了", department="housing"), case)
    assert isinstance(part, PartFinished)
    case = CASE.evolve(case, part)
    assert (case.status, case.open_parts) == (Status.ACCEPTED, ())
    [whole] = CASE.decide(Resolve("h1", T1, words="都好了", department="housing"), case)
    assert isinstance(whole, CaseResolved)


def test_a_case_sleeps_until_its_time_has_come_and_not_longer() -> None:
    case, _ = after(*ACCEPTED, REST)
    assert CASE.decide(Wake("clock", T1 + 2 * DAY), case) == []
    [resumed] = CASE.decide(Wake("clock", T1 + 3 * DAY), case)
    assert isinstance(resumed, CaseResumed)
    assert CASE.decide(Wake("clock", T1 + 4 * DAY), CASE.evolve(case, resumed)) == []


def test_only_the_reporter_it_waits_for_wakes_a_case_by_what_he_says() -> None:
    case, _ = after(*ACCEPTED, REST)
    assert CASE.decide(Hear("neighbour", T1), case) == []
    [resumed] = CASE.decide(Hear("p1", T1), case)
    assert isinstance(resumed, CaseResumed)


def test_work_that_goes_on_ends_a_suspension_before_it_is_told() -> None:
    case, _ = after(*ACCEPTED, REST)
    assert [type(event) for event in CASE.decide(Report("o1", T1, words="开工"), case)] == [CaseResumed, ProgressReported]


@pytest.mark.parametrize("until", [T1, T1 - DAY, T1 + 61 * DAY])
def test_a_suspension_ends_in_the_future_and_within_sixty_days(until: object) -> None:
    case, _ = after(*ACCEPTED)
    with pytest.raises(Refused, match="60 天"):
        CASE.decide(Suspend("desk", T1, words="下雨", strict=True, until=until), case)  # type: ignore[arg-type]


def test_an_extension_asked_for_in_time_is_granted_although_the_time_is_over_meanwhile() -> None:
    case, _ = after(*ACCEPTED, AskExtension("o1", T1, words="等配件", days=5), MissDeadline(T1 + DAY, T1 + DAY))
    [granted] = CASE.decide(DecideExtension("desk", T1 + 2 * DAY, words="同意", strict=True, granted=True), case)
    assert isinstance(granted, ExtensionGranted)
    assert (granted.asked_at, granted.days) == (T1, 5)


def test_a_deadline_of_the_work_before_a_reopening_is_none_of_the_work_after_it() -> None:
    case, _ = after(*RESOLVED, TakeFeedback("p1", T1, satisfied=False))
    assert CASE.decide(MissDeadline(T1, T1, round=1), case) == []
    assert CASE.decide(MissDeadline(T1, T1, round=2), case)


def test_the_third_call_in_vain_ends_the_case_without_a_word_on_satisfaction() -> None:
    case, events = after(*RESOLVED, FailCall("c1", T1), FailCall("c2", T1))
    assert not any(isinstance(event, CaseClosed) for event in events)
    *_, closed = CASE.decide(FailCall("c1", T1), case)
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.satisfied) == ("unreachable", None)


@pytest.mark.parametrize(
    ("resolved", "satisfied", "status"),
    [
        (True, True, Status.CLOSED),
        (None, True, Status.CLOSED),
        (True, None, Status.CALLED_BACK),
        (None, None, Status.CALLED_BACK),
        (False, None, Status.ASSIGNED),
        (False, True, Status.ASSIGNED),
        (True, False, Status.ASSIGNED),
    ],
)
def test_what_the_reporter_answers_closes_or_reopens_the_case(
    resolved: bool | None, satisfied: bool | None, status: Status
) -> None:
    case, _ = after(*RESOLVED, TakeAnswer("c1", T1, resolved=resolved, satisfied=satisfied))
    assert case.status is status


def test_what_was_found_inadmissible_may_be_reopened_and_begins_anew() -> None:
    case, _ = after(ASSIGN, FindInadmissible("desk", T1, words="诉讼中", instead="法院"), Reopen("p1", T1, words="没有起诉"))
    assert (case.status, case.outcome, case.answered) == (Status.ASSIGNED, None, False)


def test_a_sealed_case_is_not_given_out_of_the_commissions_hands_by_a_return_either() -> None:
    case, _ = after(Assign(opened(kind=Kind.REPORT, sealed=True, text=None), DIRECTORY_OF_FOUR, T1))
    with pytest.raises(Refused, match="纪委监委"):
        CASE.decide(Return("d1", T1, words="不归我们", strict=True, departments=DIRECTORY_OF_FOUR), case)


def test_a_supervised_case_that_was_none_is_withdrawn_all_the_same() -> None:
    case, _ = after(ASSIGN, Supervise("d1", T1, words="请抓紧"))
    with pytest.raises(Refused, match="解除督办"):
        CASE.decide(Close("desk", T1, words="已办", strict=True), case)
    assert CASE.decide(Close("desk", T1, words="误登记", withdrawn=True), case)
