"""Forty workbooks as counties keep them, ten kinds of mess, four of each: every cell is read right or refused with its address."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.disclosure.kinds.fields import masked_name
from services.disclosure.sheets import Options, Table, table_of
from shared.events.disclosure import NoticeKind

FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
SURNAMES, GIVEN = "赵钱孙李周吴郑王", ("建军", "秀兰", "强", "桂英", "小明")
TITLE = "2023年河西村花椒补助发放表"


@dataclass
class Case:
    """A workbook, and what must come of it: the households with their 分, or the addresses that are refused."""

    book: Workbook
    right: list[tuple[str, int]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    kind: NoticeKind = NoticeKind.SUBSIDY
    teams: list[str] | None = None
    check: Callable[[Table], None] = lambda table: None

    @property
    def sheet(self) -> Worksheet:
        assert self.book.active is not None
        return self.book.active

    @property
    def body(self) -> bytes:
        kept = io.BytesIO()
        self.book.save(kept)
        return kept.getvalue()


def households(seed: int, many: int = 6) -> list[tuple[str, int]]:
    """Names and amounts (分) down to single 分."""
    rng = random.Random(seed)
    return [
        (rng.choice(SURNAMES) + rng.choice(GIVEN), rng.choice([rng.randint(1, 99), rng.randint(100, 99_999_999)]))
        for _ in range(many)
    ]


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def case(seed: int, *rows: list[Any], kind: NoticeKind = NoticeKind.SUBSIDY) -> tuple[Case, list[tuple[str, int]]]:
    made, people = Case(Workbook(), kind=kind), households(seed)
    for row in rows:
        made.sheet.append(row)
    made.right = [(masked_name(name), fen) for name, fen in people]
    return made, people


def titles_above(n: int) -> Case:
    """A title, who made it and the unit stand above the heading."""
    unit, size = [("万元", 10**6), ("元", 100), ("分", 1), ("千元", 10**5)][n]
    made, people = case(
        n, [TITLE], ["填报单位：河西村委会", None, None], [None, None, f"单位：{unit}"], ["序号", "姓名", "金额"]
    )
    made.sheet.merge_cells("A1:C1")
    for number, (name, fen) in enumerate(people, 1):
        made.sheet.append([number, name, Decimal(fen) / size])
    return made


def merged_teams(n: int) -> Case:
    """A team's name stands once for all of its households."""
    made, people = case(10 + n, [TITLE], ["村民小组", "户主姓名", "补助金额（元）"])
    for name, fen in people:
        made.sheet.append([None, name, float(yuan(fen))])
    cut = 2 + n
    made.teams = ["一组"] * cut + ["二组"] * (6 - cut)
    made.sheet.cell(3, 1, "一组")
    made.sheet.cell(3 + cut, 1, "二组")
    made.sheet.merge_cells(start_row=3, end_row=2 + cut, start_column=1, end_column=1)
    if cut < 5:
        made.sheet.merge_cells(start_row=3 + cut, end_row=8, start_column=1, end_column=1)
    return made


def written_numbers(n: int) -> Case:
    """Numbers as text: full-width, with separators, money signs, spaces."""
    made, people = case(20 + n, [TITLE], ["姓 名", "补助金额"])
    forms: list[Callable[[int], str]] = [
        lambda fen: f"{yuan(fen):,.2f}".translate(FULL_WIDTH),
        lambda fen: f"¥{yuan(fen):,.2f}",
        lambda fen: f"  {yuan(fen)} 元 ",
        lambda fen: f"￥{yuan(fen):.2f}元整".translate(FULL_WIDTH),
    ]
    for name, fen in people:
        made.sheet.append([f"{name[0]}　{name[1:]}", forms[n](fen)])
    return made


def totals(n: int) -> Case:
    """Subtotals of the teams and a total, told under different names; a wrong one is found by its address."""
    made, people = case(30 + n, [TITLE], ["组别", "姓名", "金额(元)"])
    for team, part in (("一组", people[:3]), ("二组", people[3:])):
        for name, fen in part:
            made.sheet.append([team, name, yuan(fen)])
        made.sheet.append([f"{team}小计", None, yuan(sum(fen for _, fen in part))])
    off = 1 if n in (2, 3) else 0
    made.sheet.append([["合计", "总 计", "合计：", "共计"][n], None, yuan(sum(fen for _, fen in people) + off)])
    if n == 3:
        made.sheet["C6"] = yuan(1)
    made.refused = {2: {"C11"}, 3: {"C6", "C11"}}.get(n, set())
    return made


def units_beside(n: int) -> Case:
    """The unit stands in the heading or within a cell, which goes before whatever else is told."""
    head = ["金额（万元）", "金额(分)", "金额\n（元）", "金额"][n]
    made, people = case(40 + n, [TITLE], ["单位：元"], ["姓名", head])
    for name, fen in people:
        value: Any = [Decimal(fen) / 10**6, fen, yuan(fen), f"{Decimal(fen) / 10**6:f}万元"][n]
        made.sheet.append([name, value])
    return made


def two_headings(n: int) -> Case:
    """A name over several columns, the columns' own names below, or units in a row of their own."""
    made, people = case(50 + n, [TITLE])
    made.sheet.append(["序号", "姓名", "补助情况", None, None] if n < 3 else ["序号", "姓名", "面积", "补助标准", "金额"])
    made.sheet.append(
        [None, None, "面积（亩）", "补助标准（元）", "金额（元）"] if n < 3 else [None, None, "（亩）", "（元）", "（万元）"]
    )
    if n < 3:
        made.sheet.merge_cells("C2:E2")
    made.sheet.merge_cells("A2:A3")
    made.sheet.merge_cells("B2:B3")
    made.right = []
    for number, (name, fen) in enumerate(people, 1):
        standard, area = fen % 40_000 + 1, Decimal(number) / 2
        amount = int((standard * area).to_integral_value("ROUND_HALF_UP"))
        told = amount + (1 if n == 2 and number == 4 else 0)
        made.sheet.append([number, name, float(area), yuan(standard), yuan(told) if n < 3 else Decimal(told) / 10**6])
        made.right.append((masked_name(name), amount))
    made.refused = {"E7"} if n == 2 else set()
    return made


def pages(n: int) -> Case:
    """Printed pages: the heading again, empty rows, sums in words, who signed below."""
    made, people = case(60 + n, [TITLE], ["序号", "姓名", "金额", "备注"])
    for number, (name, fen) in enumerate(people, 1):
        if number == 4:
            made.sheet.append([])
            made.sheet.append(
                [["本页合计", "本页小计", None, "小计"][n], None, yuan(sum(f for _, f in people[:3])) if n != 2 else None]
            )
            made.sheet.append(["序号", "姓名", "金额", "备注"])
        made.sheet.append([number, name, yuan(fen), None])
    made.sheet.append(["合计", None, yuan(sum(fen for _, fen in people))])
    made.sheet.append([])
    made.sheet.append(
        [["合计人民币（大写）：略", "注：以上名单公示7天", "说明：经村民代表会议讨论", "备注：面积以确权证为准"][n]]
    )
    made.sheet.append(["制表人：王芳", None, "审核：刘强"])
    made.sheet.append([None, None, "2023年6月30日"])
    return made


def excels_own(n: int) -> Case:
    """What Excel makes of numbers: floats that are not quite it, formulas it never reckoned, dates, parts of a 分."""
    made, people = case(70 + n, [TITLE], ["姓名", "金额"])
    for name, fen in people:
        made.sheet.append([name, float(yuan(fen))])
    if n == 0:
        made.sheet["B3"], made.right[0] = 0.1 + 0.2, (made.right[0][0], 30)
        made.sheet.append(["合计", "=SUM(B3:B8)"])
    elif n == 1:
        made.sheet["B4"], made.refused = "=B3*2", {"B4"}
    elif n == 2:
        made.sheet["B5"], made.refused = date(2023, 6, 30), {"B5"}
    else:
        made.sheet["B6"], made.refused = 12.345, {"B6"}
    return made


def unreadable(n: int) -> Case:
    """What nobody can read for certain, each refused where it stands."""
    made, people = case(80 + n, [TITLE], ["姓名", "组", "金额"])
    for name, fen in people:
        made.sheet.append([name, "一组", yuan(fen)])
    match n:
        case 0:
            made.sheet["C4"], made.sheet["C7"], made.refused = "约3000", "1O0", {"C4", "C7"}
        case 1:
            made.sheet.merge_cells("C5:C6")
            made.refused = {"C5", "C6"}
        case 2:
            made.sheet["C3"], made.sheet["C8"], made.refused = "叁仟元整", "12,34,5", {"C3", "C8"}
        case 3:
            made.sheet["A5"], made.sheet["C6"], made.refused = None, "(50.00)", {"A5", "C6"}
    return made


def other_tables(n: int) -> Case:
    """Accounts and lists with days in every form; columns that must not be published beside those that must."""
    return [_account, _account_that_breaks, _rectifications, _private][n]()


DAYS = ["2023.1.5", "2023年1月10日", "2023-02-01", date(2023, 2, 20), "２０２３／３／１", "20230315"]


def _account() -> Case:
    made, _ = case(
        90,
        ["河西村2023年一季度收支明细"],
        ["单位：元"],
        ["日期", "摘要", "收入", "支出", "余额"],
        [None, "上期结转", None, None, "1,000.00"],
    )
    balance = 100_000
    for n, on in enumerate(DAYS, 1):
        income, expense = (n * 1_050, None) if n % 2 else (None, n * 505)
        balance += (income or 0) - (expense or 0)
        made.sheet.append([on, f"第{n}笔", income and yuan(income), expense and yuan(expense), yuan(balance)])
    made.sheet.append(["本期合计", None, yuan(9_450), yuan(6_060), None])
    made.sheet.append([None, "期末余额", None, None, yuan(balance)])
    made.kind, made.right = NoticeKind.ASSET, []

    def check(table: Table) -> None:
        [ledger] = table.made
        entries = ledger.content["entries"]
        assert [entry["on"] for entry in entries] == [
            "2023-01-05",
            "2023-01-10",
            "2023-02-01",
            "2023-02-20",
            "2023-03-01",
            "2023-03-15",
        ]
        assert (ledger.content["opening_fen"], ledger.content["closing_fen"]) == (100_000, balance)
        assert sum(e["income_fen"] - e["expense_fen"] for e in entries) == balance - 100_000

    made.check = check
    return made


def _account_that_breaks() -> Case:
    made = _account()
    made.sheet["E8"], made.refused, made.check = "999.99", {"E8"}, lambda table: None
    return made


def _rectifications() -> Case:
    made, _ = case(92, ["县委第二巡察组反馈问题整改清单"], ["序号", "存在问题", "责任单位", "整改时限", "整改状态", "佐证材料"])
    for number, on in enumerate(DAYS, 1):
        made.sheet.append(
            [number, f"问题{number}", "河西村委会", on, "已完成" if number == 1 else "整改中", "照片" if number == 1 else None]
        )
    made.sheet["D5"], made.refused = "45078", {"D5"}
    made.kind = NoticeKind.RECTIFICATION
    return made


def _private() -> Case:
    made, people = case(93, [TITLE], ["姓名", "身份证号", "银行卡号", "联系电话", "金额"])
    for name, fen in people:
        made.sheet.append([name, "11010519491231002X", "6222021234567890128", "13912345678", yuan(fen)])

    def check(table: Table) -> None:
        assert "13912345678" not in str(table)
        assert "11010519491231002X" not in str(table.made)
        assert {shown.note for shown in table.read.shown if shown.address[0] in "BCD"} == {"不公示"}
        assert not any(name in str([(s.text, s.read) for s in table.read.shown]) for name, _ in people if len(name) > 2)

    made.check = check
    return made


MESSES = (
    titles_above,
    merged_teams,
    written_numbers,
    totals,
    units_beside,
    two_headings,
    pages,
    excels_own,
    unreadable,
    other_tables,
)
FORTY = [pytest.param(mess, n, id=f"{mess.__name__}-{n}") for mess in MESSES for n in range(4)]


@pytest.mark.parametrize(("mess", "n"), FORTY)
def test_every_cell_is_right_or_refused_with_its_address(mess: Callable[[int], Case], n: int) -> None:
    made = mess(n)
    table = table_of(made.body, made.kind, Options(period="2023年"))
    assert {wrong.address for wrong in table.wrong} == made.refused, table.wrong
    assert all(wrong.message for wrong in table.wrong)
    if made.refused:
        assert table.made == []
    elif made.right:
        [notice] = table.made
        recipients = notice.content["recipients"]
        assert [(recipient["name"], recipient["amount_fen"]) for recipient in recipients] == made.right
        assert notice.content["total_fen"] == sum(fen for _, fen in made.right)
        assert made.teams is None or [recipient["team"] for recipient in recipients] == made.teams
    made.check(table)


def test_there_are_forty() -> None:
    assert len(FORTY) == 40
