"""The rulebook of hot issues: what many households raise now, ranked, with reasons a person can check.

A matter is hotter the more households raise it; up to twice as hot when it grows against the window before, and up to half as hot
again when people feel strongly. One household is one voice, however often it writes. Pure; it takes a second for ten thousand
cases, so whoever calls it in a service does so in a thread.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from services.routing.clusters import Cluster, belonging, clusters
from services.routing.feeling import Feeling, feeling
from services.routing.likeness import runs
from services.routing.naming import naming

FEW = 3
"""households that make a matter one of many"""
MOST = 20_000
"""cases of a window that are looked at, the newest"""
GROWN, FELT = 1.0, 0.5
"""by how much growth and feeling can raise the heat"""
_DAY = 86_400
_UNKNOWN = "其他/"
"""how a category begins by which nobody said what a case is about"""
_OTHERS = 200
"""cases of other matters that a name is compared with"""


@dataclass(frozen=True, slots=True)
class Raised:
    """A case as far as hot issues are concerned: who raised it, when and where, in the words the group may see."""

    appeal: str
    household: str
    at: datetime
    village: str
    township: str
    text: str
    category: str = ""


@dataclass(frozen=True, slots=True)
class Hot:
    """A hot issue. `growth` and `feeling` are from 0 to 1; `before` are the households of the window before."""

    label: str
    heat: float
    households: int
    before: int
    growth: float
    feeling: float
    since: datetime
    until: datetime
    places: tuple[tuple[str, str, int], ...]
    """township, village, and how many cases, most first"""
    appeals: tuple[str, ...]
    """the most typical first"""
    reasons: tuple[str, ...]


def hottest(now: Sequence[Raised], before: Sequence[Raised], top: int) -> list[Hot]:
    """The hottest matters of the cases of now, beside those of the window before, which is as long."""
    import numpy as np  # it takes a while to load, and every start would wait for that

    raised = [*now[:MOST], *before[:MOST]]
    if len(now) < FEW:
        return []
    said = runs([case.text for case in raised])
    current, past = np.split(np.arange(len(raised)), [min(len(now), MOST)])
    day = np.array([case.at.timestamp() / _DAY for case in raised], dtype=np.float32)
    place = np.array(_numbered([case.township for case in raised]))
    category = np.array(_numbered(["" if case.category.startswith(_UNKNOWN) else case.category for case in raised]))
    alike = clusters(said, current, day, place, category)
    found = [cluster for cluster in alike if len(_households(raised[n] for n in cluster.members)) >= FEW]
    earlier = belonging(said, past, found)
    issues = []
    for number, cluster in enumerate(found):
        was = [raised[n] for n in past[earlier == number]]
        issues.append((cluster, _issue([raised[n] for n in cluster.members], was)))
    issues.sort(key=lambda pair: (-pair[1].heat, pair[1].since))
    named = (_named(issue, cluster, raised) for cluster, issue in issues)
    return list(islice((issue for issue in named if issue.label), top))


def _numbered(names: Sequence[str]) -> list[int]:
    """A number for each name, -1 for none."""
    numbers = {"": -1}
    return [numbers.setdefault(name, len(numbers)) for name in names]


def growth(now: int, before: int) -> float:
    """How much more households there are, from 0 to 1: a few more than none is less than many more than none."""
    return max(0.0, (now - before) / (now + before + 2))


def heat(households: int, grown: float, felt: float) -> float:
    return households * (1 + GROWN * grown) * (1 + FELT * felt)


def _households(cases: Iterable[Raised]) -> set[str]:
    return {case.household for case in cases}


def _issue(cases: list[Raised], was: list[Raised]) -> Hot:
    many, earlier, felt = len(_households(cases)), len(_households(was)), feeling(case.text for case in cases)
    grown = growth(many, earlier)
    places = Counter((case.township, case.village) for case in cases).most_common()
    return Hot(
        label="",
        heat=round(heat(many, grown, felt.strength), 2),
        households=many,
        before=earlier,
        growth=round(grown, 3),
        feeling=round(felt.strength, 3),
        since=min(case.at for case in cases),
        until=max(case.at for case in cases),
        places=tuple((township, village, count) for (township, village), count in places),
        appeals=tuple(case.appeal for case in cases),
        reasons=_reasons(len(cases), many, earlier, felt, len(places)),
    )


def _reasons(cases: int, many: int, before: int, felt: Feeling, places: int) -> tuple[str, ...]:
    counted = f"{many} 户反映 {cases} 件" + (f"，涉及 {places} 处" if places > 1 else "")
    change = "上一时段没有人反映，是新出现的问题" if not before else f"上一时段 {before} 户，{_trend(many, before)}"
    words = "、".join(f"“{word}”" for word in felt.words[:3])
    return (counted, change, f"群众情绪：{_degree(felt.strength)}，多次说到{words}" if words else "群众情绪平和")


def _trend(now: int, before: int) -> str:
    if now == before:
        return "与上一时段持平"
    return f"增加 {now - before} 户" if now > before else f"减少 {before - now} 户"


def _degree(strength: float) -> str:
    return "强烈" if strength >= 0.5 else "较重" if strength >= 0.25 else "一般"


def _named(issue: Hot, cluster: Cluster, raised: Sequence[Raised]) -> Hot:
    """With its name, from one text of each household beside a share of all the others. One phrase alone is no matter: it is chance."""
    own = set(cluster.members.tolist())
    texts = {raised[n].household: raised[n].text for n in reversed(cluster.members.tolist())}
    step = max(1, len(raised) // _OTHERS)
    others = [raised[n].text for n in range(0, len(raised), step) if n not in own]
    phrases = naming([*reversed(texts.values())], others)
    return replace(issue, label="·".join(phrases) if len(phrases) > 1 else "")
