"""What a county tells of its departments, categories and rotas, by table or over REST, checked before any of it takes effect.

A table is looked at whole: every line with a mistake is named, so that a preview shows the county all that is left to do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

import uuid_utils.compat as uuids
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.routing.departments import Registry
from shared.events.routing import CategoryMapped, CategoryOffice, DepartmentRegistered, DutyOfficerNamed
from shared.inputs import NO_NUL, Moment, Text, moment_of
from shared.tables import Line, fault_of, read_lines

_NAME = r"^[^\x00/]+$"
Code = Annotated[str, Field(pattern=_NAME, min_length=1, max_length=100)]
"""of a department"""
Word = Annotated[Text, Field(min_length=1, max_length=100)]
Place = Annotated[str, Field(pattern=r"^[^\x00/]*$", max_length=100)]
CategoryName = Annotated[str, Field(pattern=r"^[^\x00/\s]{1,50}/[^\x00/\s]{1,50}$")]
Area = Annotated[str, Field(pattern=r"^[^\x00/]{1,100}(/[^\x00/]{1,100})?$")]
Phone = Annotated[str, Field(pattern=r"^[0-9+() -]{3,30}$")]
Days = Annotated[str, Field(pattern=r"^[1-7](-[1-7])?(,[1-7](-[1-7])?){0,6}$")]
_HOUR = r"([0-9]|1[0-9]|2[0-4])"
Hours = Annotated[str, Field(pattern=f"^{_HOUR}-{_HOUR}$")]
Months = Annotated[str, Field(pattern=r"^([1-9]|1[0-2])(-([1-9]|1[0-2]))?$")]
Keyword = Annotated[str, Field(pattern=NO_NUL, min_length=2, max_length=50)]
"""of one character every other text has one"""


_SPLIT = re.compile(r"[\s、，,;；]+")


class Level(StrEnum):
    """The levels of departments."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    VERTICAL = "vertical"


_LEVELS = {
    Level.VILLAGE: "村 村级 村居 社区",
    Level.TOWNSHIP: "乡 镇 乡镇 乡镇级 街道 town",
    Level.COUNTY: "县 县级 区县 区级 市级",
    Level.VERTICAL: "垂直 垂管 垂直管理 驻县",
}
_LEVEL = {word: level for level, words in _LEVELS.items() for word in words.split()}


class Office(BaseModel):
    """A department as it is from `since` on; without a date a new one is meant as long as known, a changed one from now."""

    model_config = ConfigDict(extra="forbid")

    name: Word
    level: Annotated[Level, BeforeValidator(lambda told: _LEVEL.get(told, told) if isinstance(told, str) else told)]
    duties: Annotated[list[Word], Field(max_length=200)] = []
    parent: Code | None = None
    areas: Annotated[list[Area], Field(max_length=500)] = []
    phone: Phone | None = None
    since: Moment | None = None

    def of(self, code: str) -> DepartmentRegistered:
        return DepartmentRegistered(
            department=code,
            name=self.name,
            level=self.level.value,
            duties=tuple(self.duties),
            parent=self.parent,
            areas=tuple(self.areas),
            phone=self.phone or "",
            since=self.since,
        )


class Answering(BaseModel):
    """Who answers for a category: everywhere and always, or only in a place, in some months and at some hours (China's)."""

    model_config = ConfigDict(extra="forbid")

    department: Code
    township: Place = ""
    village: Place = ""
    months: Months | None = None
    hours: Hours | None = None

    def of(self) -> CategoryOffice:
        told = {name: value for name, value in self.model_dump().items() if value}
        return CategoryOffice.model_validate(told)


class CategoryRules(BaseModel):
    """A category as it is from `since` on."""

    model_config = ConfigDict(extra="forbid")

    offices: Annotated[list[Answering], Field(min_length=1, max_length=1000)]
    keywords: Annotated[list[Keyword], Field(max_length=100)] = []
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    since: Moment | None = None

    def of(self, category: str) -> CategoryMapped:
        return CategoryMapped(
            category=category,
            offices=tuple(office.of() for office in self.offices),
            keywords=tuple(self.keywords),
            threshold=self.threshold,
            since=self.since,
        )


class Officer(BaseModel):
    """Who is on duty: `days` are 1 (Monday) to 7, `1-5` or `1,3,6-7`; `hours` China's, `18-8` over midnight."""

    model_config = ConfigDict(extra="forbid")

    name: Word
    phone: Phone
    days: Days = "1-7"
    hours: Hours = "0-24"
    person: Annotated[Word | None, Field(description="his id on the roster, if he is on it")] = None

    def of(self, department: str) -> DutyOfficerNamed:
        person = self.person or f"duty:{uuids.uuid7()}"
        told = self.model_dump(exclude={"person"})
        return DutyOfficerNamed(department=department, person=person, **told)


Told_ = TypeVar("Told_", DepartmentRegistered, CategoryMapped, DutyOfficerNamed)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake in a table, with the line and the column where it stands."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Told(Generic[Told_]):
    """What a table says: its entries, the line of each, how many lines there were, and every mistake."""

    entries: list[Told_]
    lines: list[int]
    rows: int
    wrong: list[Wrong]


def _aliases(names: str) -> dict[str, str]:
    """`code 编码 代码|name 名称` → 编码 → code …"""
    return {word: words.split()[0] for words in names.split("|") for word in words.split()}


_DEPARTMENT = _aliases(
    "code 编码 代码 部门编码 部门代码|name 名称 部门 部门名称 单位 单位名称|level 层级 级别|duties 职责 主要职责"
    "|parent 上级 上级部门|areas 辖区 服务区域 服务范围|phone 电话 联系电话 办公电话|since 生效日期 起始日期 自"
)
_CATEGORY = _aliases(
    "category 分类 类别|department 部门 部门编码 承办部门|township 乡镇|village 村 村居|months 月份|hours 时段"
    "|keywords 关键词|threshold 把握 阈值|since 生效日期 起始日期 自"
)
_DUTY = _aliases("department 部门 部门编码|name 姓名 值班人|phone 电话 手机 联系电话|days 星期 值班日|hours 时段 值班时间")


def read_departments(body: bytes, registry: Registry) -> Told[DepartmentRegistered]:
    """code,name,level and, as far as it has them, duties,parent,areas,phone,since; a column that is left out changes nothing.

    Raises Problem 422 for what is no such table.
    """
    needed = ("code", "name", "level")
    lines = read_lines(body, needed, _DEPARTMENT)
    told: Told[DepartmentRegistered] = Told([], [], len(lines), [])
    seen: dict[tuple[str, object], DepartmentRegistered] = {}
    for line in lines:
        fields = _fields(line, told, needed, tuple(_DEPARTMENT.values()))
        if fields is None:
            continue
        code = str(fields.pop("code"))
        if record := registry.departments.get(code):
            known = record.newest
            left_out = {"duties": known.duties, "parent": known.parent, "areas": known.areas, "phone": known.phone or None}
            fields |= {name: value for name, value in left_out.items() if name not in line.cells}
        for name in ("duties", "areas"):
            fields[name] = list(fields.get(name) or ()) if name not in line.cells else _words(line.cells[name])
        if (entry := _made(Office, fields, line, told)) is None or _bad_code(code, line, told):
            continue
        event = entry.of(code)
        if seen.setdefault((code, event.since), event) != event:
            told.wrong.append(Wrong(line.number, "code", f"前面已有部门 {code}，内容与这里不同；先后不同时请各写 since"))
            continue
        _add(told, event, line)
    return told


def read_categories(body: bytes) -> Told[CategoryMapped]:
    """category,department and, if it has them, township,village,months,hours,keywords,threshold,since; a line for each office.

    All lines of a category are one entry. Raises Problem 422 for what is no such table.
    """
    needed = ("category", "department")
    lines = read_lines(body, needed, _CATEGORY)
    told: Told[CategoryMapped] = Told([], [], len(lines), [])
    found: dict[tuple[str, object], tuple[Line, dict[str, Any]]] = {}
    for line in lines:
        fields = _fields(line, told, needed, tuple(_CATEGORY.values()))
        if fields is None:
            continue
        office: dict[str, Any] = {
            name: fields.pop(name) for name in ("department", "township", "village", "months", "hours") if name in fields
        }
        if _made(Answering, office, line, told) is None:
            continue
        category = str(fields.pop("category"))
        if _made(_Named, {"category": category}, line, told) is None:
            continue
        first, mapping = found.setdefault((category, fields.get("since")), (line, {**fields, "offices": [], "keywords": {}}))
        mapping["offices"].append(office)
        mapping["keywords"] |= dict.fromkeys(_words(str(fields.get("keywords") or "")))
        if mapping.setdefault("threshold", fields.get("threshold")) != fields.get("threshold", mapping["threshold"]):
            told.wrong.append(Wrong(line.number, "threshold", f"与第 {first.number} 行同一分类的把握不同"))
    for (category, _), (line, mapping) in found.items():
        if entry := _made(CategoryRules, mapping | {"keywords": list(mapping["keywords"])}, line, told):
            _add(told, entry.of(category), line)
    return told


def read_duty(body: bytes) -> Told[DutyOfficerNamed]:
    """department,name,phone and, if it has them, days,hours. Raises Problem 422 for what is no such table."""
    needed = ("department", "name", "phone")
    lines = read_lines(body, needed, _DUTY)
    told: Told[DutyOfficerNamed] = Told([], [], len(lines), [])
    for line in lines:
        if (fields := _fields(line, told, needed, tuple(_DUTY.values()))) is None:
            continue
        department = str(fields.pop("department"))
        if (officer := _made(Officer, fields, line, told)) is None:
            continue
        if any((entry.department, entry.name) == (department, officer.name) for entry in told.entries):
            told.wrong.append(Wrong(line.number, "name", f"{department} 前面已有同名的值班人；几个时段请写在同一行"))
            continue
        _add(told, officer.of(department), line)
    return told


class _Named(BaseModel):
    category: CategoryName


class _Coded(BaseModel):
    code: Code


Shape = TypeVar("Shape", bound=BaseModel)


def _fields(line: Line, told: Told[Any], needed: tuple[str, ...], known: Sequence[str]) -> dict[str, Any] | None:
    """The filled cells of the columns that mean something; None if one is wrong as it stands."""
    if fault := fault_of(line, needed):
        told.wrong.append(Wrong(line.number, *fault))
        return None
    fields: dict[str, Any] = {name: value for name, value in line.cells.items() if name in known and value}
    try:
        if "since" in fields:
            fields["since"] = moment_of(fields["since"])
        if "threshold" in fields:
            fields["threshold"] = float(fields["threshold"])
    except ValueError:
        field = "since" if isinstance(fields.get("since"), str) else "threshold"
        wanted = "2025-06-10" if field == "since" else "0 到 1 之间的小数"
        told.wrong.append(Wrong(line.number, field, f"{field} 看不懂：{fields[field][:40]}，请写成 {wanted}"))
        return None
    return fields


def _words(listed: str) -> list[str]:
    return [word for word in _SPLIT.split(listed) if word]


def _bad_code(code: str, line: Line, told: Told[Any]) -> bool:
    return _made(_Coded, {"code": code}, line, told) is None


def _made(kind: type[Shape], fields: Mapping[str, Any], line: Line, told: Told[Any]) -> Shape | None:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        told.wrong.append(Wrong(line.number, field, f"{field} 不合要求（{_said(field, first['msg'])}）"))
        return None


def _said(field: str, message: str) -> str:
    return f"只能是 {'、'.join(Level)}" if field == "level" else _EXAMPLES.get(field, message)


_EXAMPLES = {
    "category": "写成两级，如 城乡建设/供排水",
    "areas": "写成 平川镇 或 平川镇/河西村，用空格分开",
    "phone": "电话号码只有数字、空格、+ - ( )",
    "days": "写成 1-5 或 1,3,6-7",
    "hours": "写成 8-18 或 18-8",
    "months": "写成 11-3",
    "keywords": "每个关键词 2 到 50 个字",
    "code": "编码不能有 /",
}


def _add(told: Told[Any], event: Any, line: Line) -> None:
    told.entries.append(event)
    told.lines.append(line.number)
