"""Merged matters: what the lead is told, each of the others is told in its own name; who is not content goes on alone."""

from datetime import UTC, datetime, timedelta

import pytest

from services.routing.commands import Dissolve, Gather, Seal, Split, Suspend
from services.routing.departments import Departments
from services.routing.directory import Department
from services.routing.domain import CASE, Accept, Assign, Case, Close, Report, Resolve, TakeFeedback, Transfer
from services.routing.domain import Command as Step
from services.routing.merging import MERGING, CatchUp, Follow, Merge
from shared.decider import Refused
from shared.events import Event
from shared.events.casework import CaseResumed, CaseSealed, CaseSplit, CaseSuspended, WaitsFor
from shared.events.crowds import AppealMerged
from shared.events.intake import AppealOpened, Kind
from shared.events.routing import (
    CaseAccepted,
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseResolved,
    CaseTransferred,
    ProgressReported,
    Status,
)

T0 = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
T1, T2 = T0 + timedelta(minutes=5), T0 + timedelta(hours=1)
DIRECTORY = Departments(
    {
        d.code: d
        for d in (
            Department("water", "水利局", "county", ("自来水", "停水", "水管破裂")),
            Department("letters", "信访局", "county", ("信访", "历史遗留")),
            Department("discipline", "纪委监委", "county", ("干部作风", "贪污", "举报")),
        )
    }
)


def case(
    name: str,
    *steps: Step,
    text: str | None = "自来水停了两天",
    kind: Kind = Kind.APPEAL,
    sealed: bool = False,
    reporter: str = "",
) -> Case:
    """A case of its own village and reporter, after these steps."""
    opened = AppealOpened(
        appeal=name, number=f"TY-{name}", kind=kind, channel="wecom", group=f"g-{name}", village=f"{name}村", township="平川镇",
        message_id=f"m-{name}", reporter=reporter or f"p-{name}", text=text, sealed=sealed, occurred_at=T0,
    )  # fmt: skip
    state = CASE.initial
    for step in (Assign(opened, DIRECTORY, T0), *steps):
        state = CASE.fold(state, CASE.decide(step, state))
    return state


def merging(name: str, lead: str = "a", count: int = 2) -> Merge:
    return Merge(
        AppealMerged(
            appeal=name, crowd="c1", about="供水", lead=lead, lead_number=f"TY-{lead}", count=count, by="desk", occurred_at=T1
        )
    )


def merged(state: Case, lead: str = "a") -> Case:
    assert state.last
    return CASE.fold(state, MERGING.decide(merging(state.last.appeal, lead), state))


def following(state: Case, lead: Case, step: Step) -> tuple[Case, list[Event]]:
    """What the lead's step comes to for a case."""
    [taken] = CASE.decide(step, lead)
    assert isinstance(taken, CaseEvent)
    events = MERGING.decide(Follow(taken), state)
    return CASE.fold(state, events), events


LEAD, LED = merged(case("a")), merged(case("b"))


def test_a_case_notes_the_matter_and_its_lead_once_and_keeps_its_own_number() -> None:
    state = case("b")
    [event] = MERGING.decide(merging("b"), state)
    assert isinstance(event, CaseMerged)
    assert (event.number, event.group, event.reporter) == ("TY-b", "g-b", "p-b")
    assert (event.lead, event.lead_number, event.count, event.by, event.occurred_at) == ("a", "TY-a", 2, "desk", T1)
    state = CASE.evolve(state, event)
    assert (state.lead, state.status) == ("a", Status.ASSIGNED)
    assert MERGING.decide(merging("b"), state) == []


def test_the_lead_notes_it_too_and_does_not_follow_itself() -> None:
    assert LEAD.lead == "a"
    assert following(LEAD, LEAD, Resolve("o1", T2, words="修好了"))[1] == []


def test_what_is_answered_sealed_or_unknown_is_not_merged() -> None:
    assert MERGING.decide(merging("b"), case("b", Resolve("o1", T1))) == []
    assert MERGING.decide(merging("b"), case("b", text=None, kind=Kind.REPORT, sealed=True)) == []
    assert MERGING.decide(merging("b"), CASE.initial) == []


def test_the_leads_outcome_is_each_ones_outcome_in_the_same_words_and_his_own_group() -> None:
    state, [event] = following(LED, LEAD, Resolve("o1", T2, "李工", "管道修好，恢复供水"))
    assert isinstance(event, CaseResolved)
    assert (event.number, event.group, event.message_id, event.reporter) == ("TY-b", "g-b", "m-b", "p-b")
    assert (event.by, event.by_name, event.reply, event.occurred_at) == ("o1", "李工", "管道修好，恢复供水", T2)
    assert state.status is Status.RESOLVED


def test_acceptance_progress_and_the_desks_end_are_followed_as_well() -> None:
    state, [accepted] = following(LED, LEAD, Accept("o1", T1, "李工", "收到"))
    assert isinstance(accepted, CaseAccepted)
    assert following(state, LEAD, Accept("o2", T2))[1] == []
    state, [progress] = following(state, LEAD, Report("o1", T2, words="正在抢修"))
    assert isinstance(progress, ProgressReported)
    state, [closed] = following(state, LEAD, Close("desk", T2, words="改由市里统一改造"))
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, state.status) == ("改由市里统一改造", Status.CLOSED)


def test_a_lead_handed_to_another_department_takes_the_others_along() -> None:
    hand_over = Transfer("desk", T2, words="属历史遗留", department="letters", departments=DIRECTORY)
    state, [event] = following(LED, LEAD, hand_over)
    assert isinstance(event, CaseTransferred)
    assert (event.from_department, event.department, event.department_name) == ("water", "letters", "信访局")
    assert following(state, LEAD, hand_over)[1] == []


def test_who_is_not_content_with_the_common_outcome_goes_on_alone() -> None:
    state, _ = following(LED, LEAD, Resolve("o1", T2))
    state = CASE.fold(state, CASE.decide(TakeFeedback("p-b", T2, words="还是没水", satisfied=False), state))
    assert (state.status, state.lead) == (Status.ASSIGNED, None)
    assert following(state, LEAD, Resolve("o1", T2))[1] == []


def test_a_case_of_another_matter_or_of_none_does_not_follow() -> None:
    for state in (case("b"), merged(case("b"), lead="x")):
        assert following(state, LEAD, Resolve("o1", T2))[1] == []


def test_a_case_answered_by_itself_before_is_left_as_it_is() -> None:
    state = CASE.fold(LED, CASE.decide(Resolve("o9", T1, words="本村已通水"), LED))
    assert following(state, LEAD, Resolve("o1", T2))[1] == []


def test_who_is_merged_late_takes_over_the_leads_department_and_hears_how_far_it_is() -> None:
    hand_over = Transfer("desk", T0, words="属历史遗留", department="letters", departments=DIRECTORY)
    lead = merged(case("a", Accept("o1", T0, "李工"), hand_over))
    [note] = MERGING.decide(merging("b"), case("b"))
    assert isinstance(note, CaseMerged)
    moved, accepted = MERGING.decide(CatchUp(lead, note), CASE.evolve(case("b"), note))
    assert isinstance(moved, CaseTransferred)
    assert (moved.department, moved.by, moved.occurred_at) == ("letters", "desk", T1)
    assert isinstance(accepted, CaseAccepted)
    assert (accepted.number, accepted.department, accepted.by_name) == ("TY-b", "letters", "李工")
    assert accepted.occurred_at == T1  # not before it was merged


def test_a_lead_that_was_resolved_in_the_same_moment_leaves_nobody_behind() -> None:
    lead = case("a", Resolve("o1", T1, words="修好了"))
    [note] = MERGING.decide(merging("b"), case("b"))
    assert isinstance(note, CaseMerged)
    [event] = MERGING.decide(CatchUp(lead, note), CASE.evolve(case("b"), note))
    assert isinstance(event, CaseResolved)
    assert event.reply == "修好了"


def test_of_a_lead_that_was_reopened_there_is_nothing_yet_to_tell() -> None:
    reopened = case("a", Resolve("o1", T1), TakeFeedback("p-a", T1, satisfied=False))
    [note] = MERGING.decide(merging("b"), case("b"))
    assert isinstance(note, CaseMerged)
    assert MERGING.decide(CatchUp(reopened, note), CASE.evolve(case("b"), note)) == []
    assert MERGING.decide(CatchUp(CASE.initial, note), CASE.evolve(case("b"), note)) == []


def test_a_lead_that_was_none_of_its_own_ends_alone_and_its_successor_is_followed() -> None:
    state, events = following(LED, LEAD, Close("desk", T1, words="误登记", withdrawn=True))
    assert events == []
    assert state.status is Status.ASSIGNED
    withdrawn = CASE.fold(LEAD, CASE.decide(Close("desk", T1, words="误登记", withdrawn=True), LEAD))
    [note] = MERGING.decide(merging("b"), case("b"))
    assert isinstance(note, CaseMerged)
    assert MERGING.decide(CatchUp(withdrawn, note), CASE.evolve(case("b"), note)) == []
    successor, led = merged(case("c"), "c"), merged(LED, "c")
    _, [accepted] = following(led, successor, Accept("o1", T2, "李工"))
    assert isinstance(accepted, CaseAccepted)


def test_a_matter_that_rests_rests_for_all_and_goes_on_for_all() -> None:
    lead = CASE.fold(LEAD, CASE.decide(Accept("o1", T1), LEAD))
    rest = Suspend("desk", T1, words="等雨停", waits_for=WaitsFor.WEATHER, until=T2)
    state, [suspended] = following(LED, lead, rest)
    assert isinstance(suspended, CaseSuspended)
    assert (suspended.number, state.suspended and state.suspended.until) == ("TY-b", T2)
    lead = CASE.fold(lead, CASE.decide(rest, lead))
    resumed, progress = CASE.decide(Report("o1", T2, words="雨停了，继续修"), lead)
    assert isinstance(resumed, CaseResumed)
    assert isinstance(progress, ProgressReported)
    state = CASE.fold(state, MERGING.decide(Follow(resumed), state))
    assert state.suspended is None
    assert MERGING.decide(Follow(resumed), state) == []
    state = CASE.fold(state, MERGING.decide(Follow(progress), state))
    assert state.status is Status.IN_PROGRESS


def test_a_case_that_was_split_from_its_matter_goes_on_alone() -> None:
    [split] = CASE.decide(Split("desk", T1, words="不是同一根管子", strict=True), LED)
    assert isinstance(split, CaseSplit)
    assert split.lead == "a"
    assert following(CASE.evolve(LED, split), LEAD, Resolve("o1", T2))[1] == []
    with pytest.raises(Refused, match="主件"):
        CASE.decide(Split("desk", T1, words="拆", strict=True), LEAD)
    with pytest.raises(Refused, match="没有并案"):
        CASE.decide(Split("desk", T1, words="拆", strict=True), case("b"))


def test_what_a_sealed_case_led_goes_on_alone_and_is_not_told_why() -> None:
    seal = Seal("desk", T1, words="水费被截留", departments=DIRECTORY)
    *_, sealed = CASE.decide(seal, LEAD)
    assert isinstance(sealed, CaseSealed)
    [split] = MERGING.decide(Follow(sealed), LED)
    assert isinstance(split, CaseSplit)
    assert (split.number, split.sealed, split.reason) == ("TY-b", False, "")
    lead = CASE.fold(LEAD, CASE.decide(seal, LEAD))
    [note] = MERGING.decide(merging("b"), case("b"))
    assert isinstance(note, CaseMerged)
    assert [type(e) for e in MERGING.decide(CatchUp(lead, note), CASE.evolve(case("b"), note))] == [CaseSplit]


def gather(*cases: Case, led: tuple[Case, ...] = ()) -> Gather:
    return Gather("desk", T1, words="同一根水管", strict=True, about="停水", cases=cases, led=led)


def test_the_desk_makes_one_matter_of_cases_that_it_names_and_counts_each_household_once() -> None:
    again = case("b", reporter="p-a")
    [said] = CASE.decide(gather(again, case("c")), case("a"))
    assert isinstance(said, CaseMerged)
    assert (said.lead, said.cases, said.count, said.households, said.crowd) == ("a", ("b", "c"), 3, 2, "")
    [note] = MERGING.decide(Merge(said), again)
    assert isinstance(note, CaseMerged)
    assert (note.number, note.lead_number, note.about, note.cases) == ("TY-b", "TY-a", "停水", ())
    [more] = CASE.decide(gather(case("d"), led=(again, case("c"))), CASE.evolve(case("a"), said))
    assert isinstance(more, CaseMerged)
    assert (more.count, more.households) == (4, 3)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (case("a"), "merged-with-itself"),
        (case("b", Resolve("o1", T1, words="修好了")), "not-open"),
        (case("b", text=None, kind=Kind.REPORT, sealed=True), "sealed"),
        (merged(case("b"), lead="x"), "led-already"),
        (case("b", text="投诉水利局推诿扯皮，自来水停了两天"), "accused"),
    ],
)
def test_what_is_no_part_of_a_matter_is_refused_by_its_number(other: Case, code: str) -> None:
    with pytest.raises(Refused, match="TY-") as refused:
        CASE.decide(gather(other), case("a"))
    assert refused.value.code == code


def test_a_matter_is_unmade_by_a_word_to_its_lead() -> None:
    [split] = CASE.decide(Dissolve("desk", T2, words="不是一回事", strict=True), LEAD)
    assert isinstance(split, CaseSplit)
    assert CASE.evolve(LEAD, split).lead is None
    [told] = MERGING.decide(Follow(split), LED)
    assert isinstance(told, CaseSplit)
    assert (told.number, told.reason, CASE.evolve(LED, told).lead) == ("TY-b", "不是一回事", None)
    with pytest.raises(Refused, match="没有牵头"):
        CASE.decide(Dissolve("desk", T2, words="拆", strict=True), LED)
