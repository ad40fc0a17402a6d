"""A decision told to people: what was thought of, and the few signs that weighed most. It never repeats what was written."""

from services.intake.learning.model import Model
from services.intake.learning.seen import Seen
from services.intake.learning.weighing import Verdict
from shared.events.intake import Kind

SIGNS = 3
WORTH_SAYING = 0.1
CONSIDERED = 3
NAMES = {
    Kind.APPEAL: "诉求",
    Kind.ENQUIRY: "咨询",
    Kind.SUPPLEMENT: "补充",
    Kind.ACCEPT: "受理",
    Kind.PROGRESS: "进展",
    Kind.RESOLVE: "办结",
    Kind.CALLBACK: "回访",
    Kind.FEEDBACK: "评价",
    Kind.REPORT: "举报",
    Kind.ANNOUNCEMENT: "通知",
    Kind.OFFER: "买卖招工",
    Kind.CHATTER: "闲谈",
}
WORDS = "用语"
SIGNS_NAMED = {
    # where it stands
    "role": "发言人身份", "quote": "引用了谁", "quote-kind": "引用的是什么", "quote-nothing": "引用的不属于任何诉求",
    "quote-thread": "引用的诉求办到哪一步", "quote-of": "引用的是哪类诉求", "quote-acted": "是否经办引用的诉求",
    "quote-taken": "引用的诉求有无人接手", "last": "上一条是谁何时说的", "last-kind": "上一条是什么", "last-age": "离上一条多久",
    "last-two": "前两条是什么", "own": "本人上次说话", "own-kind": "本人上次说的是什么", "official": "干部上次说的是什么",
    "villager": "群众上次说到的诉求", "waiting": "在办诉求数", "untaken": "无人接手的诉求", "untaken-age": "诉求等了多久",
    "mine": "本人的诉求办到哪一步", "mine-status": "本人的诉求办到哪一步", "mine-waiting": "本人经办的诉求", "asked": "干部问过反映人",
    "voice": "附议过的诉求", "answered": "刚有诉求答复", "alike": "与在办诉求相似", "alike-status": "与在办诉求相似",
    "newest": "最新的诉求",
    # what is in the words
    "accuses": "像是指责干部的话", "length": "长短", "mark": "标点", "media": "附有图片", "cheers": "点赞", "to_all": "面向全群", "mentions": "点了名",
    "matters": "说到公共事务", "troubles": "说到困难", "hints": "有不满的口气", "grief": "困难的程度", "wondering": "询问的程度",
    "public": "公共场所", "worried": "担心", "lacks": "缺少什么", "requests": "请求处理", "asks": "在问", "polite": "客气地问",
    "why": "问为什么", "howto": "问怎么办", "polar": "问是不是", "offices": "提到部门", "thanks": "感谢", "fixed": "说好了",
    "pleased": "满意", "still": "说还没好", "again": "说又坏了", "another": "说另一件", "grudging": "勉强", "lukewarm": "不冷不热",
    "me_too": "说自家也是", "home": "说自家", "first_person": "说自己", "anaphor": "指前文", "urges": "催促", "detail": "补细节",
    "acknowledged": "应答", "small_talk": "寒暄", "lost": "寻物", "neighbourly": "邻里口气", "own_things": "自家的东西",
    "offer": "买卖招工", "received": "说收到", "going": "说去看", "passed_on": "说已转办", "questions": "有问句",
    "asks_back": "向人追问", "calls_back": "问好没好", "found": "说查明", "answers": "像答复", "announces": "像通知", "greets": "客套",
    "denies": "否认", "plans": "说打算", "admits": "承认", "to_everybody": "面向大家", "to_one": "对一个人说", "done": "说办好了",
    "promises": "许诺", "takes_on": "接手", "course": "说到办到哪一步",
}  # fmt: skip


def told(seen: Seen, verdict: Verdict, model: Model) -> tuple[str, ...]:
    """Two sentences: how likely what is, and by what."""
    ranked = sorted(verdict.likely.items(), key=lambda one: -one[1])
    considered = "、".join(f"{NAMES[kind]}{likely:.0%}" for kind, likely in ranked[:CONSIDERED] if likely >= 0.01)
    says = f"模型{model.version}权衡:{considered}"
    part = model.officials if seen.official else model.villagers
    other = next((kind for kind, _ in ranked if kind is not verdict.kind and kind in part.kinds), None)
    if verdict.kind not in part.kinds or other is None:
        return (says,)
    for_it = sorted(part.told_by(seen.found, verdict.kind, other), key=lambda sign: -sign[1])
    names = dict.fromkeys(_named(name) for name, weight in for_it[: 2 * SIGNS] if weight >= WORTH_SAYING)
    return (says, f"主要依据:{'、'.join(list(names)[:SIGNS])}") if names else (says,)


def _named(sign: str) -> str:
    return SIGNS_NAMED.get(sign.split("=")[0], "其他迹象") if sign else WORDS
