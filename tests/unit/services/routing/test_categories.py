"""What a county's own categories say of a text: by keyword, place and time."""

from datetime import datetime

import pytest

from services.routing.categories import Category, Place, answering, during, rules, within
from shared.clock import CHINA
from shared.events.routing import CategoryOffice

NOON = datetime(2025, 6, 2, 12, 0, tzinfo=CHINA)
HERE = Place("河西村", "平川镇", NOON)
HEAT = Category(
    "城乡建设/供热",
    (
        CategoryOffice(department="housing"),
        CategoryOffice(department="heat", months="11-3"),
        CategoryOffice(department="township", township="平川镇"),
        CategoryOffice(department="village", township="平川镇", village="河西村"),
    ),
    keywords=("暖气", "暖气片"),
)


def departments(text: str, read_as: str, *categories: Category, place: Place = HERE) -> list[str]:
    return [rule.office.department for rule in rules(text, read_as, {c.name: c for c in categories}, place)]


@pytest.mark.parametrize(
    ("place", "department"),
    [
        (HERE, "village"),
        (Place("河东村", "平川镇", NOON), "township"),
        (Place("", "", NOON), "housing"),
        (Place("柳村", "青石镇", NOON), "housing"),
        (Place("柳村", "青石镇", datetime(2025, 1, 10, tzinfo=CHINA)), "heat"),
    ],
)
def test_the_most_special_rule_of_place_and_time_answers(place: Place, department: str) -> None:
    office = answering(HEAT, place)
    assert office is not None
    assert office.department == department


def test_where_and_when_no_rule_fits_nobody_answers() -> None:
    only_there = Category("城乡建设/供热", (CategoryOffice(department="heat", township="青石镇"),))
    assert answering(only_there, HERE) is None


def test_a_keyword_speaks_before_what_the_text_was_read_as_and_the_longest_first() -> None:
    other = Category("城乡建设/房屋", (CategoryOffice(department="housing"),), keywords=("暖气片漏水",))
    read = Category("其他/杂项", (CategoryOffice(department="letters"),))
    assert departments("俺家暖气片漏水了", "其他/杂项", HEAT, other, read) == ["housing", "village", "village", "letters"]


def test_a_text_without_keywords_goes_by_what_it_was_read_as() -> None:
    assert departments("屋里冷得很", "城乡建设/供热", HEAT) == ["village"]
    assert departments("屋里冷得很", "城乡建设/供电", HEAT) == []


def test_a_rule_says_itself_in_words() -> None:
    [rule, *_] = rules("暖气不热", "", {HEAT.name: HEAT}, Place("柳村", "青石镇", datetime(2025, 1, 10, tzinfo=CHINA)))
    assert rule.reason == "文中有“暖气”，属“城乡建设/供热”，县里的分类目录（11-3 月）规定由它负责"


@pytest.mark.parametrize(("span", "inside", "outside"), [("11-3", 1, 4), ("3-5", 5, 6), ("7", 7, 8), ("6-7", 6, 1)])
def test_months_and_days_may_run_over_the_end(span: str, inside: int, outside: int) -> None:
    assert within(span, inside)
    assert not within(span, outside)


@pytest.mark.parametrize(("span", "inside", "outside"), [("18-8", 2, 8), ("8-18", 8, 18), ("0-24", 23, 24), ("22-6", 22, 21)])
def test_hours_may_run_over_midnight_and_end_before_the_last(span: str, inside: int, outside: int) -> None:
    assert during(span, inside)
    assert not during(span, outside)
