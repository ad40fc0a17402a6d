"""Lists as counties keep them: days as Excel writes them, and no line that could mean two things."""

from datetime import datetime

import pytest

from services.intake.roster_lists import moment_of, read_groups, read_roster
from shared.problems import Problem

HEADER = "sender,group,real_name,role,department,since,until\n"


@pytest.mark.parametrize(
    ("text", "last_day", "moment"),
    [
        ("2025-06-10", False, "2025-06-10T00:00:00+08:00"),
        ("2025/6/1", False, "2025-06-01T00:00:00+08:00"),
        ("2025-06-30", True, "2025-07-01T00:00:00+08:00"),
        ("2025-06-10 08:30", True, "2025-06-10T08:30:00+08:00"),
        ("2025-06-10T08:30:00Z", False, "2025-06-10T16:30:00+08:00"),
    ],
)
def test_a_day_is_chinas_and_the_last_one_counts_to_its_end(text: str, last_day: bool, moment: str) -> None:
    assert moment_of(text, last_day=last_day) == datetime.fromisoformat(moment)


def test_a_line_that_stands_twice_is_read_once() -> None:
    line = "v1,g1,张某,villager,,,\n"
    assert len(read_roster((HEADER + line + line).encode(), "wecom")) == 1
    assert len(read_groups(b"group,channel,village,township\ng,wecom,a,b\ng,wecom,a,b\n")) == 1


def test_one_person_may_have_several_roles_each_with_its_beginning() -> None:
    text = HEADER + "v1,g1,张某,villager,,,\nv1,g1,张某,village_official,village,2025-06-10,\n"
    assert [entry.role.value for entry in read_roster(text.encode(), "wecom")] == ["villager", "village_official"]


def test_a_list_without_columns_of_dates_is_read_as_before() -> None:
    [entry] = read_roster("sender,group,real_name,role,department\nv1,g1,张某,villager,\n".encode(), "wecom")
    assert (entry.since, entry.until, entry.department) == (None, None, None)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("v1,g1,张某,king,,,", "role"),
        ("v1,g1,张某,villager,,明天,", "since"),
        ("v1,g1,张某,villager,,,9999-12-31", "until"),
        ("v1,g1,张某,villager,,2025-06-10,2025-06-09", "until"),
        (f"{'v' * 201},g1,张某,villager,,,", "sender"),
    ],
)
def test_a_line_that_cannot_be_names_its_number_and_column(line: str, field: str) -> None:
    with pytest.raises(Problem, match="第 3 行") as caught:
        read_roster(f"{HEADER}v0,g1,李某,villager,,,\n{line}\n".encode(), "wecom")
    assert caught.value.members == {"field": field, "line": 3}
