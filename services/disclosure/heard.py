"""What disclosure keeps of what others say: to which groups notices go, which appeals question them, which were settled. Pure.

Streams: `appeal-<id>`, `group-<channel>:<group>`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.decider import Decider
from shared.events import Event
from shared.events.disclosure import (
    CaseCounted,
    CaseUncounted,
    DisputeNoted,
    GroupNoted,
    QuestionAnswered,
    QuestionHeard,
    QuestionReopened,
)

DISPUTES = ("纠纷", "调解", "矛盾")
"""words in the names of categories that are of disputes between people"""


@dataclass(frozen=True)
class Appeal:
    """An appeal, as far as a notice or the bulletin speaks of it."""

    question: bool = False
    answered: bool = False
    dispute: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """It was resolved."""

    appeal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """It was closed with an outcome of its own."""

    appeal: str
    village: str
    township: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reopened:
    """It goes on."""

    appeal: str
    at: datetime


Command = QuestionHeard | DisputeNoted | Answered | Settled | Reopened


def decide(command: Command, state: Appeal) -> list[Event]:
    match command:
        case QuestionHeard():
            return [] if state.question else [command]
        case DisputeNoted():
            return [] if state.dispute else [command]
        case Answered():
            return _answered(command.appeal, command.at, state)
        case Settled():
            if state.counted:
                return []
            place = {"village": command.village, "township": command.township}
            counted = CaseCounted(appeal=command.appeal, **place, dispute=state.dispute, settled_at=command.at)
            return [*_answered(command.appeal, command.at, state), counted]
        case Reopened(appeal, at):
            unanswered = [QuestionReopened(appeal=appeal, reopened_at=at)] if state.question and state.answered else []
            return [*unanswered, CaseUncounted(appeal=appeal, reopened_at=at)] if state.counted else [*unanswered]


def _answered(appeal: str, at: datetime, state: Appeal) -> list[Event]:
    return [QuestionAnswered(appeal=appeal, answered_at=at)] if state.question and not state.answered else []


def evolve(state: Appeal, event: Event) -> Appeal:
    match event:
        case QuestionHeard():
            return replace(state, question=True)
        case DisputeNoted():
            return replace(state, dispute=True)
        case QuestionAnswered():
            return replace(state, answered=True)
        case QuestionReopened():
            return replace(state, answered=False)
        case CaseCounted():
            return replace(state, counted=True)
        case CaseUncounted():
            return replace(state, counted=False)
        case _:
            return state


APPEAL: Decider[Command, Appeal] = Decider(Appeal(), decide, evolve)

GROUP: Decider[GroupNoted, GroupNoted | None] = Decider(
    None,
    lambda command, known: [] if command == known else [command],
    lambda known, event: event if isinstance(event, GroupNoted) else known,
)


def appeal_stream(appeal: str) -> str:
    return f"appeal-{appeal}"


def group_stream(channel: str, group: str) -> str:
    return f"group-{channel}:{group}"
