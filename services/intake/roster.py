"""The roster (实名制): to which village a group belongs, who its senders really are, and who held which role when. Pure.

A role is held from its `since` until its `until` or until the next one begins, and a message is read by the role its sender
held when he sent it. A county imports its list on its first day and enters the chats of the weeks before afterwards: what is
said first of a person, without a date, therefore holds as far back as anybody knows. Whatever is said later without a date
holds from when it is entered.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from rpds import HashTrieMap

from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.intake import Role
from shared.events.roster import DepartmentNoted, GroupRegistered, MemberNamed, MembershipEnded

EVER = datetime.min.replace(tzinfo=UTC)
"""before any beginning that was told"""
DEPARTMENTS_STREAM = "departments-county"


@dataclass(frozen=True, slots=True)
class Member:
    """Who a sender is in his group at one moment."""

    role: Role = Role.UNKNOWN
    real_name: str | None = None
    department: str | None = None


STRANGER = Member()


@dataclass(frozen=True, slots=True)
class Stint:
    """A role held in a group. `since` None: as far back as anybody knows; `until` None: no end is known."""

    role: Role
    department: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def begin(self) -> datetime:
        return self.since or EVER


@dataclass(frozen=True, slots=True)
class Membership:
    """What is known of one person in one group: his stints, by their beginning. His name does not change with his role."""

    real_name: str
    stints: tuple[Stint, ...] = ()

    def begun(self, moment: datetime) -> Stint | None:
        """The newest stint that had begun, whether or not it was over."""
        return next((stint for stint in reversed(self.stints) if stint.begin <= moment), None)

    def held(self, moment: datetime) -> Stint | None:
        """The role he had; None before the first, and after one that ended."""
        stint = self.begun(moment)
        return stint if stint and (stint.until is None or moment < stint.until) else None

    def at(self, moment: datetime) -> Member:
        stint = self.held(moment)
        return Member(stint.role, self.real_name, stint.department) if stint else Member(real_name=self.real_name)


def named(before: Membership | None, event: MemberNamed) -> Membership:
    """The membership after this entry, which takes the place of one with the same beginning."""
    stint = Stint(event.role, event.department, event.since, event.until)
    others = [other for other in before.stints if other.begin != stint.begin] if before else []
    return Membership(event.real_name, tuple(sorted([*others, stint], key=lambda stint: stint.begin)))


def ended(before: Membership, moment: datetime) -> Membership:
    """The membership without the role that was held at this moment, from then on. What begins later stays."""
    last = before.begun(moment)
    return replace(before, stints=tuple(replace(s, until=moment) if s is last else s for s in before.stints))


@dataclass(frozen=True)
class Group:
    """A village's group. An unregistered one has neither village nor township; who is not on its roster is a stranger."""

    village: str = ""
    township: str = ""
    members: "HashTrieMap[str, Membership]" = field(default_factory=HashTrieMap)
    """by person. A plain dict would be copied for each of thousands of entries; this one shares what stays the same"""

    def member(self, person: str, moment: datetime) -> Member:
        """Who this person was at that moment."""
        membership = self.members.get(person)
        return membership.at(moment) if membership else STRANGER


@dataclass(frozen=True, slots=True)
class Enrol:
    """Enter people as a list says it, all that it says of a person in one command. What has no date is meant from `at` on."""

    entries: tuple[MemberNamed, ...]
    at: datetime


def evolve_group(state: Group, event: Event) -> Group:
    match event:
        case GroupRegistered():
            return replace(state, village=event.village, township=event.township)
        case MemberNamed():
            entered = named(state.members.get(event.person), event)
            return replace(state, members=state.members.insert(event.person, entered))
        case MembershipEnded() if known := state.members.get(event.person):
            return replace(state, members=state.members.insert(event.person, ended(known, event.until)))
        case _:
            return state


def decide_group(command: GroupRegistered | Enrol | MembershipEnded, state: Group) -> list[Event]:
    """What the roster says already is not said again: importing the same list twice changes nothing."""
    match command:
        case GroupRegistered():
            return [] if (state.village, state.township) == (command.village, command.township) else [command]
        case Enrol():
            return _enrolled(command, state)
        case MembershipEnded():
            return _ended(command, state)


def _enrolled(command: Enrol, state: Group) -> list[Event]:
    told = Counter(entry.person for entry in command.entries)
    changed: dict[str, Membership] = {}
    events: list[Event] = []
    for entry in command.entries:
        before = changed.get(entry.person) or state.members.get(entry.person)
        event = _dated(entry, before, command.at) if told[entry.person] == 1 else entry
        if event.until and event.until <= (event.since or EVER):
            hint = "任职的结束时间必须晚于开始时间；补录已经结束的任职，请写明开始时间 since"
            raise Refused("ends-before-it-begins", f"{event.real_name}：{hint}")
        after = named(before, event)
        if after != before:
            changed[entry.person] = after
            events.append(event)
    return events


def _dated(entry: MemberNamed, before: Membership | None, at: datetime) -> MemberNamed:
    """The only word of a list about a person. Without a date it confirms or corrects what is known, or is new from now on."""
    if entry.since or before is None:
        return entry
    for stint in before.stints if entry.until else ():
        if (stint.role, stint.department, stint.until) == (entry.role, entry.department, entry.until):
            return entry.model_copy(update={"since": stint.since})
    held = before.held(at)
    if held and (held.role, held.department) == (entry.role, entry.department):
        return entry.model_copy(update={"since": held.since, "until": entry.until or held.until})
    return entry.model_copy(update={"since": at})


def _ended(command: MembershipEnded, state: Group) -> list[Event]:
    membership = state.members.get(command.person)
    stint = membership.begun(command.until) if membership else None
    if stint is None or (stint.until and stint.until < command.until):
        raise Refused("not-on-the-roster", "此人在这个时间不在群的名册上，没有任职可以结束")
    return [] if stint.until == command.until else [command]


GROUP: Decider[GroupRegistered | Enrol | MembershipEnded, Group] = Decider(Group(), decide_group, evolve_group)


# -- the county's departments, as routing told of them -------------------------------------------------------------------

Departments = Mapping[str, str]
"""name by code; empty as long as no directory was heard of"""


def decide_departments(command: DepartmentNoted, state: Departments) -> list[Event]:
    return [] if state.get(command.department) == command.name else [command]


def evolve_departments(state: Departments, event: Event) -> Departments:
    return MappingProxyType({**state, event.department: event.name}) if isinstance(event, DepartmentNoted) else state


DEPARTMENTS: Decider[DepartmentNoted, Departments] = Decider(MappingProxyType({}), decide_departments, evolve_departments)
