"""What a county's own model says counts after its own rules, where it is surer than the others, and in its shadow time not at all."""

from datetime import UTC, datetime

from services.routing.assigning import assigned, assignment
from services.routing.categories import Category
from services.routing.departments import Departments
from services.routing.directory import Department
from services.routing.learned import Heard, Hearing
from shared.events.intake import AppealOpened, Kind
from shared.events.routing import CategoryOffice

T0 = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)
DEPARTMENTS = {
    d.code: d
    for d in (
        Department("water", "水利局", "county", ("自来水", "停水", "水管破裂")),
        Department("culture", "文旅局", "county", ("文化站", "旅游")),
        Department("roads", "交通局", "county", ("公路", "桥梁")),
        Department("letters", "信访局", "county", ("信访", "历史遗留")),
        Department("discipline", "纪委监委", "county", ("干部作风", "举报")),
    )
}
PLAIN = Departments(DEPARTMENTS)
UNHEARD_OF = "石狮子少了一只耳朵"
"""no rule knows what that is"""


def opened(text: str | None = UNHEARD_OF, **changes: object) -> AppealOpened:
    facts: dict[str, object] = {
        "appeal": "a1", "number": "TY-20250602-0001", "kind": Kind.APPEAL, "channel": "wecom", "group": "g1", "village": "河西村",
        "township": "平川镇", "message_id": "m1", "reporter": "p1", "text": text, "occurred_at": T0,
    }  # fmt: skip
    return AppealOpened.model_validate(facts | changes)


def says(*labels: tuple[str, float], shadow: bool = False) -> Hearing:
    return Hearing(own=Heard(3, labels, shadow))


def test_where_no_rule_spoke_the_model_names_the_department_and_says_how_sure_it_is() -> None:
    assert assignment(opened(), PLAIN).waits
    found = assignment(opened(), PLAIN, says(("culture", 0.8), ("roads", 0.1)))
    assert (found.department.code, found.waits, found.best.confidence) == ("culture", False, 0.8)
    assert found.best.reasons == ("同类诉求以往由文旅局办理（模型第 3 版，把握 80%）",)


def test_a_model_that_is_not_sure_leaves_the_case_at_the_desk_with_its_candidates() -> None:
    found = assignment(opened(), PLAIN, says(("culture", 0.4), ("roads", 0.3)))
    assert (found.department.code, found.waits) == ("letters", True)
    assert found.candidates[:2] == ("culture", "roads")


def test_a_rule_that_is_surer_than_the_model_comes_first() -> None:
    found = assignment(opened("自来水停了两天"), PLAIN, says(("culture", 0.5)))
    assert (found.department.code, found.candidates) == ("water", ("culture",))


def test_what_the_county_itself_ruled_comes_before_the_model() -> None:
    stage = Category("文体/石雕", (CategoryOffice(department="roads"),), ("石狮",))
    found = assignment(opened(), Departments(DEPARTMENTS, {stage.name: stage}), says(("culture", 0.9)))
    assert found.department.code == "roads"


def test_a_label_may_be_a_category_that_says_who_answers_there() -> None:
    stage = Category("文体/石雕", (CategoryOffice(department="roads"), CategoryOffice(department="culture", township="平川镇")))
    known = Departments(DEPARTMENTS, {stage.name: stage})
    found = assignment(opened(), known, says(("文体/石雕", 0.7)))
    assert (found.department.code, found.best.category) == ("culture", "文体/石雕")
    elsewhere = assignment(opened(township="山前镇"), known, says(("文体/石雕", 0.7)))
    assert elsewhere.department.code == "roads"


def test_labels_that_are_nobodys_here_are_not_heard() -> None:
    found = assignment(opened(), PLAIN, says(("closed-office", 0.9), ("culture", 0.06)))
    assert [p.department for p in found.heard] == ["culture"]
    assert found.waits


def test_the_model_never_gives_a_case_to_the_department_it_complains_about() -> None:
    found = assignment(opened("文旅局不作为，石狮子少了一只耳朵"), PLAIN, says(("culture", 0.9)))
    assert found.department.code != "culture"
    assert found.accused == ("culture",)


def test_in_its_shadow_time_what_it_says_is_kept_and_counts_for_nothing() -> None:
    heard = says(("culture", 0.8), shadow=True)
    event, without = assigned(opened(), PLAIN, T0, heard), assigned(opened(), PLAIN, T0)
    assert event.model_copy(update={"model": None, "model_proposals": ()}) == without
    assert event.model == 3
    assert [(p.department, p.confidence) for p in event.model_proposals] == [("culture", 0.8)]


def test_nothing_is_asked_about_a_sealed_report() -> None:
    sealed = opened(None, kind=Kind.REPORT, sealed=True)
    found = assignment(sealed, PLAIN, says(("culture", 0.9)))
    assert (found.department.code, found.heard) == ("discipline", ())
