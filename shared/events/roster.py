"""What intake says of its roster (实名制): the groups, who speaks in them in which role, and which departments there are."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event, Personal
from shared.events.intake import Role


class GroupRegistered(Event):
    """A village's chat group on one channel, imported from the county's list."""

    TYPE: ClassVar[str] = "minsheng.intake.group-registered.v1"
    group: str
    channel: str
    village: str
    township: str


class MemberNamed(Event):
    """The roster (实名制): who a sender of a group really is, and in which role he speaks there."""

    TYPE: ClassVar[str] = "minsheng.intake.member-named.v1"
    person: str
    channel: str
    group: str
    sender: Annotated[str, Personal(of="person", confined=True)]
    real_name: Annotated[str, Personal(of="person", confined=True)]
    role: Role
    department: str | None = None
    since: AwareDatetime | None = None
    """None: as far back as anybody knows"""
    until: AwareDatetime | None = None
    """None: no end is known; the next entry's `since` ends it too"""


class MembershipEnded(Event):
    """A person's role in a group ended at `until`. What he said before stays his, what he says later is a stranger's."""

    TYPE: ClassVar[str] = "minsheng.intake.membership-ended.v1"
    person: str
    channel: str
    group: str
    until: AwareDatetime


class DepartmentNoted(Event):
    """Intake heard from routing of a department, so that the roster names none that does not exist."""

    TYPE: ClassVar[str] = "minsheng.intake.department-noted.v1"
    department: str
    name: str


EVENTS: tuple[type[Event], ...] = (GroupRegistered, MemberNamed, MembershipEnded, DepartmentNoted)
