"""Bulletins: what is noted for them, when they come, what a group and the staff read, and that nothing sealed is in them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notify.bulletins import (
    CASES,
    DEPARTMENTS,
    HOT_CASES,
    HOTTEST,
    ISSUED,
    NOTICES,
    STATUS_AFTER,
    Issue,
    daily,
    noted,
    rate,
    schedules,
    spoken_of,
    weekly,
)
from services.notify.fitting import split
from services.notify.known import PURPOSES
from services.notify.texts import Texts
from shared.clock import CHINA
from shared.events import BY_SERVICE, casework
from shared.events.casework import CaseSealed, CaseWithdrawn
from shared.events.disclosure import NoticePublished
from shared.events.notify import Bulletin, BulletinIssued, CaseNoted, NoticeNoted, PromiseNoted
from shared.events.routing import (
    CallbackAsked,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseReturned,
    CaseUrgencyRaised,
    HotCase,
    HotIssue,
    HottestTold,
    Status,
)
from shared.events.sla import CaseOverdue, ClockStopped, Promise
from tests.unit.services.notify.test_domain import CLOCK, FACTS, NOTICE

compose = Texts().compose
MONDAY = datetime(2025, 6, 9, 9, 0, tzinfo=CHINA)
EVENING = datetime(2025, 6, 9, 18, 30, tzinfo=CHINA)
DAY = {"opened": 3, "accepted": 2, "resolved": 2, "confirmed": 1, "reopened": 0, "titles": []}
CASE = {
    "number": "TY-20250607-0004", "department_name": "水利局", "village": "西河滩村", "township": "柳溪镇",
    "status": Status.ACCEPTED, "late": False, "open": 1, "opened_at": EVENING - timedelta(days=2, hours=3),
}  # fmt: skip
WEEK = {
    "opened": 23, "resolved": 20, "open": 5, "late": 2, "answers_due": 20, "answered_in_time": 19, "resolutions_due": 20,
    "resolved_in_time": 17, "called_back": 18, "unrated": 2, "dissatisfied": 4,
}  # fmt: skip
KILN = HotIssue(
    label="砖窑·黑烟", households=4, before=0, growth=0.667, feeling=0.6, townships=("柳溪镇", "平川镇"), count=4,
    cases=tuple(HotCase(appeal=f"a{n}", number=f"TY-20250607-000{n}") for n in range(4)),
)  # fmt: skip

# -- what is noted -------------------------------------------------------------------------------------------------------

STEPS = [event for event in BY_SERVICE["routing"] if issubclass(event, CaseEvent)]
UNTOLD = {CaseReturned, CallbackAsked, CaseUrgencyRaised, *casework.EVENTS} & set(STEPS) - {CaseSealed, CaseWithdrawn}
"""steps after which a bulletin would read the same"""


def test_every_step_of_a_case_is_noted_or_changes_no_bulletin() -> None:
    assert set(STATUS_AFTER) | UNTOLD == set(STEPS)
    for kind in STEPS:
        assert bool(list(noted(kind.model_validate(FACTS)))) == (kind not in UNTOLD)


def test_a_case_counts_from_when_the_villager_wrote() -> None:
    wrote = datetime(2025, 6, 1, tzinfo=UTC)
    [note] = noted(CaseAssigned.model_validate(FACTS | {"opened_at": wrote}))
    assert isinstance(note, CaseNoted)
    assert (note.step, note.status, note.happened_at) == ("case-assigned", Status.ASSIGNED, wrote)


def test_the_reporters_judgement_is_noted_without_his_words() -> None:
    [note] = noted(CaseCalledBack.model_validate(FACTS | {"satisfied": False}))
    assert isinstance(note, CaseNoted)
    assert note.satisfied is False
    assert "p1" not in note.model_dump_json()


def test_of_a_sealed_case_it_is_noted_only_that_it_is_sealed() -> None:
    [note] = noted(CaseAssigned.model_validate(FACTS | {"sealed": True}))
    assert isinstance(note, CaseNoted)
    assert note.sealed
    assert list(noted(CaseOverdue.model_validate(CLOCK | {"sealed": True}))) == []


def test_a_case_that_was_none_is_noted_as_withdrawn_whether_it_was_closed_before_or_by_that() -> None:
    for event in (CaseClosed.model_validate(FACTS | {"withdrawn": True}), CaseWithdrawn.model_validate(FACTS)):
        [note] = noted(event)
        assert isinstance(note, CaseNoted)
        assert note.step == "case-withdrawn"


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (CaseOverdue.model_validate(CLOCK), False),
        (ClockStopped.model_validate(CLOCK | {"in_time": True, "stopped_at": EVENING}), True),
        (ClockStopped.model_validate(CLOCK | {"in_time": False, "stopped_at": EVENING}), False),
    ],
)
def test_a_promise_is_noted_as_kept_or_broken(event: CaseOverdue | ClockStopped, kept: bool) -> None:
    [note] = noted(event)
    assert isinstance(note, PromiseNoted)
    assert (note.promise, note.round, note.kept) == (Promise.ACCEPT, 1, kept)


def test_a_notice_is_noted_by_its_title() -> None:
    [note] = noted(NoticePublished.model_validate(NOTICE))
    assert note == NoticeNoted(notice="n1", step="notice-published", title="招聘", groups=("g1",))


# -- when they come ------------------------------------------------------------------------------------------------------


def test_the_usual_times_are_half_past_six_in_the_county_and_monday_at_nine() -> None:
    usual = schedules("18:30", "Mon 09:00")
    assert usual[Bulletin.DAILY].latest(EVENING) == EVENING
    assert usual[Bulletin.DAILY].latest(EVENING - timedelta(seconds=1)) == EVENING - timedelta(days=1)
    assert usual[Bulletin.WEEKLY].latest(EVENING) == MONDAY
    assert usual[Bulletin.WEEKLY].following(MONDAY) == MONDAY + timedelta(days=7)
    assert usual[Bulletin.WEEKLY].latest(MONDAY - timedelta(minutes=1)) == MONDAY - timedelta(days=7)


def test_a_moment_has_one_bulletin() -> None:
    issue = Issue(Bulletin.DAILY, EVENING, upto=7, told=2, at=EVENING)
    [issued] = ISSUED.decide(issue, ISSUED.initial)
    assert issued == BulletinIssued(bulletin=Bulletin.DAILY, moment=EVENING, upto=7, told=2, issued_at=EVENING)
    assert ISSUED.decide(issue, ISSUED.evolve(None, issued)) == []


def test_what_is_hottest_is_noted_once_for_each_bulletin() -> None:
    told = HottestTold(bulletin_at=MONDAY, issues=(KILN,), told_at=MONDAY)
    [noted_once] = HOTTEST.decide(told, HOTTEST.initial)
    state = HOTTEST.evolve(HOTTEST.initial, noted_once)
    assert HOTTEST.decide(told, state) == []
    assert len(HOTTEST.decide(told.model_copy(update={"bulletin_at": MONDAY + timedelta(days=7)}), state)) == 1


def test_of_what_is_hottest_a_bulletin_tells_what_was_told_for_it_and_nothing_of_which_a_case_was_sealed() -> None:
    [heard] = HOTTEST.decide(HottestTold(bulletin_at=MONDAY, issues=(KILN,), told_at=MONDAY), None)
    assert spoken_of(heard, MONDAY, {"a0", "a1", "a2", "a3", "a9"}) == [KILN]
    assert spoken_of(heard, MONDAY, {"a0", "a1", "a2"}) == []
    assert spoken_of(heard, MONDAY + timedelta(days=7), {"a0", "a1", "a2", "a3"}) == []
    assert spoken_of(None, MONDAY, set()) == []


# -- what they say -------------------------------------------------------------------------------------------------------


def told(counts: dict[str, Any] = DAY, cases: list[dict[str, Any]] | None = None) -> str:
    since = EVENING - timedelta(days=1)
    known = daily(counts, [CASE] if cases is None else cases, since, EVENING)
    assert set(known) == set(PURPOSES["daily"].names)
    return compose("daily", **known)


def test_a_group_reads_its_day() -> None:
    assert told().splitlines() == [
        "【民声】6月9日办理小结（6月8日18:30以来）",
        "新登记 3 件，受理 2 件，办结 2 件，群众满意 1 件，在办 1 件：",
        "TY-20250607-0004 水利局 已受理",
    ]


def test_a_group_whose_cases_are_all_done_reads_so() -> None:
    assert told(cases=[]).splitlines()[1].endswith("，没有未办结的诉求。")


def test_a_case_that_is_late_is_called_late() -> None:
    assert "水利局 办理中，已超时" in told(cases=[CASE | {"late": True, "status": Status.IN_PROGRESS}])


def test_many_open_cases_are_counted_and_the_oldest_named() -> None:
    said = told(cases=[CASE | {"open": CASES + 7}] * CASES)
    assert f"在办 {CASES + 7} 件" in said
    assert said.count("TY-") == CASES
    assert said.endswith("……另有 7 件")


def test_notices_of_the_day_are_named_shortly() -> None:
    assert told(DAY | {"titles": ["资金公示", "长" * 100]}).splitlines()[-1] == f"公示：《资金公示》《{'长' * 40}》"
    said = told(DAY | {"titles": ["长" * 35 + "，13812345678"]})
    assert said.splitlines()[-1] == f"公示：《{'长' * 35}，138*》"  # not the half of a number that nobody knows for one
    said = told(DAY | {"titles": ["公示"] * (NOTICES + 1)})
    assert said.count("《") == NOTICES
    assert said.endswith("等")


def summed(counts: dict[str, Any] = WEEK, departments: int = 2, hottest: tuple[HotIssue, ...] = ()) -> str:
    towns = [{"name": "柳溪镇", "opened": 8, "resolved": 7, "town": True}]
    shares = [{"name": f"第{n}局", "opened": 3, "resolved": 2, "town": False} for n in range(departments)]
    known = weekly(counts, towns, shares, [CASE], hottest, MONDAY - timedelta(days=7), MONDAY)
    assert set(known) == set(PURPOSES["weekly"].names)
    return compose("weekly", **known)


def test_staff_read_the_countys_week() -> None:
    assert summed().splitlines() == [
        "【民声周报】6月2日09:00至6月9日09:00",
        "新登记 23 件，办结 20 件；现有在办 5 件，其中超时 2 件。",
        "响应率 95.0%（19/20）",
        "按时办结率 85.0%（17/20）",
        "解决率 77.8%（14/18）",
        "满意率 75.0%（12/16）",
        "【乡镇】",
        "柳溪镇：新登记 8 件，办结 7 件",
        "【部门】",
        "第0局：新登记 3 件，办结 2 件",
        "第1局：新登记 3 件，办结 2 件",
        "【办理最久】",
        "TY-20250607-0004 水利局（柳溪镇西河滩村）1 天，已受理",
        "密封件不列入统计。",
    ]


def test_staff_read_what_most_households_raised_with_its_cases() -> None:
    calm = KILN.model_copy(
        update={"label": "路灯·不亮", "households": 3, "before": 2, "feeling": 0.1, "townships": ("柳溪镇",)}
    )
    many = KILN.model_copy(update={"label": "停水·管道", "count": 90, "cases": KILN.cases * HOT_CASES})
    said = summed(hottest=(KILN, calm, many)).splitlines()
    begin = said.index("【反映最集中】")
    numbers = "TY-20250607-0000、TY-20250607-0001、TY-20250607-0002、TY-20250607-0003"
    assert said[begin + 1 : begin + 6] == [
        "1. 砖窑·黑烟：4 户反映 4 件，上周没有，群众情绪强烈（柳溪镇、平川镇）",
        numbers,
        "2. 路灯·不亮：3 户反映 4 件，上周 2 户（柳溪镇）",
        numbers,
        "3. 停水·管道：4 户反映 90 件，上周没有，群众情绪强烈（柳溪镇、平川镇）",
    ]
    assert said[begin + 6].count("TY-") == HOT_CASES
    assert said[begin + 6].endswith("等")
    assert [*said[:begin], said[-1]] == summed().splitlines()


def test_a_rate_of_nothing_is_no_rate() -> None:
    assert rate(0, 0) == "本期无"
    assert rate(0, 3) == "0.0%（0/3）"


def test_the_small_departments_are_put_together() -> None:
    said = summed(departments=DEPARTMENTS + 4)
    assert said.count("局：") == DEPARTMENTS
    assert "其余 4 个部门：新登记 12 件，办结 8 件" in said


def test_a_long_bulletin_goes_out_in_parts_that_end_with_a_line() -> None:
    for said in (
        told(cases=[CASE | {"open": CASES, "department_name": "住房和城乡建设局" * 4}] * CASES),
        summed(departments=99),
    ):
        parts = split(said, 600)
        assert len(parts) > 1
        assert all(part.endswith("\n") for part in parts[:-1])
