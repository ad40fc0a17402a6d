"""Categories of two levels (城乡建设/供排水) as a county keeps them: the words that say so, and which department answers where and
when. Pure. Where a county has said it, nothing need be guessed from duties.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.clock import CHINA
from shared.events.routing import CategoryOffice


@dataclass(frozen=True, slots=True)
class Category:
    """One category and who answers for it."""

    name: str
    offices: tuple[CategoryOffice, ...]
    keywords: tuple[str, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when something is: an empty name is unknown."""

    village: str
    township: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """What a county's own rule comes to for an appeal, and the keyword that stood in it, if one did."""

    category: str
    office: CategoryOffice
    keyword: str = ""

    @property
    def reason(self) -> str:
        said = f"文中有“{self.keyword}”，属“{self.category}”" if self.keyword else f"属“{self.category}”"
        when = "、".join(part for part in (_months(self.office.months), _hours(self.office.hours)) if part)
        where = f"{self.office.township}{self.office.village}"
        scope = f"（{'，'.join(part for part in (where, when) if part)}）" if where or when else ""
        return f"{said}，县里的分类目录{scope}规定由它负责"


def within(span: str, number: int) -> bool:
    """Whether `11-3` (both ends meant) has a month or a day of the week; it may run over the end of the year or week."""
    first, last = ends(span)
    return first <= number <= last if first <= last else number >= first or number <= last


def during(span: str, hour: int) -> bool:
    """Whether an hour lies in `18-8`, whose end is not meant; it may run over midnight."""
    first, last = ends(span)
    return first <= hour < last if first < last else hour >= first or hour < last


def ends(span: str) -> tuple[int, int]:
    """`11-3` → 11, 3; `7` → 7, 7. Raises ValueError."""
    first, _, last = span.partition("-")
    return int(first), int(last or first)


def answering(category: Category, place: Place) -> CategoryOffice | None:
    """Who answers for a category there and then: the office whose rule is the most special."""
    fitting = [office for office in category.offices if _fits(office, place)]
    return max(fitting, key=_special, default=None)


def rules(text: str, read_as: str, categories: Mapping[str, Category], place: Place) -> Iterable[Rule]:
    """What the county's rules say of a text that was read as a category: by its keywords, the longest first, then by that."""
    found = [(word, category) for category in categories.values() for word in category.keywords if word in text]
    for word, category in sorted(found, key=lambda one: (-len(one[0]), one[1].name)):
        if office := answering(category, place):
            yield Rule(category.name, office, word)
    if (known := categories.get(read_as)) and (office := answering(known, place)):
        yield Rule(known.name, office)


def _fits(office: CategoryOffice, place: Place) -> bool:
    local = place.at.astimezone(CHINA)
    return (
        office.township in ("", place.township)
        and office.village in ("", place.village)
        and (not office.months or within(office.months, local.month))
        and (not office.hours or during(office.hours, local.hour))
    )


def _special(office: CategoryOffice) -> tuple[bool, bool, bool, bool]:
    return bool(office.village), bool(office.township), bool(office.hours), bool(office.months)


def _months(span: str) -> str:
    return f"{span} 月" if span else ""


def _hours(span: str) -> str:
    return f"{span} 时" if span else ""
