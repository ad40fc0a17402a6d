"""The words of a reply."""

import pytest
from jinja2 import UndefinedError

from services.notify.texts import WORDS_KEPT, compose


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
