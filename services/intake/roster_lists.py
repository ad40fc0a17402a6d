"""What a county tells of its groups and people, by CSV or over REST, checked before any of it takes effect."""

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.domain import person_key
from services.intake.storing import ChannelName
from shared.events.intake import Role
from shared.events.roster import GroupRegistered, MemberNamed
from shared.inputs import Moment, Name, Text, moment_of
from shared.problems import Problem
from shared.tables import read_csv

Word = Annotated[Text, Field(min_length=1, max_length=100)]
Line = TypeVar("Line", bound=BaseModel)


class Place(BaseModel):
    """Where a group is."""

    model_config = ConfigDict(extra="forbid")

    village: Word
    township: Word

    def of(self, channel: str, group: str) -> GroupRegistered:
        return GroupRegistered(group=group, channel=channel, village=self.village, township=self.township)


class Office(BaseModel):
    """Who a sender is in a group: his name, his role, and from when until when he has it, if that is known."""

    model_config = ConfigDict(extra="forbid")

    real_name: Word
    role: Role
    department: Word | None = None
    since: Moment | None = None
    until: Moment | None = None

    def of(self, channel: str, group: str, sender: str) -> MemberNamed:
        return MemberNamed(
            person=person_key(channel, sender),
            channel=channel,
            group=group,
            sender=sender,
            real_name=self.real_name,
            role=self.role,
            department=self.department,
            since=self.since,
            until=self.until,
        )


class _GroupLine(Place):
    channel: ChannelName
    group: Name


class _MemberLine(Office):
    sender: Name
    group: Name


def read_groups(body: bytes) -> list[GroupRegistered]:
    """A CSV: group,channel,village,township. Raises Problem 422 that names line and column."""
    columns = ("group", "channel", "village", "township")
    groups: dict[tuple[str, str], GroupRegistered] = {}
    for number, row in enumerate(read_csv(body, columns), 2):
        line = _checked(_GroupLine, number, {column: row[column] for column in columns})
        group = line.of(line.channel, line.group)
        if groups.setdefault((line.channel, line.group), group) != group:
            raise _fault(number, "group", f"前面已有群 {line.channel}/{line.group}，村或乡镇与这里不同")
    return list(groups.values())


def read_roster(body: bytes, channel: str) -> list[MemberNamed]:
    """A CSV: sender,group,real_name,role and, if it has them, department,since,until. Raises Problem 422.

    A bare day is China's; one in `until` is the last of the role. Of one person a group's list may tell several roles, each
    with another beginning.
    """
    entries: dict[tuple[str, str, datetime | None], MemberNamed] = {}
    for number, row in enumerate(read_csv(body, ("sender", "group", "real_name", "role")), 2):
        if row["role"] not in set(Role):
            raise _fault(number, "role", f"角色 {row['role']!r} 不认识，可用 {', '.join(Role)}")
        fields: dict[str, object] = {name: row[name] for name in ("sender", "group", "real_name", "role")}
        fields["department"] = row.get("department") or None
        fields["since"] = _moment(number, "since", row.get("since", ""))
        fields["until"] = _moment(number, "until", row.get("until", ""))
        line = _checked(_MemberLine, number, fields)
        if line.since and line.until and line.until <= line.since:
            raise _fault(number, "until", "until 必须晚于 since")
        entry = line.of(channel, line.group, line.sender)
        if entries.setdefault((line.group, line.sender, line.since), entry) != entry:
            raise _fault(number, "sender", "前面已有同一人同一时间的另一条；同一人先后有几个角色时，请各写 since")
    return list(entries.values())


def _moment(line: int, field: str, text: str) -> datetime | None:
    try:
        return moment_of(text, last_day=field == "until") if text else None
    except ValueError:
        raise _fault(line, field, f"{field} 看不懂：{text[:40]}，请写成 2025-06-10 或 2025-06-10T08:00:00+08:00") from None


def _checked(kind: type[Line], number: int, fields: dict[str, object]) -> Line:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _fault(number, str(first["loc"][0]), f"{first['loc'][0]} 不合要求（{first['msg']}）") from None


def _fault(line: int, field: str, sentence: str) -> Problem:
    return Problem(422, "invalid", f"第 {line} 行：{sentence}", field=field, line=line)
