"""Where money goes: projects and their funds, subsidies by household, a village's funds, assets and resources (三资).

What does not add up is no notice: every sum that is told is reckoned again from what it is the sum of.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from services.disclosure.kinds.fields import (
    HASH,
    Balance,
    Content,
    Count,
    Currency,
    Day,
    Fen,
    MaskedName,
    Part,
    Word,
    Words,
    must_agree,
    span,
    yuan,
)

RECIPIENTS = 3000
"""of one list: an event has to fit into one message of the transport"""


class Level(StrEnum):
    """Of which level of government the money is."""

    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    OTHER = "other"


class Source(Part):
    name: Annotated[Word, Field(title="资金来源")]
    level: Annotated[Level, Field(title="资金级别")] = Level.COUNTY
    amount_fen: Annotated[Fen, Field(title="金额")]


class Payment(Part):
    on: Annotated[Day, Field(title="支付日期")]
    to: Annotated[Word, Field(title="收款单位")]
    amount_fen: Annotated[Fen, Field(title="金额")]


class Attachment(Part):
    name: Annotated[Word, Field(title="附件名称")]
    sha256: Annotated[str, Field(pattern=HASH, title="附件校验值")]


class ProjectFunds(Content):
    """项目资金: what is built or bought, with whose money, by whom, for whom."""

    KIND: ClassVar[str] = "项目资金"
    project: Annotated[Word, Field(title="项目名称")]
    amount_fen: Annotated[Fen, Field(title="项目资金")]
    currency: Annotated[Currency, Field(title="币种")] = "CNY"
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=50, title="资金来源")]
    budget_line: Annotated[Word, Field(title="预算科目")]
    contractor: Annotated[Word | None, Field(title="承建单位")] = None
    starts_on: Annotated[Day, Field(title="开工日期")]
    ends_on: Annotated[Day, Field(title="完工日期")]
    stage: Annotated[Word | None, Field(title="进展阶段")] = None
    payments: Annotated[tuple[Payment, ...], Field(max_length=500, title="支付明细")] = ()
    paid_fen: Annotated[Fen, Field(title="已付资金")] = 0
    beneficiaries: Annotated[Word, Field(title="受益范围")]
    households: Annotated[Count | None, Field(title="受益户数")] = None
    contact: Annotated[Word, Field(title="联系人及电话")]
    complaints_line: Annotated[Word, Field(title="监督电话")]
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=50, title="附件")] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        must_agree("项目资金", self.amount_fen, sum(source.amount_fen for source in self.sources))
        if self.payments:
            must_agree("已付资金", self.paid_fen, sum(payment.amount_fen for payment in self.payments))
        if self.paid_fen > self.amount_fen:
            raise ValueError(f"已付资金{yuan(self.paid_fen)}超过项目资金{yuan(self.amount_fen)}")
        if self.ends_on < self.starts_on:
            raise ValueError("完工日期早于开工日期")
        return self

    def money(self) -> int:
        return self.amount_fen

    def summary(self) -> str:
        sources = "、".join(f"{source.name}{yuan(source.amount_fen)}" for source in self.sources)
        by = f"，承建单位{self.contractor}" if self.contractor else ""
        return (
            f"{self.project}，资金{yuan(self.amount_fen)}（{sources}），{span(self.starts_on, self.ends_on)}{by}，"
            f"受益范围：{self.beneficiaries}。联系：{self.contact}；监督电话：{self.complaints_line}"
        )


class Recipient(Part):
    """A household on the list; of a whole name only the masked one is kept."""

    name: Annotated[MaskedName, Field(title="户主姓名")]
    village: Annotated[Word | None, Field(title="村")] = None
    team: Annotated[Word | None, Field(title="村民小组")] = None
    quantity: Annotated[Decimal | None, Field(ge=0, le=10**9, max_digits=13, decimal_places=4, title="数量")] = None
    standard_fen: Annotated[Fen | None, Field(title="补助标准")] = None
    amount_fen: Annotated[Fen, Field(title="金额")]

    @model_validator(mode="after")
    def _multiplies(self) -> Self:
        if self.quantity is not None and self.standard_fen is not None:
            reckoned = int((self.quantity * self.standard_fen).quantize(Decimal(1), ROUND_HALF_UP))
            must_agree(f"{self.name}的金额", self.amount_fen, reckoned)
        return self


class Subsidies(Content):
    """惠农补贴: who gets how much; names masked, no numbers of cards or telephones."""

    KIND: ClassVar[str] = "惠农补贴"
    programme: Annotated[Word, Field(title="补贴项目")]
    period: Annotated[Word, Field(title="补贴期间")]
    currency: Annotated[Currency, Field(title="币种")] = "CNY"
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=RECIPIENTS, title="补贴对象")]
    households: Annotated[Count, Field(title="户数")]
    total_fen: Annotated[Fen, Field(title="合计金额")]
    contact: Annotated[Word | None, Field(title="联系人及电话")] = None
    complaints_line: Annotated[Word | None, Field(title="监督电话")] = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        must_agree("合计金额", self.total_fen, sum(recipient.amount_fen for recipient in self.recipients))
        if self.households != len(self.recipients):
            raise ValueError(f"户数写的是{self.households}，名单上有{len(self.recipients)}户")
        return self

    def money(self) -> int:
        return self.total_fen

    def summary(self) -> str:
        line = f"。监督电话：{self.complaints_line}" if self.complaints_line else ""
        when = "" if self.period in self.programme else self.period
        return f"{when}{self.programme}，共{self.households}户，合计{yuan(self.total_fen)}{line}"


class Entry(Part):
    on: Annotated[Day, Field(title="日期")]
    matter: Annotated[Word, Field(title="摘要")]
    income_fen: Annotated[Fen, Field(title="收入")] = 0
    expense_fen: Annotated[Fen, Field(title="支出")] = 0
    balance_fen: Annotated[Balance | None, Field(title="余额")] = None


class Asset(Part):
    name: Annotated[Word, Field(title="资产名称")]
    quantity: Annotated[Word | None, Field(title="数量")] = None
    value_fen: Annotated[Fen, Field(title="价值")]
    use: Annotated[Word | None, Field(title="使用情况")] = None


class Resource(Part):
    name: Annotated[Word, Field(title="资源名称")]
    area: Annotated[Word | None, Field(title="面积")] = None
    contractor: Annotated[MaskedName | None, Field(title="承包人")] = None
    rent_fen: Annotated[Fen | None, Field(title="年租金")] = None
    until: Annotated[Day | None, Field(title="到期日")] = None


class Ledger(Content):
    """三资: a village's account of a period, in the order of its entries, beside what it owns."""

    KIND: ClassVar[str] = "农村集体三资"
    starts_on: Annotated[Day, Field(title="起始日期")]
    ends_on: Annotated[Day, Field(title="截止日期")]
    currency: Annotated[Currency, Field(title="币种")] = "CNY"
    opening_fen: Annotated[Balance, Field(title="上期结转")]
    entries: Annotated[tuple[Entry, ...], Field(max_length=3000, title="收支明细")] = ()
    closing_fen: Annotated[Balance, Field(title="期末余额")]
    assets: Annotated[tuple[Asset, ...], Field(max_length=1000, title="资产")] = ()
    resources: Annotated[tuple[Resource, ...], Field(max_length=1000, title="资源")] = ()
    note: Annotated[Words | None, Field(title="说明")] = None

    @model_validator(mode="after")
    def _carries_on(self) -> Self:
        balance, before = self.opening_fen, self.starts_on
        if self.ends_on < self.starts_on:
            raise ValueError("截止日期早于起始日期")
        for number, entry in enumerate(self.entries, 1):
            balance += entry.income_fen - entry.expense_fen
            if not self.starts_on <= entry.on <= self.ends_on:
                raise ValueError(f"第{number}笔的日期{entry.on}不在{self.starts_on}至{self.ends_on}之内")
            if entry.on < before:
                raise ValueError(f"第{number}笔的日期{entry.on}早于上一笔{before}")
            if entry.balance_fen is not None:
                must_agree(f"第{number}笔后的余额", entry.balance_fen, balance)
            before = entry.on
        must_agree("期末余额", self.closing_fen, balance)
        return self

    def money(self) -> int:
        return self.expense_fen

    @property
    def income_fen(self) -> int:
        return sum(entry.income_fen for entry in self.entries)

    @property
    def expense_fen(self) -> int:
        return sum(entry.expense_fen for entry in self.entries)

    def summary(self) -> str:
        return (
            f"{span(self.starts_on, self.ends_on)}集体收支：上期结转{yuan(self.opening_fen)}，收入{yuan(self.income_fen)}，"
            f"支出{yuan(self.expense_fen)}，期末余额{yuan(self.closing_fen)}；资产{len(self.assets)}项，资源{len(self.resources)}项"
        )
