"""The roster: a role is held for a time, and everybody is read as who he was when he spoke."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.roster import DEPARTMENTS, GROUP, STRANGER, Enrol, Group, Member
from shared.decider import Refused
from shared.events import Event, personal_fields
from shared.events.intake import Role
from shared.events.roster import DepartmentNoted, GroupRegistered, MemberNamed, MembershipEnded

NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VILLAGER = MemberNamed(person="p1", channel="wecom", group="g1", sender="v1", real_name="张某", role=Role.VILLAGER)
OFFICIAL = VILLAGER.model_copy(update={"role": Role.VILLAGE_OFFICIAL, "department": "village"})


def dated(entry: MemberNamed, since: datetime | None = None, until: datetime | None = None) -> MemberNamed:
    return entry.model_copy(update={"since": since, "until": until})


def end(until: datetime, person: str = "p1") -> MembershipEnded:
    return MembershipEnded(person=person, channel="wecom", group="g1", until=until)


def listed(*entries: MemberNamed, at: datetime = NOON) -> Enrol:
    return Enrol(entries, at)


def after(*commands: GroupRegistered | Enrol | MembershipEnded) -> Group:
    """The group when all this was done, one after the other."""
    group = GROUP.initial
    for command in commands:
        group = GROUP.fold(group, GROUP.decide(command, group))
    return group


def roles(group: Group, *days: int) -> list[str]:
    return [group.member("p1", NOON + DAY * day).role.value for day in days]


def test_who_is_not_on_the_roster_is_a_stranger() -> None:
    assert after(listed(VILLAGER)).member("p2", NOON) == STRANGER


def test_the_first_list_of_a_county_also_says_who_spoke_before_it_was_imported() -> None:
    group = after(listed(OFFICIAL))
    assert group.member("p1", NOON - 30 * DAY) == group.member("p1", NOON) == Member(Role.VILLAGE_OFFICIAL, "张某", "village")


def test_a_new_role_without_a_date_holds_from_when_it_is_entered() -> None:
    group = after(listed(VILLAGER), listed(OFFICIAL, at=NOON + 5 * DAY))
    assert roles(group, -1, 4, 5, 6) == ["villager", "villager", "village_official", "village_official"]


def test_a_villager_is_an_official_from_the_day_of_his_election_whenever_that_is_entered() -> None:
    group = after(listed(VILLAGER), listed(dated(OFFICIAL, NOON + 2 * DAY), at=NOON + 9 * DAY))
    assert roles(group, 1, 2, 9) == ["villager", "village_official", "village_official"]


def test_before_his_first_role_a_newcomer_has_a_name_but_no_role() -> None:
    assert after(listed(dated(OFFICIAL, NOON))).member("p1", NOON - DAY) == Member(Role.UNKNOWN, "张某", None)


def test_a_term_ends_at_its_until_and_nothing_older_comes_back() -> None:
    group = after(listed(VILLAGER), listed(dated(OFFICIAL, NOON, NOON + 3 * DAY)))
    assert roles(group, -1, 0, 2, 3) == ["villager", "village_official", "village_official", "unknown"]


def test_a_newer_entry_ends_a_term_before_its_until() -> None:
    town = dated(VILLAGER.model_copy(update={"role": Role.TOWN_OFFICIAL}), NOON + 2 * DAY)
    group = after(listed(dated(OFFICIAL, NOON, NOON + 5 * DAY)), listed(town))
    assert roles(group, 1, 2, 6) == ["village_official", "town_official", "town_official"]


def test_what_is_entered_about_an_earlier_time_changes_no_later_one() -> None:
    group = after(listed(dated(OFFICIAL, NOON + 4 * DAY)), listed(dated(VILLAGER, NOON)))
    assert roles(group, -1, 0, 3, 4) == ["unknown", "villager", "villager", "village_official"]


def test_an_entry_with_the_same_beginning_corrects_the_one_before() -> None:
    group = after(listed(dated(OFFICIAL, NOON)), listed(dated(VILLAGER, NOON)))
    assert roles(group, -1, 0) == ["unknown", "villager"]


def test_an_ended_membership_leaves_what_was_said_before_as_it_was() -> None:
    group = after(listed(OFFICIAL), end(NOON + DAY))
    assert roles(group, -1, 0, 1, 2) == ["village_official", "village_official", "unknown", "unknown"]
    assert group.member("p1", NOON + 2 * DAY).real_name == "张某"


def test_who_left_and_came_back_was_away_in_between() -> None:
    group = after(listed(OFFICIAL), end(NOON + DAY), listed(OFFICIAL, at=NOON + 3 * DAY))
    assert roles(group, 0, 2, 3) == ["village_official", "unknown", "village_official"]


def test_an_end_may_be_moved_forward_and_said_twice() -> None:
    group = after(listed(OFFICIAL), end(NOON + 2 * DAY), end(NOON + DAY))
    assert roles(group, 0, 1) == ["village_official", "unknown"]
    assert GROUP.decide(end(NOON + DAY), group) == []


@pytest.mark.parametrize("command", [end(NOON, "p9"), end(NOON + 2 * DAY)])
def test_nobody_leaves_who_is_not_there(command: MembershipEnded) -> None:
    group = after(listed(OFFICIAL), end(NOON + DAY))
    with pytest.raises(Refused, match="不在群的名册上"):
        GROUP.decide(command, group)


@pytest.mark.parametrize(
    "entries",
    [
        (VILLAGER,),
        (dated(VILLAGER, NOON - 9 * DAY),),
        (dated(VILLAGER, None, NOON + DAY),),
        (VILLAGER, dated(OFFICIAL, NOON - DAY)),
        (VILLAGER, dated(OFFICIAL, NOON - 3 * DAY, NOON + DAY), dated(VILLAGER, NOON + DAY)),
    ],
)
def test_the_same_list_imported_again_at_any_later_time_changes_nothing(entries: tuple[MemberNamed, ...]) -> None:
    group = after(listed(*entries))
    for days in (0, 1, 400):
        assert GROUP.decide(listed(*entries, at=NOON + DAY * days), group) == []


def test_a_list_without_dates_leaves_the_known_dates_of_the_same_role() -> None:
    group = after(listed(dated(OFFICIAL, NOON - DAY, NOON + DAY)))
    assert GROUP.decide(listed(OFFICIAL), group) == []


def test_a_corrected_name_begins_no_new_role() -> None:
    known = after(listed(dated(OFFICIAL, NOON - DAY, NOON + DAY)))
    [event] = GROUP.decide(listed(OFFICIAL.model_copy(update={"real_name": "章某"})), known)
    assert isinstance(event, MemberNamed)
    assert (event.since, event.until) == (NOON - DAY, NOON + DAY)
    assert GROUP.evolve(known, event).member("p1", NOON).real_name == "章某"


def test_an_end_entered_later_by_list_keeps_the_beginning() -> None:
    group = after(listed(dated(OFFICIAL, NOON)), listed(dated(OFFICIAL, None, NOON + 2 * DAY), at=NOON + DAY))
    assert roles(group, -1, 0, 2) == ["unknown", "village_official", "unknown"]


@pytest.mark.parametrize("entry", [dated(OFFICIAL, NOON, NOON), dated(OFFICIAL, None, NOON - DAY)])
def test_a_term_that_ends_before_it_begins_is_refused(entry: MemberNamed) -> None:
    with pytest.raises(Refused, match="必须晚于开始时间"):
        GROUP.decide(listed(entry), after(listed(VILLAGER)))


def test_what_older_versions_wrote_reads_as_it_did() -> None:
    stored = [VILLAGER, OFFICIAL]
    raw = [entry.model_dump_json(exclude={"since", "until"}) for entry in stored]
    events: list[Event] = [MemberNamed.model_validate_json(line) for line in raw]
    assert roles(GROUP.fold(GROUP.initial, events), -1, 1) == ["village_official", "village_official"]


def test_a_registered_group_keeps_its_members_when_its_village_is_corrected() -> None:
    first = GroupRegistered(group="g1", channel="wecom", village="河西", township="平川镇")
    group = after(first, listed(VILLAGER), first.model_copy(update={"village": "河东"}))
    assert (group.village, group.township, group.member("p1", NOON).real_name) == ("河东", "平川镇", "张某")
    assert GROUP.decide(first, after(first)) == []


def test_names_never_leave_intake() -> None:
    marks = personal_fields(MemberNamed)
    assert set(marks) == {"sender", "real_name"}
    assert all(mark.confined for mark in marks.values())


def test_departments_are_known_as_routing_told_them_last() -> None:
    known = DEPARTMENTS.initial
    for name in ("水务局", "水利局", "水利局"):
        known = DEPARTMENTS.fold(known, DEPARTMENTS.decide(DepartmentNoted(department="water", name=name), known))
    assert dict(known) == {"water": "水利局"}
    assert DEPARTMENTS.decide(DepartmentNoted(department="water", name="水利局"), known) == []
