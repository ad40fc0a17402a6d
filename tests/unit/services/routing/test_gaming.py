"""Signs of gaming: each shows when it should, and an honest case shows none."""

from datetime import timedelta

from services.routing.commands import Assist, Close, FindInadmissible, Suspend, Wake
from services.routing.domain import Accept, AskBack, Command, Report, Resolve, TakeFeedback
from services.routing.gaming import BACKDATED, Sign, signs
from shared.events.routing import CaseEvent
from tests.unit.services.routing.test_domain import ASSIGN, DIRECTORY_OF_FOUR, T1, after

HONEST: tuple[Command, ...] = (
    ASSIGN,
    Accept("o1", T1),
    Report("o1", T1),
    Resolve("o1", T1, words="修好了"),
    AskBack("c1", T1),
    TakeFeedback("p1", T1, satisfied=True),
)


def shown(*commands: Command, late: timedelta = timedelta(0)) -> list[Sign]:
    """The signs of a case after these steps, each written down so much later than it happened."""
    _, events = after(*commands)
    return signs((event, event.occurred_at + late) for event in events if isinstance(event, CaseEvent))


def test_an_honest_case_shows_nothing() -> None:
    assert shown(*HONEST) == []


def test_a_case_closed_before_anything_was_done_shows_it() -> None:
    assert shown(ASSIGN, Close("desk", T1, words="已处理")) == [Sign.NOTHING_DONE]


def test_an_end_that_needs_no_work_does_not() -> None:
    assert shown(ASSIGN, Close("desk", T1, words="误登记", withdrawn=True)) == []
    assert shown(ASSIGN, FindInadmissible("desk", T1, words="诉讼中", instead="法院")) == []


def test_a_case_resolved_and_reopened_again_and_again_shows_it() -> None:
    false_end = (Resolve("o1", T1, words="修好了"), TakeFeedback("p1", T1, satisfied=False))
    assert shown(ASSIGN, Accept("o1", T1), *false_end) == []
    assert shown(ASSIGN, Accept("o1", T1), *false_end, *false_end) == [Sign.REOPENED_AGAIN]


def test_a_call_in_the_chat_by_who_worked_on_it_shows() -> None:
    assert shown(ASSIGN, Resolve("o1", T1, words="修好了"), AskBack("o1", T1)) == [Sign.CALLED_BY_HANDLER]


def test_a_step_that_was_written_down_long_after_it_is_said_to_have_happened_shows() -> None:
    assert shown(*HONEST, late=BACKDATED) == []
    assert shown(*HONEST, late=BACKDATED + timedelta(seconds=1)) == [Sign.BACKDATED]


def test_a_case_called_done_in_the_chat_while_a_part_is_open_shows_it() -> None:
    helper = Assist("desk", T1, words="查管网", department="housing", departments=DIRECTORY_OF_FOUR)
    assert shown(ASSIGN, helper, Accept("o1", T1), Resolve("o1", T1, words="修好了")) == [Sign.PARTS_UNFINISHED]


def test_a_clock_that_was_stopped_again_and_again_shows() -> None:
    rest = (Suspend("desk", T1, words="下雨", until=T1 + timedelta(days=1)), Wake("clock", T1 + timedelta(days=1)))
    assert shown(ASSIGN, Accept("o1", T1), *rest) == []
    again = Suspend("desk", T1 + timedelta(days=1), words="又下雨", until=T1 + timedelta(days=2))
    assert shown(ASSIGN, Accept("o1", T1), *rest, again) == [Sign.SUSPENDED_AGAIN]
