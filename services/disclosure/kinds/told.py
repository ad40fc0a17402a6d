"""What is told to be known or used: policies, law and warnings, jobs, and how to earn more (致富信息)."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from services.disclosure.kinds.fields import Content, Count, Day, Fen, Word, Words, day, yuan


class Policy(Content):
    """政策宣传、法纪宣传、警示教育: what was issued by whom, for whom it is."""

    KIND: ClassVar[str] = "政策与法纪宣传"
    issuer: Annotated[Word, Field(title="发布单位")]
    document: Annotated[Word | None, Field(title="文号")] = None
    effective_on: Annotated[Day | None, Field(title="施行日期")] = None
    audience: Annotated[Word | None, Field(title="适用对象")] = None
    points: Annotated[tuple[Words, ...], Field(min_length=1, max_length=50, title="要点")]
    contact: Annotated[Word | None, Field(title="咨询电话")] = None

    def summary(self) -> str:
        source = f"{self.issuer}（{self.document}）" if self.document else self.issuer
        since = f"，{day(self.effective_on)}起施行" if self.effective_on else ""
        ask = f"。咨询：{self.contact}" if self.contact else ""
        return f"{source}{since}：{'；'.join(self.points)}{ask}"


class Job(Content):
    """招聘信息: who looks for how many people, for which pay (分 a month)."""

    KIND: ClassVar[str] = "招聘信息"
    employer: Annotated[Word, Field(title="用工单位")]
    post: Annotated[Word, Field(title="岗位")]
    people: Annotated[Count, Field(ge=1, title="人数")]
    pay_from_fen: Annotated[Fen | None, Field(title="月工资下限")] = None
    pay_to_fen: Annotated[Fen | None, Field(title="月工资上限")] = None
    place: Annotated[Word, Field(title="工作地点")]
    requirements: Annotated[Words | None, Field(title="要求")] = None
    apply_until: Annotated[Day | None, Field(title="报名截止")] = None
    contact: Annotated[Word, Field(title="报名电话")]

    @model_validator(mode="after")
    def _pays(self) -> Self:
        if self.pay_from_fen is not None and self.pay_to_fen is not None and self.pay_from_fen > self.pay_to_fen:
            raise ValueError(f"月工资下限{yuan(self.pay_from_fen)}高于上限{yuan(self.pay_to_fen)}")
        return self

    def summary(self) -> str:
        bounds = [yuan(pay) for pay in (self.pay_from_fen, self.pay_to_fen) if pay is not None]
        pay = f"，月工资{'至'.join(dict.fromkeys(bounds))}" if bounds else ""
        until = f"，{day(self.apply_until)}前报名" if self.apply_until else ""
        wants = f"，要求：{self.requirements}" if self.requirements else ""
        return f"{self.employer}招聘{self.post}{self.people}人，地点{self.place}{pay}{wants}{until}。报名电话：{self.contact}"


class Enrichment(Content):
    """致富信息: a technique, a market, a chance."""

    KIND: ClassVar[str] = "致富信息"
    field: Annotated[Word, Field(title="类别")]
    matter: Annotated[Words, Field(title="内容")]
    source: Annotated[Word, Field(title="信息来源")]
    valid_until: Annotated[Day | None, Field(title="有效期至")] = None
    contact: Annotated[Word | None, Field(title="联系电话")] = None

    def summary(self) -> str:
        until = f"，{day(self.valid_until)}前有效" if self.valid_until else ""
        call = f"，联系电话：{self.contact}" if self.contact else ""
        return f"【{self.field}】{self.matter}（来源：{self.source}{until}{call}）"
