"""Another policy over what happened: the same deeds, other limits."""

from datetime import timedelta

from services.sla.domain import CLOCKS, Begin, Command, Continue, Extend, Pause, Start, Stop, Tick, next_of
from services.sla.policies import Policies
from services.sla.policy import Policy, parse
from services.sla.whatif import figures, lived_again
from shared.events.sla import ClockEvent, Promise
from tests.unit.services.sla.test_domain import DAY, HOUR, PLAIN, POLICY, SAID, assigned

NOW = SAID + 30 * DAY
WORK = (Promise.ACCEPT, Promise.REPLY, Promise.RESOLVE)


def happened(*deeds: tuple[timedelta, Command], policies: Policies = POLICY) -> list[ClockEvent]:
    """What was said of a case when these things were done so long after the message, and time did the rest."""
    clocks, events = CLOCKS.initial, list[ClockEvent]()
    for after, command in [*deeds, (NOW - SAID, Tick(NOW, policies))]:
        while (look := next_of(clocks, policies)) and look < SAID + after:
            said = CLOCKS.decide(Tick(look, policies), clocks)
            clocks = CLOCKS.fold(clocks, said)
            events += said
        said = CLOCKS.decide(command, clocks)
        clocks = CLOCKS.fold(clocks, said)
        events += said
    return events


def stop(after: timedelta, *promises: Promise) -> tuple[timedelta, Command]:
    return after, Stop(promises, SAID + after)


A_LIFE = (
    (timedelta(0), Start(assigned(), POLICY)),
    stop(timedelta(minutes=12), Promise.ACCEPT, Promise.REPLY),
    (DAY, Pause(SAID + DAY)),
    (3 * DAY, Continue(SAID + 3 * DAY, POLICY)),
    (4 * DAY, Extend(2, SAID + 4 * DAY, POLICY)),
    stop(10 * DAY, Promise.RESOLVE),
    (10 * DAY, Begin(Promise.CALLBACK, assigned(occurred_at=SAID + 10 * DAY), POLICY)),
    stop(11 * DAY, Promise.CALLBACK),
)


def other(old: str, new: str) -> Policy:
    assert old in PLAIN
    return parse(PLAIN.replace('"plain"', '"other"').replace(old, new))


def test_under_the_same_policy_everything_happens_as_it_did() -> None:
    events = happened(*A_LIFE)
    assert figures(lived_again(events, parse(PLAIN), NOW)) == figures(events)


def test_a_longer_time_for_the_answer_would_have_kept_what_was_broken_and_told_nobody() -> None:
    events = happened(*A_LIFE)
    was, would = (figures(e)[Promise.ACCEPT] for e in (events, lived_again(events, other("10 minutes", "15 minutes"), NOW)))
    assert (was.kept, was.broken, sum(was.steps.values())) == (0, 1, 1)
    assert (would.kept, would.broken, sum(would.steps.values())) == (1, 0, 0)


def test_pauses_and_days_that_were_granted_count_under_the_other_policy_too() -> None:
    events = happened(*A_LIFE)  # done ten days after the message: two days rested, two granted
    enough, short = (figures(lived_again(events, other('"7 days"', f'"{d} days"'), NOW))[Promise.RESOLVE] for d in (6, 5))
    assert (enough.kept, enough.broken) == (1, 0)
    assert (short.kept, short.broken) == (0, 1)


def test_a_clock_that_the_other_policy_does_not_promise_is_none() -> None:
    events = happened(*A_LIFE)
    without = other('promise = "callback"\nwithin = "3 workdays"\nladder = "work"\n\n[[clocks]]\n', "")
    assert Promise.CALLBACK not in figures(lived_again(events, without, NOW))


def test_what_began_as_danger_is_danger_under_the_other_policy() -> None:
    urgent = ((timedelta(0), Start(assigned(urgent=True), POLICY)), stop(3 * HOUR, *WORK))
    events = happened(*urgent)
    assert figures(events)[Promise.RESOLVE].broken == 1
    swifter = other('levels = ["danger"]\nwithin = "2 hours"', 'levels = ["danger"]\nwithin = "4 hours"')
    assert figures(lived_again(events, swifter, NOW))[Promise.RESOLVE].kept == 1
