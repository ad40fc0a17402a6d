"""The reporter's word and the close: calls, what he says of the outcome, the work begun again, the outcome itself. Pure."""

from services.routing.case import Case, facts
from services.routing.commands import Act, AskBack, Close, FailCall, Reopen, TakeAnswer, TakeFeedback
from services.routing.rules import hindrance
from shared.events import Event
from shared.events.casework import CallFailed
from shared.events.routing import (
    CONFIRMED,
    UNREACHABLE,
    CallbackAsked,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseReopened,
    Status,
)

CALLS = 3
"""so many calls in vain are an outcome of their own"""


def decide(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """None: it is no step of these."""
    now, by = facts(last, command.at), command.by
    match command:
        case AskBack():
            return [CallbackAsked(**now, by=by)]
        case TakeFeedback():
            return _take_feedback(command, case, last)
        case TakeAnswer():
            return _answered(command, case, last, satisfied=command.satisfied, resolved=command.resolved)
        case FailCall():
            return _fail_call(command, case, last)
        case Reopen():
            return [_reopened(command, case, last)]
        case Close():
            outcome, withdrawn = command.words or "closed", command.withdrawn
            return [CaseClosed(**now, by=by, outcome=outcome, satisfied=case.satisfied, withdrawn=withdrawn)]
        case _:
            return None


def _take_feedback(command: TakeFeedback, case: Case, last: CaseEvent) -> list[Event]:
    if case.status is not Status.CLOSED:
        return _answered(command, case, last, satisfied=command.satisfied)
    if command.satisfied is not False or hindrance(Reopen, case, command.by, command.at):
        return []
    return [_reopened(command, case, last)]


def _answered(
    command: Act, case: Case, last: CaseEvent, *, satisfied: bool | None, resolved: bool | None = None
) -> list[Event]:
    """Not solved or not satisfied is open again; satisfied is closed; neither leaves it called back."""
    now = facts(last, command.at)
    called_back = CaseCalledBack(**now, by=command.by, satisfied=satisfied, resolved=resolved)
    if satisfied is False or resolved is False:
        return [called_back, _reopened(command, case, last)]
    if satisfied:
        return [called_back, CaseClosed(**now, by=command.by, outcome=CONFIRMED, satisfied=True)]
    return [called_back]


def _reopened(command: Act, case: Case, last: CaseEvent) -> CaseReopened:
    return CaseReopened(**facts(last, command.at), by=command.by, reason=command.words, count=case.reopened + 1)


def _fail_call(command: FailCall, case: Case, last: CaseEvent) -> list[Event]:
    now, count = facts(last, command.at), case.failed_calls + 1
    failed = CallFailed(**now, by=command.by, count=count)
    return [failed] if count < CALLS else [failed, CaseClosed(**now, by=command.by, outcome=UNREACHABLE)]
