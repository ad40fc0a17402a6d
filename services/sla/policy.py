"""The county's promises of time, one TOML file: validated as a whole, each version kept as an event. Pure.

A clock keeps the version it was started with; a later one rewrites nothing. Of the rules of a promise the first that fits a
case is its clock, so each obligation has one and none overrides another.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from services.sla.calendar import MIDNIGHT, Calendar
from shared.events.sla import Promise

LONGEST = timedelta(days=400)
KINDS = 10_000
"""kinds of cases of which the rule is remembered"""
_LIMIT = re.compile(r"(\d{1,5}) (minute|hour|day|working minute|working hour|workday)s?")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


class BadPolicy(Exception):
    """A policy is not accepted, as a whole: each mistake with its line."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: natural time, working time, or whole working days."""

    span: timedelta = timedelta(0)
    days: int = 0
    working: bool = False

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        if self.days:
            return calendar.closing(start, self.days)
        return calendar.add(start, self.span) if self.working else start + self.span


def _limit(value: object) -> Limit:
    if not (isinstance(value, str) and (read := _LIMIT.fullmatch(value))):
        raise ValueError("say how long, such as 10 minutes, 24 hours, 4 working hours, 7 days or 5 workdays")
    many, unit = int(read[1]), read[2]
    limit = (
        Limit(days=many, working=True)
        if unit == "workday"
        else Limit(timedelta(seconds=many * _SECONDS[unit.removeprefix("working ")]), working=unit.startswith("working "))
    )
    if limit.span > LONGEST or limit.days > LONGEST.days:
        raise ValueError(f"no promise is longer than {LONGEST.days} days")
    return limit


def _hours(value: object) -> tuple[time, time]:
    if not (isinstance(value, str) and (read := _SPAN.fullmatch(value))):
        raise ValueError("say hours such as 08:30-12:00, at the latest until 24:00")
    start = time(int(read[1]), int(read[2]))
    end = time(int(read[3]), int(read[4])) if read[3] else MIDNIGHT
    if end != MIDNIGHT and end <= start:
        raise ValueError("hours end after they begin, on the same day")
    return start, end


def _positive(limit: Limit) -> Limit:
    if not limit.span and not limit.days:
        raise ValueError("nobody can keep a promise of no time at all")
    return limit


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):  # not found is a KeyError, of which pydantic makes nothing
        raise ValueError(f"no time zone is called {value}") from None
    return value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Delay = Annotated[Limit, BeforeValidator(_limit)]
Within = Annotated[Limit, BeforeValidator(_limit), AfterValidator(_positive)]
Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]
Weekdays = Annotated[frozenset[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1)]
Words = tuple[Annotated[str, Field(min_length=1, max_length=40)], ...]
WHOLE_DAY = (MIDNIGHT, MIDNIGHT)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Office(_Table):
    """A calendar: when the departments named work; without departments, all others."""

    name: Name
    hours: Annotated[tuple[Hours, ...], Field(min_length=1, max_length=6)]
    weekdays: Weekdays = frozenset({1, 2, 3, 4, 5})
    departments: Words = ()
    statutory: bool = True
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[Annotated[int, Field(ge=2000, le=2100)]] = frozenset()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ends = [end for _, end in self.hours]
        if MIDNIGHT in ends[:-1] or any(end > start for end, (start, _) in zip(ends, self.hours[1:], strict=False)):
            raise ValueError("hours: spans of a day stand in order and do not overlap")
        return self


class Level(_Table):
    """How serious a case is; without conditions, all others."""

    name: Name
    urgent: bool | None = None
    categories: Words = ()

    def fits(self, category: str, *, urgent: bool) -> bool:
        named = not self.categories or any(word in category for word in self.categories)
        return named and self.urgent in (None, urgent)


class Rule(_Table):
    """A clock: what is promised, to which cases, within what time, and who hears of it when it is broken."""

    promise: Promise
    within: Within
    page: Within | None = None
    ladder: Name
    levels: tuple[Name, ...] = ()
    categories: Words = ()
    departments: Words = ()
    urgent: bool | None = None

    @property
    def always(self) -> bool:
        return not (self.levels or self.categories or self.departments) and self.urgent is None

    @model_validator(mode="after")
    def _page_before_due(self) -> Self:
        if self.page and (self.page.working or self.within.working or self.page.span >= self.within.span):
            raise ValueError("page: comes before `within`, both in natural time")
        return self


class Step(_Table):
    after: Delay
    to: Name


class Ladder(_Table):
    name: Name
    steps: Annotated[tuple[Step, ...], Field(max_length=12)]


class Duty(_Table):
    """When a person has a role. An id: no names, no phone numbers."""

    person: Annotated[str, Field(pattern=r"^[\w.@:-]{1,64}$")]
    departments: Words = ()
    weekdays: Weekdays = frozenset(range(1, 8))
    hours: Hours = WHOLE_DAY

    def covers(self, department: str, local: datetime) -> bool:
        opens, closes = self.hours
        during = opens <= local.time() and (closes == MIDNIGHT or local.time() < closes)
        return during and local.isoweekday() in self.weekdays and (not self.departments or department in self.departments)


class Role(_Table):
    name: Name
    title: Annotated[str, Field(min_length=1, max_length=40)]
    rota: Annotated[tuple[Duty, ...], Field(max_length=500)] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule comes to for one case."""

    due_at: datetime
    warn_at: datetime
    orange_at: datetime
    page_at: datetime | None
    calendar: str | None
    ladder: str
    level: str
    warning: str | None


class Policy(_Table):
    """One version of the limits."""

    version: Annotated[str, Field(pattern=r"^[\w.-]{1,40}$")]
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    yellow: Annotated[float, Field(gt=0, lt=1)] = 0.7
    orange: Annotated[float, Field(gt=0, lt=1)] = 0.9
    calendars: Annotated[tuple[Office, ...], Field(min_length=1, max_length=200)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=50)]
    clocks: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=500)]
    ladders: Annotated[tuple[Ladder, ...], Field(min_length=1, max_length=100)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if faults := list(_contradictions(self)):
            raise ValueError("; ".join(faults))
        return self

    # -- what it says of a case ------------------------------------------------------------------------------------------

    def level(self, category: str, *, urgent: bool) -> str:
        return next((level.name for level in self.levels if level.fits(category, urgent=urgent)), "")

    def terms(self, promise: Promise, start: datetime, category: str, department: str, *, urgent: bool) -> Terms | None:
        """The clock of a promise to one case; None when this policy does not promise it."""
        found = self._found((promise, category, department, urgent))
        if found is None:
            return None
        rule, level, name = found
        calendar = self.calendars_by_name[name]
        due = rule.within.after(start, calendar)
        kept = name if rule.within.working else None
        whole = self.between(kept, start, due)
        return Terms(
            due_at=due,
            warn_at=self.later(kept, start, whole * self.yellow),
            orange_at=self.later(kept, start, whole * self.orange),
            page_at=rule.page.after(start, calendar) if rule.page else None,
            calendar=kept,
            ladder=rule.ladder,
            level=level,
            warning=_unknown(calendar.unknown(start, due)) if kept else None,
        )

    def _found(self, case: tuple[Promise, str, str, bool]) -> tuple[Rule, str, str] | None:
        """The rule, the level and the calendar of a case, remembered: there are few kinds of cases and many of each."""
        if case not in self._kinds:
            promise, category, department, urgent = case
            level = self.level(category, urgent=urgent)
            fit = (r for r in self.clocks if r.promise is promise and _fits(r, level, category, department, urgent))
            rule = next(fit, None)
            if len(self._kinds) >= KINDS:
                self._kinds.clear()
            self._kinds[case] = (rule, level, self.calendar_of(department)) if rule else None
        return self._kinds[case]

    @cached_property
    def _kinds(self) -> dict[tuple[Promise, str, str, bool], tuple[Rule, str, str] | None]:
        return {}

    def calendar_of(self, department: str) -> str:
        named = (office.name for office in self.calendars if department in office.departments)
        return next(named, next(office.name for office in self.calendars if not office.departments))

    def between(self, calendar: str | None, start: datetime, end: datetime) -> timedelta:
        """How much of a clock's own time lies between two moments."""
        known = self.calendars_by_name.get(calendar or "")
        return known.worked(start, end) if known else end - start

    def later(self, calendar: str | None, start: datetime, span: timedelta) -> datetime:
        """When so much of a clock's own time has passed."""
        known = self.calendars_by_name.get(calendar or "")
        return known.add(start, span) if known else start + span

    def unknown(self, start: datetime, end: datetime) -> list[int]:
        """The years between two moments of which some calendar does not know the holidays."""
        return sorted({year for calendar in self.calendars_by_name.values() for year in calendar.unknown(start, end)})

    def share(self, calendar: str | None, start: datetime, due: datetime, share: float) -> datetime:
        return self.later(calendar, start, self.between(calendar, start, due) * share)

    def step(self, ladder: str, step: int) -> Step | None:
        """A step of a ladder, from 1; None after the last."""
        steps = next((known.steps for known in self.ladders if known.name == ladder), ())
        return steps[step - 1] if step <= len(steps) else None

    def delayed(self, step: Step, since: datetime, department: str) -> datetime:
        return step.after.after(since, self.calendars_by_name[self.calendar_of(department)])

    def told(self, role: str, department: str, at: datetime) -> tuple[str, tuple[str, ...]]:
        """A role's name for people, and who has it at a moment."""
        known = next((r for r in self.roles if r.name == role), None)
        if known is None:
            return role, ()
        local = at.astimezone(ZoneInfo(self.zone))
        return known.title, tuple(duty.person for duty in known.rota if duty.covers(department, local))

    @cached_property
    def calendars_by_name(self) -> dict[str, Calendar]:
        zone = ZoneInfo(self.zone)
        return {
            c.name: Calendar(c.hours, c.weekdays, zone, c.statutory, c.holidays, c.workdays, c.years) for c in self.calendars
        }


def _fits(rule: Rule, level: str, category: str, department: str, urgent: bool) -> bool:
    return (
        (not rule.levels or level in rule.levels)
        and (not rule.categories or any(word in category for word in rule.categories))
        and (not rule.departments or department in rule.departments)
        and rule.urgent in (None, urgent)
    )


def _unknown(years: list[int]) -> str | None:
    return f"{'、'.join(map(str, years))}年的节假日安排尚未公布，暂按平常工作日推算" if years else None


def _contradictions(policy: Policy) -> Iterable[str]:
    """What is named but not there, what is there twice, which cases would have no clock."""
    names = {kind: [entry.name for entry in getattr(policy, kind)] for kind in ("calendars", "levels", "ladders", "roles")}
    for kind, known in names.items():
        yield from (f"{kind}: two are called {name}" for name in sorted({n for n in known if known.count(n) > 1}))
    if policy.yellow >= policy.orange:
        yield "yellow: comes before orange"
    if all(office.departments for office in policy.calendars):
        yield "calendars: one must be without departments, for all others"
    for n, rule in enumerate(policy.clocks):
        yield from (f"clocks.{n}.levels: no level is called {name}" for name in rule.levels if name not in names["levels"])
        if rule.ladder not in names["ladders"]:
            yield f"clocks.{n}.ladder: no ladder is called {rule.ladder}"
        earlier = next((m for m, other in enumerate(policy.clocks[:n]) if other.promise is rule.promise and other.always), None)
        if earlier is not None:
            yield f"clocks.{n}.promise: never comes to be, as clock {earlier + 1} of the file fits every case"
    for n, ladder in enumerate(policy.ladders):
        for m, step in enumerate(ladder.steps):
            if step.to not in names["roles"]:
                yield f"ladders.{n}.steps.{m}.to: no role is called {step.to}"
    for promise in (Promise.ACCEPT, Promise.RESOLVE):
        if not any(rule.promise is promise and rule.always for rule in policy.clocks):
            yield f"clocks: the last of {promise} must be without conditions, so that no case is without it"


# -- reading it ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def parse(text: str) -> Policy:
    """A policy as a file tells it. Raises BadPolicy with the lines at fault."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise BadPolicy(f"not TOML: {trouble}") from None
    try:
        return Policy.model_validate(raw)
    except ValidationError as error:
        errors = {e["loc"]: e["msg"] for e in error.errors(include_input=False)}
        deepest = [loc for loc in errors if not any(other != loc and other[: len(loc)] == loc != () for other in errors)]
        faults = [fault for loc in deepest for fault in _faults(loc, errors[loc])]
        raise BadPolicy("; ".join(_with_line(text, place, words) for place, words in faults)) from None


def _faults(loc: tuple[int | str, ...], message: str) -> list[tuple[list[str], str]]:
    """Place and words of each. What a table contradicts as a whole begins with the place within it."""
    place, message = [str(part) for part in loc], message.removeprefix("Value error, ")
    faults = message.split("; ") if not place else [message]
    read = [re.fullmatch(r"([\w.]+): (.*)", fault, re.DOTALL) for fault in faults]
    return [(place + r[1].split("."), r[2]) if r else (place, fault) for r, fault in zip(read, faults, strict=True)]


def _with_line(text: str, place: list[str], words: str) -> str:
    return f"line {line_of(text, place)}: {'.'.join(place)}: {words}"


def line_of(text: str, place: list[str]) -> int:
    """The line of the deepest part of a place that stands in the text, such as clocks, 3, within."""
    lines, at = text.splitlines(), 0
    rest = list(place)
    headers = [n for n, line in enumerate(lines) if re.match(rf"\[\[?\s*{re.escape(rest[0])}\s*\]", line.strip())]
    which = int(rest[1]) if len(rest) > 1 and rest[1].isdigit() else 0
    if which < len(headers):
        at = headers[which]
        rest = rest[2:]
    for part in rest:
        end = next((n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
        if part.isdigit():
            entries = [n for n in range(at, end) if "{" in lines[n]]
            at = entries[int(part)] if int(part) < len(entries) else at
            continue
        found = (n for n in range(at, end) if re.search(rf"(^|[\s{{,]){re.escape(part)}\s*=", lines[n]))
        at = next(found, at)
    return at + 1


@lru_cache(maxsize=1)
def shipped() -> str:
    """The policy that comes along."""
    return (Path(__file__).parent / "policy.toml").read_text(encoding="utf-8")
