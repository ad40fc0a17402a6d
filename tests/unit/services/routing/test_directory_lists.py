"""Tables of departments, categories and rotas: every mistake is named with its line, and what is not told stays as it is."""

from datetime import UTC, datetime

import pytest

from services.routing.departments import DIRECTORY, Enter, Registry
from services.routing.directory_lists import Wrong, read_categories, read_departments, read_duty
from shared.clock import CHINA
from shared.events.routing import CategoryOffice, DepartmentRegistered

T0 = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
WATER = DepartmentRegistered(
    department="water", name="水利局", level="county", duties=("停水",), parent=None, areas=("平川镇",), phone="0310-1234567"
)
KNOWN: Registry = DIRECTORY.fold(DIRECTORY.initial, DIRECTORY.decide(Enter((WATER,), T0), DIRECTORY.initial))


def departments(text: str, registry: Registry = DIRECTORY.initial) -> tuple[list[DepartmentRegistered], list[Wrong]]:
    told = read_departments(text.encode(), registry)
    return told.entries, told.wrong


def test_all_that_a_department_is_may_stand_in_its_line() -> None:
    [entry], wrong = departments(
        "编码,名称,层级,职责,上级,辖区,电话,生效日期\nstation,平川供水站,垂直,停水 水压、水表,water,平川镇/河西村 青石镇,0310-7654321,2025/6/10\n"
    )
    assert wrong == []
    assert entry == DepartmentRegistered(
        department="station",
        name="平川供水站",
        level="vertical",
        duties=("停水", "水压", "水表"),
        parent="water",
        areas=("平川镇/河西村", "青石镇"),
        phone="0310-7654321",
        since=datetime(2025, 6, 10, tzinfo=CHINA),
    )


def test_a_column_that_is_left_out_changes_nothing_an_empty_one_empties() -> None:
    [kept], _ = departments("code,name,level\nwater,水务局,county\n", KNOWN)
    assert (kept.name, kept.duties, kept.areas, kept.phone) == ("水务局", ("停水",), ("平川镇",), "0310-1234567")
    [emptied], _ = departments("code,name,level,areas,phone\nwater,水务局,county,,\n", KNOWN)
    assert (emptied.duties, emptied.areas, emptied.phone) == (("停水",), (), "")


def test_every_mistake_is_told_with_its_line_and_the_lines_that_are_right_are_read() -> None:
    entries, wrong = departments(
        "code,name,level,phone,areas,since\na,甲,国家级,,,\nb,,county,,,\nc,丙,county,没有,,\nd,丁,county,,a/b/c,\n"
        "e,戊,county,,,昨天\nf/g,己,county,,,\nok,庚,county,,,\nok,辛,county,,,\n"
    )
    assert [entry.department for entry in entries] == ["ok"]
    assert [(one.line, one.field) for one in wrong] == [
        (2, "level"), (3, "name"), (4, "phone"), (5, "areas"), (6, "since"), (7, "code"), (9, "code"),
    ]  # fmt: skip
    assert wrong[0].message == "level 不合要求（只能是 village、township、county、vertical）"


def test_a_department_may_have_a_line_for_each_time() -> None:
    entries, wrong = departments("code,name,level,since\nw,水利局,county,\nw,水务局,county,2025-07-01\n")
    assert ([entry.name for entry in entries], wrong) == (["水利局", "水务局"], [])


def test_the_lines_of_a_category_are_one_entry() -> None:
    told = read_categories(
        "category,department,township,hours,keywords,threshold\n城乡建设/供排水,water,,,停水 水管,0.6\n"
        "城乡建设/供排水,station,平川镇,18-8,水表,\n城乡建设/供电,power,,,,\n".encode()
    )
    water, power = told.entries
    assert told.wrong == []
    assert water.offices == (
        CategoryOffice(department="water"),
        CategoryOffice(department="station", township="平川镇", hours="18-8"),
    )
    assert (water.keywords, water.threshold, power.keywords, power.threshold) == (("停水", "水管", "水表"), 0.6, (), None)
    assert told.lines == [2, 4]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("供排水,water,,,,", "category"),
        ("城乡建设/供排水/水表,water,,,,", "category"),
        ("城乡建设/供排水,water,,八点,,", "hours"),
        ("城乡建设/供排水,water,13,,,", "months"),
        ("城乡建设/供排水,water,,,水,", "keywords"),
        ("城乡建设/供排水,water,,,,很有", "threshold"),
        ("城乡建设/供排水,water,,,,1.5", "threshold"),
        ("城乡建设/供排水,,,,,", "department"),
    ],
)
def test_a_wrong_line_of_a_category_is_named(line: str, field: str) -> None:
    told = read_categories(f"category,department,months,hours,keywords,threshold\n{line}\n".encode())
    assert ([(one.line, one.field) for one in told.wrong], told.entries) == ([(2, field)], [])


def test_a_rota_is_read_with_its_days_and_hours() -> None:
    told = read_duty("部门,姓名,电话,星期,时段\nwater,甲,13900000001,1-5,8-18\nwater,乙,13900000002,,\n".encode())
    first, second = told.entries
    assert (first.name, first.phone, first.days, first.hours) == ("甲", "13900000001", "1-5", "8-18")
    assert (second.days, second.hours) == ("1-7", "0-24")
    assert first.person != second.person


def test_a_rota_names_nobody_twice_and_no_number_that_is_none() -> None:
    told = read_duty("department,name,phone,days\nwater,甲,139,8\nwater,乙,1390,1\nwater,乙,1391,2\nwater,丙,电话,\n".encode())
    assert [(one.line, one.field) for one in told.wrong] == [(2, "days"), (4, "name"), (5, "phone")]
