"""A shown name is linked to a member only when it can mean nobody else."""

import pytest

from services.intake.pasting.names import How, Person, link, link_all
from shared.events.intake import Role

ROSTER = [
    Person("v01", "张三", Role.VILLAGER),
    Person("v02", "王小五", Role.VILLAGER),
    Person("v03", "王小武", Role.VILLAGER),
    Person("v04", "刘翠花", Role.VILLAGER),
    Person("v05", "刘翠花", Role.VILLAGER),
    Person("o01", "村干部李四光", Role.VILLAGE_OFFICIAL, "village"),
]


@pytest.mark.parametrize(
    ("shown", "sender", "how"),
    [
        ("张三", "v01", How.NAME),
        (" 张三 ", "v01", How.NAME),
        ("前路村-张三", "v01", How.PART),
        ("前路村张三", "v01", How.PART),
        ("张三（三组）", "v01", How.PART),
        ("张三🌾138", "v01", How.PART),
        ("李四光", "o01", How.PART),
        ("村干部李四光", "o01", How.NAME),
    ],
)
def test_a_name_that_means_one_member_is_linked(shown: str, sender: str, how: How) -> None:
    found = link(shown, "g", ROSTER)
    assert (found.sender, found.how) == (sender, how)
    assert found.person is not None


@pytest.mark.parametrize("shown", ["李张三", "张三媳妇", "张三-媳妇", "张三的儿子", "赵六", "王小舞", "三", "🌹"])
def test_a_name_that_may_mean_somebody_else_stays_unknown(shown: str) -> None:
    found = link(shown, "g", ROSTER)
    assert (found.sender, found.person, found.how) == (f"name:{shown}@g", None, None)


@pytest.mark.parametrize(
    ("shown", "meant", "why"),
    [
        ("刘翠花", ["v04", "v05"], "同名"),
        ("张三媳妇", ["v01"], "名字相近"),
        ("王小舞", ["v02", "v03"], "名字相近"),
        ("老刘", ["v04", "v05"], "同姓"),
        ("李主任", ["o01"], "同姓"),
    ],
)
def test_an_unknown_name_has_candidates(shown: str, meant: list[str], why: str) -> None:
    candidates = link(shown, "g", ROSTER).candidates
    assert [candidate.person.sender for candidate in candidates] == meant
    assert {candidate.why for candidate in candidates} == {why}


def test_the_likeliest_candidates_come_first_and_they_are_few() -> None:
    many = [Person(f"v{n}", f"张{n}", Role.VILLAGER) for n in range(50)]
    candidates = link("张三娃", "g", [*many, ROSTER[0]]).candidates
    assert (candidates[0].person.sender, len(candidates)) == ("v01", 5)


def test_an_unknown_person_of_a_name_is_another_one_in_another_group() -> None:
    assert link("赵六", "g1", ROSTER).sender != link("赵六", "g2", ROSTER).sender


def test_whoever_pastes_may_say_who_it_is() -> None:
    links = link_all(["老刘", "张三", "老刘"], "g", ROSTER, {"老刘": "v05", "张三": None})
    assert (links["老刘"].sender, links["老刘"].person, links["老刘"].how) == ("v05", ROSTER[4], How.GIVEN)
    assert (links["张三"].sender, links["张三"].person) == ("name:张三@g", None)
