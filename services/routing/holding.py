"""What holds the work up: it is suspended until what it waits for has come, or is given more days. Pure.

Nobody stops or lengthens his own clock: a suspension is ordered, and an extension granted, by somebody who does not do the work.
"""

from datetime import timedelta

from services.routing.case import Case, facts
from services.routing.commands import Act, AskExtension, DecideExtension, Resume, Suspend, Wake
from services.routing.rules import reason_of
from shared.decider import Refused
from shared.events import Event
from shared.events.casework import (
    CaseResumed,
    CaseSuspended,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
)
from shared.events.routing import CaseEvent

LONGEST_SUSPENSION = timedelta(days=60)
LONGEST_EXTENSION = 14
"""days; ten working days with their weekends"""


def decide(command: Act, case: Case, last: CaseEvent) -> list[Event] | None:
    """None: it is no step of these."""
    now, by = facts(last, command.at), command.by
    match command:
        case Suspend():
            if not command.at < command.until <= command.at + LONGEST_SUSPENSION:
                days = LONGEST_SUSPENSION.days
                raise Refused("until-out-of-bounds", f"挂起须写明恢复时间，晚于现在，最长 {days} 天")
            waits_for, until = command.waits_for, command.until
            return [CaseSuspended(**now, by=by, waits_for=waits_for, until=until, reason=reason_of(command))]
        case Resume() | Wake():
            return [CaseResumed(**now, by=by, reason=command.words)]
        case AskExtension():
            if not 1 <= command.days <= LONGEST_EXTENSION:
                raise Refused("days-out-of-bounds", f"延期最少 1 天，最长 {LONGEST_EXTENSION} 天")
            return [ExtensionAsked(**now, by=by, days=command.days, reason=reason_of(command))]
        case DecideExtension():
            return _decide_extension(command, case, last)
        case _:
            return None


def _decide_extension(command: DecideExtension, case: Case, last: CaseEvent) -> list[Event]:
    asked, reason, now = case.extension, reason_of(command), facts(last, command.at)
    assert asked
    if not command.granted:
        return [ExtensionRefused(**now, by=command.by, reason=reason)]
    return [ExtensionGranted(**now, by=command.by, days=asked.days, asked_at=asked.at, reason=reason)]
