"""Which department answers for an appeal: by rules alone, with reasons a person can check.

Three sources of evidence: the lexicon of concepts, which translates how people speak into what directories say; the
directory's own duty words standing in the text; and, where both are silent, likeness of characters. Where the trouble is
decides between a village and an office of the county that own the same kind of thing (a lamp in a lane, a lamp in town).
What no rule places goes to the county desk with a confidence low enough that a person looks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from services.routing.concepts import Reach
from services.routing.concepts_life import DANGER, NEUTRAL
from services.routing.directory import CONCEPTS, Department, Directory
from services.routing.phrases import Phrases
from services.routing.proposing import MOST, NOBODY_HEARD, Proposal, Why, together
from shared.events.intake import Kind

__all__ = ["Department", "Directory", "Proposal", "propose", "without_places"]


class Ground(Enum):
    """Where the trouble is, as far as the text and the group tell."""

    INSIDE = "inside"
    """the text itself says: in the village, in a lane"""
    VILLAGE = "village"
    """the group is a village's"""
    TOWN = "town"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Evidence:
    weight: float
    category: str
    reason: str


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


_PHRASES = Phrases([concept.said for concept in CONCEPTS], NEUTRAL)
_IN_TOWN = _words("小区 城区 县城 城里 市区 步行街 商业街 单元楼 号楼 业主 物业 市政 城东 城西 城南 城北 环路 大道 商场")
_IN_VILLAGE = _words(
    "俺村 我村 我们村 咱村 村里 村内 本村 村东 村西 村南 村北 村口 村头 村中 全村 庄上 庄里 村后 村前 屯里 生产路 巷子 巷道 巷里 胡同"
)
_VILLAGE_TALK = _IN_VILLAGE + _words("村委 大队 村干部 支书 村长 组长 队长 巷 邻居 街坊 祠堂 村民")
_UNDER_TOWN = ("社区", "居委会", "街道")
_SHARED = {
    Ground.INSIDE: {"village": 1.0, "township": 0.65, "county": 0.5},
    Ground.VILLAGE: {"village": 1.0, "township": 0.75, "county": 0.7},
    Ground.TOWN: {"village": 0.6, "township": 0.6, "county": 1.0},
    Ground.UNKNOWN: {"village": 0.9, "township": 0.7, "county": 0.9},
}
_REACHES = {
    Reach.LOCAL: {"village": 1.0, "township": 0.7, "county": 0.6},
    Reach.COUNTY: {"village": 0.6, "township": 0.65, "county": 1.0},
}


SEALED_CATEGORY = "纪检监察/举报"
"""of whatever is sealed: what it is about is nobody else's to know"""


def propose(
    text: str, directory: Directory, *, kind: Kind, sealed: bool = False, village: str = "", township: str = "",
    offices: Mapping[str, float] = NOBODY_HEARD,
) -> tuple[Proposal, ...]:  # fmt: skip
    """The departments that may be accountable, best first; never empty. A sealed case is proposed to the commission alone.

    `offices` is what was learned from other counties: how much the text is like those that an office of this kind answered.
    """
    if sealed:
        return (_sealed(directory),)
    plain = without_places(text, village, township)
    ground = _ground(plain, village)
    evidence: dict[int, list[_Evidence]] = {}
    elsewhere = directory.elsewhere(village, township)
    orphan = _by_concepts(plain, directory, ground, evidence, elsewhere)
    _by_duty_words(plain, directory, ground, evidence, elsewhere)
    _by_names(plain, directory, evidence)
    if kind is Kind.REPORT:
        _by_accusation(directory, evidence)
    for index in elsewhere & evidence.keys():
        del evidence[index]
    if offices and kind is not Kind.REPORT:
        ruled = {i: (_total(found), _why(found)) for i, found in evidence.items()}
        return together(plain, directory, ruled, offices, elsewhere)
    if not evidence:
        return _guess(plain, directory, ground, orphan, elsewhere)
    return _ranked(directory, evidence)


def _sealed(directory: Directory) -> Proposal:
    commission = directory.commission
    if commission is None:
        return Proposal(directory.county_desk.code, 0.3, SEALED_CATEGORY, ("密件;目录中没有纪检监察部门,由县级受理台保管",))
    return Proposal(commission.code, 0.99, SEALED_CATEGORY, ("密件只交纪检监察部门",))


def without_places(text: str, village: str, township: str) -> str:
    """A village may be called after a bridge or a kiln: its name says where, never what."""
    here = "本社区" if village.endswith(_UNDER_TOWN) else "本村"
    for name, instead in ((village, here), (village.removesuffix("社区").removesuffix("村"), "此处"), (township, "本镇")):
        if len(name) >= 3:
            text = text.replace(name, instead)
    return text


def _ground(text: str, village: str) -> Ground:
    if any(word in text for word in _IN_VILLAGE):
        return Ground.INSIDE
    if village.endswith(_UNDER_TOWN) or any(word in text for word in _IN_TOWN):
        return Ground.TOWN
    return Ground.VILLAGE if village or any(word in text for word in _VILLAGE_TALK) else Ground.UNKNOWN


def _layer(directory: Directory, index: int) -> str:
    if directory.village[index]:
        return "village"
    return "township" if directory.local[index] else "county"


def _by_concepts(
    text: str, directory: Directory, ground: Ground, evidence: dict[int, list[_Evidence]], elsewhere: frozenset[int]
) -> str:
    """Evidence from how people speak. Returns the category of a matter nobody in the directory owns, or nothing."""
    endangered = any(word in text for word in DANGER)
    orphan = ""
    for number, hit in _PHRASES.find(text).items():
        concept = CONCEPTS[number]
        reach = _SHARED[ground] if concept.reach is Reach.SHARED else _REACHES[concept.reach]
        strength = hit.strength * (1.25 if endangered and concept.danger else 1.0)
        if not directory.owners[number]:
            orphan = orphan or concept.category
        for owner in directory.owners[number]:
            if owner.index in elsewhere:
                continue
            name = directory.departments[owner.index].name
            because = f"{name}职责有“{owner.duty}”" if owner.duty else f"通常由{name}负责"
            reason = f"“{'、'.join(hit.words)}”属“{concept.category}”,{because}"
            weight = strength * owner.share * reach[_layer(directory, owner.index)]
            evidence.setdefault(owner.index, []).append(_Evidence(weight, concept.category, reason))
    return orphan


def _by_duty_words(
    text: str, directory: Directory, ground: Ground, evidence: dict[int, list[_Evidence]], elsewhere: frozenset[int]
) -> None:
    """Evidence from the directory's own words standing in the text."""
    for number, hit in directory.term_phrases.find(text).items():
        term = directory.terms[number]
        for index in term.owners:
            if index in elsewhere:
                continue
            weight = term.weight * min(1.0, hit.strength) * _SHARED[ground][_layer(directory, index)]
            reason = f"文中有{directory.departments[index].name}的职责“{term.text}”"
            evidence.setdefault(index, []).append(_Evidence(weight, f"其他/{term.text}", reason))


def _by_names(text: str, directory: Directory, evidence: dict[int, list[_Evidence]]) -> None:
    """Who writes "社保局说…" has been there: weak evidence, as he may have been at the wrong door."""
    for index, weight in directory.mentioned(text).items():
        reason = f"文中提到{directory.departments[index].name}"
        evidence.setdefault(index, []).append(_Evidence(weight, "其他/点名部门", reason))


def _by_accusation(directory: Directory, evidence: dict[int, list[_Evidence]]) -> None:
    """A report accuses somebody: the commission hears it whatever it is about."""
    if directory.commission is None:
        return
    index = directory.departments.index(directory.commission)
    evidence.setdefault(index, []).append(_Evidence(2.5, SEALED_CATEGORY, "检举控告由纪检监察部门受理"))


def _ranked(directory: Directory, evidence: dict[int, list[_Evidence]]) -> tuple[Proposal, ...]:
    """One strong reason counts whole, each further one by less: many faint echoes must not outweigh what the text is about."""
    totals = [(_total(found), index, found) for index, found in evidence.items()]
    totals.sort(key=lambda item: (-item[0], item[1]))
    best = totals[0][0]
    runner_up = totals[1][0] if len(totals) > 1 else 0.0
    lead = 0.4 + 0.3 * min(1.0, best / 1.8) + 0.3 * (best - runner_up) / best
    return tuple(
        _proposal(directory, index, found, lead if total == best else lead * total / best * 0.9)
        for total, index, found in totals[:MOST]
    )


def _total(found: list[_Evidence]) -> float:
    """Sorts the evidence, the strongest first."""
    found.sort(key=lambda e: -e.weight)
    return sum(e.weight * 0.45**place for place, e in enumerate(found[:4]))


def _why(found: list[_Evidence]) -> Why:
    category = next((e.category for e in found if not e.category.startswith("其他/")), found[0].category)
    return Why(category, tuple(dict.fromkeys(e.reason for e in found[:3])))


def _proposal(directory: Directory, index: int, found: list[_Evidence], confidence: float) -> Proposal:
    why = _why(found)
    return Proposal(directory.departments[index].code, round(min(0.97, confidence), 3), why.category, why.reasons)


def _guess(text: str, directory: Directory, ground: Ground, orphan: str, elsewhere: frozenset[int]) -> tuple[Proposal, ...]:
    """No rule spoke: likeness of characters, the village for village talk, and always the county desk."""
    category = orphan or "其他/待分办"
    proposals = [
        Proposal(directory.departments[index].code, round(0.15 + 0.25 * likeness, 3), category, ("字面与职责相近,需人工核对",))
        for index, likeness in [alike for alike in directory.resembling(text) if alike[0] not in elsewhere][:1]
        if likeness >= 0.3 and not orphan
    ]
    if ground is not Ground.TOWN and any(word in text for word in _VILLAGE_TALK):
        inside = [directory.departments[i].code for i in directory.having("village") if i not in elsewhere]
        proposals += [Proposal(code, 0.3, category, ("村内事项,先由村里了解",)) for code in inside[:1]]
    why = f"目录中没有部门负责“{orphan}”" if orphan else "没有规则认出这件事"
    proposals.append(Proposal(directory.county_desk.code, 0.15, category, (f"{why},由县级受理台分办",)))
    return _distinct(proposals)


def _distinct(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    first: dict[str, Proposal] = {}
    for proposal in proposals:
        first.setdefault(proposal.department, proposal)
    return tuple(first.values())[:MOST]
