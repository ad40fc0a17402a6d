"""What others think of a case: the commission watches over it, nobody may take it on, it does not count in the score. Pure."""

from services.routing.case import Case, facts
from services.routing.commands import (
    Act,
    FindInadmissible,
    LiftSupervision,
    ProposeExclusion,
    ReviewExclusion,
    Supervise,
)
from services.routing.rules import reason_of
from shared.decider import Refused
from shared.events import Event
from shared.events.casework import (
    CaseFoundInadmissible,
    CaseSupervised,
    ExclusionProposed,
    ExclusionReviewed,
    SupervisionLifted,
)
from shared.events.routing import INADMISSIBLE, CaseClosed, CaseEvent


def decide(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """None: it is no step of these."""
    now, by = facts(last, command.at), command.by
    match command:
        case FindInadmissible():
            if not command.instead.strip():
                raise Refused("instead-needed", "不予受理须告知群众可以向哪里反映")
            found = CaseFoundInadmissible(**now, by=by, reason=reason_of(command), instead=command.instead)
            return [found, CaseClosed(**now, by=by, outcome=INADMISSIBLE)]
        case Supervise():
            return [CaseSupervised(**now, by=by, comment=reason_of(command))]
        case LiftSupervision():
            return [SupervisionLifted(**now, by=by, comment=reason_of(command))]
        case ProposeExclusion():
            return [ExclusionProposed(**now, by=by, ground=command.ground, reason=reason_of(command))]
        case ReviewExclusion():
            assert case.exclusion
            assert case.exclusion.ground
            ground, granted = case.exclusion.ground, command.granted
            return [ExclusionReviewed(**now, by=by, ground=ground, granted=granted, reason=reason_of(command))]
        case _:
            return None
