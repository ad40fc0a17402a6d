"""Nobody judges a complaint about himself: not by the first assignment, and not by what comes later (信访工作条例)."""

import pytest

from services.routing.commands import Accept, Assign, Assist, LiftSupervision, Report, Resolve, Return, Supervise, TakeFeedback
from services.routing.domain import CASE, Transfer
from services.routing.merging import MERGING, CatchUp, Follow, Merge
from shared.decider import Refused
from shared.events.casework import AssistantJoined, CaseSplit, PartFinished, SupervisionLifted
from shared.events.crowds import AppealMerged
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
