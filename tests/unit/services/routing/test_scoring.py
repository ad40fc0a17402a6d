"""What counts in the score, and the rates that follow."""

from datetime import timedelta

import pytest

from services.routing.domain import AskBack, Close, Reopen, Resolve, TakeFeedback
from services.routing.scoring import COUNTS, LeftOut, What, counted, left_out, rates, table
from services.routing.scoring import VERDICTS as V
from shared.events.casework import ExclusionReviewed
from shared.events.routing import CaseEvent
from shared.events.sla import CaseOverdue, ClockStopped, Promise
from tests.unit.services.routing.test_domain import ASSIGN, T0, T1, after

CLOCK = {
    "appeal": "a1", "number": "TY-1", "channel": "wecom", "group": "g1", "township": "平川镇", "department": "water",
    "department_name": "水利局", "sealed": False, "promise": Promise.ACCEPT,
}  # fmt: skip
BROKEN = CaseOverdue(**CLOCK, due_at=T1)
LATE = T1 + timedelta(hours=3)


def test_a_broken_promise_is_judged_once_and_again_when_it_was_kept_after_all() -> None:
    [judged] = V.decide(BROKEN, V.initial)
    assert (judged.in_time, judged.judged_at, judged.department) == (False, T1, "water")  # type: ignore[attr-defined]
    broken = V.evolve(V.initial, judged)
    assert V.decide(ClockStopped(**CLOCK, stopped_at=LATE, in_time=False), broken) == []
    [kept] = V.decide(ClockStopped(**CLOCK, stopped_at=T0, in_time=True), broken)
    assert V.decide(ClockStopped(**CLOCK, stopped_at=T0, in_time=True), V.evolve(broken, kept)) == []


def test_of_what_is_sealed_no_promise_is_judged() -> None:
    assert V.decide(CaseOverdue(**{**CLOCK, "sealed": True}, due_at=T1), V.initial) == []


def test_every_call_counts_by_what_was_said_in_it() -> None:
    _, events = after(
        ASSIGN, Resolve("o1", T1), AskBack("c1", T1), TakeFeedback("p1", T1, satisfied=False), Resolve("o1", T1),
        TakeFeedback("p1", T1),
    )  # fmt: skip
    found = [one for n, event in enumerate(events, 1) for one in counted(event, n)]
    assert [(one.what, one.well, one.satisfied) for one in found] == [
        (What.CASE, None, None),
        (What.CALL, False, False),
        (What.CALL, None, None),
    ]


def test_a_case_does_not_count_while_it_is_left_out_and_does_when_it_is_opened_again() -> None:
    _, [*_, closed, reopened] = after(ASSIGN, Close("desk", T1, words="误登记", withdrawn=True), Reopen("p1", T1))
    assert isinstance(closed, CaseEvent)
    assert left_out(closed) == (LeftOut.WITHDRAWN,)
    assert left_out(reopened) == (None,)  # type: ignore[arg-type]
    facts = {name: getattr(closed, name) for name in CaseEvent.model_fields}
    for granted, why in ((True, LeftOut.EXCLUDED), (False, None)):
        review = ExclusionReviewed(**facts, by="desk", ground="unreasonable", granted=granted, reason="属实")
        assert left_out(review) == (why,)


def test_a_rate_is_told_with_what_it_is_a_share_of_and_is_none_of_nothing() -> None:
    shown = rates(dict.fromkeys(COUNTS, 0) | {"answered": 2, "answers_due": 3})
    assert shown["response"] == {"some": 2, "of": 3, "rate": 0.6667}
    assert shown["satisfaction"] == {"some": 0, "of": 0, "rate": None}


@pytest.mark.parametrize("excluded", [True, False])
def test_what_was_left_out_is_in_the_raw_figures_and_not_in_the_adjusted_ones(excluded: bool) -> None:
    many, few = dict.fromkeys(COUNTS, 5), dict.fromkeys(COUNTS, 1)
    [line] = table([{"name": "water", "excluded": False, **many}, {"name": "water", "excluded": excluded, **few}])
    assert (line["raw"]["cases"], line["adjusted"]["cases"]) == (6, 5 if excluded else 6)
    assert line["excluded"] == int(excluded)
