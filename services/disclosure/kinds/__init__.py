"""The kinds of notices: what each must tell, who must read it before, how far it goes. One table."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.disclosure.kinds.fields import Content, leaks
from services.disclosure.kinds.money import Ledger, ProjectFunds, Subsidies
from services.disclosure.kinds.told import Enrichment, Job, Policy
from services.disclosure.kinds.village import Decision, Inspection, Rectifications
from shared.events.disclosure import NoticeKind, Reach

__all__ = ["KINDS", "Content", "Fault", "Kind", "Unfit", "content_of"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What holds of a kind: its name, its fields (None: words alone), whether a second person reads it, its usual reach."""

    called: str
    content: type[Content] | None
    reviewed: bool
    reach: Reach


_COUNTY, _TOWNSHIP, _VILLAGE = Reach.COUNTY, Reach.TOWNSHIP, Reach.VILLAGE

KINDS: dict[NoticeKind, Kind] = {
    NoticeKind.PROJECT: Kind("项目公示", ProjectFunds, reviewed=True, reach=_TOWNSHIP),
    NoticeKind.FUND: Kind("资金公示", ProjectFunds, reviewed=True, reach=_TOWNSHIP),
    NoticeKind.SUBSIDY: Kind("惠农补贴", Subsidies, reviewed=True, reach=_VILLAGE),
    NoticeKind.ASSET: Kind("农村集体三资", Ledger, reviewed=True, reach=_VILLAGE),
    NoticeKind.DECISION: Kind("村级决策", Decision, reviewed=True, reach=_VILLAGE),
    NoticeKind.POLICY: Kind("政策宣传", Policy, reviewed=False, reach=_COUNTY),
    NoticeKind.LAW: Kind("法纪宣传", Policy, reviewed=False, reach=_COUNTY),
    NoticeKind.WARNING: Kind("警示教育", Policy, reviewed=False, reach=_COUNTY),
    NoticeKind.JOB: Kind("招聘信息", Job, reviewed=False, reach=_COUNTY),
    NoticeKind.ENRICHMENT: Kind("致富信息", Enrichment, reviewed=False, reach=_COUNTY),
    NoticeKind.INSPECTION: Kind("巡察公告", Inspection, reviewed=True, reach=_COUNTY),
    NoticeKind.RECTIFICATION: Kind("巡察整改清单", Rectifications, reviewed=True, reach=_TOWNSHIP),
    NoticeKind.FREE: Kind("其他公示", None, reviewed=False, reach=_VILLAGE),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a content, and in which field: `recipients.3.amount_fen`; empty: the whole of it."""

    field: str
    message: str


class Unfit(ValueError):
    """A content is not what its kind must tell."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("；".join(fault.message for fault in faults))
        self.faults = faults


def content_of(kind: NoticeKind, told: dict[str, Any] | None) -> Content | None:
    """A content as its kind has it; names come out masked. Raises Unfit, which tells every fault."""
    shape = KINDS[kind].content
    if told is None or shape is None:
        if told:
            raise Unfit([Fault("", f"{KINDS[kind].called}只有文字，没有表格内容")])
        return None
    if found := [Fault(place, f"{place} 里有{what}，不得公示") for place, what in leaks(told)]:
        raise Unfit(found)
    try:
        return shape.model_validate(told)
    except ValidationError as error:
        told_of = error.errors(include_url=False, include_input=False, include_context=False)
        places = [e["loc"] for e in told_of]
        shown = [e for e in told_of if not any(place[: len(e["loc"])] == e["loc"] != place for place in places)]
        raise Unfit([_fault(shape, e["loc"], e["msg"], e["type"]) for e in shown]) from None


def _fault(shape: type[Content], loc: tuple[int | str, ...], message: str, kind: str) -> Fault:
    name = label(shape, loc)
    message = message.removeprefix("Value error, ")
    said = _SAID.get(kind) or _SAID.get(message) or message
    whole = kind == "value_error" and said == message  # a sentence of ours names what it is about
    return Fault(".".join(map(str, loc)), said if whole or not name else f"{name}：{said}")


_SAID = {
    "missing": "必须填写",
    "extra_forbidden": "没有这一项",
    "string_too_short": "不能为空",
    "must be a whole number": "应为整数（金额以分为单位）",
    "int_type": "应为整数（金额以分为单位）",
    "int_parsing": "应为整数（金额以分为单位）",
    "greater_than_equal": "数字太小",
    "less_than_equal": "数字太大",
    "too_short": "至少要有一项",
    "date_from_datetime_parsing": "日期写成 2025-06-10",
    "date_parsing": "日期写成 2025-06-10",
}


def label(shape: Any, loc: tuple[int | str, ...]) -> str:
    """What people call a field: `补贴对象第4项的金额`."""
    names: list[str] = []
    for step in loc:
        if isinstance(step, int):
            names[-1:] = [f"{names[-1] if names else ''}第{step + 1}项"]
            continue
        field = getattr(shape, "model_fields", {}).get(step)
        names.append((field.title if field else None) or str(step))
        shape = next((part for part in _parts(field.annotation) if hasattr(part, "model_fields")), None) if field else None
    return "的".join(names)


def _parts(annotation: Any) -> list[Any]:
    """The types within a type: of `tuple[Recipient, ...]` Recipient."""
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(part for one in inner for part in _parts(one))]
