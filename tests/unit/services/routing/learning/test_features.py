"""What a model of departments looks at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.learning.features import HEAD_WEIGHT, HEADS, LETTERS, features, tidied


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("尊敬的领导：您好！我们村停电了。", "村停电"),
        ("ＡＢ３区　路灯不亮", "ab3区路灯不亮"),
        ("水管\n破裂，，，没人修！", "水管破裂人修"),
    ],
)
def test_a_message_as_written_and_tidied_up_by_others_look_alike(written: str, other: str) -> None:
    assert tidied(written) == tidied(other)
    assert features(written) == features(other)


def test_the_beginning_counts_once_more() -> None:
    first, last = features("停电" + "灯" * 40), features("灯" * 40 + "停电")
    assert first != last


def test_how_long_a_message_is_does_not_make_it_louder() -> None:
    for text in ("停电", "村里的变压器坏了" * 9):
        found = features(text)
        assert sum(value * value for value in found.values) == pytest.approx(1 + len(HEADS) * HEAD_WEIGHT**2)


def test_a_message_without_letters_has_no_features() -> None:
    assert features("？！……").keys == features("").keys == []


@given(st.text())
def test_any_text_at_all_has_a_value_for_each_key(text: str) -> None:
    found = features(text)
    assert len(found.keys) == len(found.values)
    assert all(0 < value <= 1 for value in found.values)


def test_the_end_of_an_endless_message_is_not_read() -> None:
    assert features("水" * LETTERS) == features("水" * LETTERS + "电" * 100_000)
