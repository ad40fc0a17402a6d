"""Signs of gaming: what a case's own history shows to whoever looks after honest figures. Shown, never judged here. Pure.

Each is a fact with an innocent explanation at times (a burst pipe is mended before anybody accepts the case), so a sign leads a
person to look, and no rate is changed by it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from shared.events.casework import (
    AssistantJoined,
    AssistantReleased,
    CallFailed,
    CaseCalledAgain,
    CaseSuspended,
    PartFinished,
    Second,
)
from shared.events.routing import (
    INADMISSIBLE,
    CallbackAsked,
    CaseAccepted,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseReopened,
    CaseResolved,
    ProgressReported,
)

BACKDATED = timedelta(hours=2)
"""so much later than it is said to have happened, a step was written down; the ten minutes of an answer are long over then"""
AGAIN_AND_AGAIN = 2


class Sign(StrEnum):
    """What looks like gaming."""

    NOTHING_DONE = "nothing_done"
    """closed before anything was done"""
    REOPENED_AGAIN = "reopened_again"
    """resolved and reopened again and again"""
    CALLED_BY_HANDLER = "called_by_handler"
    """who worked on it asked the reporter himself"""
    BACKDATED = "backdated"
    """an official's step was entered long after it is said to have happened"""
    PARTS_UNFINISHED = "parts_unfinished"
    """resolved while an assisting department still had its part to do"""
    SUSPENDED_AGAIN = "suspended_again"
    """its clock was stopped again and again"""
    CONTRADICTED = "contradicted"
    """the reporter was content on the first call, and not when somebody else called"""


STEPS = (CaseAccepted, ProgressReported, CaseResolved)
"""what an official does, and may be tempted to have done earlier"""


def signs(history: Iterable[tuple[CaseEvent, datetime]]) -> list[Sign]:
    """The signs in a case's events, each with when it was recorded; in the order in which they first showed."""
    found: dict[Sign, None] = {}
    round_ = _Round()
    reopened = suspended = 0
    for event, recorded_at in history:
        reopened += isinstance(event, CaseReopened)
        suspended += isinstance(event, CaseSuspended)
        for sign, shows in (
            (Sign.NOTHING_DONE, round_.ends_untouched(event)),
            (Sign.REOPENED_AGAIN, reopened >= AGAIN_AND_AGAIN),
            (Sign.CALLED_BY_HANDLER, isinstance(event, CallbackAsked | CallFailed) and event.by in round_.handlers),
            (Sign.BACKDATED, isinstance(event, STEPS) and recorded_at - event.occurred_at > BACKDATED),
            (Sign.PARTS_UNFINISHED, isinstance(event, CaseResolved) and bool(round_.parts)),
            (Sign.SUSPENDED_AGAIN, suspended >= AGAIN_AND_AGAIN),
            (Sign.CONTRADICTED, round_.content and isinstance(event, CaseCalledAgain) and event.result is Second.DENIED),
        ):
            if shows:
                found[sign] = None
        round_.note(event)
    return list(found)


class _Round:
    """What was done since the case was opened last."""

    def __init__(self) -> None:
        self.handlers: set[str] = set()
        self.parts: set[str] = set()
        self.content = False

    def ends_untouched(self, event: CaseEvent) -> bool:
        """An end with reasons of its own, or of what was no case, needs no work before."""
        return isinstance(event, CaseClosed) and not event.withdrawn and event.outcome != INADMISSIBLE and not self.handlers

    def note(self, event: CaseEvent) -> None:
        match event:
            case CaseReopened():
                self.handlers.clear()
                self.parts.clear()
                self.content = False
            case CaseCalledBack():
                self.content = event.satisfied is True or event.resolved is True
            case CaseAccepted() | ProgressReported() | CaseResolved():
                self.handlers.add(event.by)
            case AssistantJoined():
                self.parts.add(event.assistant)
            case PartFinished() | AssistantReleased():
                self.parts.discard(event.assistant)
