"""The second call (抽查回访): a share of the closed cases is called again, by somebody who had no part in them. Pure.

What one person heard on the phone, another should hear too. The lot is drawn by the appeal's id, which nobody chooses: whoever
knows the share can draw it again, and nobody knows while he works on a case whether it will be looked at. What the reporter says
the second time counts: what is not solved, or leaves him discontented, is opened again, however long ago it was closed.
"""

from hashlib import sha256

from services.routing.case import Case, facts
from services.routing.commands import Act, CallAgain, DrawSecondCall
from shared.decider import Refused
from shared.events import Event
from shared.events.casework import CaseCalledAgain, Second, SecondCallDrawn
from shared.events.routing import INADMISSIBLE, CaseClosed, CaseEvent, CaseReopened, Status

CALLS = 3
"""so many second calls in vain end it"""


def drawn(appeal: str, share: float) -> bool:
    """Whether the lot falls on this appeal; `share` is 0–1. The same today and in ten years."""
    return int.from_bytes(sha256(appeal.encode()).digest()[:8]) < share * 2**64


def may_be_drawn(closed: CaseClosed) -> bool:
    """Of what was no case, or could not be taken on, there is nothing to ask; what is sealed is asked by nobody else."""
    return not (closed.withdrawn or closed.sealed or closed.outcome == INADMISSIBLE)


def draw(command: DrawSecondCall, case: Case) -> list[Event]:
    """Nothing where the case went on meanwhile."""
    if case.last is None or case.status is not Status.CLOSED or case.second or case.last.sealed:
        return []
    return [SecondCallDrawn(**facts(case.last, command.at), share=command.share)]


def decide(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """None: it is no step of these."""
    if not isinstance(command, CallAgain):
        return None
    assert case.second
    now, count, reached = facts(last, command.at), case.second.calls + 1, command.reached
    if reached and command.resolved is None and command.satisfied is None:
        raise Refused("answer-needed", "已联系上反映人，请写明是否解决、是否满意")
    if not reached:
        result = Second.DUE if count < CALLS else Second.UNREACHABLE
        return [CaseCalledAgain(**now, by=command.by, result=result, count=count)]
    said = {"resolved": command.resolved, "satisfied": command.satisfied}
    if False not in said.values():
        return [CaseCalledAgain(**now, by=command.by, result=Second.CONFIRMED, count=count, **said)]
    again = CaseReopened(**now, by=command.by, reason=command.words, count=case.reopened + 1)
    return [CaseCalledAgain(**now, by=command.by, result=Second.DENIED, count=count, **said), again]
