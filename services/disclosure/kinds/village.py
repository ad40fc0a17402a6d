"""What is decided and put right: a village's decisions (四议两公开), inspections, and the lists of what they found."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from services.disclosure.kinds.fields import Content, Count, Day, Part, Word, Words, day, span
from shared.events.disclosure import ItemState


class Stage(StrEnum):
    """四议两公开, in the order in which they must be taken."""

    PROPOSED = "proposed"
    CONFERRED = "conferred"
    MEMBERS = "members"
    RESOLVED = "resolved"
    DECISION_PUBLISHED = "decision-published"
    OUTCOME_PUBLISHED = "outcome-published"


STAGES = {
    Stage.PROPOSED: "村党组织提议",
    Stage.CONFERRED: "村“两委”会议商议",
    Stage.MEMBERS: "党员大会审议",
    Stage.RESOLVED: "村民会议或村民代表会议决议",
    Stage.DECISION_PUBLISHED: "决议公开",
    Stage.OUTCOME_PUBLISHED: "实施结果公开",
}


class Meeting(StrEnum):
    """Who decides. 村民委员会组织法: of representatives two thirds must be there (art. 26), of villagers one half (art. 22)."""

    REPRESENTATIVES = "representatives"
    VILLAGERS = "villagers"


QUORUM = {Meeting.REPRESENTATIVES: (2, 3), Meeting.VILLAGERS: (1, 2)}
QUORUM_WORDS = {
    Meeting.REPRESENTATIVES: "村民代表会议须有三分之二以上代表到会",
    Meeting.VILLAGERS: "村民会议须有过半数村民到会",
}


class Step(Part):
    stage: Annotated[Stage, Field(title="步骤")]
    on: Annotated[Day, Field(title="日期")]
    meeting: Annotated[Meeting | None, Field(title="会议形式")] = None
    entitled: Annotated[Count | None, Field(title="应到人数")] = None
    present: Annotated[Count | None, Field(title="实到人数")] = None
    in_favour: Annotated[Count | None, Field(title="同意")] = None
    against: Annotated[Count | None, Field(title="反对")] = None
    abstained: Annotated[Count | None, Field(title="弃权")] = None
    outcome: Annotated[Words | None, Field(title="结果")] = None

    @model_validator(mode="after")
    def _counts(self) -> Self:
        name = STAGES[self.stage]
        if self.entitled is not None and self.present is not None and self.present > self.entitled:
            raise ValueError(f"{name}：实到{self.present}人多于应到{self.entitled}人")
        votes = [vote for vote in (self.in_favour, self.against, self.abstained) if vote is not None]
        if votes and sum(votes) != self.present:
            raise ValueError(f"{name}：票数合计{sum(votes)}，实到{self.present if self.present is not None else '未填'}")
        if self.stage is Stage.RESOLVED:
            self._decides()
        return self

    def _decides(self) -> None:
        if self.meeting is None or self.entitled is None or self.present is None or self.in_favour is None:
            raise ValueError("决议须写明会议形式、应到人数、实到人数和同意票数")
        share, of = QUORUM[self.meeting]
        enough = self.present * of >= self.entitled * share if of == 3 else self.present * of > self.entitled * share
        if not enough:
            raise ValueError(f"{QUORUM_WORDS[self.meeting]}，应到{self.entitled}人，实到{self.present}人")
        if self.in_favour * 2 <= self.present:
            raise ValueError(f"决议须经到会人员过半数同意，实到{self.present}人，同意{self.in_favour}人")


class Decision(Content):
    """村级决策: the steps that were taken, none left out; the notice itself is the first of the two publications."""

    KIND: ClassVar[str] = "村级决策（四议两公开）"
    matter: Annotated[Word, Field(title="决策事项")]
    steps: Annotated[tuple[Step, ...], Field(min_length=4, max_length=6, title="四议两公开")]
    resolution: Annotated[Words, Field(title="决议内容")]
    contact: Annotated[Word | None, Field(title="联系人及电话")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for step, stage in zip(self.steps, Stage, strict=False):
            if step.stage is not stage:
                raise ValueError(f"四议两公开须逐步进行：此处应为“{STAGES[stage]}”，写的是“{STAGES[step.stage]}”")
        for before, after in pairwise(self.steps):
            if after.on < before.on:
                raise ValueError(f"{STAGES[after.stage]}（{after.on}）早于{STAGES[before.stage]}（{before.on}）")
        return self

    def summary(self) -> str:
        resolved = self.steps[3]
        return (
            f"{self.matter}：{day(resolved.on)}决议，应到{resolved.entitled}人，实到{resolved.present}人，"
            f"同意{resolved.in_favour}人。{self.resolution}"
        )


class Inspection(Content):
    """巡察公告: who looks at whom, until when, and how to reach them."""

    KIND: ClassVar[str] = "巡察公告"
    team: Annotated[Word, Field(title="巡察组")]
    inspected: Annotated[tuple[Word, ...], Field(min_length=1, max_length=200, title="被巡察单位")]
    starts_on: Annotated[Day, Field(title="开始日期")]
    ends_on: Annotated[Day, Field(title="结束日期")]
    accepts: Annotated[Words, Field(title="受理范围")]
    contact: Annotated[Word, Field(title="联系电话")]
    mailbox: Annotated[Word | None, Field(title="信箱")] = None

    @model_validator(mode="after")
    def _ends_after(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("结束日期早于开始日期")
        return self

    def summary(self) -> str:
        mailbox = f"，信箱：{self.mailbox}" if self.mailbox else ""
        return (
            f"{self.team}于{span(self.starts_on, self.ends_on)}对{'、'.join(self.inspected)}开展巡察。"
            f"受理：{self.accepts}。联系电话：{self.contact}{mailbox}"
        )


class Item(Part):
    """What must be put right. Where it stands is told by what happens to it, from `open` on."""

    number: Annotated[Count, Field(ge=1, title="序号")]
    matter: Annotated[Words, Field(title="问题")]
    measure: Annotated[Words | None, Field(title="整改措施")] = None
    responsible: Annotated[Word, Field(title="责任单位")]
    deadline: Annotated[Day, Field(title="整改时限")]
    state: Annotated[ItemState, Field(title="整改状态")] = ItemState.OPEN
    evidence: Annotated[Words | None, Field(title="整改依据")] = None

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if self.state is not ItemState.OPEN and not self.evidence:
            raise ValueError(f"第{self.number}项写已整改，须附整改依据")
        return self


class Rectifications(Content):
    """巡察整改清单: each item with who answers for it and until when."""

    KIND: ClassVar[str] = "巡察整改清单"
    source: Annotated[Word, Field(title="整改来源")]
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=500, title="整改事项")]
    complaints_line: Annotated[Word | None, Field(title="监督电话")] = None

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        numbers = [item.number for item in self.items]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("整改事项的序号须从 1 起连续编排")
        return self

    def summary(self) -> str:
        units = dict.fromkeys(item.responsible for item in self.items)
        last = max(item.deadline for item in self.items)
        return f"{self.source}共{len(self.items)}项整改事项，责任单位：{'、'.join(units)}，最迟{day(last)}前整改到位"
