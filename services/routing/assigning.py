"""Who gets a case, how sure that is and why. Pure.

In this order: a sealed case goes to the discipline commission and is read by nobody else; what the county's own categories say
of keywords, place and time is exact; then how people speak, the directory's duties, likeness of characters (matching.py), together
with what was learned from other counties (proposing.py), or what was learned from the county's own cases where that is surer
(learned.py). The best is assigned when it is sure enough, else the case waits at the county desk with the best candidates. And
nobody judges a complaint about himself (信访工作条例): it goes to who is over him.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.routing.categories import Place, rules
from services.routing.departments import Departments
from services.routing.directory import Department, Directory
from services.routing.learned import SILENT, Hearing, joined
from services.routing.learned import proposals as of_model
from services.routing.matching import propose
from services.routing.proposing import MOST, NOBODY_HEARD, Proposal
from shared.events.intake import AppealOpened, Kind
from shared.events.routing import CaseAssigned, Considered
from shared.privacy import mask

CONFIDENT = 0.45
"""how sure a proposal must be to be assigned, where the county did not say otherwise: below it no rule of matching.py spoke"""
CONFIDENT_TOGETHER = 0.3
"""… and when rules and what was learned elsewhere are weighed together, whose word is a probability: below it half would go wrong"""
_BY_KEYWORD, _BY_CATEGORY = 0.97, 0.9
"""how sure a county's own rule is: by a word that stands in the text, by what the text was read to be about"""

_SENTENCE = re.compile(r"[。！？!?\n]")
_CONDUCT = re.compile(
    "不作为|乱作为|慢作为|推诿|扯皮|踢皮球|敷衍|刁难|态度(?:非常|特别|太|很|极其)?(?:恶劣|差|蛮横|不好)|乱收费|乱罚款|吃拿卡要|索要|收好处"
    "|故意拖|一拖再拖|拖着不办|骂人|打人|欺负|偏袒|包庇|徇私|弄虚作假|暗箱操作|截留|克扣|执法不公|处理不公|强拆|违规操作|以权谋私"
)
_COMPLAINT = re.compile(r"(?:投诉|举报|控告|检举|状告)(?:的是|一下|下)?(?:我们|咱们|咱|俺们)?(?:县|镇|乡|村)?(?:里|上)?的?$")
_FAR = 16
"""characters behind a name within which somebody's conduct is his"""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets a case. `proposals` are all that were considered, best first."""

    department: Department
    proposals: tuple[Proposal, ...]
    threshold: float
    waits: bool = False
    accused: tuple[str, ...] = ()
    heard: tuple[Proposal, ...] = ()
    """what the model said, whether it counted or only watched"""

    @property
    def best(self) -> Proposal:
        return self.proposals[0]

    @property
    def candidates(self) -> tuple[str, ...]:
        """Who comes next: after the one it was assigned to, or of whom the county desk chooses."""
        return tuple(p.department for p in self.proposals if p.department != self.department.code)


def assigned(opened: AppealOpened, departments: Departments, at: datetime, heard: Hearing = SILENT) -> CaseAssigned:
    """The event by which an appeal becomes a case, with all that explains it later."""
    found = assignment(opened, departments, heard)
    facts = {name: getattr(opened, name) for name in AppealOpened.model_fields if name in CaseAssigned.model_fields}
    return CaseAssigned(
        **facts | {"occurred_at": at, "text": None if opened.sealed or not opened.text else mask(opened.text)},
        department=found.department.code,
        department_name=found.department.name,
        category=found.best.category,
        opened_at=opened.occurred_at,
        confidence=found.best.confidence,
        reasons=found.best.reasons,
        candidates=found.candidates,
        waits=found.waits,
        proposals=_told(found.proposals),
        threshold=found.threshold,
        accused=found.accused,
        directory=departments.version,
        model=heard.own.version if heard.own else None,
        model_proposals=_told(found.heard),
    )


def _told(proposals: Iterable[Proposal]) -> tuple[Considered, ...]:
    return tuple(Considered(department=p.department, confidence=p.confidence, reasons=p.reasons) for p in proposals)


def assignment(opened: AppealOpened, departments: Departments, heard: Hearing = SILENT) -> Assignment:
    """Who gets this appeal by the directory of its moment."""
    directory, desk = departments.index, departments.index.county_desk
    place = Place(opened.village, opened.township, opened.occurred_at)
    own = None if opened.sealed else heard.own
    learned = of_model(own, departments, place) if own else ()
    confident = CONFIDENT_TOGETHER if heard.offices else CONFIDENT
    counts = learned if own and not own.shadow else ()
    proposals = proposed(opened, departments, heard.offices, counts)
    if opened.sealed:
        return Assignment(directory.get(proposals[0].department) or desk, proposals, 0.0)
    accused = complained_of(opened.text or "", directory, opened.village, opened.township)
    proposals = _supervised(proposals, accused, departments, opened)
    best = proposals[0]
    known = departments.categories.get(best.category)
    threshold = confident if known is None or known.threshold is None else known.threshold
    waits = best.confidence < threshold
    department = desk if waits else directory.get(best.department) or desk
    return Assignment(department, proposals, threshold, waits, tuple(sorted(d.code for d in accused)), learned)


def proposed(
    opened: AppealOpened, departments: Departments, offices: Mapping[str, float] = NOBODY_HEARD,
    learned: Sequence[Proposal] = (),
) -> tuple[Proposal, ...]:  # fmt: skip
    """The fitting departments, best first, with reasons. A sealed appeal goes to the commission without being read."""
    text, village, township = opened.text or "", opened.village, opened.township
    read = propose(
        text, departments.index, kind=opened.kind, sealed=opened.sealed, village=village, township=township, offices=offices
    )
    if opened.sealed or opened.kind is Kind.REPORT:
        return read
    place = Place(village, township, opened.occurred_at)
    ruled = [
        Proposal(
            rule.office.department, _BY_KEYWORD if rule.keyword else _BY_CATEGORY, rule.category,
            (f"{rule.reason}（{departments.by_code[rule.office.department].name}）",),
        )
        for rule in rules(text, read[0].category, departments.categories, place)
        if rule.office.department in departments.by_code
    ]  # fmt: skip
    return _ranked(ruled, joined(read, learned))


def _ranked(ruled: list[Proposal], read: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Each department once, the county's rules before what was read, and nobody surer than who stands before him."""
    first: dict[str, Proposal] = {}
    for proposal in (*ruled, *read):
        first.setdefault(proposal.department, proposal)
    ranked: list[Proposal] = []
    for proposal in list(first.values())[:MOST]:
        surest = min([proposal.confidence, *(p.confidence for p in ranked)])
        ranked.append(replace(proposal, confidence=surest))
    return tuple(ranked)


def complained_of(text: str, directory: Directory, village: str, township: str) -> tuple[Department, ...]:
    """The departments whose own conduct the text complains about: named, and beside words for what offices do wrong."""
    elsewhere = directory.elsewhere(village, township)
    found: dict[int, None] = {}
    for start, end, index, bare in directory.names_in(text):
        after = _SENTENCE.split(text[end : end + _FAR])[0]
        if not bare and (_CONDUCT.search(after) or _COMPLAINT.search(text[max(0, start - 12) : start])):
            found[_here(index, directory, elsewhere)] = None
    return tuple(directory.departments[index] for index in found)


def _here(index: int, directory: Directory, elsewhere: frozenset[int]) -> int:
    """Who says 村委会 means his own village's."""
    if index not in elsewhere:
        return index
    alike = (i for i, offices in enumerate(directory.offices) if offices == directory.offices[index] and i not in elsewhere)
    return next(alike, index)


def _supervised(
    proposals: tuple[Proposal, ...], accused: tuple[Department, ...], departments: Departments, opened: AppealOpened
) -> tuple[Proposal, ...]:
    """The proposals without the accused; in the place of one that was the best stands who is over it."""
    codes = {department.code for department in accused}
    kept = [proposal for proposal in proposals if proposal.department not in codes]
    best = proposals[0]
    if best.department in codes:
        judged = next(department for department in accused if department.code == best.department)
        over = supervisor(judged, codes, departments, opened.village, opened.township)
        why = f"文中投诉的是{judged.name}，不由其自行办理，交{over.name}"
        kept = [Proposal(over.code, best.confidence, best.category, (why, *best.reasons))] + [
            proposal for proposal in kept if proposal.department != over.code
        ]
    return tuple(kept)


def supervisor(judged: Department, accused: set[str], departments: Departments, village: str, township: str) -> Department:
    """Who is over a department: its parent, a village's township, else the county desk; of the desk itself, the commission."""
    directory = departments.index
    elsewhere = directory.elsewhere(village, township)
    above: list[Department] = []
    seen = judged
    while seen.parent and (parent := departments.by_code.get(seen.parent)) and parent not in above:
        above.append(parent)
        seen = parent
    if not above and "village" in directory.offices[directory.departments.index(judged)]:
        above = [directory.departments[i] for i in directory.having("township") if i not in elsewhere]
    above += [directory.county_desk, *([directory.commission] if directory.commission else [])]
    return next((department for department in above if department.code not in accused), directory.county_desk)
