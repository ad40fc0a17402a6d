"""What a bulletin says, before it is a document: its period, its sentences, its tables. Money is exact to the 分."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.clock import CHINA
from shared.inputs import moment_of

FIGURES = {
    "appeals_settled": ("办结群众诉求", "件"),
    "policies_told": ("宣传政策法规", "条"),
    "projects_disclosed": ("公示项目", "个"),
    "projects_fen": ("公示项目资金", "元"),
    "subsidies_disclosed": ("公示惠农补贴", "项"),
    "subsidies_fen": ("公示补贴资金", "元"),
    "disputes_mediated": ("调解矛盾纠纷", "件"),
    "enrichment_told": ("发布致富信息", "条"),
    "jobs_told": ("发布招聘信息", "条"),
    "accounts_disclosed": ("公示集体三资", "期"),
    "decisions_disclosed": ("公示村级决策", "项"),
}
"""figure → what people call it, and its unit"""
TABLE = ("appeals_settled", "policies_told", "projects_disclosed", "projects_fen", "disputes_mediated", "enrichment_told")
"""the columns of the tables by township and month"""
CHARTED = ("appeals_settled", "policies_told")
ELSEWHERE = "全县及跨乡镇"
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)


class BadPeriod(ValueError):
    """No period that could be understood; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`, both midnights of China's."""

    called: str
    since: datetime
    until: datetime

    @property
    def days(self) -> str:
        last = self.until - timedelta(days=1)
        return f"{_day(self.since)}至{_day(last)}"


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A period's figures: of the whole, by township (of a township: by village), by month."""

    period: Period
    place: str
    totals: dict[str, int]
    places: list[dict[str, Any]]
    months: list[dict[str, Any]]
    parted_by: str = "乡镇"

    @property
    def title(self) -> str:
        return f"{self.place}{self.period.called}网上群众工作通报"

    @property
    def sentences(self) -> list[str]:
        t = self.totals
        told = [
            f"{self.period.days}，{self.place}办结群众诉求{t['appeals_settled']:,}件，调解矛盾纠纷{t['disputes_mediated']:,}件；"
            f"宣传政策法规{t['policies_told']:,}条，发布致富信息{t['enrichment_told']:,}条；"
            f"公示项目{t['projects_disclosed']:,}个，资金{yuan(t['projects_fen'])}元。"
        ]
        beside = [
            f"{called}{shown(name, t[name])}{unit}" for name, (called, unit) in FIGURES.items() if name not in TABLE and t[name]
        ]
        return [*told, f"另有：{'，'.join(beside)}。"] if beside else told


def period_of(text: str) -> Period:
    """2023, 2023-Q2, 2023-06, or 2023-06-01..2023-06-15, both days meant. Raises BadPeriod."""
    text = text.strip()
    try:
        if found := _QUARTER.fullmatch(text):
            year, quarter = int(found[1]), int(found[2])
            return _months(f"{year}年第{'一二三四'[quarter - 1]}季度", year, quarter * 3 - 2, 3)
        if re.fullmatch(r"\d{4}", text):
            return _months(f"{text}年", int(text), 1, 12)
        if found := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
            return _months(f"{found[1]}年{int(found[2])}月", int(found[1]), int(found[2]), 1)
        first, _, last = text.partition("..")
        since, until = moment_of(first), moment_of(last or first, last_day=True)
    except (ValueError, OverflowError):
        raise BadPeriod(f"期间看不懂：{text}，请写成 2023、2023-Q2、2023-06 或 2023-06-01..2023-06-15") from None
    if until <= since:
        raise BadPeriod(f"期间的末日早于首日：{text}")
    return Period(f"{_day(since)}至{_day(until - timedelta(days=1))}" if last else _day(since), since, until)


def _months(called: str, year: int, first: int, many: int) -> Period:
    over, month = divmod(first - 1 + many, 12)
    return Period(called, datetime(year, first, 1, tzinfo=CHINA), datetime(year + over, month + 1, 1, tzinfo=CHINA))


def _day(moment: datetime) -> str:
    local = moment.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日"


def yuan(fen: int) -> str:
    """433320000 → 4,333,200.00"""
    return f"{fen // 100:,}.{fen % 100:02d}"


def shown(name: str, value: int) -> str:
    return yuan(value) if name.endswith("_fen") else f"{value:,}"


def heads(first: str) -> list[str]:
    return [first, *(f"{called}（{unit}）" for called, unit in (FIGURES[name] for name in TABLE))]


def rows(parts: list[dict[str, Any]]) -> list[list[str]]:
    """A row a part, as it is shown."""
    return [[part["name"] or ELSEWHERE, *(shown(name, part[name]) for name in TABLE)] for part in parts]
