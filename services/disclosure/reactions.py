"""What disclosure does when others speak: it notes the groups to which notices go, which appeals question a notice, when they are
answered, and which appeals were settled, for the bulletin.
"""

from collections.abc import Callable, Iterable
from typing import Any

from services.disclosure.heard import (
    APPEAL,
    DISPUTES,
    GROUP,
    Answered,
    Command,
    Reopened,
    Settled,
    appeal_stream,
    group_stream,
)
from shared.consumer import Reaction, Reactions
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.disclosure import DisputeNoted, GroupNoted, QuestionHeard
from shared.events.intake import AppealOpened, PersonForgotten
from shared.events.roster import GroupRegistered
from shared.events.routing import INADMISSIBLE, MISREGISTERED, CaseAssigned, CaseClosed, CaseReopened, CaseResolved

ME = "minsheng:disclosure"


def _opens_group(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    event = r.event
    assert isinstance(event, GroupRegistered)
    return [(GROUP, group_stream(event.channel, event.group))]


def _note_group(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, GroupRegistered)
    noted = GroupNoted(**event.model_dump(include={"channel", "group", "village", "township"}))
    work.decide(GROUP, group_stream(event.channel, event.group), noted, r.because(ME))


def _forget(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, PersonForgotten)
    work.forget(event.person)


def _question(event: AppealOpened) -> Command | None:
    """A sealed one questions nothing: that it exists is not for everybody who reads a notice."""
    if not event.questions_notice or event.sealed:
        return None
    known = event.model_dump(include={"appeal", "number", "channel", "group", "reporter", "text"})
    return QuestionHeard(**known, asked_at=event.occurred_at)


def _dispute(event: CaseAssigned) -> Command | None:
    disputed = any(word in event.category for word in DISPUTES)
    return DisputeNoted(appeal=event.appeal, category=event.category) if disputed and not event.sealed else None


def _settled(event: CaseClosed) -> Command:
    """What was no appeal, or none that anybody here may take on, was answered, not settled. Of a sealed one its place is not told."""
    if event.withdrawn or event.outcome in (MISREGISTERED, INADMISSIBLE):
        return Answered(event.appeal, event.occurred_at)
    village, township = ("", "") if event.sealed else (event.village, event.township)
    return Settled(event.appeal, village, township, event.occurred_at)


def _doing(command_of: Callable[[Any], Command | None]) -> Reaction:
    def opens(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        return [(APPEAL, appeal_stream(r.subject))] if command_of(r.event) else ()

    def react(r: Recorded, work: Work) -> None:
        if command := command_of(r.event):
            work.decide(APPEAL, appeal_stream(r.subject), command, r.because(ME), r.subject)

    return Reaction(opens, react)


REACTIONS: Reactions = {
    "intake": {
        GroupRegistered: Reaction(_opens_group, _note_group),
        AppealOpened: _doing(_question),
        PersonForgotten: Reaction(lambda _: (), _forget),
    },
    "routing": {
        CaseAssigned: _doing(_dispute),
        CaseResolved: _doing(lambda e: Answered(e.appeal, e.occurred_at)),
        CaseClosed: _doing(_settled),
        CaseReopened: _doing(lambda e: Reopened(e.appeal, e.occurred_at)),
    },
}
