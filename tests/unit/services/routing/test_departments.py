"""The directory through time: who was which department when, and what a list changes in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.departments import DIRECTORY, EVER, Enter, Entry, Registry, Stop, faults, plan
from shared.decider import Refused
from shared.events.routing import CategoryDropped, CategoryMapped, CategoryOffice, DepartmentClosed, DepartmentRegistered

T0 = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)


def department(code: str, name: str = "水利局", **more: object) -> DepartmentRegistered:
    facts: dict[str, object] = {"department": code, "name": name, "level": "county", "duties": ("停水",)}
    return DepartmentRegistered.model_validate(facts | more)


def category(name: str, *departments: str, **more: object) -> CategoryMapped:
    offices = tuple(CategoryOffice(department=code) for code in departments)
    return CategoryMapped.model_validate({"category": name, "offices": offices} | more)


def entered(*entries: Entry, at: datetime = T0, into: Registry = DIRECTORY.initial) -> Registry:
    return DIRECTORY.fold(into, DIRECTORY.decide(Enter(entries, at), into))


LINES = st.builds(
    department,
    st.sampled_from("abc"),
    st.sampled_from(("甲", "乙")),
    since=st.sampled_from((None, T0 - DAY, T0 + DAY / 2, T0 + 9 * DAY)),
)


def names(registry: Registry, moment: datetime) -> dict[str, str]:
    return {code: d.name for code, d in registry.at(moment).by_code.items()}


def test_importing_the_same_directory_twice_changes_nothing() -> None:
    registry = entered(department("water"), department("power", "供电公司"))
    again = Enter((department("water"), department("power", "供电公司")), T0 + DAY)
    assert DIRECTORY.decide(again, registry) == []


def test_the_first_word_without_a_date_holds_as_far_back_as_anybody_knows_a_later_one_from_now() -> None:
    registry = entered(department("water"))
    renamed = entered(department("water", "水务局"), at=T0, into=registry)
    assert names(renamed, LONG_AGO) == {"water": "水利局"}
    assert names(renamed, T0 - timedelta(seconds=1)) == {"water": "水利局"}
    assert names(renamed, T0) == {"water": "水务局"}


def test_a_change_may_be_entered_before_it_is_valid_and_corrected_until_then() -> None:
    registry = entered(department("water"), department("water", "水务局", since=T0 + DAY))
    assert names(registry, T0) == {"water": "水利局"}
    corrected = entered(department("water", "水务和水库局", since=T0 + DAY), into=registry)
    assert names(corrected, T0 + DAY) == {"water": "水务和水库局"}
    assert len(corrected.departments["water"].spans) == 2


def test_a_list_that_tells_of_two_times_says_the_same_when_it_is_imported_again_years_later() -> None:
    entries = (department("water"), department("water", "水务局", since=T0))
    registry = entered(*entries, at=T0 - DAY)
    assert names(registry, T0 + DAY) == {"water": "水务局"}
    assert DIRECTORY.decide(Enter(entries, T0 + 700 * DAY), registry) == []


@given(st.lists(st.lists(LINES, max_size=5), min_size=1, max_size=4))
def test_any_list_entered_again_at_once_changes_nothing_and_what_was_decided_folds_to_what_was_planned(
    given_lists: list[list[DepartmentRegistered]],
) -> None:
    registry = DIRECTORY.initial
    for number, told in enumerate(given_lists):
        entries = tuple({(entry.department, entry.since): entry for entry in told}.values())
        command = Enter(entries, T0 + number * DAY)
        before, events = registry.version, DIRECTORY.decide(command, registry)
        registry = DIRECTORY.fold(registry, events)
        assert DIRECTORY.decide(command, registry) == []
        assert registry.version == before + len(events)


def test_more_departments_than_can_be_kept_in_memory_are_refused() -> None:
    entries = tuple(department(f"d{n}") for n in range(5001))
    [fault] = faults(entries, DIRECTORY.initial)
    assert (fault.place, fault.sentence) == (5000, "目录最多有 5000 个，d5000 放不下了")


def test_a_closed_department_is_gone_from_that_day_and_may_come_back() -> None:
    registry = entered(department("water"), department("power", "供电公司"))
    [closed] = DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0)), registry)
    registry = DIRECTORY.evolve(registry, closed)
    assert names(registry, T0 - DAY).keys() == {"water", "power"}
    assert names(registry, T0).keys() == {"power"}
    assert DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0 + DAY)), registry) == []
    back = entered(department("water"), at=T0 + DAY, into=registry)
    assert names(back, T0).keys() == {"power"}
    assert names(back, T0 + DAY).keys() == {"water", "power"}


def test_a_department_that_ends_when_it_began_never_was_and_is_still_known_by_name() -> None:
    registry = entered(department("water", since=T0))
    [closed] = DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0)), registry)
    registry = DIRECTORY.evolve(registry, closed)
    assert names(registry, T0 + DAY) == {}
    assert registry.departments["water"].newest.name == "水利局"


def test_a_department_that_answers_for_a_category_is_not_closed() -> None:
    registry = entered(department("water"), category("城乡建设/供排水", "water"))
    with pytest.raises(Refused, match="城乡建设/供排水 还由它负责"):
        DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0)), registry)
    [dropped] = DIRECTORY.decide(Stop(CategoryDropped(category="城乡建设/供排水", until=T0)), registry)
    registry = DIRECTORY.evolve(registry, dropped)
    assert DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0)), registry)


def test_nothing_ends_that_was_never_there() -> None:
    with pytest.raises(Refused, match="目录中没有它"):
        DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0)), DIRECTORY.initial)
    later = entered(department("water", since=T0 + DAY))
    with pytest.raises(Refused, match="还没有开始"):
        DIRECTORY.decide(Stop(DepartmentClosed(department="water", until=T0)), later)


def test_whoever_edits_what_somebody_else_changed_meanwhile_is_told() -> None:
    registry = entered(department("water"), department("power", "供电公司"))
    assert (registry.departments["water"].version, registry.departments["power"].version) == (1, 2)
    edit = Enter((department("water", "水务局"),), T0, expected=1)
    registry = DIRECTORY.fold(registry, DIRECTORY.decide(edit, registry))
    with pytest.raises(Refused, match="重新读取"):
        DIRECTORY.decide(replace(edit, entries=(department("water", "水务中心"),)), registry)
    new = Enter((department("gas", "燃气公司"),), T0, expected=0)
    assert DIRECTORY.decide(new, registry)


def test_a_list_may_name_a_parent_that_stands_further_down() -> None:
    registry = entered(department("station", "水利站", parent="water"), department("water"))
    assert registry.at(T0).by_code["station"].parent == "water"


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ((department("station", "水利站", parent="nowhere"),), "水利站的上级部门 nowhere 不在目录中"),
        ((department("a", "甲", parent="a"),), "成了一圈"),
        ((department("a", "甲", parent="b"), department("b", "乙", parent="a")), "成了一圈"),
        ((category("城乡建设/供排水", "nowhere"),), "部门 nowhere 不在目录中"),
    ],
)
def test_what_the_directory_does_not_have_is_refused_by_name(entries: tuple[Entry, ...], sentence: str) -> None:
    assert sentence in next(faults(entries, DIRECTORY.initial)).sentence
    with pytest.raises(Refused, match=sentence):
        DIRECTORY.decide(Enter(entries, T0), DIRECTORY.initial)


def test_a_plan_tells_what_would_change_and_what_was_known_before() -> None:
    registry = entered(department("water"), department("power", "供电公司"))
    entries = (department("power", "供电公司"), department("water", "水务局"), department("gas", "燃气公司"))
    changed, new = plan(entries, registry, T0)
    assert (changed.place, changed.before, changed.event.since) == (1, registry.at(T0).by_code["water"], T0)
    assert (new.place, new.before, new.event.since) == (2, None, None)


def test_the_version_counts_the_events_so_that_a_case_can_name_the_directory_it_was_decided_by() -> None:
    registry = entered(department("water"), department("power", "供电公司"))
    assert registry.at(T0).version == 2
    assert entered(department("water", "水务局"), into=registry).at(T0).version == 3


def test_departments_stay_in_the_order_in_which_they_were_first_entered() -> None:
    registry = entered(*(department(code, code) for code in ("c", "a", "b")))
    registry = entered(department("a", "甲"), into=registry)
    assert list(registry.at(T0).by_code) == ["c", "a", "b"]
    assert list(registry.at(EVER).by_code) == ["c", "a", "b"]


def test_the_index_is_made_once_between_two_changes() -> None:
    registry = entered(department("water"), department("water", "水务局", since=T0 + DAY))
    assert registry.at(T0) is registry.at(T0 - DAY)
    assert registry.at(T0) is not registry.at(T0 + DAY)
