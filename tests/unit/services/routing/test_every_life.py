"""Every life a case may have: whatever is asked of it by whomever, in whatever order, the promises hold.

What must hold is read off the events that were said, not off the state by which they were decided.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import dropwhile, pairwise
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.routing import commands as c
from services.routing.case import Case
from services.routing.domain import CASE, OPEN
from services.routing.merging import FOLLOWED, MERGING, CatchUp, Follow, Merge
from services.routing.rules import RULES, allowed
from shared.callers import Caller
from shared.decider import Refused
from shared.events import Event, personal_fields
from shared.events.casework import (
    AssistantJoined,
    CallFailed,
    CaseCalledAgain,
    CaseResumed,
    CaseSealed,
    CaseSuspended,
    DepartmentAccused,
    ExclusionProposed,
    ExclusionReviewed,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    Ground,
    PartFinished,
    ReturnRefused,
    Second,
    SecondCallDrawn,
    WaitsFor,
    WordsSealed,
)
from shared.events.crowds import AppealMerged
from shared.events.intake import Kind
from shared.events.routing import (
    CallbackAsked,
    CaseAccepted,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseTransferred,
    ProgressReported,
    Status,
)
from tests.unit.services.routing.test_domain import DIRECTORY_OF_FOUR, T0, after, opened

PEOPLE = st.sampled_from(["p1", "o1", "o2", "s1", "s2"])
DEPARTMENTS = st.sampled_from(["water", "housing", "letters", "nowhere"])
STRICT_STEPS = [step for step, rule in RULES.items() if rule.who]
IN_CHAT = [c.Accept, c.Report, c.Resolve, c.AskBack, c.TakeFeedback, c.Transfer, c.Hear, c.RaiseUrgency, c.Wake]
SELDOM_REACHED = {
    c.DecideReturn, c.FinishPart, c.Release, c.Suspend, c.AskExtension, c.DecideExtension, c.Split, c.TakeAnswer, c.FailCall,
    c.ReviewExclusion, c.CallAgain, c.Dissolve,
}  # fmt: skip
"""what must be asked for, or wait for something, first"""
CONTENT = {
    "no-such-department", "same-department", "assists-already", "no-such-part", "until-out-of-bounds", "department-needed",
    "county-desk-decides", "accused", "answer-needed", "merged-with-itself", "sealed", "not-open", "led-already",
}  # fmt: skip
"""what is wrong with a step's own words rather than with its taking"""
EVERYBODY = frozenset(Caller)
SEALED, _ = after(c.Assign(opened(appeal="a3", number="TY-3", kind=Kind.REPORT, sealed=True, text=None), DIRECTORY_OF_FOUR, T0))
SAID = ("理由", "聊天里的话", "县人民法院", "张三")
"""words and names that are said in steps"""
COMPLAINTS = [SAID[1], SAID[1], "水利局推诿扯皮", "投诉住建局和信访局不作为", "信访局态度恶劣"]
"""what somebody may add in the chat"""


def fields(step: type[c.Act], draw: Any, at: datetime, others: list[tuple[Case, ...]]) -> dict[str, Any]:
    """Plausible content for whatever a step says beside who, when and why."""
    choices = {
        "department": DEPARTMENTS,
        "departments": st.just(DIRECTORY_OF_FOUR),
        "granted": st.booleans(),
        "waits_for": st.sampled_from(WaitsFor),
        "until": st.sampled_from([at + timedelta(days=days) for days in (-1, 2, 90)]),
        "days": st.just(5),
        "instead": st.just("县人民法院"),
        "reached": st.booleans(),
        "resolved": st.sampled_from([None, True, False]),
        "satisfied": st.sampled_from([None, True, False]),
        "ground": st.sampled_from(Ground),
        "withdrawn": st.just(False),
        "into": st.just("a9"),
        "part": st.just("路灯也不亮"),
        "about": st.just("停水"),
        "cases": st.sampled_from(others),
        "led": st.just(()),
    }
    own = [name for name in step.__dataclass_fields__ if name not in c.Act.__dataclass_fields__]
    return {name: draw(choices[name]) for name in own}


class Life(RuleBasedStateMachine):
    """One case, everything that may be asked of it, and all it ever said."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.case = T0, CASE.initial
        self.led = after(c.Assign(opened(appeal="a2", number="TY-2", text="投诉住建局推诿扯皮"), DIRECTORY_OF_FOUR, T0))[0]
        """another case, which may be led by this one"""
        self.said_of_led: list[CaseEvent] = []
        self.said: list[CaseEvent] = []
        self.strict: list[bool] = []
        self.log: list[Event] = []
        """all that was stored, with what is kept for the commission alone"""
        self.states: list[Case] = [CASE.initial]

    @initialize(
        sealed=st.sampled_from([False, False, False, True]), complaint=st.sampled_from(["", "", "投诉水利局推诿扯皮，"])
    )
    def begin(self, sealed: bool, complaint: str) -> None:
        kind, text = (Kind.REPORT, None) if sealed else (Kind.APPEAL, f"{complaint}自来水停了两天")
        assign = c.Assign(opened(kind=kind, sealed=sealed, text=text), DIRECTORY_OF_FOUR, T0)
        self.take(CASE.decide(assign, self.case), strict=False)
        assert CASE.decide(assign, self.case) == []

    @rule(hours=st.sampled_from([1, 1, 30, 500]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(step=st.sampled_from(STRICT_STEPS), by=PEOPLE, data=st.data())
    def somebody_asks_over_rest(self, step: type[c.Act], by: str, data: st.DataObject) -> None:
        self.ask(step, by, data)

    @rule(by=PEOPLE, data=st.data())
    def somebody_does_what_he_may(self, by: str, data: st.DataObject) -> None:
        """As the former, but on the way that gets far: most things asked at random are refused."""
        may = allowed(self.case, by, EVERYBODY, self.now)
        steps = [step for step in STRICT_STEPS if RULES[step].name in may]
        rarer = [step for step in steps if step in SELDOM_REACHED]
        if steps := rarer if rarer and data.draw(st.integers(0, 3)) else steps:
            self.ask(data.draw(st.sampled_from(steps)), by, data)

    @rule(step=st.sampled_from(IN_CHAT), by=PEOPLE, data=st.data())
    def somebody_says_it_in_the_chat(self, step: type[c.Act], by: str, data: st.DataObject) -> None:
        said = fields(step, data.draw, self.now, [])
        if step is c.Transfer and said["department"] == "nowhere":
            return  # the reader names only departments that there are
        words = data.draw(st.sampled_from(COMPLAINTS)) if step is c.Hear else SAID[1]
        self.take(CASE.decide(step(by=by, at=self.now, words=words, name="张三", **said), self.case), strict=False)

    @rule()
    def the_desk_merges_it_into_a_matter(self) -> None:
        merged = AppealMerged(
            appeal="a1", crowd="c1", about="供水", lead="a0", lead_number="TY-0", count=2, by="desk", occurred_at=self.now
        )
        self.take(MERGING.decide(Merge(merged), self.case), strict=False)

    @rule()
    def the_lot_falls_on_it(self) -> None:
        self.take(CASE.decide(c.DrawSecondCall(0.1, self.now), self.case), strict=False)

    @rule()
    def the_work_is_late(self) -> None:
        self.take(CASE.decide(c.MissDeadline(self.now, self.now, self.case.reopened + 1), self.case), strict=False)

    def ask(self, step: type[c.Act], by: str, data: st.DataObject) -> None:
        """Refused is exactly what is not among what this caller is told he may do."""
        may = RULES[step].name in allowed(self.case, by, EVERYBODY, self.now)
        command = step(by=by, at=self.now, words="理由", strict=True, **fields(step, data.draw, self.now, self.others()))
        events, code = self.decided(command)
        assert may if events else (code in CONTENT or not may), code
        self.take(events, strict=True)

    def decided(self, command: c.Act) -> tuple[list[Any], str]:
        """What it comes to, or the code with which it is refused."""
        try:
            return CASE.decide(command, self.case), ""
        except Refused as refused:
            return [], refused.code

    def others(self) -> list[tuple[Case, ...]]:
        """What may be merged into it, and what may not."""
        return [(self.led,), (self.led,), (SEALED,), (self.case,)]

    @rule(seldom=st.integers(0, 7))
    def what_it_leads_is_settled_by_itself(self, seldom: int) -> None:
        if not seldom:
            self.take_of_led(CASE.decide(c.Resolve("x1", self.now, words="已办"), self.led))

    @rule(by=PEOPLE, data=st.data())
    def the_desk_makes_it_one_matter_with_another(self, by: str, data: st.DataObject) -> None:
        self.ask(c.Gather, by, data)

    def follow(self, event: Event) -> None:
        """What the process of that name does with whatever is said of a lead."""
        if isinstance(event, CaseMerged) and "a2" in event.cases:
            for note in self.take_of_led(MERGING.decide(Merge(event), self.led)):
                assert isinstance(note, CaseMerged)
                self.take_of_led(MERGING.decide(CatchUp(self.case, note), self.led))
        elif isinstance(event, tuple(FOLLOWED)):
            assert isinstance(event, CaseEvent)
            self.take_of_led(MERGING.decide(Follow(event), self.led))

    def take_of_led(self, events: list[Any]) -> list[Any]:
        self.led = CASE.fold(self.led, events)
        self.said_of_led += events
        return events

    def take(self, events: list[Any], *, strict: bool) -> None:
        for event in events:
            self.case = CASE.evolve(self.case, event)
            self.log.append(event)
            self.states.append(self.case)
            if isinstance(event, CaseEvent):
                self.said.append(event)
                self.strict.append(strict)
        for event in events:
            self.follow(event)

    def last_round(self) -> Iterator[tuple[CaseEvent, bool]]:
        """What was said since the case was opened last, and whether over REST."""
        reopened = max((n for n, event in enumerate(self.said) if isinstance(event, CaseReopened)), default=-1)
        return zip(self.said[reopened + 1 :], self.strict[reopened + 1 :], strict=True)

    @invariant()
    def one_department_is_accountable_from_the_first_moment(self) -> None:
        assert all(event.department in DIRECTORY_OF_FOUR.by_code for event in self.said)
        assert [n for n, event in enumerate(self.said) if isinstance(event, CaseAssigned)] == [0] * bool(self.said)
        for before, event in pairwise(self.said):
            moved = event.department != before.department
            assert isinstance(event, CaseTransferred) == moved or (
                isinstance(event, CaseSealed) and event.sealed > before.sealed
            )

    @invariant()
    def every_closed_case_has_an_outcome_and_an_answer(self) -> None:
        if self.case.status is Status.CLOSED:
            closed = next(event for event in reversed(self.said) if isinstance(event, CaseClosed))
            assert closed.outcome
            assert closed.outcome == self.case.outcome or (closed.sealed and closed.outcome == "closed")
            answered = [e for e, _ in self.last_round() if isinstance(e, CaseResolved) and (e.reply or e.sealed)]
            assert answered or closed.outcome != "confirmed"
            assert self.case.answered

    @invariant()
    def nobody_judges_his_own_work(self) -> None:
        """Of steps over REST: submitter, reviewer and caller are three people. In the chat it shows as a sign."""
        workers: set[str] = set()
        asked: dict[type[CaseEvent], str] = {}
        reviewers, callers = set[str](), set[str]()
        for event, strict in self.last_round():
            match event:
                case CaseAccepted() | ProgressReported() | CaseResolved() | PartFinished():
                    workers.add(event.by)
                case ExtensionAsked() | ExclusionProposed():
                    asked[type(event)] = event.by
                case ExtensionGranted() | ExtensionRefused():
                    assert event.by not in workers | callers | {asked[ExtensionAsked]}
                    reviewers.add(event.by)
                case ExclusionReviewed():
                    assert event.by not in workers | callers | {asked[ExclusionProposed]}
                    reviewers.add(event.by)
                case CallbackAsked() | CallFailed() | CaseCalledBack() if strict:
                    assert event.by not in workers | reviewers
                    callers.add(event.by)
                case CallbackAsked() | CaseCalledBack():
                    callers.add(event.by)
                case CaseSuspended():
                    assert event.by not in workers

    @invariant()
    def what_is_sealed_stays_with_the_commission(self) -> None:
        since = list(dropwhile(lambda event: not event.sealed, self.said))
        assert all(event.sealed and event.department == "discipline" for event in since)
        assert not any(isinstance(event, AssistantJoined | CaseMerged | CaseTransferred) for event in since)
        assert not since or not (self.case.parts or self.case.lead)

    @invariant()
    def nobody_is_accountable_for_a_complaint_about_himself_unless_he_is_watched(self) -> None:
        accused = {code for event in self.said if isinstance(event, CaseAssigned | DepartmentAccused) for code in event.accused}
        if self.said and self.said[-1].department in accused:
            assert self.case.supervised or self.case.status not in OPEN

    @invariant()
    def what_is_said_in_a_sealed_case_is_in_no_event_that_others_read(self) -> None:
        for event in self.log:
            leaves = event.model_dump_json(
                exclude={name for name, mark in personal_fields(type(event)).items() if mark.confined}
            )
            sealed = isinstance(event, WordsSealed) or (isinstance(event, CaseEvent) and event.sealed)
            assert not sealed or not any(words in leaves for words in SAID), leaves

    @invariant()
    def what_is_said_in_a_sealed_case_is_kept_with_the_step_in_which_it_was_said(self) -> None:
        for words, step in pairwise(self.log):
            if isinstance(words, WordsSealed):
                assert words.words
                blank = words.step == step.TYPE and getattr(step, words.field) in ("", None, "closed")
                assert blank or isinstance(step, WordsSealed)

    @invariant()
    def a_department_returns_a_case_once_and_keeps_it_until_that_is_decided(self) -> None:
        returns = [(n, event) for n, event in enumerate(self.said) if isinstance(event, CaseReturned)]
        assert len(returns) <= 2
        assert len({event.department for _, event in returns}) == len(returns)
        for n, event in returns:
            assert event.undecided or isinstance(self.said[n + 1], CaseTransferred)

    @invariant()
    def a_clock_is_stopped_only_while_it_runs_and_goes_on_only_when_it_was_stopped(self) -> None:
        rests = [isinstance(e, CaseSuspended) for e in self.said if isinstance(e, CaseSuspended | CaseResumed)]
        assert rests == [n % 2 == 0 for n in range(len(rests))]
        assert (self.case.suspended is not None) == (len(rests) % 2 == 1)
        assert self.case.suspended is None or self.case.status in OPEN
        assert sum(isinstance(event, ExtensionAsked) for event, _ in self.last_round()) <= 1

    @invariant()
    def a_second_call_is_made_once_of_a_closed_case_by_somebody_who_had_no_part_in_it(self) -> None:
        part, outcome, closed = set[str](), Second.UNREACHABLE, False
        for event, _ in self.last_round():
            match event:
                case SecondCallDrawn():
                    assert closed
                    outcome = Second.DUE
                case CaseCalledAgain():
                    assert closed
                    assert outcome is Second.DUE
                    assert event.by not in part
                    outcome = event.result
                    assert outcome is not Second.DENIED  # that opens it again
                case CaseClosed():
                    closed = True
                case CaseAccepted() | ProgressReported() | CaseResolved() | PartFinished() | CallbackAsked() | CallFailed():
                    part.add(event.by)
                case CaseCalledBack() | ExtensionGranted() | ExtensionRefused() | ExclusionReviewed() | ReturnRefused():
                    part.add(event.by)

    @invariant()
    def what_it_leads_hears_nothing_of_what_is_sealed_and_is_never_brought_to_whom_it_accuses(self) -> None:
        assert not any(event.sealed for event in self.said_of_led)
        assert not any(event.department == "housing" for event in self.said_of_led)
        if self.led.lead == "a1" and self.led.status in OPEN:
            assert self.case.last
            assert self.case.lead or self.case.reopened or self.case.status not in OPEN
            assert self.led.last
            assert self.led.last.department == self.case.last.department or self.case.reopened
        if self.case.last and self.case.last.sealed:
            assert self.led.lead != "a1" or self.led.status not in OPEN

    @invariant()
    def three_calls_in_vain_end_it(self) -> None:
        failed = [event for event, _ in self.last_round() if isinstance(event, CallFailed)]
        assert [event.count for event in failed] == list(range(1, len(failed) + 1))
        assert len(failed) < 3 or self.case.outcome == "unreachable" or self.case.status is not Status.RESOLVED

    @invariant()
    def the_state_is_a_fold_of_what_was_said_now_and_at_any_time_before(self) -> None:
        written = [type(event).model_validate_json(event.model_dump_json()) for event in self.log]
        assert CASE.fold(CASE.initial, list(written)) == self.case
        middle = len(written) // 2
        assert CASE.fold(CASE.initial, list(written[:middle])) == self.states[middle]


def test_no_life_of_a_case_breaks_a_promise() -> None:
    """A life that does is told as it was found: to shorten it takes minutes."""
    how = settings(
        max_examples=150, stateful_step_count=60, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate)
    )
    run_state_machine_as_test(Life, settings=how)  # type: ignore[no-untyped-call]
