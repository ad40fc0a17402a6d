"""What many households raise now, ranked, with its reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.feeling import feeling, felt
from services.routing.hot import FELT, FEW, GROWN, Hot, Raised, growth, heat, hottest
from services.routing.naming import naming

NOW = datetime(2025, 6, 9, 8, 0, tzinfo=UTC)
PLANT = (
    "丽景新村旁边的搅拌站半夜还在开工，吵得睡不着觉",
    "搅拌站的粉尘飘到丽景新村，窗户都不敢开",
    "丽景新村附近建搅拌站，粉尘和噪音受不了，投诉多次没人管",
    "请查一查丽景新村东边的搅拌站，水泥罐车一夜不停，老人睡不着",
)
WATER = ("自来水停了两天，水压也小，什么时候来水", "水压太小，自来水二楼上不去", "自来水停水又没通知，水压一直小")
AGAIN = ("丽景新村的搅拌站还在开工，老人睡不着", "丽景新村搅拌站的粉尘还是受不了，没人管")
WATER_BEFORE = ("自来水水压小，二楼没水", "自来水停水没人说一声", "水压小，自来水断断续续")
OTHERS = (
    "村口路灯坏了三盏没人修", "低保申请交上去两个月没有消息", "宅基地和邻居有纠纷想调解", "医保卡在药店刷不了", "养老金这个月没到账",
    "玉米补贴什么时候发", "学校门口乱停车很危险", "家里想装宽带没有端口", "桥栏杆断了一截", "有人在河里电鱼",
)  # fmt: skip
_ids = count(1)


def raised(texts: Iterable[str], *, town: str = "平川镇", days_ago: float = 1, household: str | None = None) -> list[Raised]:
    """Cases of these words, each of a household of its own unless it is named, an hour apart."""
    start = NOW - timedelta(days=days_ago)
    return [
        Raised(f"a{n}", household or f"h{n}", start + timedelta(hours=hour), "河湾村", town, text)
        for hour, (n, text) in enumerate(zip(_ids, texts, strict=False))
    ]


def found(now: Sequence[Raised], before: Sequence[Raised] = (), top: int = 5) -> list[Hot]:
    return hottest(now, before, top)


def test_what_many_households_raise_in_their_own_words_is_one_issue_named_after_what_they_share() -> None:
    plant = raised(PLANT)
    [issue] = found([*raised(OTHERS), *plant])
    assert set(issue.appeals) == {case.appeal for case in plant}
    assert (issue.households, issue.before) == (4, 0)
    assert "搅拌站" in issue.label
    assert "丽景新村" in issue.label
    assert issue.places == (("平川镇", "河湾村", 4),)
    assert (issue.since, issue.until) == (plant[0].at, plant[-1].at)


def test_one_household_is_one_voice_however_often_it_writes() -> None:
    assert found([*raised(PLANT, household="h"), *raised(OTHERS)]) == []
    [issue] = found([*raised(PLANT), *raised(AGAIN, household="h"), *raised(OTHERS)])
    assert issue.households == len(PLANT) + 1
    assert len(issue.appeals) == len(PLANT) + len(AGAIN)


def test_the_reasons_say_how_many_and_what_changed_and_what_people_feel() -> None:
    [issue] = found([*raised(PLANT), *raised(OTHERS)], raised([PLANT[0], *OTHERS], days_ago=9))
    assert issue.reasons[0] == "4 户反映 4 件"
    assert issue.reasons[1] == "上一时段 1 户，增加 3 户"
    assert issue.reasons[2].startswith("群众情绪：")
    assert "“睡不着”" in issue.reasons[2]
    [new] = found([*raised(PLANT), *raised(OTHERS)])
    assert new.reasons[1] == "上一时段没有人反映，是新出现的问题"


def test_what_grows_is_hotter_than_what_as_many_raised_before() -> None:
    now = [*raised(PLANT[:3]), *raised(WATER), *raised(OTHERS)]
    first, second = found(now, [*raised(WATER_BEFORE, days_ago=9), *raised(OTHERS, days_ago=9)])
    assert "搅拌站" in first.label
    assert "自来水" in second.label
    assert (first.before, second.before) == (0, 3)
    assert second.reasons[1] == "上一时段 3 户，与上一时段持平"


def test_only_as_many_as_asked_for_are_told_and_few_households_are_none() -> None:
    now = [*raised(PLANT), *raised(WATER), *raised(OTHERS)]
    assert len(found(now)) == 2
    assert len(found(now, top=1)) == 1
    assert found(raised(PLANT[: FEW - 1])) == []
    assert found([]) == []


def test_the_same_words_far_apart_are_less_alike_but_a_countys_own_trouble_is_one_everywhere() -> None:
    [issue] = found([*raised(PLANT[:2]), *raised(PLANT[2:], town="青山镇"), *raised(OTHERS)])
    assert {town for town, _, _ in issue.places} == {"平川镇", "青山镇"}
    assert "涉及 2 处" in issue.reasons[0]


def test_a_turn_of_speech_that_three_households_share_is_no_issue() -> None:
    shared = ("问了两天了", "红绿灯坏了两天了", "两天了信号还没有")
    assert found([*raised(shared), *raised(OTHERS)]) == []


def test_what_was_taken_for_different_matters_must_be_more_alike() -> None:
    eyes = ("夜里到河边跑步眼睛辣得睁不开", "邻村烧秸秆眼睛都睁不开", "厕所有马蜂，孩子蜇得眼睛睁不开了")
    apart = [replace(case, category=f"类/{n}") for n, case in enumerate(raised(eyes))]
    assert found([*raised(eyes), *raised(OTHERS)])
    assert found([*apart, *raised(OTHERS)]) == []


def test_texts_without_any_letter_do_no_harm() -> None:
    assert found(raised(["", "！！！", "……", "\n", "，。"] * 3)) == []


@given(st.lists(st.text(max_size=40), max_size=12), st.lists(st.text(max_size=40), max_size=6))
@settings(max_examples=60, deadline=None)
def test_whatever_people_write_an_issue_has_its_households_and_no_case_twice(now: list[str], before: list[str]) -> None:
    cases = raised(now)
    issues = found(cases, raised(before, days_ago=9))
    listed = [appeal for issue in issues for appeal in issue.appeals]
    assert len(listed) == len(set(listed))
    assert set(listed) <= {case.appeal for case in cases}
    assert all(issue.households >= FEW for issue in issues)
    assert [issue.heat for issue in issues] == sorted((issue.heat for issue in issues), reverse=True)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1))
def test_the_heat_never_falls_with_more_households_more_growth_or_more_feeling(now: int, before: int, strength: float) -> None:
    assert 0 <= growth(now, before) < 1
    assert growth(now + 1, before) >= growth(now, before) >= growth(now, before + 1)
    assert heat(now + 1, growth(now, before), strength) > heat(now, growth(now, before), strength)
    assert heat(now, 1, 1) == now * (1 + GROWN) * (1 + FELT)


def test_feeling_is_of_words_that_are_meant_not_of_words_that_are_denied() -> None:
    assert felt("不着急，有空再来看") == {}
    assert felt("孩子上学太危险了，反映多次没人管").keys() == {"危险", "没人管", "反映多次"}
    assert feeling(["太危险了", "路灯坏了"]).strength == felt("太危险了")["危险"] / 2
    assert feeling(["太危险了", "危险", "求求你们"]).words == ("危险", "求求")
    assert feeling([]).strength == 0


def test_a_name_has_nothing_that_only_one_text_says_and_none_of_what_everybody_says() -> None:
    label = naming(
        ["张老三家旁边的搅拌站太吵了", "村里的搅拌站灰太大", "搅拌站半夜开工，村里睡不着"], ["村里路灯坏了", "村里没水"] * 20
    )
    assert label[0] == "搅拌站"
    assert "张老三" not in "".join(label)
