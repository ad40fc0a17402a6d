"""The hottest issues of a year of public messages to a city, kept beside the project on machines that have them.

The set has no labels. The sets of messages below were marked by words that stand in them, for well-known matters of that year: they
say how much of a matter is found in one issue, and how much of the issue is that matter. Run with `-s` to see the figures.
"""

import csv
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean

import pytest

from services.routing.hot import Hot, Raised, hottest
from shared.clock import CHINA

MESSAGES = Path(__file__).resolve().parents[3] / "shared" / "data" / "tipdm" / "messages_hot.csv"
BEGINNING = 200
"""characters of a message: a villager in a chat says no more"""
MATTERS = {
    "丽发新城旁的搅拌站": ("丽发", "搅拌"),
    "伊景园捆绑销售车位": ("伊景园|滨河苑", "车位|广铁|捆绑|职工"),
    "魅力之城油烟噪音": ("魅力之城", "油烟|噪|夜宵|烧烤|餐"),
    "58车贷案": ("58车贷|58车货",),
    "人才购房补贴": ("购房补贴", "人才|硕士|博士|高级技"),
    "凉塘路旧城改造": ("凉塘路",),
    "泉星公园": ("泉星公园",),
    "月亮岛路高压线": ("月亮岛", "高压|110"),
}
_TOWN = re.compile(r"[A-Z]\d*[区县]")


@dataclass(frozen=True)
class Share:
    """Of a matter's messages: how many are in the issue that has most of them; of that issue: how much is the matter."""

    found: float
    pure: float


def messages() -> list[Raised]:
    with MESSAGES.open(encoding="utf-8-sig", newline="") as file:
        return sorted(map(_raised, csv.DictReader(file)), key=lambda case: case.at, reverse=True)


def _raised(row: dict[str, str]) -> Raised:
    town = _TOWN.search(row["留言主题"])
    return Raised(
        appeal=row["留言编号"],
        household=row["留言用户"],
        at=datetime.fromisoformat(row["留言时间_iso"]).replace(tzinfo=CHINA),
        village="",
        township=town[0] if town else "",
        text=f"{row['留言主题']}。{row['留言详情'].strip()}"[:BEGINNING],
    )


def share(words: tuple[str, ...], cases: list[Raised], issues: list[Hot]) -> Share:
    marked = {case.appeal for case in cases if all(re.search(word, case.text) for word in words)}
    best = max(issues, key=lambda issue: len(marked & set(issue.appeals)))
    both = len(marked & set(best.appeals))
    return Share(both / len(marked), both / len(best.appeals))


@pytest.mark.skipif(not MESSAGES.exists(), reason="the public messages are not beside the project on this machine")
def test_the_hottest_issues_of_a_year_are_the_matters_that_most_people_wrote_about() -> None:
    cases = messages()
    issues = hottest(cases, [], 400)
    for issue in issues[:5]:
        print(f"{issue.label}：热度 {issue.heat}，{'；'.join(issue.reasons)}，{issue.since:%Y-%m-%d} 至 {issue.until:%Y-%m-%d}")
    shares = {name: share(words, cases, issues) for name, words in MATTERS.items()}
    for name, one in shares.items():
        print(f"{name}：找到 {one.found:.0%}，其中 {one.pure:.0%} 是这件事")
    print(f"平均：找到 {mean(s.found for s in shares.values()):.3f}，{mean(s.pure for s in shares.values()):.3f} 是这件事")

    first, second = issues[:2]
    assert "丽发新城" in first.label
    assert "搅拌站" in first.label
    assert "伊景园" in second.label
    assert "车位" in second.label or "捆绑" in second.label
    assert first.households >= 40
    assert second.households >= 40
    assert mean(s.found for s in shares.values()) >= 0.6
    assert mean(s.pure for s in shares.values()) >= 0.85
