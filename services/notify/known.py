"""What each template is for and may speak of. `minsheng templates` prints it; a county's own templates are tried out on it.

The samples of a name are the forms its value takes: what is known only sometimes is also None there. A template is rendered
with every combination, so that a word behind an `if` is tried too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any


@dataclass(frozen=True, slots=True)
class Word:
    """One thing a template may speak of: what it is, in Chinese, and the forms it takes."""

    meaning: str
    samples: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Purpose:
    """When a template is said, in Chinese, and what is known then."""

    when: str
    names: tuple[str, ...] = ()


_SAMPLE = {
    "number": "TY-20250609-0001", "department_name": "水利局", "village": "西河滩村", "township": "柳溪镇", "state": "办理中",
    "days": 3, "late": True,
}  # fmt: skip
_CASE_KEYS = "number，department_name，village，township，state 状态，days 已办天数，late 是否超时"
_HOT = {
    "label": "砖窑·黑烟", "households": 4, "before": 1, "strong": True, "townships": ("柳溪镇",), "count": 4,
    "numbers": ["TY-20250609-0001"],
}  # fmt: skip
_COUNTED = {"name": "柳溪镇", "opened": 8, "resolved": 7}

WORDS: dict[str, Word] = {
    "number": Word("诉求编号", ("TY-20250609-0001",)),
    "department_name": Word("主办部门", ("水利局",)),
    "urgent": Word("是否紧急", (False, True)),
    "by_name": Word("谁受理的，可能没有", ("村干部党长河", None)),
    "at": Word("什么时候，北京时间", ("6月9日06:58",)),
    "words": Word("经办人的原话或理由，号码已隐去", ("已换好阀门，恢复供水", "")),
    "count": Word("第几次，或多少条", (1, 2)),
    "promise_name": Word("哪项时限：答复、派单、首次回复、进展告知、办理、回访或督办反馈", ("答复", "办理")),
    "share": Word("时限已用去多少", ("七成", "九成")),
    "missed": Word("补发的：本应什么时候发，按时发的没有", ("6月9日06:58", None)),
    "round": Word("第几轮办理，重办后为 2 以上", (1, 2)),
    "step": Word("催办到第几级", (1, 2)),
    "told": Word("报给谁，或叫谁接手", ("值班人员", "分管副县长")),
    "title": Word("公示标题", ("花椒产业帮扶资金使用情况",)),
    "body": Word("公示正文", ("新栽花椒每亩补助400元，共62户。",)),
    "basis": Word("依据，可能没有", ("镇党委会议纪要", None)),
    "amount_fen": Word("金额，单位分，可能没有", (8_440_000, None)),
    "responsible": Word("责任人，可能没有", ("村委会", None)),
    "reason": Word("更正或撤回的理由", ("补登1户",)),
    "matter": Word("要整改的问题", ("村务公开不及时",)),
    "revision": Word("第几版", (2,)),
    "minutes": Word("多少分钟", (15,)),
    "places": Word(
        "未送达的群：place 渠道/群，count 条数，reason 原因", ([{"place": "wecom/g-hexi", "count": 2, "reason": "HTTP 500"}],)
    ),
    "day": Word("哪一天", ("6月9日",)),
    "since": Word("从什么时候起", ("6月8日18:30",)),
    "until": Word("到什么时候止", ("6月16日09:00",)),
    "opened": Word("新登记件数", (0, 3)),
    "accepted": Word("受理件数", (2,)),
    "resolved": Word("办结件数", (2,)),
    "confirmed": Word("群众满意后结案的件数", (0, 1)),
    "reopened": Word("重办件数", (0, 1)),
    "open": Word("在办件数", (0, 21)),
    "late": Word("在办中超时的件数", (1,)),
    "cases": Word("在办诉求，最早的在前，最多 20 件：" + _CASE_KEYS, ([], [_SAMPLE, {**_SAMPLE, "late": False}])),
    "notices": Word("公示标题，最多 10 个", ([], ["花椒产业帮扶资金使用情况"])),
    "more_notices": Word("此外还有几个公示", (0, 2)),
    "response_rate": Word("响应率：按时答复占应答复", ("95.0%（19/20）", "本期无")),
    "in_time_rate": Word("按时办结率：按时办结占应办结", ("95.0%（19/20）",)),
    "resolution_rate": Word("解决率：回访中未要求重办的占比", ("95.0%（19/20）",)),
    "satisfaction_rate": Word("满意率：满意占有评价的", ("95.0%（19/20）",)),
    "towns": Word("各乡镇：name，opened 新登记，resolved 办结", ([], [_COUNTED])),
    "departments": Word("各部门，最多 15 个：name，opened，resolved", ([], [_COUNTED])),
    "other_departments": Word(
        "其余部门：many 个数，opened，resolved",
        ({"many": 0, "opened": 0, "resolved": 0}, {"many": 2, "opened": 5, "resolved": 4}),
    ),
    "township": Word("乡镇", ("柳溪镇",)),
    "about": Word("共同反映的问题", ("停水",)),
    "households": Word("涉及多少户", (12,)),
    "appeals": Word("合在一起的诉求：number，village", ([_SAMPLE],)),
    "joined": Word("新加入的诉求：number，village，可能没有", (_SAMPLE, None)),
    "waits": Word("挂起后等什么", ("等待反映人补充情况", "等待天气好转", "等待上级答复")),
    "days": Word("延期几天", (1, 14)),
    "instead": Word("可以向哪里反映", ("县人民法院",)),
    "from_number": Word("原来那件的编号", ("TY-20250609-0001",)),
    "assistant": Word("协办部门", ("住房和城乡建设局",)),
    "lead_number": Word("并案后的主件编号", ("TY-20250609-0001", "TY-20250609-0002")),
    "hottest": Word(
        "本周反映最集中的问题，最多 5 个：label 名称，households 户数，before 上周户数，strong 群众情绪是否强烈，"
        "townships 各乡镇，count 件数，numbers 编号，最多 20 个",
        ([], [_HOT, {**_HOT, "before": 0, "strong": False, "count": 1}]),
    ),
    "oldest": Word("办理最久的在办诉求，最多 5 件：" + _CASE_KEYS, ([], [_SAMPLE])),
}

_CASE = ("number", "department_name", "urgent")
_CLOCK = ("number", "department_name", "promise_name", "round", "missed")
_ITEM = ("count", "matter", "responsible", "words")
_DAY = ("day", "since", "opened", "accepted", "resolved", "confirmed", "reopened", "open")
_WEEK = ("since", "until", "opened", "resolved", "open", "late")
_CROWD = ("township", "about", "households")
_RATES = ("response_rate", "in_time_rate", "resolution_rate", "satisfaction_rate")

PURPOSES: dict[str, Purpose] = {
    "received": Purpose("诉求已登记派单", _CASE),
    "received-enquiry": Purpose("咨询已登记派单", _CASE),
    "received-sealed": Purpose("举报密封后，在群里的中性回执，不得透露任何内容"),
    "received-sealed-private": Purpose("举报密封后，单独告知本人", ("number",)),
    "sealed-private": Purpose("办理中转为密封，单独告知本人", ("number",)),
    "divided": Purpose("一条消息反映两件事，另一件单独登记派单", (*_CASE, "from_number")),
    "urgent": Purpose("转为紧急", _CASE),
    "accepted": Purpose("有人受理", (*_CASE, "by_name", "at")),
    "progress": Purpose("办理进展", (*_CASE, "words")),
    "transferred": Purpose("转办，department_name 为新的主办部门", _CASE),
    "returned": Purpose("被退单，告知工作人员", (*_CASE, "words", "count")),
    "resolved": Purpose("办结", (*_CASE, "words")),
    "callback": Purpose("回访提问", _CASE),
    "reopened": Purpose("重办", _CASE),
    "satisfied": Purpose("群众满意后结案", _CASE),
    "withdrawn": Purpose("诉求登记有误，已撤销", _CASE),
    "closed": Purpose("其他结案，words 为结果", (*_CASE, "words")),
    "unreachable": Purpose("三次回访未联系上，结案，不计满意", _CASE),
    "inadmissible": Purpose("不予受理，words 为理由", (*_CASE, "words", "instead")),
    "suspended": Purpose("挂起，words 为理由，until 为最迟恢复时间", (*_CASE, "waits", "words", "until")),
    "resumed": Purpose("挂起后恢复办理", _CASE),
    "extended": Purpose("延期获准，words 为理由", (*_CASE, "days", "words")),
    "split": Purpose("从并案中拆出，单独办理", _CASE),
    "extension-asked": Purpose("申请延期，告知工作人员", (*_CASE, "days", "words")),
    "extension-refused": Purpose("延期未获准，告知工作人员", (*_CASE, "words")),
    "return-refused": Purpose("退单未获准，告知工作人员", (*_CASE, "words")),
    "assisting": Purpose("派协办，words 为协办事项，告知工作人员", (*_CASE, "assistant", "words")),
    "part-finished": Purpose("协办完成，words 为结果，告知工作人员", (*_CASE, "assistant", "words")),
    "released": Purpose("撤销协办，告知工作人员", (*_CASE, "assistant", "words")),
    "supervised": Purpose("纪委监委督办，words 为意见，告知工作人员", (*_CASE, "words")),
    "supervision-lifted": Purpose("解除督办，告知工作人员", (*_CASE, "words")),
    "warned": Purpose("时限已用七成、九成，告知工作人员", (*_CLOCK, "share")),
    "paged": Purpose("答复时限过半仍无人答复，叫备班人员接手", (*_CLOCK, "told")),
    "overdue-accept": Purpose("超时未答复，告知工作人员", _CLOCK),
    "overdue-accept-group": Purpose("超时未答复，告知群内", _CLOCK),
    "overdue-resolve": Purpose("超时未办结，告知工作人员", _CLOCK),
    "overdue-resolve-group": Purpose("超时未办结，告知群内", _CLOCK),
    "overdue": Purpose("其他时限超时，告知工作人员", _CLOCK),
    "escalated": Purpose("催办、督办", (*_CLOCK, "step", "told")),
    "notice": Purpose("公示", ("title", "body", "basis", "amount_fen", "responsible")),
    "notice-corrected": Purpose("更正公示", ("title", "body", "amount_fen", "revision", "reason")),
    "notice-withdrawn": Purpose("撤回公示", ("title", "reason")),
    "rectification-done": Purpose("整改事项报完成，words 为整改依据", _ITEM),
    "rectification-verified": Purpose("整改事项核验销号", _ITEM),
    "rectification-open": Purpose("整改事项退回重新整改，words 为理由", _ITEM),
    "daily": Purpose("每日小结，告知当天有事的群", (*_DAY, "cases", "notices", "more_notices")),
    "weekly": Purpose(
        "每周通报，告知工作人员群", (*_WEEK, *_RATES, "towns", "departments", "other_departments", "oldest", "hottest")
    ),
    "crowd-offered": Purpose("几处反映同一问题，请县诉求中心核定", (*_CROWD, "appeals")),
    "crowd-grew": Purpose("集中反映又有增加，告知工作人员", (*_CROWD, "count", "joined")),
    "merged": Purpose("几件诉求一并办理，告知各群", (*_CASE, "lead_number", "count", "about")),
    "undelivered": Purpose("答复未送达，告知值班人员", ("count", "minutes", "places")),
}


def samples(template: str) -> Iterator[dict[str, Any]]:
    """Everything a template may be told, in every combination of forms."""
    names = PURPOSES[template].names
    for values in product(*(WORDS[name].samples for name in names)):
        yield dict(zip(names, values, strict=True))
