"""The policy's file: what it promises whom, and that a wrong one is refused as a whole with the lines at fault."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.sla.calendar import PUBLISHED
from services.sla.policies import POLICIES, Adopt
from services.sla.policy import BadPolicy, parse, shipped
from shared.clock import CHINA
from shared.decider import Refused
from shared.events.sla import PolicyAdopted, Promise

TUESDAY = datetime(2025, 6, 3, 10, tzinfo=CHINA)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("category", "urgent", "level", "due"),
    [
        ("其他/妇女儿童", True, "danger", TUESDAY + 2 * HOUR),
        ("城乡建设/供排水", False, "utilities", TUESDAY + DAY),
        ("国土资源/征地拆迁", False, "complex", datetime(2025, 6, 24, 18, tzinfo=CHINA)),
        ("农村农业/灌溉", False, "ordinary", datetime(2025, 6, 10, 18, tzinfo=CHINA)),
    ],
)
def test_the_work_is_promised_by_how_serious_a_case_is(category: str, urgent: bool, level: str, due: datetime) -> None:
    terms = parse(shipped()).terms(Promise.RESOLVE, TUESDAY, category, "water", urgent=urgent)
    assert terms
    assert (terms.level, terms.due_at) == (level, due)


def test_every_promise_has_a_clock_in_the_file_that_comes_along() -> None:
    policy = parse(shipped())
    for promise in Promise:
        for urgent in (False, True):
            terms = policy.terms(promise, TUESDAY, "农村农业/灌溉", "water", urgent=urgent)
            assert terms
            assert TUESDAY < terms.warn_at < terms.orange_at < terms.due_at


def test_the_example_in_the_documentation_is_a_policy() -> None:
    document = (Path(__file__).parents[4] / "docs" / "clocks.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    assert parse(example).version == "2026-river-county"


def test_it_is_warned_of_at_shares_of_the_working_time() -> None:
    text = shipped().replace('within = "5 workdays"', 'within = "10 working hours"')
    terms = parse(text).terms(Promise.RESOLVE, TUESDAY, "农村农业/灌溉", "water", urgent=False)
    assert terms
    assert terms.due_at == datetime(2025, 6, 4, 15, 30, tzinfo=CHINA)  # 2 + 3½ hours, the next day 3½ + 1
    assert terms.warn_at == datetime(2025, 6, 4, 10, tzinfo=CHINA)
    assert terms.orange_at == datetime(2025, 6, 4, 12, tzinfo=CHINA)


def test_a_department_may_have_a_calendar_and_clocks_of_its_own() -> None:
    text = shipped()
    text = text.replace('[[levels]]\nname = "danger"', CLINIC + '[[levels]]\nname = "danger"', 1)
    text = text.replace('[[clocks]]\npromise = "resolve"', CLINIC_CLOCK + '[[clocks]]\npromise = "resolve"', 1)
    policy, saturday = parse(text), datetime(2025, 6, 7, 10, tzinfo=CHINA)
    clinic = policy.terms(Promise.RESOLVE, saturday, "卫生计生/医疗服务", "clinic", urgent=False)
    others = policy.terms(Promise.RESOLVE, saturday, "卫生计生/医疗服务", "water", urgent=False)
    assert clinic
    assert others
    assert (clinic.due_at, clinic.calendar) == (datetime(2025, 6, 8, 24 - 1, 59, tzinfo=CHINA) + timedelta(minutes=1), "clinic")
    assert others.due_at == datetime(2025, 6, 13, 18, tzinfo=CHINA)


CLINIC = """[[calendars]]
name = "clinic"
hours = ["00:00-24:00"]
weekdays = [1, 2, 3, 4, 5, 6, 7]
statutory = false
departments = ["clinic"]

"""
CLINIC_CLOCK = """[[clocks]]
promise = "resolve"
departments = ["clinic"]
within = "1 workday"
ladder = "work"

"""


def test_a_policy_tells_which_years_it_does_not_know() -> None:
    policy, december = parse(shipped()), datetime(max(PUBLISHED), 12, 1, tzinfo=CHINA)
    assert policy.unknown(december, december + 60 * DAY) == [max(PUBLISHED) + 1]
    assert policy.unknown(TUESDAY, TUESDAY + 60 * DAY) == []


def test_a_role_is_told_as_those_on_its_rota_at_the_moment() -> None:
    rota = """rota = [
    { person = "L01", departments = ["water"], weekdays = [1, 2, 3, 4, 5], hours = "08:00-18:00" },
    { person = "L02", hours = "18:00-24:00" },
]"""
    policy = parse(shipped().replace('title = "分管副县长"', f'title = "分管副县长"\n{rota}'))
    assert policy.told("vice-leader", "water", TUESDAY) == ("分管副县长", ("L01",))
    assert policy.told("vice-leader", "power", TUESDAY) == ("分管副县长", ())
    assert policy.told("vice-leader", "water", TUESDAY + 9 * HOUR) == ("分管副县长", ("L02",))
    assert policy.told("commission", "water", TUESDAY) == ("纪委监委", ())


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('within = "2 hours"', 'within = "2 ours"', "say how long"),
        ('within = "10 minutes"', 'within = "0 minutes"', "no time at all"),
        ('within = "5 workdays"', 'within = "500 workdays"', "400 days"),
        ('page = "5 minutes"', 'page = "11 minutes"', "comes before"),
        ('ladder = "answer"', 'ladder = "anser"', "no ladder is called anser"),
        ('levels = ["complex"]', 'levels = ["komplex"]', "no level is called komplex"),
        ('to = "vice-leader"', 'to = "vice"', "no role is called vice"),
        ('"14:30-18:00"', '"11:30-18:00"', "do not overlap"),
        ('"14:30-18:00"', '"22:00-06:00"', "on the same day"),
        ("yellow = 0.7", "yellow = 0.95", "before orange"),
        ("yellow = 0.7", "yelow = 0.7", "Extra inputs"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Atlantis"', "no time zone"),
        ("orange = 0.9", "orange = ", "at line 10"),
        ('promise = "callback"', 'promise = "call"', "'accept', 'assign'"),
        ("[[roles]]", '[[roles]]\nname = "back-up"\ntitle = "夜班"\n[[roles]]', "two are called back-up"),
    ],
)
def test_a_wrong_policy_is_refused_as_a_whole_with_the_line_at_fault(right: str, wrong: str, said: str) -> None:
    text = shipped()
    assert right in text
    line = text[: text.index(right)].count("\n") + 1
    with pytest.raises(BadPolicy) as refused:
        parse(text.replace(right, wrong, 1))
    assert said in str(refused.value)
    assert f"line {line}" in str(refused.value)


def test_no_case_may_be_left_without_a_clock_for_the_answer_and_the_work() -> None:
    text = shipped().replace('promise = "resolve"\nwithin', 'promise = "resolve"\nurgent = true\nwithin')
    with pytest.raises(BadPolicy, match="without conditions"):
        parse(text)


def test_a_rule_behind_one_that_fits_every_case_is_a_mistake() -> None:
    with pytest.raises(BadPolicy, match="never comes to be"):
        parse(shipped() + '\n[[clocks]]\npromise = "accept"\nurgent = true\nwithin = "5 minutes"\nladder = "answer"\n')


def test_a_version_is_adopted_once_and_its_name_is_not_used_for_another_text() -> None:
    now = datetime(2025, 6, 2, tzinfo=UTC)
    adopted = POLICIES.decide(Adopt(shipped(), now), POLICIES.initial)
    assert [e.version for e in adopted if isinstance(e, PolicyAdopted)] == ["2026-1"]
    state = POLICIES.fold(POLICIES.initial, adopted)
    assert POLICIES.decide(Adopt(shipped(), now), state) == []
    with pytest.raises(Refused, match="2026-1"):
        POLICIES.decide(Adopt(shipped().replace("10 minutes", "12 minutes"), now), state)


def test_a_version_that_this_program_cannot_read_any_more_leaves_the_one_before_in_force() -> None:
    state = POLICIES.fold(POLICIES.initial, [PolicyAdopted(version="old", text="limits = 3", adopted_at=TUESDAY)])
    assert state.current.version == "2026-1"
    assert state.of("old").version == "2026-1"
