"""How a case comes to be sealed after all, and where the words of a sealed one are: under the commission's key. Pure.

An open case that turns out to accuse somebody is taken out of all other hands at once: out of its department's, its helpers', its
merged matter's. What was said of it before was said; from then on nobody else reads or hears of it.

The other services hear that a sealed case was accepted, reported on or closed, and when, for clocks and receipts need that; what
was said with it they never hear. Each word stands in an event of its own, just before its step, that does not leave routing; so
a step cannot carry words by an oversight, and forgetting an official does not blank the commission's file.
"""

from services.routing.case import Case, facts
from services.routing.commands import Act, Seal
from services.routing.rules import reason_of
from shared.events import Event, personal_fields
from shared.events.casework import CaseResumed, CaseSealed, WordsSealed
from shared.events.routing import CONFIRMED, INADMISSIBLE, MISREGISTERED, UNREACHABLE, CaseClosed, CaseEvent

ENDED = "closed"
"""all that others hear of how a sealed case ended in words"""
OUTCOMES = frozenset({CONFIRMED, INADMISSIBLE, MISREGISTERED, UNREACHABLE, ENDED})
"""outcomes that are no words of anybody's"""


def decide(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """None: it is no step of these. The clock of what was suspended runs on, for its new keeper."""
    if not isinstance(command, Seal):
        return None
    directory, reason = command.departments.index, reason_of(command)
    keeper = directory.commission or directory.county_desk
    now = facts(last, command.at) | {"department": keeper.code, "department_name": keeper.name, "sealed": True}
    sealed = CaseSealed(**now, by=command.by, from_department=last.department, reason=reason)
    return [sealed, CaseResumed(**now, by=command.by)] if case.suspended else [sealed]


def apart(events: list[Event]) -> list[Event]:
    """These events, the words of what is sealed taken out of them."""
    return [part for event in events for part in (_parted(event) if isinstance(event, CaseEvent) and event.sealed else [event])]


def _parted(event: CaseEvent) -> list[Event]:
    words = {name: text for name in worded(type(event)) if (text := getattr(event, name)) and text not in OUTCOMES}
    if not words:
        return [event]
    kept = [WordsSealed(appeal=event.appeal, step=event.TYPE, field=name, words=text) for name, text in words.items()]
    return [*kept, event.model_copy(update={name: _blank(type(event), name) for name in words})]


def worded(event: type[CaseEvent]) -> tuple[str, ...]:
    """The fields of an event in which somebody's words or name may stand."""
    return (*personal_fields(event), *(("outcome",) if event is CaseClosed else ()))


def _blank(event: type[CaseEvent], field: str) -> str | None:
    if field == "outcome":
        return ENDED
    return "" if event.model_fields[field].is_required() else None
