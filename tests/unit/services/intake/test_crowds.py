"""Crowds: what is one trouble of a township, who counts, and what the county desk may say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.intake.crowds import (
    CROWD,
    MOST,
    Command,
    Count,
    Crowd,
    Dismiss,
    Founds,
    Join,
    Joins,
    Known,
    Leave,
    Merge,
    Offer,
    Uncount,
    added,
    alike,
    gather,
    known,
    without,
)
from services.intake.reading.matters import NAMELESS, NAMES, named
from services.intake.reading.subjects import MATTERS
from shared.decider import Refused
from shared.events import Event
from shared.events.crowds import CrowdDismissed, CrowdGrew, CrowdMerged, CrowdOffered, CrowdRecounted, CrowdShrank
from shared.events.intake import AppealOpened, AppealSupplemented, Kind

T0 = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
SIX_HOURS = timedelta(hours=6)


def appeal(name: str, text: str, *, group: str = "", minutes: float = 0, **changes: object) -> Known:
    """An appeal of a village of its own, by a villager of his own, unless told otherwise."""
    facts: dict[str, object] = {
        "appeal": name, "number": f"TY-20250602-{name}", "kind": Kind.APPEAL, "channel": "wecom", "group": group or f"g-{name}",
        "village": f"{name}村", "township": "平川镇", "message_id": f"m-{name}", "reporter": f"p-{name}", "text": text,
        "occurred_at": T0 + timedelta(minutes=minutes),
    }  # fmt: skip
    return known(AppealOpened.model_validate(facts | changes))


DRY = appeal("a", "自来水停了，一早上没水")
DRY_TOO = appeal("b", "水管里一滴水都没有，做饭都没法做", minutes=20)
DARK = appeal("d", "停电了，冰箱里肉都要坏了", minutes=10)


def offered(*appeals: Known) -> tuple[Crowd, CrowdOffered]:
    """The crowd that these appeals found."""
    *before, last = appeals
    found = gather(last, before, {}, SIX_HOURS)
    assert isinstance(found, Founds)
    [event] = CROWD.decide(Offer("c1", found, last.opened_at), CROWD.initial)
    assert isinstance(event, CrowdOffered)
    return CROWD.evolve(CROWD.initial, event), event


def after(crowd: Crowd, *commands: Command) -> tuple[Crowd, list[Event]]:
    events = list[Event]()
    for command in commands:
        new = CROWD.decide(command, crowd)
        crowd, events = CROWD.fold(crowd, new), events + new
    return crowd, events


# -- which appeals are one matter ----------------------------------------------------------------------------------------


def test_two_villages_without_water_are_offered_with_the_households_the_time_and_the_reason() -> None:
    crowd, event = offered(DRY, DRY_TOO)
    assert [place.appeal for place in event.appeals] == ["a", "b"]
    assert (event.township, event.about, event.households, event.since) == ("平川镇", "供水", 2, T0)
    [reason] = event.reasons
    assert reason.startswith("TY-20250602-b 与 TY-20250602-a 都反映供水")
    assert "相隔 20 分钟" in reason
    assert CROWD.decide(Offer("c1", Founds((DRY,), frozenset(), ()), T0), crowd) == []


def test_one_appeal_alone_and_two_different_troubles_are_no_crowd() -> None:
    assert gather(DRY, [], {}, SIX_HOURS) is None
    assert gather(DARK, [DRY, DRY_TOO], {}, SIX_HOURS) is None


def test_what_is_answered_or_was_long_before_is_not_compared() -> None:
    assert gather(DRY_TOO, [replace(DRY, waiting=False)], {}, SIX_HOURS) is None
    assert gather(appeal("b", "俺村也停水了", minutes=361), [DRY], {}, SIX_HOURS) is None
    assert gather(appeal("b", "俺村也停水了", minutes=359), [DRY], {}, SIX_HOURS)


def test_a_message_that_came_late_is_compared_by_when_it_was_written() -> None:
    crowd, event = offered(appeal("b", "俺村也停水了", minutes=30), DRY)
    assert [place.appeal for place in event.appeals] == ["a", "b"]
    assert event.since == T0
    assert crowd.appeals[0].appeal == "a"


def test_each_villages_own_road_is_one_trouble_only_in_words_they_share() -> None:
    blocked = appeal("a", "通往镇上的公路塌方了，车过不去")
    assert alike(blocked, appeal("b", "去镇里的路塌了，娃上不了学"))
    assert not alike(appeal("a", "村东头那条路坑太大"), appeal("b", "俺村巷道一下雨全是泥泞"))


def test_what_the_reader_kept_apart_in_one_group_stays_apart() -> None:
    east, west = appeal("a", "村东头的路灯坏了，路灯不亮", group="g"), appeal("b", "村西头的路灯坏了，路灯不亮", group="g")
    assert not alike(east, west)
    assert not alike(DRY, replace(DRY, place=DRY.place.model_copy(update={"appeal": "again"})))


def test_ones_own_papers_and_mere_questions_need_three() -> None:
    texts = ("养老金这个月还没到账", "我爹的养老金没发下来，还没到账", "养老金咋还没到账")
    one, two, three = (appeal(name, text) for name, text in zip("abc", texts, strict=True))
    assert gather(two, [one], {}, SIX_HOURS) is None
    assert isinstance(gather(three, [one, two], {}, SIX_HOURS), Founds)
    asking, asking_too = (appeal(n, t, kind=Kind.ENQUIRY) for n, t in (("a", "啥时候来水"), ("b", "停水停到啥时候")))
    assert gather(asking_too, [asking], {}, SIX_HOURS) is None
    assert isinstance(gather(asking_too, [DRY], {}, SIX_HOURS), Founds)


def test_what_two_said_at_once_does_not_tie_water_to_power() -> None:
    both = appeal("b", "又停水又停电，日子没法过", minutes=5)
    crowd, event = offered(DRY, both)
    assert event.matters == ("water",)
    members = [replace(DRY, crowd="c1"), replace(both, crowd="c1")]
    assert gather(DARK, members, {"c1": crowd}, SIX_HOURS) is None
    found = gather(DRY_TOO, members, {"c1": crowd}, SIX_HOURS)
    assert isinstance(found, Joins)
    assert found.crowd == "c1"


def test_a_reporters_later_words_tell_what_it_is_about_and_a_neighbours_count_him_in() -> None:
    vague = appeal("a", "这日子咋过嘛")
    more = AppealSupplemented(appeal="a", message_id="m", person="p-a", text="家里停水两天了", urgent=True, occurred_at=T0)
    grown = added(vague, more)
    assert grown.subject.matters == {"water"}
    assert (grown.people, grown.urgent) == ({"p-a"}, True)
    neighbour = more.model_copy(update={"person": "p-n", "text": "俺家也是，还停电"})
    assert added(grown, neighbour).people == {"p-a", "p-n"}
    assert added(grown, neighbour).subject.matters == {"water"}


def test_the_same_crowd_is_found_whatever_order_memory_is_in() -> None:
    others = [appeal(name, "自来水停了，没水", minutes=n) for n, name in enumerate("abcde")]
    new = appeal("z", "俺村停水了", minutes=30)
    assert gather(new, others, {}, SIX_HOURS) == gather(new, others[::-1], {}, SIX_HOURS)


# -- a crowd's life ------------------------------------------------------------------------------------------------------


def test_a_crowd_grows_by_an_appeal_and_by_a_household_each_once() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    voices = frozenset({("m-c", "p-c"), ("m-1", "p-c2"), ("m-2", "p-a")})
    third = replace(appeal("c", "全村断水", minutes=40, urgent=True), voices=voices)
    crowd, [event] = after(crowd, Join(third, "理由", T0), Join(third, "理由", T0))
    assert isinstance(event, CrowdGrew)
    assert (event.joined, event.appeals, event.households, event.urgent) == (third.place, 3, 4, True)
    assert event.people == ("p-c", "p-c2")
    crowd, [event] = after(crowd, Count("p-x", False, T0), Count("p-x", False, T0), Count("p-a", False, T0))
    assert isinstance(event, CrowdGrew)
    assert (event.joined, event.people, event.households) == (None, ("p-x",), 5)
    assert crowd.people == {"p-a", "p-b", "p-c", "p-c2", "p-x"}


def test_the_desk_merges_under_the_oldest_appeal_that_still_waits() -> None:
    crowd, _ = offered(DRY, DRY_TOO, appeal("c", "全村断水", minutes=40))
    _, [event] = after(crowd, Merge("desk", T0, frozenset("bc"), "主管道爆裂"))
    assert isinstance(event, CrowdMerged)
    assert (event.lead.appeal, [place.appeal for place in event.appeals], event.count) == ("b", ["b", "c"], 2)
    assert (event.by, event.note) == ("desk", "主管道爆裂")


def test_who_comes_after_the_merge_is_merged_only_when_the_desk_says_so_again() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    crowd, _ = after(crowd, Merge("desk", T0, frozenset("ab")))
    with pytest.raises(Refused, match="没有可以合并的诉求"):
        after(crowd, Merge("desk", T0, frozenset("ab")))
    crowd, [grew] = after(crowd, Join(appeal("c", "全村断水"), "理由", T0))
    assert isinstance(grew, CrowdGrew)
    _, [event] = after(crowd, Merge("desk", T0, frozenset("abc")))
    assert isinstance(event, CrowdMerged)
    assert (event.lead.appeal, [place.appeal for place in event.appeals], event.count) == ("a", ["c"], 3)


def test_one_waiting_appeal_alone_is_nothing_to_merge() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    for waiting in (frozenset[str](), frozenset("a")):
        with pytest.raises(Refused, match="至少要有两件"):
            CROWD.decide(Merge("desk", T0, waiting), crowd)


def test_the_desk_may_choose_who_leads_and_choose_again() -> None:
    crowd, _ = offered(DRY, DRY_TOO, appeal("c", "全村断水", minutes=40))
    crowd, [event] = after(crowd, Merge("desk", T0, frozenset("abc"), lead="TY-20250602-b"))
    assert isinstance(event, CrowdMerged)
    assert (event.lead.appeal, len(event.appeals), crowd.lead) == ("b", 3, "b")
    crowd, [event] = after(crowd, Merge("desk", T0, frozenset("abc"), lead="c"))
    assert isinstance(event, CrowdMerged)
    assert (event.lead.appeal, [place.appeal for place in event.appeals], crowd.lead) == ("c", ["a", "b", "c"], "c")
    with pytest.raises(Refused, match="没有可以合并的诉求"):
        CROWD.decide(Merge("desk", T0, frozenset("abc"), lead="c"), crowd)


@pytest.mark.parametrize("lead", ["a", "somebody-else"])
def test_what_is_answered_already_or_of_another_crowd_does_not_lead(lead: str) -> None:
    crowd, _ = offered(DRY, DRY_TOO, appeal("c", "全村断水", minutes=40))
    with pytest.raises(Refused, match="不能牵头"):
        CROWD.decide(Merge("desk", T0, frozenset("bc"), lead=lead), crowd)


def test_whose_words_were_something_else_is_counted_no_more() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    crowd, _ = after(crowd, Count("p-x", False, T0))
    gone = Uncount(frozenset({"p-x", "p-never-heard"}), T0)
    crowd, [event] = after(crowd, gone, gone)
    assert isinstance(event, CrowdRecounted)
    assert (event.people, event.households, crowd.people) == (("p-x",), 2, {"p-a", "p-b"})


def test_who_said_it_twice_still_says_it_when_one_of_his_messages_was_something_else() -> None:
    neighbour = AppealSupplemented(appeal="a", message_id="s1", person="p-x", text="俺家也没水", occurred_at=T0)
    twice = added(added(DRY, neighbour), neighbour.model_copy(update={"message_id": "s2"}))
    assert without(twice, "s1").people == {"p-a", "p-x"}
    assert without(without(twice, "s1"), "s2").people == {"p-a"}


def leaving(name: str, *waiting: str) -> Leave:
    """Of those who reported only their own appeal."""
    return Leave(name, frozenset({f"p-{name}"}), frozenset(waiting), "desk", T0)


def test_a_withdrawn_appeal_leaves_with_those_who_spoke_nowhere_else() -> None:
    crowd, _ = offered(DRY, DRY_TOO, appeal("c", "全村断水", minutes=40))
    crowd, [event] = after(crowd, leaving("b", "a", "c"), leaving("b", "a", "c"))
    assert isinstance(event, CrowdShrank)
    assert (event.left.appeal, event.people, event.appeals, event.households) == ("b", ("p-b",), 2, 2)
    assert [place.appeal for place in crowd.appeals] == ["a", "c"]
    _, [grew] = after(crowd, Count("p-b", False, T0))
    assert isinstance(grew, CrowdGrew)
    assert grew.households == 3  # he speaks in another of its appeals now


def test_when_the_lead_is_withdrawn_the_oldest_that_waits_leads_the_others() -> None:
    crowd, _ = offered(DRY, DRY_TOO, appeal("c", "全村断水", minutes=40), appeal("e", "俺村停水了", minutes=50))
    crowd, _ = after(crowd, Merge("desk", T0, frozenset("abce")))
    crowd, [shrank, merged] = after(crowd, leaving("a", "c", "e"))
    assert isinstance(shrank, CrowdShrank)
    assert isinstance(merged, CrowdMerged)
    assert (merged.lead.appeal, [place.appeal for place in merged.appeals], merged.count) == ("c", ["c", "e"], 2)
    assert (merged.households, merged.by, crowd.lead) == (3, "desk", "c")
    crowd, events = after(crowd, leaving("c", "e"))
    assert [type(event) for event in events] == [CrowdShrank]  # one alone leads nobody
    assert (crowd.lead, crowd.merged) == (None, {"b", "e"})


def test_when_another_than_the_lead_is_withdrawn_the_lead_stays() -> None:
    crowd, _ = offered(DRY, DRY_TOO, appeal("c", "全村断水", minutes=40))
    crowd, _ = after(crowd, Merge("desk", T0, frozenset("abc")))
    crowd, [event] = after(crowd, leaving("b", "a", "c"))
    assert isinstance(event, CrowdShrank)
    assert (crowd.lead, crowd.merged) == ("a", {"a", "c"})


def test_dismissed_stays_dismissed_but_hides_no_later_crowd() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    crowd, [event] = after(crowd, Dismiss("desk", T0, "水源不同"))
    assert isinstance(event, CrowdDismissed)
    members = [replace(DRY, crowd="c1"), replace(DRY_TOO, crowd="c1")]
    third, fourth = appeal("c", "全村断水", minutes=40), appeal("e", "俺村停水了", minutes=50)
    assert gather(third, members, {"c1": crowd}, SIX_HOURS) is None
    assert isinstance(found := gather(fourth, [*members, third], {"c1": crowd}, SIX_HOURS), Founds)
    assert found.appeals == (third, fourth)
    assert after(crowd, Join(third, "理由", T0), Count("p-x", False, T0))[1] == []
    for command in (Dismiss("desk", T0), Merge("desk", T0, frozenset("ab"))):
        with pytest.raises(Refused, match="不同的事"):
            CROWD.decide(command, crowd)


def test_what_is_merged_is_not_dismissed_and_what_nobody_offered_is_neither() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    crowd, _ = after(crowd, Merge("desk", T0, frozenset("ab")))
    with pytest.raises(Refused, match="已经合并办理"):
        CROWD.decide(Dismiss("desk", T0), crowd)
    with pytest.raises(Refused, match="没有这件集中反映"):
        CROWD.decide(Dismiss("desk", T0), CROWD.initial)


def test_a_crowd_is_bounded_and_the_next_appeals_found_another() -> None:
    crowd, _ = offered(DRY, DRY_TOO)
    full = replace(crowd, appeals=crowd.appeals * (MOST // 2))
    members = [replace(DRY, crowd="c1"), replace(DRY_TOO, crowd="c1")]
    new, newer = appeal("c", "全村断水"), appeal("e", "俺村停水了")
    assert gather(new, members, {"c1": full}, SIX_HOURS) is None
    assert isinstance(gather(newer, [*members, new], {"c1": full}, SIX_HOURS), Founds)


def test_every_public_matter_has_a_name_that_people_use() -> None:
    assert set(MATTERS) <= set(NAMES)
    assert named({"water", "power"}) == "供电、供水"
    assert named(()) == NAMELESS
