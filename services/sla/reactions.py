"""What sla does when routing speaks: it starts, moves, pauses and stops the clocks of the case. Here is the whole table."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from services.sla import policies
from services.sla.domain import (
    CLOCKS,
    Begin,
    Command,
    Continue,
    Extend,
    Move,
    Pause,
    Start,
    Stop,
    clocks_stream,
)
from services.sla.policies import POLICIES, Adopt, Policies
from shared.clock import Clock
from shared.consumer import Reaction, Reactions
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.casework import (
    CaseResumed,
    CaseSealed,
    CaseSupervised,
    CaseSuspended,
    ExtensionGranted,
    ReturnRefused,
    SupervisionLifted,
)
from shared.events.routing import (
    CallbackAsked,
    CaseAccepted,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseTransferred,
    CaseUrgencyRaised,
    ProgressReported,
)
from shared.events.sla import Promise

ACTOR = "minsheng:sla"
_A = Promise
ANSWERS = (_A.ACCEPT, _A.REPLY, _A.PROGRESS, _A.SUPERVISE)
"""what is kept by telling the reporter how it goes. Any official's word is an answer too"""
WORK = (*ANSWERS, _A.ASSIGN, _A.RESOLVE)
Said = Callable[[Any, Policies], Sequence[Command]]

HEARD: dict[type[CaseEvent], Said] = {
    CaseAssigned: lambda e, p: [Start(e, p)],
    CaseAccepted: lambda e, p: [Stop((_A.ACCEPT,), e.occurred_at, e.by), Begin(_A.PROGRESS, e, p, working=True)],
    ProgressReported: lambda e, p: [Stop(ANSWERS, e.occurred_at, e.by), Begin(_A.PROGRESS, e, p, working=True)],
    CaseResolved: lambda e, p: [Stop(WORK, e.occurred_at, e.by), Begin(_A.CALLBACK, e, p)],
    CallbackAsked: lambda e, _: [Stop((_A.CALLBACK,), e.occurred_at, e.by)],
    CaseCalledBack: lambda e, _: [Stop((_A.CALLBACK,), e.occurred_at, e.by)],
    CaseReopened: lambda e, p: [
        Stop((_A.CALLBACK,), e.occurred_at),
        Begin(_A.RESOLVE, e, p),
        Begin(_A.PROGRESS, e, p, working=True),
    ],
    CaseClosed: lambda e, _: [Stop(tuple(Promise), e.occurred_at, e.by)],
    CaseReturned: lambda e, p: [Begin(_A.ASSIGN, e, p)] if e.undecided else [],
    ReturnRefused: lambda e, _: [Stop((_A.ASSIGN,), e.occurred_at, e.by)],
    CaseTransferred: lambda e, p: [Stop((_A.ASSIGN,), e.occurred_at, e.by), Move(e, p)],
    CaseSealed: lambda e, p: [Move(e, p)],
    CaseUrgencyRaised: lambda e, p: [Move(e, p)],
    CaseSuspended: lambda e, _: [Stop((_A.REPLY,), e.occurred_at, e.by), Pause(e.occurred_at)],
    CaseResumed: lambda e, p: [Continue(e.occurred_at, p)],
    ExtensionGranted: lambda e, p: [Extend(e.days, e.asked_at, p)],
    CaseSupervised: lambda e, p: [Begin(_A.SUPERVISE, e, p)],
    SupervisionLifted: lambda e, _: [Stop((_A.SUPERVISE,), e.occurred_at, e.by)],
}
"""routing's event → what it does to the clocks, in order"""


def _opens(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(CLOCKS, clocks_stream(r.subject)), (POLICIES, policies.STREAM)]


def reactions(clock: Clock, text: str) -> Reactions:
    """The reactions. `text` is the policy of the first case ever; later ones find theirs in the log."""

    def doing(said: Said) -> Reaction:
        def react(r: Recorded, work: Work) -> None:
            event, cause = r.event, r.because(ACTOR)
            assert isinstance(event, CaseEvent)
            if work.state(POLICIES, policies.STREAM).adopted is None:
                work.decide(POLICIES, policies.STREAM, Adopt(text, clock.now()), cause)
            for command in said(event, work.state(POLICIES, policies.STREAM)):
                work.decide(CLOCKS, clocks_stream(r.subject), command, cause)

        return Reaction(_opens, react)

    return {"routing": {event: doing(said) for event, said in HEARD.items()}}
