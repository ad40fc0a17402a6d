"""Whose eyes a case's past is for: of what is sealed now, nobody but the commission sees what it was before either."""

from collections.abc import Iterable

from shared.access import Caller, Who
from shared.envelope import Recorded
from shared.events.routing import CaseEvent
from shared.problems import Problem


def keep_sealed(history: Iterable[Recorded], who: Who) -> None:
    """Raises Problem 403 for a caller who may not read on in this case."""
    if Caller.DISCIPLINE not in who.callers and any(isinstance(r.event, CaseEvent) and r.event.sealed for r in history):
        raise Problem(403, "forbidden", "密封案件只有纪委监委可以查看")
