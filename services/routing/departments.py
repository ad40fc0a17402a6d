"""The county's directory of departments as a stream of events: `directory-county`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from services.routing.directory import Department, Directory
from shared.decider import Decider
from shared.events import Event
from shared.events.routing import DepartmentRegistered

DIRECTORY_STREAM = "directory-county"


@dataclass(frozen=True)
class Departments:
    """The county's directory. Until one is imported, everything goes to a county desk that exists in name only."""

    by_code: Mapping[str, Department] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def index(self) -> Directory:
        return Directory.of(self.by_code.values() or (NOBODY,))


EMPTY = Departments()
NOBODY = Department("county-desk", "县诉求中心", "county", ())


def decide_directory(command: DepartmentRegistered, state: Departments) -> list[Event]:
    """Importing the same directory twice changes nothing."""
    return [] if state.by_code.get(command.department) == _department(command) else [command]


def evolve_directory(state: Departments, event: Event) -> Departments:
    if isinstance(event, DepartmentRegistered):
        return Departments(MappingProxyType({**state.by_code, event.department: _department(event)}))
    return state


def _department(event: DepartmentRegistered) -> Department:
    return Department(event.department, event.name, event.level, event.duties)


DIRECTORY: Decider[DepartmentRegistered, Departments] = Decider(EMPTY, decide_directory, evolve_directory)
