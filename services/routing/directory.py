"""The county's directory of departments, indexed once for what routing asks of it on every message.

A directory is data of one county: its codes, names and duty wordings are its own. So nothing here knows a code. Which office a
department *is* follows from its level and name, what it *owns* from its duties, and how officials *speak* of it from both.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from math import log, sqrt

from services.routing.concepts import WORKS, Concept
from services.routing.concepts_life import LIFE
from services.routing.concepts_order import ORDER
from services.routing.offices import BY_KEY, OFFICES, Office, offices_of
from services.routing.phrases import Phrases

CONCEPTS: tuple[Concept, ...] = (*WORKS, *LIFE, *ORDER)


@dataclass(frozen=True, slots=True)
class Department:
    """One line of the county's directory. `level`: village, township, county, or vertical for those not under the county."""

    code: str
    name: str
    level: str
    duties: tuple[str, ...]
    parent: str | None = None
    areas: tuple[str, ...] = ()
    """`平川镇` or `平川镇/河西村`; empty: the whole county"""
    phone: str = ""

    def serves(self, village: str, township: str) -> bool:
        """A place that is not known is served by everybody."""
        if not self.areas or not township:
            return True
        here = (township, f"{township}/{village}") if village else tuple(a for a in self.areas if a.split("/")[0] == township)
        return any(area in here for area in self.areas)


@dataclass(frozen=True, slots=True)
class Owner:
    """That a department owns a concept, how surely (the surest owner of each concept has 1), and the duty that says so."""

    index: int
    share: float
    duty: str


@dataclass(frozen=True, slots=True)
class Term:
    """A duty word as it may stand in a message. `weight` knows its length and how many departments share it."""

    text: str
    owners: tuple[int, ...]
    weight: float


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_QUALIFIER = re.compile(r"[((][^))]*[))]")
_SPLIT = re.compile(r"[\s、,,;;/。|~!?]+")
_PREFIX = re.compile(r"^(?:负责|承担|组织|开展|受理|办理|村内|村级|本村|农村|城区|城市|城镇|全县|辖区|镇区)")
_SUFFIX = re.compile(
    r"(?:监督管理|管理维护|日常管理|管理|维护|维修|养护|监管|监察|初审|审核|协助|申报|审批|发放|办理|服务|工作|保障|帮扶|救助|整治|治理|监督|受理|清运|投诉|处置|问题|等)$"
)
_PLACES = 5000
"""of so many places it is remembered who serves them not"""
_INSTEAD = 0.6  # an office doing the work of one the county lacks
_SECOND_HAND = re.compile(r"初审|协助|配合|申报|督办|代办|上报")
_VAGUE = _words(
    "农村 城市 环境 服务 管理 村级 文化 事务 工作 群众 社会 安全 生产 农民 老人 留守老人 房屋 综合 村级事务 "
    "公共 维护 城乡 行政 政策 资金"
)
_WEAK = _words(
    "小区 学校 医院 食堂 幼儿园 老师 价格 网络 举报 就业 道路 老人 工厂 公园 市场 养老院 社区 超市 信访 补贴 "
    "污染 车辆 调解 消费 投诉 电力 公路 治安 报警 项目 工程"
)


@lru_cache(maxsize=20_000)
def duty_words(duty: str) -> tuple[str, ...]:
    """The words of one duty: as written without its bracket, and its core ("农村低保初审" → 低保) if that has a meaning."""
    words: dict[str, None] = {}
    for part in _SPLIT.split(_QUALIFIER.sub("", duty)):
        words[part] = None
        words[_SUFFIX.sub("", _PREFIX.sub("", part))] = None
    return tuple(word for word in words if len(word) >= 2 and word not in _VAGUE)


class Directory:
    """Immutable: a changed directory is a new one."""

    def __init__(self, departments: tuple[Department, ...]) -> None:
        self.departments = departments
        self._by_code = {department.code: index for index, department in enumerate(departments)}
        self.offices = tuple(offices_of(d.name, d.level) for d in departments)
        self._elsewhere: dict[tuple[str, str], frozenset[int]] = {}
        self._confined = tuple(i for i, department in enumerate(self.departments) if department.areas)
        self.village = tuple("village" in offices for offices in self.offices)
        self.local = tuple("village" in offices or "township" in offices for offices in self.offices)
        self.owners = tuple(tuple(self._owners(concept)) for concept in CONCEPTS)
        self.terms = tuple(self._terms())
        self.term_phrases = Phrases([(term.text,) for term in self.terms])
        self._bigrams, self._rarity = self._bigram_index()
        self._spoken, self._spoken_pattern = self._spoken_names()

    @classmethod
    def of(cls, departments: Iterable[Department]) -> "Directory":
        """A directory of at least one department."""
        listed = tuple(departments)
        if not listed:
            raise ValueError("目录里没有部门")
        return cls(listed)

    def get(self, code: str) -> Department | None:
        """The department of this code."""
        index = self._by_code.get(code)
        return None if index is None else self.departments[index]

    def having(self, office: str) -> tuple[int, ...]:
        """The departments that are this office, or those that do its work where the county has none."""
        found = tuple(index for index, offices in enumerate(self.offices) if office in offices)
        instead = BY_KEY[office].instead
        return found or (self.having(instead) if instead else ())

    @cached_property
    def county_desk(self) -> Department:
        """Where cases go that no rule places: the letters office, else who coordinates, else the township, else the first."""
        letters = [i for i, offices in enumerate(self.offices) if "letters" in offices]
        coordinating = [i for i in self._with_duty(("信访", "综合协调", "群众诉求")) if "discipline" not in self.offices[i]]
        township = [i for i, offices in enumerate(self.offices) if "township" in offices]
        return self.departments[next(chain(letters, coordinating, township), 0)]

    @cached_property
    def commission(self) -> Department | None:
        """Who alone may see a sealed case."""
        named = [i for i, offices in enumerate(self.offices) if "discipline" in offices]
        by_duty = [i for i in self._with_duty(("贪污", "吃拿卡要", "优亲厚友", "违纪", "监督执纪")) if not self.local[i]]
        found = next(chain(named, by_duty), None)
        return None if found is None else self.departments[found]

    def _with_duty(self, words: tuple[str, ...]) -> list[int]:
        """Departments having one of these words in a duty or their name, in the order of the words."""
        described = [" ".join((d.name, *d.duties)) for d in self.departments]
        return [i for word in words for i, text in enumerate(described) if word in text]

    def elsewhere(self, village: str, township: str) -> frozenset[int]:
        """Departments of other villages and townships, where the directory lists them one by one, and that serve other areas."""
        if (village, township) not in self._elsewhere:
            if len(self._elsewhere) >= _PLACES:
                self._elsewhere.clear()
            self._elsewhere[village, township] = frozenset(self._found_elsewhere(village, township))
        return self._elsewhere[village, township]

    def _found_elsewhere(self, village: str, township: str) -> set[int]:
        out: set[int] = set()
        for place, office in ((village, "village"), (township, "township")):
            these = [i for i, offices in enumerate(self.offices) if office in offices]
            mine = {i for i in these if place and place in self.departments[i].name}
            if mine:
                out.update(i for i in these if i not in mine)
        return out.union(i for i in self._confined if not self.departments[i].serves(village, township))

    def _owners(self, concept: Concept) -> Iterable[Owner]:
        """Who owns a concept: what its duties say counts more than what an office of its name usually does."""
        rank: dict[int, float] = {}
        for place, office in enumerate(concept.offices):
            for index in self.having(office):
                usual = 0.5 * 0.8**place * (1.0 if office in self.offices[index] else _INSTEAD)
                rank[index] = max(rank.get(index, 0.0), usual)
        raw: dict[int, tuple[float, str]] = {}
        fits: dict[tuple[str, ...], tuple[float, str]] = {}  # stations of one kind have the same duties in every township
        for index, department in enumerate(self.departments):
            if department.duties not in fits:
                fits[department.duties] = max((_fit(duty, concept.duties) for duty in department.duties), default=(0.0, ""))
            fit, duty = fits[department.duties]
            if fit or index in rank:
                raw[index] = (0.6 * fit + rank.get(index, 0.0), duty if fit else "")
        surest = max((share for share, _ in raw.values()), default=1.0)
        return [Owner(index, share / surest, duty) for index, (share, duty) in raw.items()]

    def _terms(self) -> Iterable[Term]:
        holders: dict[str, list[int]] = {}
        for index, department in enumerate(self.departments):
            for word in chain.from_iterable(map(duty_words, department.duties)):
                if index not in holders.setdefault(word, []):
                    holders[word].append(index)
        everyone = log(1 + len(self.departments))
        for word, owners in holders.items():
            rarity = log((1 + len(self.departments)) / len(owners)) / everyone
            weight = (0.3 + 0.1 * min(len(word), 5)) * (0.4 + 0.6 * rarity) * (0.4 if word in _WEAK else 1.0)
            yield Term(word, tuple(owners), weight)

    def _bigram_index(self) -> tuple[dict[str, tuple[int, ...]], dict[str, float]]:
        holders: dict[str, dict[int, None]] = {}
        for index, department in enumerate(self.departments):
            for word in chain.from_iterable(map(duty_words, department.duties)):
                for pair in bigrams(word):
                    holders.setdefault(pair, {})[index] = None
        rarity = {pair: log((1 + len(self.departments)) / len(owners)) for pair, owners in holders.items()}
        return {pair: tuple(owners) for pair, owners in holders.items()}, rarity

    def resembling(self, text: str) -> tuple[tuple[int, float], ...]:
        """Departments whose duties share rare pairs of characters with the text, most alike first (0 to 1)."""
        pairs = bigrams(text)
        score: dict[int, float] = {}
        for pair in pairs:
            for index in self._bigrams.get(pair, ()):
                score[index] = score.get(index, 0.0) + self._rarity[pair]
        most = log(1 + len(self.departments)) * sqrt(max(len(pairs), 4))
        return tuple(sorted(((i, min(1.0, s / most)) for i, s in score.items()), key=lambda item: -item[1]))

    def _spoken_names(self) -> tuple[dict[str, tuple[int, bool]], re.Pattern[str]]:
        """Every name a department is called by → (department, whether it is a bare word)."""
        spoken: dict[str, tuple[int, bool]] = {}
        for index, department in enumerate(self.departments):
            for name in _own_names(department.name):
                spoken.setdefault(name, (index, False))
        for office in OFFICES:
            holders = self.having(office.key)
            for word in (*office.spoken, *office.bare) if holders else ():
                spoken.setdefault(word, (self._closest(word, holders, office), word in office.bare))
        names = sorted(spoken, key=len, reverse=True)
        return spoken, re.compile("|".join(map(re.escape, names)))

    def _closest(self, word: str, holders: tuple[int, ...], office: Office) -> int:
        """Of several departments of one office, the one whose name shares most with the word said ("自来水公司")."""
        letters = set(word) - set("县镇乡局所公司站办部门")
        return max(holders, key=lambda i: (len(letters & set(self.departments[i].name)), -len(self.offices[i]), -i))

    def names_in(self, text: str) -> Iterator[tuple[int, int, int, bool]]:
        """Where departments are named: from, to, which one, and whether by a bare word."""
        for match in self._spoken_pattern.finditer(text):
            yield match.start(), match.end(), *self._spoken[match.group()]

    def mentioned(self, text: str) -> dict[int, float]:
        """County offices named in the text, and how clearly; villagers say 村委会 and 镇里 of too many things."""
        named: dict[int, float] = {}
        for _, _, index, bare in self.names_in(text):
            if not self.local[index]:
                named[index] = max(named.get(index, 0.0), 0.25 if bare else 0.5)
        return named

    def by_name(self, text: str, *, sender: str = "") -> Department | None:
        """The department an official's message points to; None when it names none, or only the sender's own.

        Its own is what he calls "我们供电所", and the department whose code is given as `sender`.
        """
        best: tuple[int, int] | None = None
        for start, end, index, bare in self.names_in(text):
            force = _referral(text[max(0, start - 10) : start], text[end : end + 6])
            if force is None or (bare and force == 0) or self.departments[index].code == sender:
                continue
            if best is None or force > best[0]:
                best = (force, index)
        return None if best is None else self.departments[best[1]]


_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fff"
_COUNTY = re.compile(r"^[\u4e00-\u9fff]{1,6}?(?:自治县|县|市|区|旗)(?=[\u4e00-\u9fff]{3,})")
_CLAUSE = re.compile(r"[,,。;;!!??::\s]")
_OWN = re.compile(r"(?:我们|俺们|咱们|咱|我|俺|本|来|到|在|去)(?:县|镇|乡|村)?$")
_MINE = re.compile(r"(?:我们|俺们|咱们|咱|我|俺|本)(?:县|镇|乡|村)?$")
_NOT = re.compile(r"(?:不归|不属于?|不是|不由|不该|非|并非|不在|不用找|别找)(?:我们|咱们|俺们)?(?:县|镇|乡)?$")
_ITS = r"(?:县|镇|乡|市|区|辖区|咱|咱们|我们)?(?:里|上)?的?$"
_PASS_ON = re.compile(
    r"(?:转|移交|移送|交由|交给|转给|转交|派给|派单|推送|划归|改派)(?:到|至|给|由|了|请|办|去|往|报|交)*" + _ITS
)
_POINT = re.compile(
    r"(?:归|属于?|由|找|联系|报|通知|协调|对接|请|反馈给|反映给|问|给|是|让|与|跟|和|同|向)(?:了|到|下|一下|给)?" + _ITS
)
_AFTER = re.compile(r"^(?:部门|那边|的?同志|来?管|负责|的事|职责|处理|来办|的业务|范围|窗口|牵头|解决|答复|办理)")


def _referral(before: str, after: str) -> int | None:
    """How strongly words around a name hand the matter over: 2 passed on, 1 pointed to, 0 merely named, None own or denied."""
    before = _CLAUSE.split(before)[-1]
    if _NOT.search(before):
        return None
    if _PASS_ON.search(before):
        return 2
    if _MINE.search(before) and not _POINT.search(before):
        return None
    if _POINT.search(before) or _AFTER.match(after):
        return 1
    return None if _OWN.search(before) else 0


def _own_names(name: str) -> Iterable[str]:
    """A department's name in full, without its bracket, without its county."""
    plain = _QUALIFIER.sub("", name)
    return {n for n in (name, plain, _COUNTY.sub("", plain)) if len(n) >= 3}


def _fit(duty: str, words: tuple[str, ...]) -> tuple[float, str]:
    """How well one duty says a concept's words: the same word 1, containing it less, contained in it least."""
    best = 0.0
    for core in (*duty_words(duty), _QUALIFIER.sub("", duty)):
        for word in words:
            if core == word:
                best = max(best, 1.0)
            elif word in core:
                best = max(best, 0.85)
            elif core in word and len(core) >= 2 and core not in _VAGUE:
                best = max(best, 0.55)
    if _SECOND_HAND.search(duty):
        best *= 0.75
    return best, duty


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring Chinese characters."""
    return frozenset(a + b for a, b in pairwise(text) if _FIRST_HAN <= a <= _LAST_HAN and _FIRST_HAN <= b <= _LAST_HAN)
