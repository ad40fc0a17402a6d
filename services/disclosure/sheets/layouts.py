"""Which columns a table of each kind has, under which names counties write them, and how each is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.disclosure.sheets import cells
from services.disclosure.sheets.grid import Cell
from shared.events.disclosure import NoticeKind


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field of the content, what people call it, how it is read, whether each line must have it."""

    field: str
    names: tuple[str, ...]
    read: Callable[[Cell], Any] | None
    """None: an amount"""
    needed: bool = False
    shared: bool = False
    """a merged cell says it of all its lines"""

    @property
    def called(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a kind; whether each line is a notice of its own; names that are known and not published."""

    columns: tuple[Column, ...]
    each_line: bool = False
    left_out: tuple[str, ...] = field(default=("序号", "编号", "备注", "签字", "签名", "领款人签字"))

    def of(self, name: str) -> Column | None:
        """The column of this heading."""
        return next((column for column in self.columns if name in column.names), None)


def _text(name: str, names: str, *, needed: bool = False, shared: bool = True) -> Column:
    return Column(name, tuple(names.split()), cells.words, needed, shared)


def _amount(name: str, names: str, *, needed: bool = False) -> Column:
    return Column(name, tuple(names.split()), None, needed)


def _day(name: str, names: str, *, needed: bool = False) -> Column:
    return Column(name, tuple(names.split()), cells.day, needed, shared=True)


_PRIVATE = (
    "身份证号", "身份证号码", "身份证", "证件号码", "银行账号", "银行卡号", "账号", "卡号", "一卡通账号", "电话", "联系电话",
    "手机号", "手机号码", "开户行", "家庭住址", "住址",
)  # fmt: skip
_USUAL = ("序号", "编号", "备注", "签字", "签名", "领款人签字")

_SUBSIDY = Layout(
    (
        Column(
            "name",
            ("户主姓名", "姓名", "户主", "农户姓名", "补贴对象", "补助对象", "收款人", "受益人"),
            cells.person,
            needed=True,
        ),
        _text("village", "村 行政村 村名 所在村 村(社区)"),
        _text("team", "村民小组 组 小组 组别 村组"),
        Column("quantity", ("数量", "面积", "补贴面积", "补助面积", "亩数", "种植面积", "头数", "规模"), cells.quantity),
        _amount("standard_fen", "补助标准 标准 补贴标准 单价"),
        _amount("amount_fen", "金额 补助金额 补贴金额 发放金额 补贴资金 补助资金 实发金额 应发金额", needed=True),
    ),
    left_out=(*_USUAL, *_PRIVATE),
)
_LEDGER = Layout(
    (
        _day("on", "日期 时间 记账日期 发生日期"),
        _text("matter", "摘要 事由 内容 项目 收支内容", needed=True, shared=False),
        _amount("income_fen", "收入 收入金额 收方"),
        _amount("expense_fen", "支出 支出金额 付方"),
        _amount("balance_fen", "余额 结余 结存 账面余额"),
    ),
    left_out=(*_USUAL, "凭证号", "凭证", "经手人", "审批人"),
)
_RECTIFICATION = Layout(
    (
        Column("number", ("序号", "编号", "问题编号"), cells.count),
        _text("matter", "问题 存在问题 反馈问题 具体问题 问题清单", needed=True, shared=False),
        _text("measure", "整改措施 措施"),
        _text("responsible", "责任单位 牵头单位 整改单位", needed=True),
        _day("deadline", "整改时限 完成时限 整改期限 时限", needed=True),
        _text("state", "整改状态 完成情况 整改情况 状态"),
        _text("evidence", "整改依据 佐证材料 依据"),
    ),
    left_out=("备注", "责任人", "联系人"),
)
_PROJECT = Layout(
    (
        _text("project", "项目名称 项目 名称", needed=True, shared=False),
        _amount("amount_fen", "项目资金 资金 总投资 投资额 金额 项目总投资 资金总额 计划投资", needed=True),
        _text("source", "资金来源 来源", needed=True),
        _text("budget_line", "预算科目 科目 资金科目", needed=True),
        _text("contractor", "承建单位 施工单位 实施单位 中标单位"),
        _day("starts_on", "开工日期 开工时间 开始日期", needed=True),
        _day("ends_on", "完工日期 完工时间 竣工日期 结束日期", needed=True),
        _amount("paid_fen", "已付资金 已拨付 已支付 拨付金额"),
        _text("stage", "进展阶段 进度 项目进展"),
        _text("beneficiaries", "受益范围 受益对象 受益群众", needed=True),
        Column("households", ("受益户数", "户数"), cells.count),
        _text("contact", "联系人及电话 联系人 联系方式 联系电话", needed=True),
        _text("complaints_line", "监督电话 举报电话 监督举报电话", needed=True),
        _text("village", "村 行政村 村名 建设地点 实施地点"),
        _text("township", "乡镇 所在乡镇"),
    ),
    each_line=True,
)
_JOB = Layout(
    (
        _text("employer", "用工单位 招聘单位 企业名称 单位", needed=True),
        _text("post", "岗位 招聘岗位 工种", needed=True, shared=False),
        Column("people", ("人数", "招聘人数", "需求人数"), cells.count, needed=True),
        _amount("pay_from_fen", "月工资下限 最低工资 工资下限 月工资 工资"),
        _amount("pay_to_fen", "月工资上限 最高工资 工资上限"),
        _text("place", "工作地点 地点", needed=True),
        _text("requirements", "要求 招聘要求 条件"),
        _day("apply_until", "报名截止 截止日期"),
        _text("contact", "报名电话 联系电话 联系方式 电话", needed=True),
    ),
    each_line=True,
)
_ENRICHMENT = Layout(
    (
        _text("field", "类别 信息类别 类型", needed=True),
        _text("matter", "内容 信息内容", needed=True, shared=False),
        _text("source", "信息来源 来源 发布单位", needed=True),
        _day("valid_until", "有效期至 有效期 截止日期"),
        _text("contact", "联系电话 联系方式 电话"),
    ),
    each_line=True,
)
_POLICY = Layout(
    (
        _text("title", "标题 政策名称 名称", needed=True, shared=False),
        _text("issuer", "发布单位 发文单位 发文机关", needed=True),
        _text("document", "文号 文件号"),
        _day("effective_on", "施行日期 实施日期"),
        _text("audience", "适用对象 适用人群"),
        _text("points", "要点 主要内容 内容", needed=True, shared=False),
        _text("contact", "咨询电话 联系电话"),
    ),
    each_line=True,
)

LAYOUTS: Mapping[NoticeKind, Layout] = {
    NoticeKind.SUBSIDY: _SUBSIDY,
    NoticeKind.ASSET: _LEDGER,
    NoticeKind.RECTIFICATION: _RECTIFICATION,
    NoticeKind.PROJECT: _PROJECT,
    NoticeKind.FUND: _PROJECT,
    NoticeKind.JOB: _JOB,
    NoticeKind.ENRICHMENT: _ENRICHMENT,
    NoticeKind.POLICY: _POLICY,
    NoticeKind.LAW: _POLICY,
    NoticeKind.WARNING: _POLICY,
}
"""the kinds that counties keep in tables; the others are written one by one"""
