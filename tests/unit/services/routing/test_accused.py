"""Nobody judges a complaint about himself: not by the first assignment, and not by what comes later (信访工作条例)."""

from datetime import timedelta

import pytest

from services.routing.commands import (
    Accept,
    Assign,
    Assist,
    Hear,
    LiftSupervision,
    Report,
    Resolve,
    Return,
    Supervise,
    Suspend,
    TakeFeedback,
)
from services.routing.domain import CASE, Transfer
from services.routing.merging import MERGING, CatchUp, Follow, Merge
from shared.decider import Refused
from shared.events.casework import (
    AssistantJoined,
    CaseResumed,
    CaseSplit,
    DepartmentAccused,
    PartFinished,
    SupervisionLifted,
    WaitsFor,
)
from shared.events.crowds import AppealMerged
from shared.events.intake import Kind
from shared.events.routing import (
    CaseAssigned,
    CaseMerged,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseTransferred,
    ProgressReported,
)
from tests.unit.services.routing.test_domain import DIRECTORY_OF_FOUR, T0, T1, after, opened

COMPLAINT = Assign(opened(text="投诉水利局推诿扯皮，自来水停了两天"), DIRECTORY_OF_FOUR, T0)
TO_THE_ACCUSED = Transfer("desk", T1, words="转水利局", department="water", departments=DIRECTORY_OF_FOUR)
WATCHED = Supervise("d1", T1, words="我们看着")


def over_rest(step: Transfer) -> Transfer:
    return Transfer(step.by, step.at, words=step.words, strict=True, department=step.department, departments=step.departments)


def test_a_complaint_goes_to_who_is_over_the_accused() -> None:
    case, [assigned] = after(COMPLAINT)
    assert isinstance(assigned, CaseAssigned)
    assert (assigned.accused, assigned.department) == (("water",), "letters")
    assert case.first == ("letters", "信访局")


def test_a_word_in_the_chat_that_hands_it_to_the_accused_is_heard_and_not_followed() -> None:
    case, _ = after(COMPLAINT)
    assert [type(event) for event in CASE.decide(Report("o1", T1, words="转水利局"), case)] == [ProgressReported]
    assert CASE.decide(TO_THE_ACCUSED, case) == []


def test_over_rest_it_is_refused_with_what_may_be_done_instead() -> None:
    case, _ = after(COMPLAINT)
    with pytest.raises(Refused, match="不能由其自行办理；请交其上级，由其协办，或先请纪委监委督办") as refused:
        CASE.decide(over_rest(TO_THE_ACCUSED), case)
    assert refused.value.code == "accused"


def test_the_accused_may_help_under_another_and_what_he_calls_done_is_his_part_and_not_the_verdict() -> None:
    case, events = after(COMPLAINT, Assist("desk", T1, words="说明情况", department="water", departments=DIRECTORY_OF_FOUR))
    assert isinstance(events[-1], AssistantJoined)
    [part] = CASE.decide(Resolve("w1", T1, words="已通水", department="water"), case)
    assert isinstance(part, PartFinished)
    [word] = CASE.decide(Resolve("w1", T1, words="都好了", department="water"), CASE.evolve(case, part))
    assert isinstance(word, ProgressReported)
    [verdict] = CASE.decide(Resolve("l1", T1, words="核实已通水", department="letters"), case)
    assert isinstance(verdict, CaseResolved)


def test_while_the_commission_watches_the_accused_may_have_it_and_no_longer() -> None:
    case, events = after(COMPLAINT, WATCHED, over_rest(TO_THE_ACCUSED))
    assert isinstance(events[-1], CaseTransferred)
    lifted, back = CASE.decide(LiftSupervision("d1", T1, words="可以了", strict=True), case)
    assert isinstance(lifted, SupervisionLifted)
    assert isinstance(back, CaseTransferred)
    assert (back.from_department, back.department) == ("water", "letters")


def test_a_case_that_he_settled_while_he_was_watched_is_not_his_when_it_is_opened_again() -> None:
    settled, _ = after(
        COMPLAINT, WATCHED, over_rest(TO_THE_ACCUSED), Accept("w1", T1), Resolve("w1", T1, words="修好"),
        LiftSupervision("d1", T1, words="可以了"),
    )  # fmt: skip
    assert settled.last
    assert settled.last.department == "water"
    *_, reopened, back = CASE.decide(TakeFeedback("p1", T1, words="还是没水", satisfied=False), settled)
    assert isinstance(reopened, CaseReopened)
    assert isinstance(back, CaseTransferred)
    assert back.department == "letters"


def test_a_second_return_of_a_complaint_about_the_desk_goes_to_the_commission() -> None:
    case, [assigned] = after(Assign(opened(text="投诉信访局推诿扯皮，不作为"), DIRECTORY_OF_FOUR, T0))
    assert assigned.department == "discipline"  # type: ignore[attr-defined]
    case, _ = after(
        Assign(opened(text="投诉信访局推诿扯皮，不作为"), DIRECTORY_OF_FOUR, T0),
        Transfer("desk", T1, words="转", department="housing", departments=DIRECTORY_OF_FOUR),
        Return("h1", T1, words="不归我们", departments=DIRECTORY_OF_FOUR),
        Transfer("desk", T1, words="转", department="water", departments=DIRECTORY_OF_FOUR),
    )
    returned, moved = CASE.decide(Return("w1", T1, words="不归我们", departments=DIRECTORY_OF_FOUR), case)
    assert isinstance(returned, CaseReturned)
    assert isinstance(moved, CaseTransferred)
    assert moved.department == "discipline"


def test_a_merged_matter_does_not_bring_a_complaint_to_the_accused() -> None:
    lead, _ = after(Assign(opened(appeal="a0", number="TY-0"), DIRECTORY_OF_FOUR, T0))
    assert lead.last
    assert lead.last.department == "water"
    case, _ = after(COMPLAINT)
    merged = AppealMerged(
        appeal="a1", crowd="c1", about="供水", lead="a0", lead_number="TY-0", count=2, by="desk", occurred_at=T1
    )
    [note] = MERGING.decide(Merge(merged), case)
    assert isinstance(note, CaseMerged)
    led = CASE.evolve(case, note)
    assert [type(event) for event in MERGING.decide(CatchUp(lead, note), led)] == [CaseSplit]
    [moved] = CASE.decide(Transfer("desk", T1, department="housing", departments=DIRECTORY_OF_FOUR), lead)
    [back] = CASE.decide(TO_THE_ACCUSED, CASE.evolve(lead, moved))
    assert [type(event) for event in MERGING.decide(Follow(back), led)] == [CaseSplit]


# -- complained of later -------------------------------------------------------------------------------------------------

PLAIN = Assign(opened(), DIRECTORY_OF_FOUR, T0)


def adds(words: str) -> Hear:
    return Hear("p1", T1, words=words, departments=DIRECTORY_OF_FOUR)


def test_whoever_is_complained_of_later_has_the_case_no_more_and_who_is_over_him_has() -> None:
    case, [assigned, accused, moved] = after(PLAIN, adds("水利局推诿扯皮，打了三次电话没人管"))
    assert isinstance(assigned, CaseAssigned)
    assert isinstance(accused, DepartmentAccused)
    assert isinstance(moved, CaseTransferred)
    assert (assigned.department, accused.accused, moved.from_department, moved.department) == (
        "water", ("water",), "water", "letters",
    )  # fmt: skip
    assert CASE.decide(TO_THE_ACCUSED, case) == []
    assert CASE.decide(adds("水利局推诿扯皮，打了三次电话没人管"), case) == []  # heard again, nothing new


def test_who_is_only_spoken_of_keeps_the_case() -> None:
    assert after(PLAIN, adds("水利局来看过了，说明天修"))[0].last == after(PLAIN)[0].last


def test_who_is_over_him_and_complained_of_in_turn_gives_it_to_the_commission() -> None:
    case, _ = after(PLAIN, adds("水利局推诿扯皮"), adds("信访局也不作为"))
    assert case.last
    assert (case.accused, case.last.department) == (("water", "letters"), "discipline")


def test_who_is_complained_of_without_having_the_case_will_not_get_it() -> None:
    case, [*_, accused] = after(PLAIN, adds("住建局态度恶劣"))
    assert isinstance(accused, DepartmentAccused)
    assert (accused.department, accused.over) == ("water", None)
    assert not case.may_judge("housing")


def test_while_the_commission_watches_it_is_noted_and_he_keeps_it_until_that_ends() -> None:
    case, [*_, accused] = after(PLAIN, WATCHED, adds("水利局推诿扯皮"))
    assert isinstance(accused, DepartmentAccused)
    _, back = CASE.decide(LiftSupervision("d1", T1, words="可以了", strict=True), case)
    assert isinstance(back, CaseTransferred)
    assert (back.from_department, back.department) == ("water", "letters")


def test_of_a_case_that_he_settled_it_is_noted_and_it_is_not_his_when_it_is_opened_again() -> None:
    settled, [*_, accused] = after(PLAIN, Accept("w1", T1), Resolve("w1", T1, words="修好"), adds("水利局敷衍，根本没来"))
    assert isinstance(accused, DepartmentAccused)
    *_, back = CASE.decide(TakeFeedback("p1", T1, words="还是没水", satisfied=False), settled)
    assert isinstance(back, CaseTransferred)
    assert back.department == "letters"


def test_a_suspended_case_goes_on_with_who_is_over_him() -> None:
    until = T1 + timedelta(days=3)
    for waits_for in (WaitsFor.REPORTER, WaitsFor.WEATHER):
        wait = Suspend("s1", T1, words="等", strict=True, waits_for=waits_for, until=until)
        resting, _ = after(PLAIN, Accept("w1", T1), wait)
        steps = CASE.decide(adds("水利局推诿扯皮"), resting)
        assert [type(step) for step in steps] == [CaseResumed, DepartmentAccused, CaseTransferred]
        assert CASE.fold(resting, steps).suspended is None


def test_a_case_of_a_matter_that_the_accused_leads_leaves_it() -> None:
    case, _ = after(PLAIN)
    merged = AppealMerged(
        appeal="a1", crowd="c1", about="供水", lead="a0", lead_number="TY-0", count=2, by="desk", occurred_at=T1
    )
    led = CASE.fold(case, MERGING.decide(Merge(merged), case))
    steps = CASE.decide(adds("水利局推诿扯皮"), led)
    assert [type(step) for step in steps] == [DepartmentAccused, CaseSplit, CaseTransferred]
    assert CASE.fold(led, steps).lead is None


def test_of_a_sealed_case_nothing_is_noted() -> None:
    case, _ = after(Assign(opened(kind=Kind.REPORT, sealed=True, text=None), DIRECTORY_OF_FOUR, T0))
    assert CASE.decide(adds("水利局推诿扯皮，纪委监委不作为"), case) == []
