"""Every life a notice may have: whatever is asked of it by whomever, in whatever order, the promises hold.

What must hold is read off the events that were said, not off the state by which they were decided.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.disclosure import commands as c
from services.disclosure.domain import NOTICE
from services.disclosure.kinds import KINDS
from services.disclosure.notice import Status
from services.disclosure.rules import RULES, allowed, hindrance
from shared.callers import Caller
from shared.decider import Refused
from shared.events import Event
from shared.events import disclosure as e
from shared.events.disclosure import ItemState, NoticeKind, Reach
from tests.unit.services.disclosure.samples import SAMPLES

T0 = datetime(2023, 6, 1, tzinfo=UTC)
PEOPLE = st.sampled_from(["a", "b"])
EVERYBODY = frozenset(Caller)
SPOKEN = (e.NoticePublished, e.NoticeCorrected, e.NoticeWithdrawn, e.NoticeExpired)


class Life(RuleBasedStateMachine):
    """One notice, everything that may be asked of it, and all it ever said."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.notice = T0, NOTICE.initial
        self.said: list[Event] = []
        self.words = 0

    @initialize(kind=st.sampled_from([NoticeKind.SUBSIDY, NoticeKind.JOB, NoticeKind.RECTIFICATION, NoticeKind.FREE]))
    def begin(self, kind: NoticeKind) -> None:
        self.kind = kind

    def ask(self, command: c.Command) -> None:
        before = self.notice
        try:
            events = NOTICE.decide(command, before)
        except Refused:
            return
        for event in events:
            self.notice = NOTICE.evolve(self.notice, event)
            self.said.append(event)

    @rule(hours=st.sampled_from([1, 24, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.ask(c.Tick(self.now, ("wecom/g1",)))
        assert NOTICE.decide(c.Tick(self.now), self.notice) == [], "a tick does everything that is due, once"
        assert self.notice.look_at is None or self.notice.look_at > self.now

    @rule(
        by=PEOPLE,
        ahead=st.sampled_from([None, 5, 30]),
        lasts=st.sampled_from([None, 50]),
        reason=st.sampled_from([None, "补登"]),
    )
    def draft(self, by: str, ahead: int | None, lasts: int | None, reason: str | None) -> None:
        self.words += 1
        later = {days: days and self.now + timedelta(days=days) for days in (ahead, lasts)}
        draft = e.NoticeDrafted(
            notice="n", kind=self.kind, title="公示", body=f"第{self.words}稿", content=SAMPLES[self.kind], reach=Reach.VILLAGE,
            villages=("河西村",), publish_at=later[ahead], expires_at=later[lasts], reason=reason, by=by, drafted_at=self.now,
        )  # fmt: skip
        self.ask(c.Draft(draft))

    @rule(by=PEOPLE, approved=st.booleans())
    def review(self, by: str, approved: bool) -> None:
        reviewed = e.NoticeReviewed(notice="n", approved=approved, note="请核对", by=by, reviewed_at=self.now)
        self.ask(c.Review(reviewed))

    @rule(by=PEOPLE)
    def publish(self, by: str) -> None:
        self.ask(c.Publish(by, self.now, ("wecom/g1",)))

    @rule(by=PEOPLE)
    def drop(self, by: str) -> None:
        self.ask(c.Drop(e.NoticeDropped(notice="n", reason="不发了", by=by, dropped_at=self.now)))

    @rule(by=PEOPLE)
    def correct_at_once(self, by: str) -> None:
        self.words += 1
        corrected = e.NoticeCorrected(
            notice="n", revision=0, title="公示", body=f"更正{self.words}", reason="错字", by=by, corrected_at=self.now
        )
        self.ask(corrected)

    @rule(by=PEOPLE, sure=st.sampled_from([False, False, True]))
    def withdraw(self, by: str, sure: bool) -> None:
        if sure:
            self.ask(e.NoticeWithdrawn(notice="n", title="", reason="重复", by=by, withdrawn_at=self.now))

    @rule(by=PEOPLE, number=st.integers(1, 3), state=st.sampled_from(ItemState))
    def update_item(self, by: str, number: int, state: ItemState) -> None:
        self.ask(c.UpdateItem(number, state, by, self.now, evidence="照片", note="看过"))

    @invariant()
    def nothing_stands_that_a_second_person_had_to_read_and_did_not(self) -> None:
        draft, approved_by = None, None
        for event in self.said:
            match event:
                case e.NoticeDrafted():
                    draft, approved_by = event, None
                case e.NoticeReviewed():
                    approved_by = event.by if event.approved else None
                case e.NoticePublished() | e.NoticeCorrected() if KINDS[self.kind].reviewed:
                    assert draft is not None
                    assert approved_by not in (None, draft.by)
                    assert event.body == draft.body

    @invariant()
    def it_is_published_once_and_its_versions_are_counted_without_a_gap(self) -> None:
        spoken = [event for event in self.said if isinstance(event, SPOKEN)]
        versions = [
            getattr(event, "revision", 1) for event in spoken if isinstance(event, e.NoticePublished | e.NoticeCorrected)
        ]
        assert versions == list(range(1, len(versions) + 1))
        assert not spoken or isinstance(spoken[0], e.NoticePublished)
        ended = [n for n, event in enumerate(spoken) if isinstance(event, e.NoticeWithdrawn | e.NoticeExpired)]
        assert not any(isinstance(event, e.NoticeCorrected) for event in spoken[ended[0] :]) if ended else True

    @invariant()
    def every_correction_and_withdrawal_has_its_reason(self) -> None:
        for event in self.said:
            if isinstance(event, e.NoticeCorrected | e.NoticeWithdrawn | e.NoticeDropped):
                assert event.reason

    @invariant()
    def each_item_is_listed_once_and_nobody_verifies_what_he_said_was_done(self) -> None:
        listed = [event.number for event in self.said if isinstance(event, e.RectificationListed)]
        assert len(listed) == len(set(listed))
        done: dict[int, str] = {}
        for event in self.said:
            if isinstance(event, e.RectificationUpdated):
                if event.state is ItemState.DONE:
                    assert event.evidence
                    done[event.number] = event.by
                elif event.state is ItemState.VERIFIED:
                    assert event.by != done[event.number]

    @invariant()
    def what_is_offered_is_what_is_not_hindered(self) -> None:
        offered = allowed(self.notice, "a", EVERYBODY, self.now)
        assert offered == [rule.name for step, rule in RULES.items() if hindrance(step, self.notice, "a", self.now) is None]
        assert self.notice.status is not Status.WITHDRAWN or offered == []


def test_every_life_of_a_notice_keeps_the_promises() -> None:
    run_state_machine_as_test(Life, settings=settings(max_examples=120, stateful_step_count=25, deadline=None))
