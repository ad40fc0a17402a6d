"""The rulebook of replies: is this one fit for who waits for it? Advice before it is sent, never a bar.

Four questions, each answered from 0 to 1 with reasons in the officer's language: is it about what was asked (relevance), does it
say what was found, done and by when (completeness), is it warm and plain (tone), and does it come to an outcome, or only pass the
matter on and promise (evasion; 1 is free of it)? Everything is looked for by words, so that each reason can be checked. Pure.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from math import exp

from services.routing.naming import in_common, pieces, plain

LONGEST = 4000
"""characters of a reply"""
_ASKED = 300
"""characters of what was asked that are looked at: people come to the point first"""


class Side(StrEnum):
    """A side of a reply."""

    RELEVANCE = "relevance"
    COMPLETENESS = "completeness"
    TONE = "tone"
    EVASION = "evasion"


CALLED = {Side.RELEVANCE: "切题", Side.COMPLETENESS: "完整", Side.TONE: "语气", Side.EVASION: "有结果"}
WEIGHTS = {Side.RELEVANCE: 0.3, Side.COMPLETENESS: 0.3, Side.TONE: 0.15, Side.EVASION: 0.25}
GOOD, FAIR = 0.7, 0.45
"""from which a reply may go as it is, and from which a little is missing"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One side of a reply: how good it is, from 0 to 1, and why."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to think of before it is sent. `score` is over all sides; a side that cannot be judged is left out."""

    score: float
    verdict: str
    sides: dict[Side, Judged]


def advise(reply: str, asked: str | None) -> Advice:
    """Advice on a reply to what was asked; None: those words are not known here."""
    text = " ".join(reply[:LONGEST].split())
    sides = {Side.COMPLETENESS: completeness(text), Side.TONE: tone(text), Side.EVASION: evasion(text)}
    if asked:
        sides[Side.RELEVANCE] = relevance(text, asked)
    weight = sum(WEIGHTS[side] for side in sides)
    score = sum(WEIGHTS[side] * judged.score for side, judged in sides.items()) / weight
    if blanks(text):
        score = min(score, FAIR - 0.01)
    return Advice(round(score, 3), _verdict(score), {side: sides[side] for side in Side if side in sides})


def _verdict(score: float) -> str:
    return "可以发出" if score >= GOOD else "建议补充后再发" if score >= FAIR else "建议重写：群众看不到办理结果"


# -- relevance -----------------------------------------------------------------------------------------------------------

_SATURATES = 0.36
"""from about this likeness on a reply is clearly about what was asked"""


def relevance(reply: str, asked: str) -> Judged:
    """How much of what was asked is spoken of: longer runs of characters in common mean more, and the longer both are, the more
    they share by chance."""
    asked = asked[:_ASKED]
    shared = {size: _runs(reply, size) & _runs(asked, size) for size in (2, 3, 4)}
    by_chance = ((len(reply) + 40) * (len(asked) + 40) / 250) ** 0.5
    likeness = (0.2 * len(shared[2]) + len(shared[3]) + 2 * len(shared[4])) / by_chance
    score = 1 - exp(-likeness / _SATURATES)
    words = "、".join(f"“{word}”" for word in in_common(asked, reply))
    if score >= 0.5:
        return Judged(round(score, 3), (f"说到了群众反映的{words or '事'}",))
    if words:
        return Judged(round(score, 3), (f"只提到{words}，请对照群众的原话，逐项回应",))
    return Judged(round(score, 3), ("没有说到群众反映的事，请核对是不是答错了案件",))


def _runs(text: str, size: int) -> set[str]:
    return pieces(plain(text), size)


# -- completeness and evasion --------------------------------------------------------------------------------------------

_CHECKED = re.compile(
    r"经.{0,12}?(?:调查|核实|核查|了解|查实|查明|查询|勘查|查看|研究|协商|沟通)|(?:现场|实地|上门|入户)(?:查看|核实|核查|调查|踏勘|勘查|检查|走访|了解|处理)|"
    r"走访了|查阅了|赶到现场|到(?:达)?现场|已?(?:与|和)您.{0,4}(?:联系|沟通)|检查发现|抽检|监测|排查"
)
DONE = re.compile(
    r"(?:已|已经|现已|均已|都已|业已|了)(?:全部|基本|依法|顺利|于.{0,12}?)?(?:完成|完工|修复|修好|修缮|维修|更换|换好|换上|清理|清除|清运|清走|拆除|整改|恢复|发放|打到|到账|安装|装好|疏通|"
    r"处罚|立案|责令|关停|停产|停工|约谈|退还|退回|退款|解决|解除|安排.{0,8}?(?:维修|施工|人员)|开工|启动|下达|下发|建成|通车|通水|通电|通气|开通|硬化|铺设|取缔|查处|罚款|纳入|调整|补发|补办|办好|"
    r"办结|送达|签订|达成|化解|制止|劝离|搬离|撤离|加固|消毒|抢修)|"
    r"(?:修|换|清|装|补|办|拉|运|通|治|拆|停|改|送|调|填|加固|疏通|解决|处理|恢复)(?:好|完|走|掉|通|齐|到位)?了|责令|依法处罚|罚款|达成(?:一致|协议)|恢复(?:供水|供电|正常|通行)"
)
_DECIDED = re.compile(
    r"(?:根据|按照|依据|依照)[^。；]{2,40}?(?:规定|文件|政策|办法|条例|通知|标准|精神|意见|规划|合同|法)|第[一二三四五六七八九十百\d]+条|不符合|符合.{0,8}条件|不予|暂不|暂无|尚未出台|没有.{0,8}(?:计划|规定|政策)|"
    r"(?:计划|预计|拟|将)(?:于|在)[^，。]{0,16}?(?:年|月|日|季度|底|前|内)|正在.{0,6}(?:施工|建设|安装|改造|招标|铺设|维修)|"
    r"(?:可|请|需)(?:您)?(?:携带|持|凭|到|前往|登录|拨打)[^，。]{2,30}?(?:办理|申请|申报|查询|领取|缴纳)|标准为|每(?:人|月|年|户|亩|平方米).{0,8}元|\d[\d.]*(?:元|万元|公里|米|%)|属实|不属实|不存在"
)
_WHEN = re.compile(
    r"\d{1,2}月(?:\d{1,2}日|底|初|中旬|上旬|下旬)?|\d+(?:个)?(?:工作日|天|小时|分钟)(?:内|后)|今天|今日|昨天|昨日|明天|明日|后天|今晚|当天|当日|上午|下午|本周|下周|本月|下月|月底|年底|季度|20\d\d年"
)
_WHOM = re.compile(
    r"联系人|联系电话|咨询电话|电话|热线|\d{3,4}[-－—]?\d{7,8}|1[3-9]\d[\d*]{8}|(?:所长|主任|科长|股长|书记|站长|师傅|同志|经理)"
)
_NEXT = re.compile(r"下一步|后续|接下来|将(?:继续|持续|长期|加强|定期|督促)|长效|回访|如(?:有|果|您|还|仍|再)|欢迎|随时")
_COMES_TO_SOMETHING = 0.45
_OTHERS = r"[^，。；！]{0,16}?(?:部门|单位|机关|科室|股室|局|办|委|处|镇|乡|街道|中心|公司|县|区|市|所|站|支队|大队|领导|学校|社区|村|人员|上面|上级)"
_PASSED_ON = re.compile(
    rf"(?:已|我办|我局|我们|并|将|现|请|直接)[^，。；！]{{0,12}}?(?:转|移交|交由|交给|交办|批转|批示|函告|反馈|汇报|报告|上报|报送|派发|流转|分送|发函|责成|请){_OTHERS}"
    r"|(?:转交|转至|转由|转给|转办|移交|交办|批转|流转)(?:到|至|给|由|了)?|按程序流转|(?:另行|正在)(?:交办|转办)"
)
_PROMISED = re.compile(
    r"高度重视|尽快|尽早|及时(?:回复|答复|反馈|处理|办理)|进一步|认真(?:研究|对待|处理|考虑)|积极(?:协调|推进|争取|跟进|对接|配合)|正在(?:研究|处理|协调|调查|核实|办理|落实|交办|跟进|了解|对接)|"
    r"待.{0,14}?(?:后|再)|酌情|适时|逐步|统筹考虑|加以考虑|纳入考虑|会关注|关注此事|密切关注|督促(?:相关|有关)|持续关注|(?:全力|大力)(?:推动|推进|协调)|通盘考虑|加大.{0,6}力度|有(?:消息|结果|进展|了说法).{0,6}(?:告诉|告知|回|通知)|列入.{0,8}(?:议程|计划)|时机(?:合适|成熟)|(?:多一份|请)耐心|敬请(?:关注|留意|期待)|耐心等待|请(?:您)?(?:稍候|等待|放心)|条件成熟|争取(?:早日|尽快)"
)
_SENT_AWAY = re.compile(
    r"不(?:属于?|在|归)[^，。]{0,14}?(?:职责|职权|管辖|范围|管|负责)|(?:建议|请)您?(?:直接)?(?:向|到|找|拨打|咨询|联系|与)[^，。]{2,24}?(?:反映|咨询|联系|投诉|了解|沟通|询问|核实|解决)|(?:自行|协商不成|请您?与[^，。]{2,10}协商|走(?:法律|司法)途径)"
)
_UNFINISHED = re.compile(r"如下[：:。，]?\s*$|[，、：:]\s*$")
_ALREADY = re.compile(
    r"(?:已|已经|现已|均已|都已)(?!收|转|移|交|批|经|阅|知|获|登|记|上报|汇|报|反馈|列入|责成|请|如实|按程序|分送|将|向|由|是|有|到|进|在)[\u3400-\u9fff]{2}"
)
"""something that is done by now, whatever it is"""
_SALUTATION = re.compile(r"^[^，。！]{0,30}?[您你]好|[A-Z]{1,3}\d{4,}")
_SPECIFIC = re.compile(
    r"\d[\d.,]*(?!\d*[-－—\d])|《[^》]{2,40}》|[一二三四五六七八九十百]+(?:名|人|次|处|户|盏|米|吨|万|天|台|项)"
)
"""numbers and papers: who has looked into a matter knows some"""
_RECEIVED = re.compile(r"收悉|收到|已阅|知悉|获悉|登记|记录在案")


def completeness(reply: str) -> Judged:
    """Whether it says what was found, what was done or decided, when, and who is there for questions."""
    found = {
        "查到了什么（核实、现场情况）": (0.2, bool(_CHECKED.search(reply))),
        "办了什么、怎么定的": (0.35, _outcome(reply) >= 1),
        "什么时候（办好的日期或预计时间）": (0.15, bool(_WHEN.search(_without_signature(reply)))),
        "有事找谁（经办人或电话）": (0.1, bool(_WHOM.search(reply))),
        "下一步怎么做": (0.05, bool(_NEXT.search(reply))),
    }
    told = _told(reply)
    score = sum(weight for weight, is_told in found.values() if is_told) + 0.15 * min(1.0, told / 150)
    missing = [name for name, (_, is_told) in found.items() if not is_told]
    reasons = [f"还没有说清：{'；'.join(missing)}"] if missing else ["情况、结果、时间、联系方式都说到了"]
    if open_blanks := blanks(reply):
        reasons.insert(0, f"草稿里还有 {len(open_blanks)} 处没有填：{'、'.join(open_blanks[:3])}")
        score = min(score, 0.3)
    if _UNFINISHED.search(reply):
        reasons.append("话没有说完，“如下”后面没有内容")
        score = min(score, 0.3)
    if told < 8:
        reasons.append("太短，群众看不出办得怎么样")
        score = min(score, 0.3)
    return Judged(round(score, 3), tuple(reasons))


def evasion(reply: str) -> Judged:
    """1: it comes to an outcome. What was passed on or promised is no outcome, however warmly it is said."""
    said = {
        "只是转给了别的部门": _said(_PASSED_ON, reply),
        "只有表态和承诺": _said(_PROMISED, reply),
        "让群众自己去找": _said(_SENT_AWAY, reply),
    }
    evasive = sum(min(3, len(words)) for words in said.values()) + 0.5 * bool(_RECEIVED.search(reply))
    outcome = _outcome(reply)
    score = outcome / (outcome + 0.8 + 0.5 * evasive)
    if score >= _COMES_TO_SOMETHING:
        return Judged(round(score, 3), ("有办理结果",))
    reasons = [f"{name}（{'、'.join(f'“{word}”' for word in words[:2])}）" for name, words in said.items() if words]
    lacks = "没有写办理结果：请写明查到了什么、做了什么、何时办好" if outcome < 1.2 else "结果说得少，请把办了什么写在前面"
    return Judged(round(score, 3), (*reasons, lacks))


def _outcome(reply: str) -> float:
    """How much a reply says of what became of the matter."""
    body = _SALUTATION.sub("", _without_signature(reply))
    done = 1.5 * min(4, len(_said(DONE, body))) + 0.3 * min(4, len(_said(_ALREADY, body)))
    decided = 0.6 * min(4, len(_said(_DECIDED, body))) + 0.4 * min(2, len(_said(_CHECKED, body)))
    return done + decided + 0.2 * min(5, len(_said(_SPECIFIC, body)))


def blanks(reply: str) -> list[str]:
    """What a draft left to be filled in; see drafting.py."""
    return re.findall(r"【请[^】]{1,160}】", reply)


def _told(reply: str) -> int:
    """How many characters are left without greeting, thanks and date."""
    return len(re.sub(r"[^\u3400-\u9fff]", "", _POLITE.sub("", _without_signature(reply))))


def _without_signature(reply: str) -> str:
    """The date under a letter says nothing of when things are done."""
    return re.sub(r"(?:20\d\d年)?\d{1,2}月\d{1,2}日[。\s]*$", "", reply)


def _said(pattern: re.Pattern[str], reply: str) -> list[str]:
    return list(dict.fromkeys(match[0][:20] for match in pattern.finditer(reply)))


# -- tone ----------------------------------------------------------------------------------------------------------------

_POLITE = re.compile(
    r"(?:尊敬的)?[^，。！：:]{0,12}?(?:网友|同志|朋友|先生|女士)?[：:，]?\s*[您你]好[！!，,。]?|感谢[^。！]{0,30}[。！]?|谢谢[^。！]{0,20}[。！]?|祝您[^。！]{0,20}[。！]?"
)
_GREETS = re.compile(r"[您你]好|尊敬的|乡亲|各位|老乡|同志|大家好")
_THANKS = re.compile(r"感谢|谢谢|抱歉|对不起|歉意|谅解|辛苦|理解您|给您(?:带来|添)|不便|久等|放心|欢迎")
_HARSH = re.compile(
    r"请勿重复|不要再(?:发|反映|投诉|问|说|来)|别再|无理(?:取闹|要求)|胡搅蛮缠|胡闹|造谣|瞎说|乱说|少见多怪|小题大做|自己想办法|自己看着办|自己解决|跟我们没关系|不归我们管|没办法|管不了|爱.{0,3}找.{0,3}谁|"
    r"说过多少遍|早就说过|你懂|再(?:闹|告|说)|后果自负|严肃处理你|追究你|追究您|与我(?:们|局|单位)无关|不清楚|不知道|你(?:必须|应该|得)"
)
_OFFICIALESE = re.compile(r"兹|予以|鉴于|特此|贵方|贴主|来函|责成|之规定|函复|办复|核处|此复|妥否|该同志")


def tone(reply: str) -> Judged:
    """Whether it is warm and plain, as one speaks to a neighbour who is worried."""
    score, reasons = 1.0, list[str]()
    for lost, fault in (
        (0.45, (harsh := _said(_HARSH, reply)) and f"口气生硬：{'、'.join(f'“{word}”' for word in harsh[:2])}"),
        (0.2, not _GREETS.search(reply) and "没有问候，请加一句“您好”"),
        (0.15, not _THANKS.search(reply) and "没有一句感谢或体谅的话"),
        (0.15, _plain_you(reply) and "称呼用“您”更好"),
        (
            0.1,
            (stiff := _said(_OFFICIALESE, reply)) and f"公文话可以说得白一些：{'、'.join(f'“{word}”' for word in stiff[:3])}",
        ),
        (0.1, len(re.findall(r"[！!]{2,}", reply)) > 0 and "感叹号太多"),
    ):
        if fault:
            score -= lost
            reasons.append(fault)
    return Judged(round(max(0.0, score), 3), tuple(reasons) or ("口气平和",))


def _plain_you(reply: str) -> bool:
    without = re.sub(r"你好|迷你", "", reply)
    return without.count("你") > without.count("您")
