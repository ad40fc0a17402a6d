"""The score: what of a case's life counts, and the rates that follow (三率). Pure.

Counted is what happened, when it happened, for who was accountable then:

    响应率 response      answered in time / answers that were due
    解决率 resolution    calls in which it was solved / calls in which he said whether it is
    满意率 satisfaction  calls in which he was satisfied / calls in which he said whether he is
    按时办结率 in_time    settled in time / settlements that were due

What is due is sla's word, for it keeps the clocks. A call is the reporter's word on the outcome, on the first call, in the chat, or
on the second call: each counts, so that a denied one is not made good by the one before. Who was asked only whether he is satisfied
and is, has it solved; who said nothing of it counts in neither. What is sealed or was no case is in no figure. A case that was left
out with a reason, by somebody who had no part in it, is in the raw figures and not in the adjusted ones: both are published.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from shared.decider import Decider
from shared.events import Event
from shared.events.casework import CaseCalledAgain, CaseSealed, ExclusionReviewed, PromiseJudged
from shared.events.routing import CaseAssigned, CaseCalledBack, CaseClosed, CaseEvent, CaseReopened
from shared.events.sla import CaseOverdue, ClockStopped, Promise

COUNTED = (Promise.ACCEPT, Promise.RESOLVE)


# -- what sla says -------------------------------------------------------------------------------------------------------

Verdicts = Mapping[tuple[Promise, int], bool]


def decide(command: CaseOverdue | ClockStopped, verdicts: Verdicts) -> list[Event]:
    """A promise is judged once, or twice: broken when its time is over, and kept after all when the word was only entered late."""
    key, kept = (command.promise, command.round), isinstance(command, ClockStopped) and command.in_time
    if command.sealed or command.promise not in COUNTED or verdicts.get(key) is kept:
        return []
    at = command.stopped_at if isinstance(command, ClockStopped) else command.due_at
    names = ("appeal", "promise", "round", "department")
    return [PromiseJudged(**{name: getattr(command, name) for name in names}, in_time=kept, judged_at=at)]


def evolve(verdicts: Verdicts, event: Event) -> Verdicts:
    match event:
        case PromiseJudged():
            return MappingProxyType({**verdicts, (event.promise, event.round): event.in_time})
        case _:
            return verdicts


VERDICTS: Decider[CaseOverdue | ClockStopped, Verdicts] = Decider(MappingProxyType({}), decide, evolve)


def verdicts_stream(appeal: str) -> str:
    return f"verdicts-{appeal}"


# -- what counts ---------------------------------------------------------------------------------------------------------


class What(StrEnum):
    """What is counted."""

    CASE = "case"
    ANSWER = "answer"
    WORK = "work"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that counts, the `nth` of its kind in its case. `well`: answered or settled in time, solved."""

    appeal: str
    what: What
    nth: int
    department: str
    at: datetime
    well: bool | None = None
    satisfied: bool | None = None


class LeftOut(StrEnum):
    """Why a case does not count."""

    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    SEALED = "sealed"


def counted(event: Event, version: int) -> Iterator[Counted]:
    """What counts of an event that is its stream's `version`th."""
    match event:
        case CaseAssigned():
            yield Counted(event.appeal, What.CASE, 1, event.department, event.opened_at)
        case CaseCalledBack() | CaseCalledAgain():
            solved = event.satisfied if event.resolved is None else event.resolved
            at, satisfied = event.occurred_at, event.satisfied
            yield Counted(event.appeal, What.CALL, version, event.department, at, solved, satisfied)
        case PromiseJudged():
            what = What.ANSWER if event.promise is Promise.ACCEPT else What.WORK
            yield Counted(event.appeal, what, event.round, event.department, event.judged_at, event.in_time)


def left_out(event: CaseEvent) -> tuple[LeftOut | None] | None:
    """Whether a case counts from this event on, or why not; None: as before."""
    match event:
        case CaseAssigned(sealed=True) | CaseSealed():
            return (LeftOut.SEALED,)
        case CaseClosed(withdrawn=True):
            return (LeftOut.WITHDRAWN,)
        case ExclusionReviewed():
            return (LeftOut.EXCLUDED if event.granted else None,)
        case CaseReopened():
            return (None,)
        case _:
            return None


# -- the rates -----------------------------------------------------------------------------------------------------------

SHARES = {
    "response": ("answered", "answers_due"),
    "resolution": ("solved", "solved_or_not"),
    "satisfaction": ("satisfied", "rated"),
    "in_time": ("settled", "settlements_due"),
}
"""rate → what it is a share of what"""
COUNTS = ("cases", *(name for share in SHARES.values() for name in share))


@dataclass
class Line:
    """The counts of one department, township, category or month, without and with the cases that were left out."""

    name: str
    adjusted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    raw: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))

    def add(self, counts: Mapping[str, int], *, excluded: bool) -> None:
        for name in COUNTS:
            self.raw[name] += counts[name]
            self.adjusted[name] += 0 if excluded else counts[name]

    def shown(self) -> dict[str, Any]:
        excluded = self.raw["cases"] - self.adjusted["cases"]
        return {"name": self.name, "excluded": excluded, "raw": rates(self.raw), "adjusted": rates(self.adjusted)}


def rates(counts: Mapping[str, int]) -> dict[str, Any]:
    """The rates of these counts: each with what it is a share of; null where there was nothing to keep."""
    shares = {
        rate: {"some": counts[some], "of": counts[of], "rate": round(counts[some] / counts[of], 4) if counts[of] else None}
        for rate, (some, of) in SHARES.items()
    }
    return {"cases": counts["cases"], **shares}


def table(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A line for each name of these counts; each row has `name`, whether it is `excluded`, and the counts."""
    lines: dict[str, Line] = {}
    for row in rows:
        lines.setdefault(row["name"], Line(row["name"])).add(row, excluded=row["excluded"])
    return [line.shown() for line in lines.values()]
