"""Tables of the other kinds, as CSV: each line a notice; what is a line, a total, a note; what is no such table."""

import io

import pytest
from openpyxl import Workbook

from services.disclosure.sheets import Options, Table, table_of
from services.disclosure.sheets.cells import Unreadable, amount, count, day
from services.disclosure.sheets.grid import Cell, address
from shared.events.disclosure import NoticeKind
from shared.problems import Problem

PROJECTS = (
    "2023年衔接资金项目公示,,,,,,,,,\n单位：万元,,,,,,,,,\n"
    "项目名称,总投资,资金来源,预算科目,开工时间,完工时间,受益范围,联系人,监督电话,村\n"
    "道路硬化,120.5,县级财政,2130504,2023-03-01,2023-10-31,全村,村委会,0310-1234567,河西村\n"
    "烘干房,312.82,省级衔接资金,2130504,2023.4.1,2023.11.30,62户,村委会,0310-1234567,河东村\n"
    "合计,433.32,,,,,,,,\n"
)


def read(kind: NoticeKind, text: str, encoding: str = "utf-8", **options: str) -> Table:
    return table_of(text.encode(encoding), kind, Options(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_each_line_of_a_list_of_projects_is_a_notice_of_its_village(encoding: str) -> None:
    table = read(NoticeKind.PROJECT, PROJECTS, encoding)
    assert table.wrong == []
    assert [(made.title, made.village, made.content["amount_fen"], made.row) for made in table.made] == [
        ("道路硬化", "河西村", 120_500_000, 4),
        ("烘干房", "河东村", 312_820_000, 5),
    ]
    assert table.read.totals == 1


def test_a_fault_of_a_line_is_told_with_the_address_of_its_cell() -> None:
    table = read(NoticeKind.PROJECT, PROJECTS.replace("2023.11.30", "2023年2月"))
    assert [(wrong.address, "看不出是哪一天" in wrong.message) for wrong in table.wrong] == [("F5", True)]
    jobs = "单位,岗位,人数,工资下限,工资上限,工作地点,报名电话\n服装厂,缝纫工,20,5000,3500,平川镇,13900000001\n"
    [wrong] = read(NoticeKind.JOB, jobs).wrong
    assert (wrong.address, wrong.message) == ("A2", "月工资下限5,000.00元高于上限3,500.00元")


def test_a_line_that_begins_like_a_note_or_a_total_is_a_line_if_nothing_is_missing_in_it() -> None:
    items = "问题,责任单位,整改时限\n监督责任：落实不到位,纪委,2023-08-31\n累计欠账未清,财政所,2023-09-30\n审核把关不严,农经站,2023-09-30\n"
    [made] = read(NoticeKind.RECTIFICATION, items, title="巡察反馈").made
    assert [item["matter"] for item in made.content["items"]] == ["监督责任：落实不到位", "累计欠账未清", "审核把关不严"]
    policies = "标题,发布单位,要点\n累计缴费满15年可领养老金,县人社局,满15年；到龄申领\n"
    [policy] = read(NoticeKind.POLICY, policies).made
    assert (policy.title, policy.content["points"]) == ("累计缴费满15年可领养老金", ["满15年", "到龄申领"])
    account = "日期,摘要,收入,支出,余额\n,上年结转,,,100\n2023-01-05,支付上年结转工程款,,30,70\n"
    [ledger] = read(NoticeKind.ASSET, account).made
    assert (ledger.content["opening_fen"], ledger.content["closing_fen"]) == (10_000, 7_000)


def test_an_account_without_what_was_carried_forward_is_refused() -> None:
    [wrong] = read(NoticeKind.ASSET, "日期,摘要,收入,支出,余额\n2023-01-05,承包费,30,,30\n").wrong
    assert "上期结转" in wrong.message


@pytest.mark.parametrize(
    ("told", "fen"),
    [
        ("单位：万元", 10_000_000), ("金额单位:元", 1_000), ("单位：亩、万元", 10_000_000), ("单位 人民币元", 1_000),
        ("填报单位：元村村委会", 1_000), ("计量单位：户/分", 10),
    ],
)  # fmt: skip
def test_the_unit_is_what_is_told_above(told: str, fen: int) -> None:
    [made] = read(NoticeKind.SUBSIDY, f"2023年补助,\n{told},\n姓名,金额\n张三,10\n").made
    assert made.content["total_fen"] == fen


def test_what_an_account_adds_up_since_january_is_beside_its_period() -> None:
    account = "日期,摘要,收入,支出,余额\n,上期结转,,,100\n2023-04-05,承包费,30,,130\n,本期合计,30,,\n,本年累计,500,20,\n"
    table = read(NoticeKind.ASSET, account)
    assert table.wrong == []
    assert (table.made[0].content["closing_fen"], len(table.made[0].content["entries"])) == (13_000, 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "缺少"),
        ("姓名,金额\n".encode(), "没有一行数据"),
        ("甲,乙\n1,2\n".encode(), "表头里缺少：户主姓名、金额"),
        ("姓名,金额,补助金额\n张三,1,2\n".encode(), "两列都像是"),
        (b"PK\x03\x04broken", "不是可读的 Excel"),
        (b"a\x00b", "空字符"),
        (",".join(["x"] * 70).encode(), "最多"),
    ],
)
def test_what_is_no_such_table_is_refused_in_one_line(body: bytes, said: str) -> None:
    try:
        told = "；".join(wrong.message for wrong in table_of(body, NoticeKind.SUBSIDY, Options(period="2023年")).wrong)
    except Problem as problem:
        told = problem.detail
    assert said in told


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,234.50", 123_450), ("１，２３４．５", 123_450), ("0.0001万元", 100), ("3亿元", 30_000_000_000), ("-", None), ("(5)", -500),
        ("400元/亩", 40_000), (0.1 + 0.2, 30), (1234567.89, 123_456_789), (7, 700), ("5角", 50),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_fen(written: str | float, fen: int | None) -> None:
    assert amount(Cell("C7", written), "元") == fen


@pytest.mark.parametrize(
    "written", ["1.234.5", "12,34", "约5", "5-6", "1e5", "五元", "0.001", "１０O", "1，23", float("nan"), 1e300]
)
def test_what_is_no_certain_amount_is_not_guessed(written: str | float) -> None:
    with pytest.raises(Unreadable):
        amount(Cell("C7", written), "元")


@pytest.mark.parametrize(("written", "many"), [("62户", 62), ("１２", 12), (7.0, 7), ("1,200", 1200), ("/", None)])
def test_a_count_is_read_with_or_without_its_word(written: str | float, many: int | None) -> None:
    assert count(Cell("C7", written)) == many


@pytest.mark.parametrize("written", ["3人以上", "5-6人", "1.5", 1.5, "若干", "12,00"])
def test_what_is_no_certain_count_is_not_guessed(written: str | float) -> None:
    with pytest.raises(Unreadable):
        count(Cell("C7", written))


@pytest.mark.parametrize("written", ["2023年6月", "23.6.1", "2023-13-01", "2023-02-30", "明年", "45078"])
def test_what_is_no_day_is_not_guessed(written: str) -> None:
    with pytest.raises(Unreadable):
        day(Cell("C7", written))


def test_a_preview_tells_of_other_sheets_and_hidden_rows_and_a_formula_that_failed_is_refused() -> None:
    book, kept = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (("姓名", "组", "金额"), ("张三", "一组", 1), ("李四", "#REF!", 2)):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    more = book.create_sheet("二季度")
    more["A2"] = "姓名"
    book.save(kept)
    table = table_of(kept.getvalue(), NoticeKind.SUBSIDY, Options(period="2023年"))
    assert table.remarks == ("只读了工作表“Sheet”，没有读：二季度", "隐藏的行照样读了：第 2 行")
    assert [wrong.address for wrong in table.wrong] == ["B3"]


@pytest.mark.parametrize(
    ("shown_as", "refused"),
    [
        ("#,##0.00", False),
        ("General", False),
        ('0!.0,"万"', True),
        ("0!.0000", True),
        ("0.00,", True),
        ("0%", True),
        ('0\\.0000"万元"', True),
        ("¥#,##0;-¥#,##0", False),
    ],
)
def test_a_number_that_excel_shows_as_another_is_not_guessed(shown_as: str, refused: bool) -> None:
    book, kept = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (("姓名", "金额（万元）"), ("张三", 12_345)):
        book.active.append(row)
    book.active["B2"].number_format = shown_as
    book.save(kept)
    table = table_of(kept.getvalue(), NoticeKind.SUBSIDY, Options(title="补助", period="2023年"))
    assert [wrong.address for wrong in table.wrong] == (["B2"] if refused else [])


def test_addresses_are_excels() -> None:
    assert [address(7, 3), address(1, 26), address(2, 27), address(3, 703)] == ["C7", "Z1", "AA2", "AAA3"]
