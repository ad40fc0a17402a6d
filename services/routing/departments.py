"""The county's directory as a stream of events, `directory-county`: its departments and its categories, each from a date on. Pure.

What is said first of a department, without a date, holds as far back as anybody knows; what is said later without a date holds
from when it is entered. Nothing is erased, so the directory of any moment can be shown, and a case names the version (the number
of events) by which it was decided.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Generic, TypeAlias, TypeVar

from rpds import HashTrieMap

from services.routing.categories import Category
from services.routing.directory import Department, Directory
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.routing import CategoryDropped, CategoryMapped, DepartmentClosed, DepartmentRegistered

DIRECTORY_STREAM = "directory-county"
EVER = datetime.min.replace(tzinfo=UTC)
"""before any beginning that was told"""
MOST: Mapping[type[Event], int] = MappingProxyType({DepartmentRegistered: 5000, CategoryMapped: 1000})
"""of each; indexing five thousand departments takes a second"""
NOBODY = Department("county-desk", "县诉求中心", "county", ())

Entry: TypeAlias = DepartmentRegistered | CategoryMapped
End: TypeAlias = DepartmentClosed | CategoryDropped
V = TypeVar("V", Department, Category)


@dataclass(frozen=True)
class Departments:
    """The directory at one moment. Until one is imported, everything goes to a county desk that exists in name only."""

    by_code: Mapping[str, Department] = field(default_factory=lambda: MappingProxyType({}))
    categories: Mapping[str, Category] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    @cached_property
    def index(self) -> Directory:
        return Directory.of(self.by_code.values() or (NOBODY,))


EMPTY = Departments()


@dataclass(frozen=True, slots=True)
class Span(Generic[V]):
    """What holds from a moment until the next span begins; None: it is no more."""

    since: datetime
    value: V | None
    version: int


@dataclass(frozen=True, slots=True)
class Record(Generic[V]):
    """All that was said of one department or category. `order` is its place in lists, `version` that of its last change."""

    order: int
    version: int
    spans: tuple[Span[V], ...]
    newest: V
    """what it was last said to be, also when it is no more or not yet"""

    def at(self, moment: datetime) -> V | None:
        return span.value if (span := self.begun(moment)) else None

    def begun(self, moment: datetime) -> Span[V] | None:
        """The newest span that had begun."""
        return next((span for span in reversed(self.spans) if span.since <= moment), None)


@dataclass(frozen=True)
class Registry:
    """The directory through time."""

    departments: "HashTrieMap[str, Record[Department]]" = field(default_factory=HashTrieMap)
    categories: "HashTrieMap[str, Record[Category]]" = field(default_factory=HashTrieMap)
    version: int = 0
    _made: dict[int, Departments] = field(default_factory=dict, compare=False, repr=False)

    def at(self, moment: datetime) -> Departments:
        """What holds at a moment. Made once between two changes: its index is asked on every message."""
        era = bisect_right(self._changes, moment)
        if era not in self._made:
            self._made[era] = Departments(
                MappingProxyType(_holding(self.departments, moment)),
                MappingProxyType(_holding(self.categories, moment)),
                self.version,
            )
        return self._made[era]

    @cached_property
    def _changes(self) -> Sequence[datetime]:
        records: Iterable[Record[Department] | Record[Category]] = (*self.departments.values(), *self.categories.values())
        return sorted({span.since for record in records for span in record.spans})


@dataclass(frozen=True, slots=True)
class Enter:
    """Enter what a list or a person says; what has no date is meant from `at` on.

    `expected`, with a single entry: the version of its record as the editor saw it, 0 if there was none.
    """

    entries: tuple[Entry, ...]
    at: datetime
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A department is closed, a category dropped."""

    end: End
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What the entry of a list at this place changes: what was known for that time before, None if nothing."""

    place: int
    event: Entry
    before: Department | Category | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the entry of a list at this place cannot be taken."""

    place: int
    field: str
    sentence: str


def value_of(entry: Entry) -> Department | Category:
    """What an entry says, without its date."""
    match entry:
        case DepartmentRegistered(department=code):
            return Department(code, entry.name, entry.level, entry.duties, entry.parent, entry.areas, entry.phone)
        case CategoryMapped(category=name):
            return Category(name, entry.offices, entry.keywords, entry.threshold)


def decide_directory(command: Enter | Stop, state: Registry) -> list[Event]:
    """What the directory says already is not said again: importing the same list twice changes nothing. Raises Refused."""
    match command:
        case Enter(entries, at, expected):
            if expected is not None:
                _unmoved(_record(entries[0], state), expected)
            if fault := next(faults(entries, state), None):
                raise Refused(f"directory-{fault.field}", fault.sentence)
            return [planned.event for planned in plan(entries, state, at)]
        case Stop(end, expected):
            return _ended(end, state, expected)


def plan(entries: Sequence[Entry], state: Registry, at: datetime) -> list[Planned]:
    """What entering these would change, the earliest first. Where a list tells several times of one, what has no date came first."""
    told = Counter(_key(entry) for entry in entries)
    changes: list[Planned] = []
    for place, entry in sorted(enumerate(entries), key=lambda numbered: numbered[1].since or EVER):
        record, value = _record(entry, state), value_of(entry)
        since = entry.since or (at if record and told[_key(entry)] == 1 else None)
        before = record.at(since or EVER) if record else None
        if before == value:
            continue
        changes.append(Planned(place, entry.model_copy(update={"since": since}), before))
        state = evolve_directory(state, changes[-1].event)
    return changes


def _key(entry: Entry) -> str:
    """Of its record; a department's code has no slash, a category always has one."""
    return entry.department if isinstance(entry, DepartmentRegistered) else entry.category


def faults(entries: Sequence[Entry], state: Registry) -> Iterator[Fault]:
    """Entries that name what the directory, these entries among it, does not have; who would be over himself; and too many."""
    yield from _too_many(entries, state)
    parents = {code: record.newest.parent for code, record in state.departments.items()}
    parents |= {entry.department: entry.parent for entry in entries if isinstance(entry, DepartmentRegistered)}
    for place, entry in enumerate(entries):
        match entry:
            case DepartmentRegistered(department=code, parent=str(parent)):
                if parent not in parents:
                    yield Fault(place, "parent", f"{entry.name}的上级部门 {parent} 不在目录中")
                elif code in _above(parent, parents):
                    yield Fault(place, "parent", f"{entry.name}的上级部门 {parent} 又在它之下，成了一圈")
            case CategoryMapped():
                unknown = [office.department for office in entry.offices if office.department not in parents]
                if unknown:
                    yield Fault(place, "department", f"分类 {entry.category} 的部门 {unknown[0]} 不在目录中")


def _too_many(entries: Sequence[Entry], state: Registry) -> Iterator[Fault]:
    """One beyond what is kept in memory and looked through for every message."""
    known = {*state.departments.keys(), *state.categories.keys()}
    many = {DepartmentRegistered: len(state.departments), CategoryMapped: len(state.categories)}
    for place, entry in enumerate(entries):
        if (key := _key(entry)) in known:
            continue
        known.add(key)
        many[type(entry)] += 1
        if many[type(entry)] > (most := MOST[type(entry)]):
            what = "department" if isinstance(entry, DepartmentRegistered) else "category"
            yield Fault(place, what, f"目录最多有 {most} 个，{key} 放不下了")
            return


def _above(code: str, parents: Mapping[str, str | None]) -> set[str]:
    """A department and all that are over it."""
    seen: set[str] = set()
    above: str | None = code
    while above and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return seen


def _ended(end: End, state: Registry, expected: int | None) -> list[Event]:
    known = _record(end, state)
    if known is None:
        raise Refused("not-in-the-directory", "目录中没有它")
    _unmoved(known, expected)
    if isinstance(end, DepartmentClosed):
        answers = [
            c.name for c in state.at(end.until).categories.values() if end.department in {o.department for o in c.offices}
        ]
        if answers:
            raise Refused("still-answers", f"分类 {'、'.join(sorted(answers)[:5])} 还由它负责，请先改派")
    span = known.begun(end.until)
    if span is None:
        raise Refused("ends-before-it-begins", "它在这个时间还没有开始，不能结束")
    return [] if span.value is None else [end]


def _unmoved(record: "Record[Department] | Record[Category] | None", expected: int | None) -> None:
    if expected is not None and expected != (record.version if record else 0):
        raise Refused("changed-meanwhile", "别人刚刚改动过，请重新读取后再试")


def _record(told: Entry | End, state: Registry) -> "Record[Department] | Record[Category] | None":
    match told:
        case DepartmentRegistered() | DepartmentClosed():
            return state.departments.get(told.department)
        case CategoryMapped() | CategoryDropped():
            return state.categories.get(told.category)


def evolve_directory(state: Registry, event: Event) -> Registry:
    version, departments, categories = state.version + 1, state.departments, state.categories
    match event:
        case DepartmentRegistered(department=code):
            department = Department(code, event.name, event.level, event.duties, event.parent, event.areas, event.phone)
            departments = _with(departments, code, Span(event.since or EVER, department, version))
        case DepartmentClosed(department=code):
            closed: Span[Department] = Span(event.until, None, version)
            departments = _with(departments, code, closed)
        case CategoryMapped(category=name):
            category = Category(name, event.offices, event.keywords, event.threshold)
            categories = _with(categories, name, Span(event.since or EVER, category, version))
        case CategoryDropped(category=name):
            dropped: Span[Category] = Span(event.until, None, version)
            categories = _with(categories, name, dropped)
    return Registry(departments, categories, version)


def _with(records: "HashTrieMap[str, Record[V]]", key: str, span: Span[V]) -> "HashTrieMap[str, Record[V]]":
    """A span takes the place of one with the same beginning."""
    before = records.get(key)
    if before is None:
        assert span.value is not None  # nothing ends that was never there
        return records.insert(key, Record(span.version, span.version, (span,), span.value))
    spans: list[Span[V]] = [other for other in before.spans if other.since != span.since]
    spans.append(span)
    spans.sort(key=lambda one: one.since)
    newest = before.newest if span.value is None else span.value
    return records.insert(key, replace(before, version=span.version, spans=tuple(spans), newest=newest))


def _holding(records: "HashTrieMap[str, Record[V]]", moment: datetime) -> dict[str, V]:
    """In the order in which they were first entered."""
    ordered = sorted(records.items(), key=lambda item: item[1].order)
    return {key: value for key, record in ordered if (value := record.at(moment)) is not None}


DIRECTORY: Decider[Enter | Stop, Registry] = Decider(Registry(), decide_directory, evolve_directory)
