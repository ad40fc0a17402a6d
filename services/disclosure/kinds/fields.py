"""What the kinds of notices are made of: money in 分, days, people's names, and what no notice may tell."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared.inputs import NUMBER, YEARS, Text
from shared.privacy import Secret, find

LARGEST = 10**15
"""分"""
Fen = Annotated[int, Field(ge=0, le=LARGEST), NUMBER]
Balance = Annotated[int, Field(ge=-LARGEST, le=LARGEST), NUMBER]
"""what is left may be a debt"""
Count = Annotated[int, Field(ge=0, le=100_000_000), NUMBER]
Word = Annotated[Text, Field(min_length=1, max_length=200)]
Words = Annotated[Text, Field(min_length=1, max_length=4000)]
Currency = Literal["CNY"]
HASH = r"^[0-9a-f]{64}$"
_OPEN_TO_ALL = ("contact", "complaints_line")
"""fields that are there to be called"""
_COMPOUND = [
    "欧阳",
    "太史",
    "端木",
    "上官",
    "司马",
    "东方",
    "独孤",
    "南宫",
    "万俟",
    "闻人",
    "夏侯",
    "诸葛",
    "尉迟",
    "公羊",
    "赫连",
    "澹台",
    "皇甫",
    "宗政",
    "濮阳",
    "公冶",
    "太叔",
    "申屠",
    "公孙",
    "慕容",
    "仲孙",
    "钟离",
    "长孙",
    "宇文",
    "司徒",
    "鲜于",
    "司空",
    "令狐",
]


def _near(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(f"年份须在 {YEARS[0]} 到 {YEARS[-1]} 之间")
    return day


def _written(value: object) -> object:
    """A day is written out: a bare number could be anything."""
    if isinstance(value, str | date):
        return value
    raise ValueError("日期写成 2025-06-10")


Day = Annotated[
    date, BeforeValidator(_written), AfterValidator(_near), WithJsonSchema({"type": "string", "format": "date"}),
]  # fmt: skip


def masked_name(name: str) -> str:
    """As lists of recipients show it: 张*, 张*军, 欧阳*华. The surname and the last letter stay, so that one knows oneself."""
    name = name.strip()
    if "*" in name or "某" in name or len(name) < 2:
        return name
    surname = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
    tail = name[-1] if len(name) > surname + 1 else ""
    return name[:surname] + "*" * (len(name) - surname - len(tail)) + tail


MaskedName = Annotated[Word, AfterValidator(masked_name)]


class Part(BaseModel):
    """A part of a notice's content. Its fields' titles are what people see."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Content(Part):
    """What a notice of one kind must tell."""

    KIND: ClassVar[str]
    """what it is called"""

    def money(self) -> int | None:
        """What it discloses in all, 分; None where it is not about money."""
        return None

    def summary(self) -> str:
        """In one or two sentences, for a group that reads no table."""
        raise NotImplementedError


def yuan(fen: int) -> str:
    """1,234.50元."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}元"


def day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def span(first: date, last: date) -> str:
    return f"{day(first)}至{day(last)}"


def must_agree(what: str, told: int, reckoned: int) -> None:
    """Raises ValueError that tells both amounts and how far they are apart."""
    if told != reckoned:
        gap = yuan(abs(told - reckoned))
        raise ValueError(f"{what}写的是{yuan(told)}，按明细算是{yuan(reckoned)}，相差{gap}")


SECRETS = {
    Secret.IDENTITY_CARD: "身份证号",
    Secret.BANK_CARD: "银行卡号",
    Secret.PHONE: "手机号码",
    Secret.CONTACT: "手机号码",
    Secret.LANDLINE: "电话号码",
    Secret.HOUSE_NUMBER: "门牌号",
}
_NOWHERE = (Secret.IDENTITY_CARD, Secret.BANK_CARD)


_DIGITS = re.compile(r"(?:\d\D?){7}")
"""in any width; no number that must not be told has fewer, and most words of a list have none"""


def leaks(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Where in a content stands what must not be published, and what that is. Numbers given to be called may stand there."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from leaks(inner, f"{place}.{name}" if place else str(name))
        case list() | tuple():
            for n, inner in enumerate(value):
                yield from leaks(inner, f"{place}.{n}")
        case str() if _DIGITS.search(value):
            barred = _NOWHERE if place.rpartition(".")[2] in _OPEN_TO_ALL else (*_NOWHERE, Secret.PHONE)
            yield from ((place, SECRETS[found.kind]) for found in find(value) if found.kind in barred)
