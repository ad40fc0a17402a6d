"""The second call: whom the lot falls on, who calls, and what comes of what the reporter says the second time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.commands import CallAgain, Close, DrawSecondCall
from services.routing.domain import CASE, AskBack, Case, Resolve, TakeFeedback
from services.routing.gaming import Sign, signs
from services.routing.second_calls import drawn, may_be_drawn
from shared.decider import Refused
from shared.events.casework import CaseCalledAgain, Second, SecondCallDrawn
from shared.events.routing import CaseClosed, CaseReopened, Status
from tests.unit.services.routing.test_domain import ASSIGN, T1, after

CONTENT = (ASSIGN, Resolve("o1", T1, words="修好了"), AskBack("c1", T1), TakeFeedback("p1", T1, satisfied=True))
DRAWN = (*CONTENT, DrawSecondCall(0.1, T1))
LATER = T1 + timedelta(days=40)


def said(**words: bool) -> CallAgain:
    return CallAgain("c2", LATER, words="还在漏", strict=True, **words)


@given(st.uuids(), st.floats(0, 1), st.floats(0, 1))
def test_who_is_drawn_of_few_is_drawn_of_more_and_always(appeal: object, few: float, many: float) -> None:
    few, many = sorted((few, many))
    assert drawn(str(appeal), many) or not drawn(str(appeal), few)
    assert drawn(str(appeal), 1)
    assert not drawn(str(appeal), 0)


def test_the_lot_falls_on_about_as_many_as_it_should() -> None:
    assert 900 < sum(drawn(f"a{n}", 0.1) for n in range(10_000)) < 1100


def test_a_closed_case_is_drawn_once_and_one_that_went_on_is_not() -> None:
    case, events = after(*DRAWN)
    assert isinstance(events[-1], SecondCallDrawn)
    assert CASE.decide(DrawSecondCall(0.1, T1), case) == []
    reopened, _ = after(*CONTENT, TakeFeedback("p1", T1, satisfied=False))
    assert CASE.decide(DrawSecondCall(0.1, T1), reopened) == []


def test_of_what_was_no_case_there_is_nothing_to_ask() -> None:
    for words, withdrawn in (("误登记", True), ("已处理", False)):
        _, [*_, closed] = after(ASSIGN, Close("desk", T1, words=words, withdrawn=withdrawn))
        assert isinstance(closed, CaseClosed)
        assert may_be_drawn(closed) is not withdrawn


def refusal(command: CallAgain, case: Case) -> str:
    with pytest.raises(Refused) as refused:
        CASE.decide(command, case)
    return refused.value.code


def test_who_worked_on_it_or_called_before_does_not_call_again_nor_anybody_where_the_lot_did_not_fall() -> None:
    case, _ = after(*DRAWN)
    assert refusal(CallAgain("o1", LATER, strict=True, satisfied=True), case) == "handled-it-himself"
    assert refusal(CallAgain("c1", LATER, strict=True, satisfied=True), case) == "called-it-himself"
    assert refusal(said(satisfied=True), after(*CONTENT)[0]) == "not-drawn"
    assert refusal(said(), case) == "answer-needed"


def test_what_he_says_again_confirms_it() -> None:
    case, [*_, called] = after(*DRAWN, said(resolved=True, satisfied=True))
    assert isinstance(called, CaseCalledAgain)
    assert (called.result, case.status) == (Second.CONFIRMED, Status.CLOSED)
    assert refusal(said(satisfied=True), case) == "called-already"


def test_a_contradiction_opens_the_case_again_however_long_ago_it_was_closed_and_shows_as_a_sign() -> None:
    case, events = after(*DRAWN, said(resolved=False))
    assert [type(event) for event in events[-2:]] == [CaseCalledAgain, CaseReopened]
    assert (case.status, case.reopened, case.second) == (Status.ASSIGNED, 1, None)
    assert Sign.CONTRADICTED in signs((event, T1) for event in events)  # type: ignore[misc]


def test_who_never_said_that_he_was_content_contradicts_nobody() -> None:
    closed = (ASSIGN, Resolve("o1", T1, words="修好了"), Close("desk", T1, words="已办结"), DrawSecondCall(0.1, T1))
    _, events = after(*closed, said(satisfied=False))
    assert isinstance(events[-1], CaseReopened)
    assert Sign.CONTRADICTED not in signs((event, T1) for event in events)  # type: ignore[misc]


def test_three_calls_in_vain_end_it_and_leave_the_case_closed() -> None:
    case, _ = after(*DRAWN, said(reached=False), said(reached=False))
    assert case.second
    assert case.second.result is Second.DUE
    case, _ = after(*DRAWN, *[said(reached=False)] * 3)
    assert case.second
    assert (case.second.result, case.status) == (Second.UNREACHABLE, Status.CLOSED)
