"""Who a shown name is: WeChat copies the name that a member goes by in the group, the roster holds real names.

Pure. A name is linked when it can mean one member only; else its bearer stays unknown, and whoever pastes is shown who might be
meant. Guessing wrong would put words into somebody's mouth, an unknown sender can be named later.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.events.intake import Role

CANDIDATES = 5
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_KIN = re.compile(
    r"[他她的家]{0,2}(?:媳妇|老婆|爱人|妻子?|老公|丈夫|家属|[爸妈爹娘]{1,2}|儿子?|儿媳|女儿|闺女|孙[子女]|爷爷?|奶奶?|弟弟?|哥哥?|姐姐?|妹妹?|嫂子?|叔叔?|婶子?|家)"
)
"""“张三-媳妇” is not 张三"""
_FAMILIAR = re.compile(r"[老小阿大](?=.)")


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a group's roster."""

    sender: str
    real_name: str
    role: Role
    department: str | None = None


class How(StrEnum):
    """Why a name was linked."""

    NAME = "name"
    """it is the real name"""
    PART = "part"
    """the real name is a part of it, or it of the real name: “前路村-张三”, “村干部张三”"""
    GIVEN = "given"
    """whoever pasted said so"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant, and why."""

    person: Person
    why: str


@dataclass(frozen=True, slots=True)
class Link:
    """Whose words are stored under which sender; without a person, an unknown one's."""

    sender: str
    person: Person | None = None
    how: How | None = None
    candidates: tuple[Candidate, ...] = ()


def unknown(name: str, group: str) -> str:
    """The sender of a name that nobody bears. A name means somebody in its group only, so the group is part of it."""
    return f"name:{name}@{group}"


def link_all(names: Sequence[str], group: str, roster: Sequence[Person], given: Mapping[str, str | None]) -> dict[str, Link]:
    """Links every name. `given` goes before: name → sender of the roster, or None for somebody unknown."""
    by_sender = {person.sender: person for person in roster}
    links = {}
    for name in dict.fromkeys(names):
        if name not in given:
            links[name] = link(name, group, roster)
        elif sender := given[name]:
            links[name] = Link(sender, by_sender[sender], How.GIVEN)
        else:
            links[name] = Link(unknown(name, group), None, How.GIVEN)
    return links


def link(name: str, group: str, roster: Sequence[Person]) -> Link:
    """The one member whom a shown name can mean."""
    shown = _normal(name)
    same = [person for person in roster if _normal(person.real_name) == shown]
    if len(same) == 1:
        return Link(same[0].sender, same[0], How.NAME)
    if not same and not any(_KIN.fullmatch(word) for word in _words(shown)):
        within = [person for person in roster if _within(shown, person.real_name)]
        if len(within) == 1:
            return Link(within[0].sender, within[0], How.PART)
    return Link(unknown(name, group), candidates=_candidates(shown, roster))


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()


def _words(shown: str) -> list[str]:
    """The parts of a name, each with the digits beside it and without: “三组-张三138” holds 张三."""
    return list(dict.fromkeys([*_WORD.findall(shown), *_LETTERS.findall(shown)]))


def _within(shown: str, real: str) -> bool:
    """“前路村-张三”, “三组张三”, and “柳向阳” for the roster's “村干部柳向阳”. What stands before a name has two characters or
    more: 李张三 is not 张三."""
    real = _normal(real)
    if len(real) < 2:
        return False
    return any(word == real or _ends(word, real) or (len(word) > 1 and _ends(real, word)) for word in _words(shown))


def _ends(whole: str, part: str) -> bool:
    return whole.endswith(part) and len(whole) - len(part) > 1


def _candidates(shown: str, roster: Sequence[Person]) -> tuple[Candidate, ...]:
    """The likeliest first."""
    likely = [
        (place, why, person)
        for person in roster
        if (found := _resembles(shown, _normal(person.real_name)))
        for place, why in (found,)
    ]
    likely.sort(key=lambda one: one[0])
    return tuple(Candidate(person, why) for _, why, person in likely[:CANDIDATES])


def _resembles(shown: str, real: str) -> tuple[int, str] | None:
    if shown == real:
        return 0, "同名"
    words = [word for word in _words(shown) if len(word) > 1] or [shown]
    if any(word in real or (len(real) > 1 and real in word) for word in words):
        return 1, "名字相近"
    if any(_nearly(word, real[-len(word) :]) or _shares(word, real) for word in words):
        return 2, "名字相近"
    surnames = {_FAMILIAR.sub("", word, count=1)[0] for word in words}
    return (3, "同姓") if surnames & _surnames(real) else None


def _nearly(one: str, other: str) -> bool:
    """One character of three or more is another."""
    return len(one) == len(other) > 2 and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _shares(word: str, real: str) -> bool:
    """Two characters in a row, as a given name has: “枣花嫂”."""
    return any(word[n : n + 2] in real for n in range(len(word) - 1))


def _surnames(real: str) -> set[str]:
    """Where a surname can stand: first, or after a title."""
    return {real[:1]} if len(real) <= 4 else set(real[-3:-1])
