"""The words of a reply."""

from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError
from jinja2.meta import find_undeclared_variables

from services.notify import texts
from services.notify.texts import WORDS_KEPT, compose

TEMPLATES = sorted((Path(texts.__file__).parent / "templates").glob("*.txt"))
SECRETS = {
    "13812345678": "138****5678",
    "11010519491231002X": "110105********002X",
    "6222021234567890128": "***************0128",
    "建设路18号，": "建设路**号，",
}
"""what nobody may read of another, and what of it is seen"""
NO_WORDS = {"count": 1, "minutes": 5, "step": 1, "urgent": True, "places": []}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_whatever_a_template_is_told_it_tells_nobodys_numbers(template: Path) -> None:
    asked = find_undeclared_variables(Environment().parse(template.read_text()))
    said = compose(template.stem, **{name: NO_WORDS.get(name, f"张三，{'，'.join(SECRETS)}，李四") for name in asked})
    for secret, seen in SECRETS.items():
        assert secret not in said
        assert ("张三" in said) == (seen in said)


def test_a_notice_tells_the_number_to_call_and_no_other() -> None:
    body = "招采摘工20名，联系电话13987654321、0373-5551234；上月补贴：张三13812345678，身份证11010519491231002X"
    said = compose("notice", title="招工", body=body)
    assert said.endswith("联系电话13987654321、0373-5551234；上月补贴：张三138****5678，身份证110105********002X")


def test_a_number_cut_off_by_the_limit_is_masked_before_it_is_cut() -> None:
    said = compose("progress", number="TY-20231030-0001", words="修" * (WORDS_KEPT - 6) + "，13812345678")
    assert said.endswith("，138**……")


def test_what_an_official_wrote_is_repeated_without_anybodys_numbers() -> None:
    said = compose("progress", number="TY-20231030-0001", words="已联系张三13812345678，有事打0373-5551234")
    assert "138****5678" in said
    assert "0373-5551234" in said


def test_long_words_are_cut_with_a_sign() -> None:
    said = compose("progress", number="TY-20231030-0001", words="修" * (WORDS_KEPT + 1))
    assert said.endswith("修……")
    assert said.count("修") == WORDS_KEPT


def test_a_template_that_asks_for_what_is_not_known_is_a_fault_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        compose("progress", words="修好了")
