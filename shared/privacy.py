"""What must not be read by a whole group or the public: telephone, identity card and bank card numbers, exact house numbers.

Pure. The original words stay where they are (encrypted under their writer's key); `mask` makes the copy that others see.
What has a check digit is only believed with the right one, so a meter reading or an order number stays readable.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

_HALF_WIDTH = {0xFF10 + n: str(n) for n in range(10)} | {0xFF38: "X", 0xFF58: "x", 0xFF0D: "-", 0x3000: " "}
_DIGIT = re.compile(r"\d")
_IDENTITY = re.compile(r"(?<![\dA-Za-z])(?:\d{6} ?\d{8} ?\d{3}[\dXx]|\d{15})(?![\dA-Za-z])")
_BANK = re.compile(r"(?<![\dA-Za-z])[3-6]\d{3}(?:[ -]?\d{4}){2}(?:[ -]?\d{1,4}){1,2}(?![\dA-Za-z])")
_NUMBER_OF_MOBILE = r"(?:\+?86[ -]?)?(1[3-9]\d(?:[ -]?\d{4}){2})(?!\d)"
_MOBILE = re.compile(rf"(?<!\d){_NUMBER_OF_MOBILE}")
_CONTACT = re.compile(rf"(?:电话|手机号?|热线|联系|咨询|拨打|致电|报名)[^\d，。；;\n]{{0,12}}{_NUMBER_OF_MOBILE}")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ -]?[2-9]\d{6,7}(?!\d)")
_NUMBER = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,5})"
_HOUSE = re.compile(
    rf"(?:[路街巷弄道组队村庄屯]|胡同|小区|家属院|门牌号)[第: ]?({_NUMBER})号(?![楼院线井杆桥闸路电变灯公那当以之早晚上下中前后开])"
    rf"|(?:号楼|单元)({_NUMBER})(?=[室户]|$|[^\d栋单层楼])|[楼栋幢](\d{{3,4}})(?=室)"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

WORDS = frozenset(
    {
        *("text", "name", "by_name", "real_name", "reporter_name", "note", "reply", "reason", "reasons", "outcome"),
        *("title", "body", "basis", "responsible"),
    }
)
"""fields of answers in which somebody's own words stand, and names, to which people in chats add their numbers"""


class Secret(StrEnum):
    """What was found."""

    IDENTITY_CARD = "identity-card"
    BANK_CARD = "bank-card"
    CONTACT = "contact"
    """a mobile telephone that is given to be called"""
    PHONE = "phone"
    LANDLINE = "landline"
    HOUSE_NUMBER = "house-number"


OFFICE_LINES = frozenset({Secret.LANDLINE})
"""an official who names his office's telephone wants to be called"""
PUBLISHED = OFFICE_LINES | {Secret.CONTACT}
"""what a notice may tell besides: the number to call for the job or the subsidy it is about"""


@dataclass(frozen=True, slots=True)
class Found:
    """A secret at text[start:end]."""

    kind: Secret
    start: int
    end: int


def find(text: str) -> tuple[Found, ...]:
    """All secrets in order, none overlapping another. Full-width digits count as digits."""
    plain = text.translate(_HALF_WIDTH)
    taken: list[Found] = []
    for kind, pattern, believed in _RULES:
        for start, end in _spans(pattern, believed, plain):
            if all(end <= f.start or start >= f.end for f in taken):
                taken.append(Found(kind, start, end))
    return tuple(sorted(taken, key=lambda f: f.start))


def mask(text: str, *, spare: frozenset[Secret] = frozenset()) -> str:
    """The text as a group may read it, as long as the original: enough digits stay to recognise one's own.

    What an official says of his office's line is meant to be read: `spare` names the kinds that stay.
    """
    letters = list(text)
    for found in find(text):
        if found.kind in spare:
            continue
        digits = [n for n in range(found.start, found.end) if letters[n] not in " -"]
        head, tail = _KEPT[found.kind]
        for n in digits[head : len(digits) - tail]:
            letters[n] = "*"
    return "".join(letters)


def masked(answer: Any, *, spare: frozenset[Secret] = frozenset()) -> Any:
    """An answer of an API as those may read it who may not read originals: the words in it masked, ids and the like as they are."""
    match answer:
        case BaseModel():
            return masked(dict(answer), spare=spare)
        case Mapping():
            return {
                name: mask_all(value, spare=spare) if name in WORDS else masked(value, spare=spare)
                for name, value in answer.items()
            }
        case list() | tuple():
            return [masked(value, spare=spare) for value in answer]
        case _:
            return answer


def mask_all(value: Any, *, spare: frozenset[Secret] = frozenset()) -> Any:
    """A value in which every text is somebody's words, down to those within lists."""
    match value:
        case str():
            return mask(value, spare=spare)
        case Mapping():
            return {name: mask_all(one, spare=spare) for name, one in value.items()}
        case list() | tuple():
            return [mask_all(one, spare=spare) for one in value]
        case _:
            return value


def _spans(pattern: re.Pattern[str], believed: Callable[[str], bool], text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        if believed(match[0]):
            yield match.span(match.lastindex or 0)


def _is_identity(number: str) -> bool:
    """GB 11643-1999: a plausible birthday, and for 18 places the check digit of ISO 7064 MOD 11-2."""
    number = number.replace(" ", "").upper()
    if len(number) == 15:
        return _is_date(1900 + int(number[6:8]), number[8:12])
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _is_date(int(number[6:10]), number[10:14]) and number[17] == _CHECK[total % 11]


def _is_date(year: int, month_day: str) -> bool:
    try:
        date(year, int(month_day[:2]), int(month_day[2:]))
    except ValueError:
        return False
    return 1880 <= year <= 2200


def _is_bank_card(number: str) -> bool:
    """ISO/IEC 7812: 16 to 19 places, Luhn."""
    digits = [int(digit) for digit in _DIGIT.findall(number)]
    doubled = [d * 2 - 9 * (d > 4) if n % 2 else d for n, d in enumerate(reversed(digits))]
    return 16 <= len(digits) <= 19 and sum(doubled) % 10 == 0


def _always(_: str) -> bool:
    return True


_RULES: tuple[tuple[Secret, re.Pattern[str], Callable[[str], bool]], ...] = (
    (Secret.IDENTITY_CARD, _IDENTITY, _is_identity),
    (Secret.BANK_CARD, _BANK, _is_bank_card),
    (Secret.CONTACT, _CONTACT, _always),
    (Secret.PHONE, _MOBILE, _always),
    (Secret.LANDLINE, _LANDLINE, _always),
    (Secret.HOUSE_NUMBER, _HOUSE, _always),
)
_KEPT = {
    Secret.IDENTITY_CARD: (6, 4),
    Secret.BANK_CARD: (0, 4),
    Secret.CONTACT: (3, 4),
    Secret.PHONE: (3, 4),
    Secret.LANDLINE: (4, 2),
    Secret.HOUSE_NUMBER: (0, 0),
}
"""how many digits stay readable before and behind the stars, as counties' own notices do it"""
