"""Who gets a case: the county's rules before what was read, the desk when nothing is sure, and nobody his own complaint."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from services.routing.assigning import CONFIDENT, Assignment, assignment
from services.routing.assigning import assigned as case_of
from services.routing.categories import Category
from services.routing.departments import Departments
from services.routing.directory import Department
from shared.events import Personal, personal_fields
from shared.events.intake import AppealOpened, Kind
from shared.events.routing import CaseAssigned, CategoryOffice

T0 = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
COUNTY = {
    department.code: department
    for department in (
        Department("village", "村委会", "village", ("村内路灯", "垃圾清运", "邻里纠纷")),
        Department("town", "平川镇人民政府", "township", ("综合协调", "秸秆禁烧"), areas=("平川镇",)),
        Department("town2", "青石镇人民政府", "township", ("综合协调", "秸秆禁烧"), areas=("青石镇",)),
        Department("water", "水利局", "county", ("自来水", "停水", "水管破裂")),
        Department("station", "平川供水站", "county", ("自来水", "停水", "水压"), parent="water", areas=("平川镇",)),
        Department("power", "供电公司", "vertical", ("停电", "变压器")),
        Department("letters", "信访局", "county", ("信访", "历史遗留")),
        Department("discipline", "纪委监委", "county", ("干部作风", "贪污", "举报")),
    )
}
NONE: Mapping[str, Category] = MappingProxyType({})


def assigned(text: str | None, categories: Mapping[str, Category] = NONE, **changes: object) -> Assignment:
    facts: dict[str, object] = {
        "appeal": "a1", "number": "TY-20250602-0001", "kind": Kind.APPEAL, "channel": "wecom", "group": "g1", "village": "河西村",
        "township": "平川镇", "message_id": "m1", "reporter": "p1", "text": text, "occurred_at": T0,
    }  # fmt: skip
    return assignment(AppealOpened.model_validate(facts | changes), Departments(COUNTY, categories, 7))


def mapped(name: str, *offices: CategoryOffice, **more: object) -> dict[str, Category]:
    return {name: Category(name, offices, **more)}  # type: ignore[arg-type]


def test_the_best_is_assigned_when_it_is_sure_and_the_others_are_candidates() -> None:
    found = assigned("村里停电两天了，变压器坏了")
    assert (found.department.code, found.waits) == ("power", False)
    assert found.best.confidence >= CONFIDENT
    assert "power" not in found.candidates


def test_what_no_rule_knows_waits_at_the_county_desk_with_its_candidates() -> None:
    found = assigned("大队那个事到底咋弄的")
    assert (found.department.code, found.waits) == ("letters", True)
    assert found.best.confidence < CONFIDENT
    assert found.candidates == ("village",)


def test_a_countys_keyword_decides_before_anything_that_was_read() -> None:
    rule = mapped("民生/抗旱", CategoryOffice(department="town"), keywords=("停水",))
    found = assigned("自来水停水两天了", rule)
    assert (found.department.code, found.best.category) == ("town", "民生/抗旱")
    assert found.best.reasons == ("文中有“停水”，属“民生/抗旱”，县里的分类目录规定由它负责（平川镇人民政府）",)
    assert set(found.candidates) & {"water", "station"}


def test_a_category_that_was_read_goes_to_whom_the_township_named() -> None:
    read = assigned("村里停电两天了").best.category
    rule = mapped(read, CategoryOffice(department="power"), CategoryOffice(department="town", township="平川镇"))
    assert assigned("村里停电两天了", rule).department.code == "town"
    assert assigned("村里停电两天了", rule, township="青石镇", village="柳村").department.code == "power"


def test_a_category_may_ask_to_be_surer() -> None:
    best = assigned("自来水停水两天了").best
    rule = mapped(best.category, CategoryOffice(department="nobody"), threshold=0.99)
    found = assigned("自来水停水两天了", rule)
    assert (found.department.code, found.waits, found.threshold) == ("letters", True, 0.99)
    assert found.candidates[0] == best.department


def test_a_rule_that_names_a_closed_department_is_passed_over() -> None:
    rule = mapped("城乡建设/供电", CategoryOffice(department="closed"), keywords=("停电",))
    assert assigned("村里停电两天了", rule).department.code == "power"


def test_a_department_serves_only_its_areas() -> None:
    assert assigned("水压太小", township="平川镇").department.code == "station"
    elsewhere = assigned("水压太小", township="青石镇", village="柳村")
    assert "station" not in {p.department for p in elsewhere.proposals}


def test_a_sealed_case_goes_to_the_commission_alone_whatever_the_rules_say() -> None:
    rule = mapped("城乡建设/供电", CategoryOffice(department="power"), keywords=("停电",))
    found = assigned(None, rule, kind=Kind.REPORT, sealed=True)
    assert (found.department.code, found.candidates, found.waits) == ("discipline", (), False)


def test_a_report_is_not_taken_from_the_commission_by_a_keyword() -> None:
    rule = mapped("城乡建设/供电", CategoryOffice(department="power"), keywords=("停电",))
    assert assigned("干部借停电的事吃拿卡要", rule, kind=Kind.REPORT).department.code == "discipline"


@pytest.mark.parametrize(
    ("text", "accused", "over"),
    [
        ("供水站推诿扯皮，自来水停水两天没人修", "station", "water"),
        ("水利局不作为，自来水停水两天没人修", "water", "letters"),
        ("我要投诉供电公司，停电两天了变压器也不换", "power", "letters"),
        ("村委会处理不公，邻里纠纷垃圾清运都偏袒亲戚", "village", "town"),
    ],
)
def test_nobody_judges_a_complaint_about_himself(text: str, accused: str, over: str) -> None:
    found = assigned(text)
    assert (found.department.code, found.accused) == (over, (accused,))
    assert accused not in {p.department for p in found.proposals}
    assert f"文中投诉的是{COUNTY[accused].name}，不由其自行办理" in found.best.reasons[0]


@pytest.mark.parametrize(
    "text",
    [
        "自来水停水两天了，水利局能不能来看看",
        "给水利局打电话没人接，停水两天了",
        "停水两天了，已经向水利局投诉过。邻居态度恶劣",
    ],
)
def test_a_department_that_is_only_named_keeps_its_case(text: str) -> None:
    found = assigned(text, township="青石镇", village="柳村")
    assert (found.department.code, found.accused) == ("water", ())


def test_a_case_keeps_what_was_written_as_the_group_may_read_it_unless_it_is_sealed() -> None:
    facts = {
        "appeal": "a1", "number": "TY-20250602-0001", "kind": Kind.APPEAL, "channel": "wecom", "group": "g1", "village": "河西村",
        "township": "平川镇", "message_id": "m1", "reporter": "p1", "text": "停水了，打13812345678", "occurred_at": T0,
    }  # fmt: skip
    opened, departments = AppealOpened.model_validate(facts), Departments(COUNTY, NONE, 7)
    assert case_of(opened, departments, T0).text == "停水了，打138****5678"
    assert case_of(opened.model_copy(update={"sealed": True}), departments, T0).text is None
    assert personal_fields(CaseAssigned)["text"] == Personal(of="reporter", confined=True)
