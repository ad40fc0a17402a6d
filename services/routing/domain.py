"""Routing's rulebook: every case has one accountable department from its first moment, and lives until it has an outcome.

Streams: `case-<appeal>` and `directory-county`. Officials act by chat or over REST; both are the same commands. What is said
in a chat cannot be refused to anybody's face, so a chat action that changes nothing decides nothing; over REST an illegal
step is refused with what is allowed now.

Here are the entry and the way from assignment to the work's end. Beside it: `rules` who may take which step when, `handing` from
one department to another, `holding` what holds the work up, `answering` the reporter's word and the close, `second_calls`
whether he says it again, `judging` what others
think of it, `sealing` what only the commission reads, `case` the
state.
"""

from collections.abc import Callable

from services.routing import answering, handing, holding, judging, merging, sealing, second_calls
from services.routing.assigning import assigned
from services.routing.case import Case, evolve, facts
from services.routing.commands import (
    Accept,
    Act,
    AskBack,
    Assign,
    Close,
    Command,
    DrawSecondCall,
    Hear,
    MissDeadline,
    NotePart,
    RaiseUrgency,
    Reopen,
    Report,
    Resolve,
    Return,
    TakeFeedback,
    Transfer,
)
from services.routing.rules import OPEN, REOPEN_WITHIN, TOLD_ALL_THE_SAME, hindrance
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.casework import CaseResumed, CaseWithdrawn, DeadlineMissed, PartFinished, PartNumbered, WaitsFor
from shared.events.routing import (
    CaseAccepted,
    CaseClosed,
    CaseEvent,
    CaseResolved,
    CaseTransferred,
    CaseUrgencyRaised,
    ProgressReported,
    Status,
)

__all__ = [
    "CASE", "OPEN", "REOPEN_WITHIN", "Accept", "AskBack", "Assign", "Case", "Close", "Command", "RaiseUrgency", "Reopen",
    "Report", "Resolve", "Return", "TakeFeedback", "Transfer", "case_stream", "decide", "evolve",
]  # fmt: skip

BESIDE: tuple[Callable[[Act, Case, CaseEvent], list[Event] | None], ...] = (
    handing.decide,
    merging.decide_step,
    holding.decide,
    answering.decide,
    second_calls.decide,
    judging.decide,
    sealing.decide,
)
WAKING = (ProgressReported, CaseResolved, CaseTransferred, CaseClosed, CaseUrgencyRaised)
"""what says that the work of a suspended case goes on, or has come to its end"""


def decide(command: Command, case: Case) -> list[Event]:
    """What a step comes to. Raises Refused for a strict step that the rules do not allow now."""
    match command:
        case Assign():
            return [] if case.last else [assigned(command.opened, command.departments, command.at, command.heard)]
        case MissDeadline():
            return _miss_deadline(command, case)
        case NotePart():
            return _note_part(command, case)
        case DrawSecondCall():
            return second_calls.draw(command, case)
    if case.last is None:
        raise Refused("no-such-case", "没有这件案件")
    if isinstance(command, Close) and command.withdrawn and case.status is Status.CLOSED:
        return [CaseWithdrawn(**facts(case.last, command.at), by=command.by)]
    if bar := hindrance(type(command), case, command.by, command.at):
        if command.strict:
            raise bar
        if bar.code not in TOLD_ALL_THE_SAME:
            return []
    if not command.strict and command.at < case.last.occurred_at - REOPEN_WITHIN:
        return []  # an old message delivered very late does not undo what happened since
    events = handing.guarded(_step(command, case, case.last), command, case)
    goes_on = any(isinstance(event, WAKING) for event in events) and not any(isinstance(event, CaseResumed) for event in events)
    if case.suspended and goes_on:
        events = [CaseResumed(**facts(case.last, command.at), by=command.by), *events]
    return sealing.apart(events)


def _step(command: Act, case: Case, last: CaseEvent) -> list[Event]:
    for decided in BESIDE:
        if (events := decided(command, case, last)) is not None:
            return events
    now, by = facts(last, command.at), command.by
    match command:
        case Accept():
            return [CaseAccepted(**now, by=by, by_name=command.name, note=command.words)]
        case Report():
            return [ProgressReported(**now, by=by, by_name=command.name, note=command.words)]
        case Resolve():
            return _resolve(command, case, last)
        case Hear():
            waited = case.suspended and case.suspended.waits_for is WaitsFor.REPORTER and by == last.reporter
            return [*([CaseResumed(**now, by=by)] if waited else []), *handing.complained(command, case, last)]
        case RaiseUrgency():
            return [] if last.urgent else [CaseUrgencyRaised(**{**now, "urgent": True})]
        case _:
            raise AssertionError(f"no rule for {type(command).__name__}")


def _note_part(command: NotePart, case: Case) -> list[Event]:
    if case.last is None or any(part.appeal == command.appeal for part in case.divided):
        return []
    return [PartNumbered(**facts(case.last, command.at), part_appeal=command.appeal, part_number=command.number)]


def _miss_deadline(command: MissDeadline, case: Case) -> list[Event]:
    if case.last is None or case.late or case.status not in OPEN or command.round != case.reopened + 1:
        return []
    return [DeadlineMissed(**facts(case.last, command.at), due_at=command.due_at)]


def _resolve(command: Resolve, case: Case, last: CaseEvent) -> list[Event]:
    """The lead answers for the whole; what an assisting department calls done is its part."""
    now = facts(last, command.at)
    for part in case.open_parts:
        if not command.strict and part.department == command.department != last.department:
            told = {"assistant": part.department, "assistant_name": part.name, "answer": command.words or ""}
            return [PartFinished(**now, by=command.by, **told)]
    if not command.strict and command.department and not case.may_judge(command.department):
        return [ProgressReported(**now, by=command.by, by_name=command.name, note=command.words)]  # his word, not the verdict
    if command.strict and not (command.words or "").strip():
        raise Refused("reply-needed", "办结须写明告知群众的办理结果")
    return [CaseResolved(**now, by=command.by, by_name=command.name, reply=command.words)]


CASE: Decider[Command, Case] = Decider(Case(), decide, evolve)


def case_stream(appeal: str) -> str:
    return f"case-{appeal}"
