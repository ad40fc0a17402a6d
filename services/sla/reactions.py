"""What sla does when routing speaks: it starts, moves, pauses and stops the clocks of the case."""

from collections.abc import Callable, Iterable
from typing import Any

from services.sla.domain import CLOCKS, Command, Continue, Extend, Move, Pause, Restart, Start, Stop, clocks_stream
from services.sla.policy import Policy
from shared.consumer import Reaction, Reactions
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.casework import CaseResumed, CaseSealed, CaseSuspended, ExtensionGranted
from shared.events.routing import (
    CaseAccepted,
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseReopened,
    CaseResolved,
    CaseTransferred,
    CaseUrgencyRaised,
    ProgressReported,
)
from shared.events.sla import Promise

BOTH = (Promise.ACCEPT, Promise.RESOLVE)


def _opens(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(CLOCKS, clocks_stream(r.subject))]


def reactions(policy: Policy) -> Reactions:
    """The reactions under one policy. Any official's word answers the villager: accept, progress or resolve."""

    def doing(command_of: Callable[[Any], Command]) -> Reaction:
        def react(r: Recorded, work: Work) -> None:
            event = r.event
            assert isinstance(event, CaseEvent)
            work.decide(CLOCKS, clocks_stream(r.subject), command_of(event), r.because("minsheng:sla"))

        return Reaction(_opens, react)

    return {
        "routing": {
            CaseAssigned: doing(lambda e: Start(e, policy)),
            CaseAccepted: doing(lambda e: Stop((Promise.ACCEPT,), e.occurred_at)),
            ProgressReported: doing(lambda e: Stop((Promise.ACCEPT,), e.occurred_at)),
            CaseResolved: doing(lambda e: Stop(BOTH, e.occurred_at)),
            CaseClosed: doing(lambda e: Stop(BOTH, e.occurred_at)),
            CaseReopened: doing(lambda e: Restart(e, policy)),
            CaseTransferred: doing(lambda e: Move(e, policy)),
            CaseUrgencyRaised: doing(lambda e: Move(e, policy)),
            CaseSealed: doing(lambda e: Move(e, policy)),
            CaseSuspended: doing(lambda e: Pause(e.occurred_at)),
            CaseResumed: doing(lambda e: Continue(e.occurred_at)),
            ExtensionGranted: doing(lambda e: Extend(e.days, e.asked_at, policy)),
        }
    }
