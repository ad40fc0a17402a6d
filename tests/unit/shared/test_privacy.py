"""What a group sees of a message holds nobody's numbers; what only looks like one stays readable."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.privacy import Secret, find, mask, masked

PEOPLE_ID = "11010519491231002X"  # the sample of GB 11643
CARD = "6222021234567890128"


def luhn(prefix: str) -> str:
    """The prefix with its check digit."""
    for last in "0123456789":
        digits = [int(d) for d in prefix + last]
        total = sum(d if n % 2 == 0 else sum(divmod(2 * d, 10)) for n, d in enumerate(reversed(digits)))
        if total % 10 == 0:
            return prefix + last
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("我电话13812345678，有事打", "我电话138****5678，有事打"),
        ("打 138 1234 5678 找我", "打 138 **** 5678 找我"),
        ("手机+86-13812345678", "手机+86-138****5678"),
        ("电话１３８１２３４５６７８", "电话１３８****５６７８"),
        ("村委电话0373-5551234", "村委电话0373-*****34"),
        (f"身份证{PEOPLE_ID}办不了", "身份证110105********002X办不了"),
        ("老身份证110105491231002", "老身份证110105*****1002"),
        (f"卡号{luhn('622202123456789012')}没到账", "卡号***************" + luhn("622202123456789012")[-4:] + "没到账"),
        ("我家在建设路18号，水管爆了", "我家在建设路**号，水管爆了"),
        ("三组15号家里没电", "三组**号家里没电"),
        ("住3号楼2单元401室", "住3号楼2单元***室"),
    ],
)
def test_numbers_of_persons_are_masked(text: str, seen: str) -> None:
    assert mask(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "三组12户停水三天了",
        "补贴1200元，2023年10月30日到账",
        "村15号晚上开会",
        "建设路18号路灯坏了",
        "诉求 TY-20231030-0007 办到哪了",
        "电表读数110105194912310021不对",  # no identity card: the check digit is wrong
        "打12345或者110",
        "订单号6222021234567890123没发货",  # no bank card: Luhn fails
    ],
)
def test_what_only_looks_like_one_stays_readable(text: str) -> None:
    assert mask(text) == text


def test_an_offices_line_can_be_spared() -> None:
    said = "请打水利局电话0373-5551234，或找13812345678"
    assert mask(said, spare=frozenset({Secret.LANDLINE})) == "请打水利局电话0373-5551234，或找138****5678"


def test_a_number_given_to_be_called_is_told_from_one_that_only_stands_there() -> None:
    said = "招工联系人李四 13987654321，已领：张三13812345678"
    assert mask(said, spare=frozenset({Secret.CONTACT})) == "招工联系人李四 13987654321，已领：张三138****5678"
    assert "13987654321" not in mask(said)


class Said(BaseModel):
    """An event as answers hold them."""

    by: str
    note: str
    reasons: tuple[str, ...]


def test_of_an_answer_the_words_are_masked_and_the_ids_stay() -> None:
    answer = {
        "message": "13812345678",
        "opened_at": 13812345678,
        "appeals": [{"text": "打13812345678", "number": "13812345678", "files": [{"name": "张三13812345678.jpg"}]}],
        "events": [{"data": Said(by="13812345678", note="找13812345678", reasons=("说到13812345678",))}],
        "reason": None,
    }
    assert masked(answer) == {
        "message": "13812345678",
        "opened_at": 13812345678,
        "appeals": [{"text": "打138****5678", "number": "13812345678", "files": [{"name": "张三138****5678.jpg"}]}],
        "events": [{"data": {"by": "13812345678", "note": "找138****5678", "reasons": ["说到138****5678"]}}],
        "reason": None,
    }


def test_each_secret_is_told_with_its_place() -> None:
    text = f"张三{PEOPLE_ID}，13812345678"
    assert [(f.kind, text[f.start : f.end]) for f in find(text)] == [
        (Secret.IDENTITY_CARD, PEOPLE_ID),
        (Secret.PHONE, "13812345678"),
    ]


@given(st.text(max_size=200), st.sampled_from([PEOPLE_ID, "13812345678", luhn("622848001234567890")]), st.text(max_size=50))
def test_no_number_survives_whatever_stands_around_it(before: str, number: str, after: str) -> None:
    text = f"{before}，{number}，{after}"
    assert number not in mask(text)
    assert len(mask(text)) == len(text)
    assert mask(mask(text)) == mask(text)


def test_of_random_eighteen_digits_one_in_eleven_at_most_is_taken_for_an_identity_card() -> None:
    rng = random.Random(5)
    numbers = [
        f"410225{rng.randint(1950, 2010)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randint(0, 9999):04d}"
        for _ in range(2000)
    ]
    believed = sum(any(f.kind is Secret.IDENTITY_CARD for f in find(n)) for n in numbers)
    assert 100 < believed < 260
