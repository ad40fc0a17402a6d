"""One clause, one thing said of a matter; and what several say together."""

import pytest

from services.intake.reading.aspect import Aspect, aspect_of, course


@pytest.mark.parametrize(
    ("clause", "aspect"),
    [
        ("新桥板铺上了", Aspect.DEED),
        ("五条全逮住", Aspect.DEED),
        ("水下得快", Aspect.WELL),
        ("老人平安", Aspect.WELL),
        ("从下月起照发", Aspect.HENCEFORTH),
        ("按文件不能重复享受", Aspect.RULE),
        ("退一赔三", Aspect.TERMS),
        ("样品寄走了", Aspect.STEP),
        ("老板答应装隔音", Aspect.STEP),
        ("主板烧了", Aspect.FAULT),
        ("等厂家发货", Aspect.AHEAD),
        ("我带两个人过去", Aspect.PROMISE),
        ("正在挖", Aspect.ONGOING),
        ("还剩两处没清", Aspect.PARTLY),
        ("大家别靠近", Aspect.WARNING),
        ("收到", Aspect.PLAIN),
        ("您查一下短信", Aspect.PLAIN),
    ],
)
def test_a_clause_says_one_thing(clause: str, aspect: Aspect) -> None:
    assert aspect_of(clause) is aspect


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("泵烧了,换了台新的,水出来了", True),
        ("泵烧了,等厂家发货", False),
        ("火灭了,人也教育了,剩下的秸秆明天拉走", True),
        ("今天先拉了两车,剩下的明天清完", False),
        ("查到了,正在修", False),
        ("修好了吗?", False),
        ("", False),
    ],
)
def test_a_deed_outweighs_its_cause_and_its_loose_ends(text: str, done: bool) -> None:
    assert course(text).done is done


def test_a_promise_speaks_and_a_greeting_does_not() -> None:
    assert Aspect.PROMISE in course("我这就去")
    assert course("我这就去").speaks
    assert not course("大家好").speaks
