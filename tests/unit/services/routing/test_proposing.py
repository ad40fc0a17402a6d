"""Rules, the directory's duties and what was learned from other counties come to one word, which says how sure it is."""

import orjson

from services.routing.directory import Department, Directory
from services.routing.learning.asking import SHIPPED
from services.routing.learning.model import load
from services.routing.matching import propose, without_places
from shared.events.intake import Kind
from shared.learning.shelf import CARD, FILE

DIRECTORY = Directory.of(
    (
        Department("zj", "住房和城乡建设局", "county", ("污水管网", "物业")),
        Department("gd", "国网县供电公司", "vertical", ("停电", "电表")),
        Department("jt", "交通运输局", "county", ("公路", "桥梁")),
        Department("xf", "信访局", "county", ("信访",)),
        Department("jw", "纪委监委", "county", ("举报",)),
    )
)
UNHEARD_OF = "石狮子少了一只耳朵"
ONE_TOLD = {"housing": -0.9, "power": -1.1, "transport": 0.6, "letters": -1.2, "discipline": -1.5}


def named(text: str, offices: dict[str, float], kind: Kind = Kind.APPEAL, directory: Directory = DIRECTORY) -> list[str]:
    return [p.department for p in propose(text, directory, kind=kind, offices=offices)]


def test_where_no_rule_speaks_the_kind_of_office_that_others_went_to_is_named_with_its_reason() -> None:
    best = propose(UNHEARD_OF, DIRECTORY, kind=Kind.APPEAL, offices=ONE_TOLD)[0]
    assert (best.department, best.category) == ("jt", "其他/交通运输")
    assert best.reasons == ("说法与各地由交通运输部门办理的诉求相近（模型）",)
    assert 0.9 < best.confidence < 1


def test_strong_evidence_of_the_rules_outweighs_a_faint_likeness() -> None:
    faint = dict.fromkeys(ONE_TOLD, -1.0) | {"transport": -0.6}
    assert named("村里停电一天了，电表也不走", faint)[0] == "gd"


def test_when_nothing_tells_departments_apart_nobody_is_named_surely() -> None:
    assert propose(UNHEARD_OF, DIRECTORY, kind=Kind.APPEAL, offices=dict.fromkeys(ONE_TOLD, -1.0))[0].confidence < 0.3


def test_stations_of_one_kind_in_every_township_do_not_take_each_others_certainty() -> None:
    stations = [Department(f"s{n}", f"第{n}交通管理站", "township", ("公路",)) for n in range(20)]
    many = Directory.of((*DIRECTORY.departments, *stations))
    assert propose(UNHEARD_OF, many, kind=Kind.APPEAL, offices=ONE_TOLD)[0].confidence > 0.5


def test_who_accuses_somebody_is_heard_by_the_commission_whatever_was_learned() -> None:
    assert named("干部吃拿卡要", {"transport": 3.0, "discipline": -2.0}, Kind.REPORT)[0] == "jw"


def test_without_anything_learned_the_rules_speak_alone() -> None:
    assert named("村里停电一天了", {}) == [p.department for p in propose("村里停电一天了", DIRECTORY, kind=Kind.APPEAL)]


def test_in_counties_held_out_the_shipped_model_names_far_more_rightly_and_never_boasts() -> None:
    held_out = orjson.loads((SHIPPED / CARD).read_bytes())["cross_validated"]
    whole = held_out["all"]
    assert whole["appeals"] > 1000
    assert whole["rules"] / whole["appeals"] < 0.68
    assert whole["together"] / whole["appeals"] > 0.77
    for tenth, (appeals, right) in held_out["sure"].items():
        if appeals >= 50:
            assert right / appeals > float(tenth) - 0.05


def test_the_shipped_model_knows_who_looks_after_what_in_a_county_it_has_never_seen() -> None:
    model = load(SHIPPED / FILE)
    for text, code in (
        ("家里灯一闪一闪的，冰箱都不敢开", "gd"),
        ("去镇上的班车又停了一趟", "jt"),
        ("物业不管电梯，老人上不了楼", "zj"),
    ):
        assert named(text, model.margins(without_places(text, "", "")))[0] == code
    assert (SHIPPED / FILE).stat().st_size < 2_000_000
