"""What routing does when intake speaks: an appeal gets its department, an official's chat message becomes the step it says.

Of sla it hears which work is late, for then no extension is asked for in time, and which promises were kept, for the score.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from services.routing.commands import Hear, MissDeadline, NotePart
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM, Departments
from services.routing.domain import (
    CASE,
    Accept,
    AskBack,
    Assign,
    Close,
    Command,
    RaiseUrgency,
    Report,
    Resolve,
    TakeFeedback,
    Transfer,
    case_stream,
)
from services.routing.learned import Hearing
from services.routing.merging import MERGING, Merge
from services.routing.scoring import VERDICTS, verdicts_stream
from shared.consumer import Reaction, Reactions
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.crowds import AppealMerged
from shared.events.intake import (
    AppealOpened,
    AppealSupplemented,
    AppealWithdrawn,
    FeedbackRead,
    Kind,
    OfficialActionRead,
    PersonForgotten,
    Role,
)
from shared.events.routing import MISREGISTERED
from shared.events.sla import CaseOverdue, ClockStopped, Promise

_HANDS_OVER = re.compile(r"转|归|移交|移送|属于|该由|交给|派给")
"""words by which an official says that it is another department's"""
Ask = Callable[[AppealOpened], Hearing]
"""the trained models' word on an appeal: pure, about a millisecond"""


def _with_origin(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    yield from _with_directory(r)
    if isinstance(r.event, AppealOpened) and r.event.divided_from:
        yield CASE, case_stream(r.event.divided_from)


def _with_directory(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(CASE, case_stream(r.subject)), (DIRECTORY, DIRECTORY_STREAM)]


def _case_only(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(CASE, case_stream(r.subject))]


def _assigning(asked: Ask) -> Reaction:
    def assign(r: Recorded, work: Work) -> None:
        event = r.event
        assert isinstance(event, AppealOpened)
        departments = work.state(DIRECTORY, DIRECTORY_STREAM).at(r.time)
        command = Assign(event, departments, event.occurred_at, asked(event))
        work.decide(CASE, case_stream(r.subject), command, r.because("minsheng:routing"))
        if event.divided_from:
            note = NotePart(event.appeal, event.number, event.occurred_at)
            work.decide(CASE, case_stream(event.divided_from), note, r.because("minsheng:routing"), event.divided_from)

    return Reaction(_with_origin, assign)


def _act(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, OfficialActionRead)
    departments = work.state(DIRECTORY, DIRECTORY_STREAM).at(r.time)
    case = work.state(CASE, case_stream(r.subject))
    if case.last and case.last.sealed and event.role is not Role.DISCIPLINE:
        return  # it is the commission's alone, whoever speaks of it
    for command in steps(event, departments):
        work.decide(CASE, case_stream(r.subject), command, r.because(event.person))


def steps(event: OfficialActionRead, departments: Departments) -> list[Command]:
    """The steps an official's message says, in order: what he does, and to whom he hands it over, if he does."""
    by, at, name, words = event.person, event.occurred_at, event.name, event.text
    match event.action:
        case Kind.ACCEPT:
            step: Command = Accept(by, at, name, words)
        case Kind.RESOLVE:
            return [Resolve(by, at, name, words, department=event.department)]
        case Kind.CALLBACK:
            return [AskBack(by, at)]
        case _:
            step = Report(by, at, name, words)
    named = departments.index.by_name(words, sender=event.department or "") if words and _HANDS_OVER.search(words) else None
    return [step, Transfer(by, at, name, words, department=named.code, departments=departments)] if named else [step]


def _take_feedback(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, FeedbackRead)
    command = TakeFeedback(event.person, event.occurred_at, words=event.text, satisfied=event.satisfied)
    work.decide(CASE, case_stream(r.subject), command, r.because(event.person))


def _supplement(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, AppealSupplemented)
    departments = work.state(DIRECTORY, DIRECTORY_STREAM).at(r.time)
    steps: list[Command] = [Hear(event.person, event.occurred_at, words=event.text, departments=departments)]
    if event.urgent:
        steps.append(RaiseUrgency(event.person, event.occurred_at))
    for step in steps:
        work.decide(CASE, case_stream(r.subject), step, r.because(event.person))


def _withdraw(r: Recorded, work: Work) -> None:
    """An appeal that was none, or part of another: its case ends, and says so."""
    event = r.event
    assert isinstance(event, AppealWithdrawn)
    outcome = f"已并入诉求 {event.into} 一并办理" if event.into else MISREGISTERED
    close = Close(event.by, event.occurred_at, words=outcome, withdrawn=True)
    work.decide(CASE, case_stream(r.subject), close, r.because(event.by))


def _merge(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, AppealMerged)
    work.decide(MERGING, case_stream(r.subject), Merge(event), r.because())


def _miss_deadline(event: CaseOverdue, r: Recorded, work: Work) -> None:
    if event.promise is Promise.RESOLVE:
        missed = MissDeadline(event.due_at, r.time, event.round)
        work.decide(CASE, case_stream(r.subject), missed, r.because())


def _with_verdicts(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(CASE, case_stream(r.subject)), (VERDICTS, verdicts_stream(r.subject))]


def _judge(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, CaseOverdue | ClockStopped)
    work.decide(VERDICTS, verdicts_stream(r.subject), event, r.because("minsheng:sla"), r.subject)
    if isinstance(event, CaseOverdue):
        _miss_deadline(event, r, work)


def _forget(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, PersonForgotten)
    work.forget(event.person)


def reactions(asked: Ask) -> Reactions:
    """What routing does, event by event."""
    return {
        "intake": {
            AppealOpened: _assigning(asked),
            OfficialActionRead: Reaction(_with_directory, _act),
            FeedbackRead: Reaction(_case_only, _take_feedback),
            AppealSupplemented: Reaction(_with_directory, _supplement),
            AppealWithdrawn: Reaction(_case_only, _withdraw),
            AppealMerged: Reaction(_case_only, _merge),
            PersonForgotten: Reaction(lambda _: (), _forget),
        },
        "sla": {CaseOverdue: Reaction(_with_verdicts, _judge), ClockStopped: Reaction(_with_verdicts, _judge)},
    }
