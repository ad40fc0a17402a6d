"""The rulebook of bulletins: what is noted for them, when they come, and what they say. Pure.

A group is told of its day: what came in, what was done, what is open, what was published; a quiet group is told nothing.
Staff are told of the county's week. A sealed case is in neither. A bulletin tells of what was noted since the one before it,
by place in notify's own log and not by the clock, so that whatever was heard late is told once, by the next.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notify.domain import local
from shared.clock import CHINA
from shared.decider import Decider
from shared.events import Event, event_name
from shared.events.casework import CaseSealed, CaseWithdrawn
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn
from shared.events.notify import Bulletin, BulletinIssued, CaseNoted, HottestNoted, NoticeNoted, PromiseNoted
from shared.events.routing import (
    CaseAccepted,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseMerged,
    CaseReopened,
    CaseResolved,
    CaseTransferred,
    HotIssue,
    HottestTold,
    ProgressReported,
    Status,
)
from shared.events.sla import CaseOverdue, ClockEvent, ClockStopped, Promise
from shared.privacy import mask
from shared.schedules import Schedule, every_day, every_week

Row = dict[str, Any]
STATUS_AFTER: dict[type[CaseEvent], Status | None] = {
    CaseAssigned: Status.ASSIGNED,
    CaseAccepted: Status.ACCEPTED,
    ProgressReported: Status.IN_PROGRESS,
    CaseTransferred: None,
    CaseMerged: None,
    CaseSealed: None,
    CaseResolved: Status.RESOLVED,
    CaseCalledBack: Status.CALLED_BACK,
    CaseReopened: Status.ASSIGNED,
    CaseClosed: Status.CLOSED,
    CaseWithdrawn: None,
}
"""the steps that a bulletin counts or shows, and where a case stands after each; None: where it stood"""
COUNTED = (Promise.ACCEPT, Promise.RESOLVE)
"""the promises whose keeping makes a rate"""
STATES = {Status.ASSIGNED: "待受理", Status.ACCEPTED: "已受理", Status.IN_PROGRESS: "办理中"}
CASES = 20
"""open cases named to a group, the oldest first"""
NOTICES = 10
LONGEST = 5
"""open cases named to staff"""
DEPARTMENTS = 15
HOT_CASES = 20
"""cases named of a hot issue, the most typical first"""
STRONG = 0.5
"""from which feeling on (0–1) people are said to feel strongly"""
TITLE_KEPT = 40
"""characters of a notice's title"""

# -- what is noted -------------------------------------------------------------------------------------------------------


def noted(event: Event) -> Iterator[Event]:
    """What is to be remembered of an event."""
    match event:
        case CaseEvent() if type(event) in STATUS_AFTER:
            yield _case(event)
        case CaseOverdue() | ClockStopped() if event.promise in COUNTED and not event.sealed:
            yield _promise(event, kept=isinstance(event, ClockStopped) and event.in_time)
        case NoticePublished() | NoticeCorrected() | NoticeWithdrawn():
            step = event_name(event.TYPE)
            yield NoticeNoted(notice=event.notice, step=step, title=event.title, groups=event.groups)


def _case(event: CaseEvent) -> CaseNoted:
    names = ("appeal", "number", "channel", "group", "village", "township", "department_name", "sealed")
    return CaseNoted(
        **{name: getattr(event, name) for name in names},
        step=event_name(CaseWithdrawn.TYPE if isinstance(event, CaseClosed) and event.withdrawn else event.TYPE),
        status=STATUS_AFTER[type(event)],
        satisfied=event.satisfied if isinstance(event, CaseCalledBack | CaseClosed) else None,
        happened_at=event.opened_at if isinstance(event, CaseAssigned) else event.occurred_at,
    )


def _promise(event: ClockEvent, *, kept: bool) -> PromiseNoted:
    names = ("appeal", "channel", "group", "township", "department_name", "promise", "round")
    return PromiseNoted(**{name: getattr(event, name) for name in names}, kept=kept)


# -- when they come ------------------------------------------------------------------------------------------------------


def schedules(daily_at: str, weekly_at: str) -> dict[Bulletin, Schedule]:
    """From the settings, such as 18:30 and Mon 09:00."""
    return {Bulletin.DAILY: every_day(daily_at), Bulletin.WEEKLY: every_week(weekly_at)}


@dataclass(frozen=True, slots=True)
class Issue:
    """The bulletin of a moment, which `told` groups get, tells of the log up to a position."""

    bulletin: Bulletin
    moment: datetime
    upto: int
    told: int
    at: datetime


def _decide(command: Issue, last: BulletinIssued | None) -> list[Event]:
    """Each moment has one bulletin; a moment that was missed is told of by the next."""
    if last and command.moment <= last.moment:
        return []
    return [
        BulletinIssued(
            bulletin=command.bulletin, moment=command.moment, upto=command.upto, told=command.told, issued_at=command.at
        )
    ]


def _evolve(last: BulletinIssued | None, event: Event) -> BulletinIssued | None:
    return event if isinstance(event, BulletinIssued) else last


ISSUED: Decider[Issue, BulletinIssued | None] = Decider(None, _decide, _evolve)


def bulletin_stream(bulletin: Bulletin) -> str:
    return f"bulletin-{bulletin}"


def _note_hottest(told: HottestTold, last: HottestNoted | None) -> list[Event]:
    newer = last is None or told.bulletin_at > last.bulletin_at
    return [HottestNoted(bulletin_at=told.bulletin_at, issues=told.issues)] if newer else []


def _hottest(last: HottestNoted | None, event: Event) -> HottestNoted | None:
    return event if isinstance(event, HottestNoted) else last


HOTTEST: Decider[HottestTold, HottestNoted | None] = Decider(None, _note_hottest, _hottest)
"""what routing told for the weekly bulletin that comes next"""
HOTTEST_STREAM = "hottest-county"


# -- what they say -------------------------------------------------------------------------------------------------------


def daily(counts: Row, cases: Sequence[Row], since: datetime, moment: datetime) -> dict[str, Any]:
    """What the daily bulletin of a group knows: its counts, and its open cases, of which the first CASES are given."""
    titles = [mask(title)[:TITLE_KEPT] for title in counts["titles"]]  # a number cut in two would not be known for one
    steps = {name: counts[name] for name in ("opened", "accepted", "resolved", "confirmed", "reopened")}
    return {
        **steps,
        "day": _day(moment),
        "since": local(since),
        "open": cases[0]["open"] if cases else 0,
        "cases": [_open_case(row, moment) for row in cases],
        "notices": titles[:NOTICES],
        "more_notices": max(0, len(titles) - NOTICES),
    }


def weekly(
    counts: Row, towns: Iterable[Row], departments: Sequence[Row], oldest: Iterable[Row], hottest: Iterable[HotIssue],
    since: datetime, moment: datetime,
) -> dict[str, Any]:  # fmt: skip
    """What the weekly bulletin knows: the county's counts and rates, both by township and department, and what is raised most."""
    rated = counts["called_back"] - counts["unrated"]
    rest = departments[DEPARTMENTS:]
    return {
        "since": local(since),
        "until": local(moment),
        **{name: counts[name] for name in ("opened", "resolved", "open", "late")},
        "response_rate": rate(counts["answered_in_time"], counts["answers_due"]),
        "in_time_rate": rate(counts["resolved_in_time"], counts["resolutions_due"]),
        "resolution_rate": rate(counts["called_back"] - counts["dissatisfied"], counts["called_back"]),
        "satisfaction_rate": rate(rated - counts["dissatisfied"], rated),
        "towns": [_counted(row) for row in towns],
        "departments": [_counted(row) for row in departments[:DEPARTMENTS]],
        "other_departments": {
            "many": len(rest), "opened": sum(row["opened"] for row in rest), "resolved": sum(row["resolved"] for row in rest)
        },
        "oldest": [_open_case(row, moment) for row in oldest],
        "hottest": [_hot(issue) for issue in hottest],
    }  # fmt: skip


def rate(some: int, of: int) -> str:
    """A share as people read it, with what it is a share of."""
    return f"{some / of:.1%}（{some}/{of}）" if of else "本期无"


def _counted(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("name", "opened", "resolved")}


def spoken_of(noted: HottestNoted | None, moment: datetime, open_to_all: set[str]) -> list[HotIssue]:
    """The hot issues for the bulletin of a moment: those told for it, all of whose cases may still be spoken of.

    One of which a case was sealed or withdrawn since is left out whole, for its name and its figures may be that case's.
    """
    issues = noted.issues if noted and noted.bulletin_at == moment else ()
    return [issue for issue in issues if open_to_all.issuperset(case.appeal for case in issue.cases)]


def _hot(issue: HotIssue) -> dict[str, Any]:
    names = ("label", "households", "before", "townships", "count")
    numbers = [case.number for case in issue.cases[:HOT_CASES]]
    return {**{name: getattr(issue, name) for name in names}, "strong": issue.feeling >= STRONG, "numbers": numbers}


def _open_case(row: Row, moment: datetime) -> dict[str, Any]:
    state, days = STATES[Status(row["status"])], max(0, (moment - row["opened_at"]).days)
    names = ("number", "department_name", "village", "township", "late")
    return {**{name: row[name] for name in names}, "state": state, "days": days}


def _day(moment: datetime) -> str:
    there = moment.astimezone(CHINA)
    return f"{there.month}月{there.day}日"
