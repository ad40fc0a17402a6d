"""How far an official's words say a matter has come, clause by clause.

Chinese has no tense, so "修", "在修", "要修" and "修好了" are told apart by what stands around the verb, and a report is read
as its speaker builds it: the cause, the deed, how it stands now, what remains. Each clause is given the one thing it says; what
all of them say together is a sum, in which the deed outweighs the cause that came before it and the loose ends after it.
"""

import re
from dataclasses import dataclass
from enum import Enum

from services.intake.reading import officialese
from services.intake.reading.wording import any_of

DONE_FROM = 1.0
"""From this sum on a matter is told as done."""


class Aspect(Enum):
    """What one clause says of a matter."""

    DEED = "deed"
    """something was done that mends it"""
    WELL = "well"
    """it stands well now"""
    HENCEFORTH = "henceforth"
    """from now on it is otherwise"""
    RULE = "rule"
    """the rule or the finding that settles it"""
    TERMS = "terms"
    """what is given or changed, told without a mark of time"""
    STEP = "step"
    """one step of the way: asked, reported, measured, agreed to meet"""
    FAULT = "fault"
    """what was found wrong"""
    AHEAD = "ahead"
    """still to come"""
    PROMISE = "promise"
    """the speaker says what he is about to do"""
    ONGOING = "ongoing"
    """being done"""
    PARTLY = "partly"
    """not the whole of it, or not for good"""
    WARNING = "warning"
    """the danger lasts: stay away"""
    PLAIN = "plain"


WORTH: dict[Aspect, float] = {
    Aspect.DEED: 2.0,
    Aspect.WELL: 2.0,
    Aspect.HENCEFORTH: 2.0,
    Aspect.RULE: 2.0,
    Aspect.TERMS: 1.0,
    Aspect.PLAIN: 0.0,
    Aspect.STEP: -0.5,
    Aspect.FAULT: -1.0,
    Aspect.AHEAD: -1.5,
    Aspect.PROMISE: -1.5,
    Aspect.ONGOING: -1.5,
    Aspect.PARTLY: -2.0,
    Aspect.WARNING: -2.0,
}
"""What each adds to a matter's being done."""
_CAUSES = frozenset({Aspect.STEP, Aspect.FAULT})
_LATER = frozenset({Aspect.AHEAD, Aspect.PROMISE, Aspect.ONGOING})
_TAIL = -1.0
"""What is still to come costs less once a deed was told."""

_LE = "(?:了|咯|啦|嘞|咧|哒|喽|罗|哈)"
_PERFECT = any_of(rf"已|刚(?:刚|才)?|昨|(?<![为除到极罢得不])了|{_LE}$|过{_LE}?$|(?:好|完|毕|成|妥|净){_LE}?$")
_RESULT = any_of(
    r"[排抽烘晾]干|(?:住|熄|灭|掉|走|净|清|平|牢|满|拢|齐|妥|毕|完)(?:了|咯|啦|$)|(?:到|回|进|出|送|接|放|请)(?:家|原处|原位|学校|医院|收容[站所点]|车棚|市场里?|位)"
    r"|全部?(?:亮|通|好|清|退|发|换|修|装|补|到|逮|抓|拉|拆)|(?:逮|抓|捉|捕|救|找|接|拦|追|寻)(?:到|回|住|着)"
)
_STEP = any_of(
    r"了半天|检定|校(?:准|表)|开了?(?:药|方)|(?:抽血|抽了血|上?报|反映|反馈|转|递|提交|申请|申报|申领|立案|受理|登记|通知|联系|约|谈|沟通|协商|商量|取(?:了|的)?[^,。]{0,3}样|采(?:了)?样|送检|抽检|抽样|封存|检测|监测|化验|量|测|勘|鉴定|评估|"
    r"问|了解|核实?|核对|排查|走访|入户|调取|调监控|发函|催|派|安排|组织|喊|叫|请|开会|研究|讨论|选址|定|拟|设计|招标|进场|动工|开工|到场|赶到|到现场|备案|纳入|列入|订|联络|对接|约谈|"
    r"测量|看|查|拍|记|收下|收到|下单|下订|寄|借|运来|摸底|统计|公告|警戒|围挡|转移|疏散|断电|停电|关阀|拿到|检查|试|汇报|打(?:了|过)?电话|打报告|写报告|发货|到货|整改通知书)"
)
_ONLY_A_STEP = any_of(
    r"送[^,。家学收]{0,4}(?:检|修|化验|鉴定)|通(?:了|过)[^,。]{0,2}电话|答应(?![^,。]*[不别])|承诺(?!书|[^,。]*[不别])|受理|登记|样品?(?!板)|水样|漏点|原因|源头|报告|台账|方案|选址|证据|线索|监控|现场|结果|转移|疏散|警戒|出发|动身|在路上|往[^,。]{1,6}赶|(?:^|[^改换调转翻接还正])过[来去]了$|打(?:了|过|的)?(?:110|119|120|12\d{3}|电话)|[跟给向和][^,。]{1,8}(?:说|讲|提|打招呼|反映|汇报|联系)(?:了|过|好)|^(?:我|我们)?(?:已经?)?(?:喊|叫|让|请|通知|责成|要求|督促|派|安排)",
    r"(?:修|买|拉|换|办|订|取|接|请|找|化验|检测|培训|开会|出差|借|问|查|追)[^,。]{0,3}去了|(?:料|材料|设备|资金|手续|人员|方案|图纸|配件|吊车)[^,。]{0,3}(?:备|到|齐|批|定)|(?:排|列|纳|报|写)(?:进|入)|接(?:了|单|警|案)$|认领|出动|(?:手续|材料|申请|报告|单子)[^,。]{0,4}(?:递|交|报|送|寄)|(?:抢修|维修|处理|检修)的?(?:人|师傅|车|队)",
)
"""Whatever stands after the verb, these only bring it nearer."""
_STEP_DEED = any_of(
    r"查(?:封|处|扣|没|获)|试过|测过|通过|约束|转入|转账|请回|问题[^,。]{0,4}(?:解决|处理)|定(?:下|为)|看好|看护"
)
"""Words of deeds inside which a step's character stands."""
_AGENT_CAME = any_of(
    r"(?:人|师傅|电工|车|队|班|民警|警察|所|局|公司|挖机|勾机|吊车|设备|材料|[配管零]?件|同志)(?:已经?|都|也)?(?:到|来|拢|进场|出发|过来)(?:了|咯|$)"
)
_FAULT = any_of(
    r"(?:挂起|锁定|冻结|停用|停发|注销|失效)|^(?:就|原来|主要)?是(?!在)[^,。]*了|原因|错过|故障|老化|超标|对不上|不符|不合格|不够|不足|不配合|不同意|不承认|不接电话|关机|失联|过期|失效|退回|(?:坏|断|烧|烂|塌|裂|漏|堵|锈|卡|病|死|缺|错|松|歪|倒|垮|跑|停|破|碎|陷)(?:了|掉|死|起|住|着|穿|一|在|的$|成)|"
    r"(?:没|未|冇)(?!事|问题|有?(?:伤|丢|大碍|损失|危险|再|转出|转走|漏|堵))|[没莫]得(?!再)|(?:型号|账号|名字|信息)[^,。]{0,4}(?:不对|错)|要(?:件|素)不全|缺(?:件|料|货|人|材料)|低于|超过|卡在"
)
_MENDED = any_of(
    r"(?:修|补|换|接|疏|掏|清|挖|抽|焊|堵|封|填|拆|停|打|关|罚|断|拔|砍|锯)[^,。]{0,3}(?:好|完|通|上|牢|平|住|掉|干净|停)"
)
_WELL = any_of(
    r"(?:一切|运行|使用|供电|供水|水压|电压|信号|现在|目前|均|出水|情绪|生命体征|指标)[^,。]{0,6}(?:正常|稳定|良好|平稳)|(?<!不)(?:达标|合格(?!证)|满格|平安|脱险|好好的|没事(?!故)|无碍|没(?:有)?大碍|安全(?:了|到家|$))|"
    r"(?:没|没有|未|无)(?:人|有人)?(?:伤|丢|损失|大碍|转出|转走|危险|再(?:漏|响|堵|犯|发))|没(?:有)?[泡淹伤压砸烧]着|一分(?:钱)?(?:没|未|不)(?:少|转|差)|不(?:再)?(?:漏|滴|堵|臭|响|冒|晃|停|黑|吵|渗)(?:了|$)|(?:来|通|有)(?:水|电|气|网|信号)(?:了|$)|"
    rf"(?:水|电|气|网|灯|信号|暖气|车|路)[^,。不没未]{{0,4}}(?:(?:来|通|亮|热|出来|恢复|足|清|大|稳)(?:{_LE}|的|$)|有{_LE})|(?:能|可以|可)(?:正常)?(?:过|走|用|住|通行|回|喝|浇|上|睡|开|放心|使用|上课)[^,。]{{{0, 6}}}(?:{_LE}|$)|(?:放心|安心)(?:用|喝|走|吃|住|使)|"
    r"(?:下得|流得|水[^,。]{0,3}走得|出得|亮得|出水)(?:快|很|足|利索|顺|欢|旺)|干净|敞亮|亮堂|清亮|顺畅|畅通|太平|安稳|恢复(?:正常|供|通|原|使用|运行|发放|营业|了)|通车|放行|退完|清零|不再(?!说|等)"
)
_HENCEFORTH = any_of(
    r"(?:从|自|即|打)?(?:今天|今晚|今早|今日|即日|明天|明日|后天|本周|这周|下周[一二三四五六日天]?|本月|下个?月|这个?月|\d+[号日月]|[一二三四五六七八九十]+月|周[一二三四五六日天]|开学|现在)(?:份)?起|^以后(?!再|看|说|才)|以后(?:[^,。]{0,4})?(?:都|每|就|[一二两三]天|由|不|\d|统一|改|固定)|今后|往后(?:都|每|就|由)|长期|从[^,。]{1,8}(?:恢复|开始(?:发|供|执行|按|由))"
)
_RULE = any_of(
    r"(?:按照?|根据|依据|依照)[^,。]{0,12}(?:规定|政策|文件|标准|合同|面积|条例|办法|约定|人口|票据|协议|\d|确权)|(?:规定|政策|文件|条例|合同|会议)[^,。]{0,6}(?:写|定|明确|要求|是|通过)[^,。]{0,2}(?!没)|经(?:核实|核查|调查|查|了解|评议|鉴定|认定)[^,。]{0,20}(?:不?符合|属于|不属|已享受|不能|系|为|不存在)|(?:不|已)?(?:符合|达到|超过|不够|享受过?)[^,。]{0,8}(?:条件|标准|政策|规定|年龄|改造)|(?:表决|会议|代表会|大会)[^,。]{0,6}(?:定|通过|同意)(?:的|了)|属(?:于)?[^,。]{0,6}(?:正常|合理|规定|个人|私人)"
)
_TERMS = any_of(
    r"(?<!把)(?:^|[^请把你您]{2})(?:发|贴|挂|晒|公布|公示)(?:到|在|出|进)?[^,。]{0,3}(?:群|公示栏|公开栏|墙上?|村口)[^,。]{0,3}(?:了|$)|(?:发放?|打|退|补|结|汇|付|转)[^,。]{0,2}(?:到|进|给)[^,。]{0,4}(?:卡|账|手里?|户|本人)|一[人户分个]不[落少差]|先行?(?:垫付?|赔付?|付)|多报[^,。]{0,3}\d|(?:全部?|都|均|一律|一并)[^,。]{0,4}(?:查封|封|销毁|下架|退|停|拆|清|换|补)|直接[^,。]{0,2}(?:换|领|办|取|退|用)|拿[^,。]{1,6}(?:到|去)[^,。]{1,8}(?:换|领|办|取)|(?:换|更)新$|(?:按户|如数|全额|原路)?退(?:钱|款)$|(?:答应|同意|承诺|保证)[^,。]{0,12}(?:不|别)再?[^,。得]{1,4}了?$|退[一还]赔[一二三四五六七八九十]|(?:另|再|每[人亩户个])?(?:赔|补|退|减|免|奖|罚|付)(?:给|你|您|偿|还)?[^,。]{0,6}(?:\d|[一二两三四五六七八九十百千万]+(?:块|元|百|千|万))|免(?:费|收|交)|(?:增开|增加|增设|加开|加派|加装|新增|新添|新开|换回|换成|换为|改为|改成|改由|改到|调整为|调整到|固定|取消|降到|降为|延长到|恢复(?!后)|搬到|移到|挪到|并入|补贴归|归还)(?!计划|方案|需)|(?:同意|愿意|接受)(?:接收|退|赔|补|调解|和解|让|修|换|减|道歉|入学|转)|"
    r"(?:去|到|来|直接|凭)[^,。]{0,10}(?:就行|即可|就可以|就能|领|报到|取)(?!导)|不得|不准|不许|请(?:查收|注意查收|查看|试)"
)
_AHEAD = any_of(
    r"预计|争取|力争|计划|准备|打算|拟|将(?!军)|(?<![一])会(?!议|计|同|员|记录)(?=[^,。]{0,8}(?:来|去|修|给|发|处理|安排|联系|解决|通知|到|办|补|打|说))|等(?!级|额|着急|候多)|待(?!遇|业)|(?<![不只重主需必紧想首])要(?!求|紧|害|不是|不然)|需(?!求)|该[^,。]{1,4}了|得(?=(?:用|等|要|先|重新|再|换|\d|[一二两三四五六七八九十]+天))|(?:明|后|大后)(?:天|早|晚|日)|明年|下(?:个)?(?:周|月|星期|礼拜|季)|年[底前]|月[底前]|(?:这|过)(?:几|两)天|稍后|一会|马上|尽快|抓紧|赶紧|立即|立刻|随后|接着|继续|陆续|才(?:能|打|行|可)|之前(?!的)|日内|天内|推动|推进|今晚|下午(?=[^,。了]*$)|最(?:快|迟|晚)|[了完好]就(?!行)|月(?:铺|接|修|装|通|建|换|开|完)"
)
_ONGOING = any_of(
    r"正在|(?<![更改纠订反真立])正(?!常|式|确|规|好|月|副|门)|(?<![现住实自坐躺就都])在(?:往|走|退|涨|降|减|陆续|修|查|找|挖|掏|抽|处理|抢修|清|疏|换|办|走|做|谈|赶|调|联系|协调|催|审|等|招|跟|商量|路上|排|核|施工|建|配|整理|核实|装|铺)|[^集其]中$|进行中"
)
_PARTLY = any_of(
    r"还(?:有|剩|差|要|需|得|没|未|在|不)|剩(?:下|余)?|其余|余下|(?:^|一|大)部分|部分(?:路|户|段|地方|修|恢复|人|群众|村民|水|电)|一半|大半|临时|暂时|暂(?!停)|先(?!生|前|进|后|行?[垫赔付])|初步|应急|过渡|尚|只(?:能|修|清|换|是)|光[^,。]{1,3}不行|抢通"
)
_WARNING = any_of(
    r"(?:^|都|先|大家|你们|暂时|群里|也|千万)(?:莫|别|不要|不能|勿|严禁)(?!着急|急|担心|慌|客气|忘|谢|怕|钱|票|材料|交|带)|(?:绕行|绕道|远离|躲开|离远|避开|等通知)"
)
_ALL = re.compile("[也都全均]")
_ALREADY = re.compile("已|刚[才刚]")
_COLLECT = any_of(r"(?:到|来|去)[^,。]{1,8}(?:领|取|拿|报到)$")
_REPORTED = re.compile(r"^[^,。]{1,8}?(?<!小)(?:说|讲|答复|回复|反馈|承认|解释|称|表示|回话)(?!好|清|明|通|了|妥|和|定)")


@dataclass(frozen=True, slots=True)
class Course:
    """What the clauses say together."""

    aspects: tuple[Aspect, ...]

    @property
    def done(self) -> bool:
        return self.sum >= DONE_FROM

    @property
    def sum(self) -> float:
        """A cause told before the deed is past with it, and what follows a deed is its tail, not a promise instead of it."""
        total, cause, best = 0.0, 0.0, 0.0
        for aspect in self.aspects:
            worth = WORTH[aspect]
            settled = best >= WORTH[Aspect.DEED]
            if aspect in _CAUSES:
                cause += worth
            else:
                total += _TAIL if settled and aspect in _LATER else worth
            if worth >= WORTH[Aspect.DEED]:
                cause = 0.0
            best = max(best, worth)
        return total + cause if best > 0 else min(total + cause, 0.0)

    def __contains__(self, aspect: Aspect) -> bool:
        return aspect in self.aspects

    @property
    def opens_with_promise(self) -> bool:
        return next((aspect for aspect in self.aspects if aspect is not Aspect.PLAIN), None) is Aspect.PROMISE

    @property
    def speaks(self) -> bool:
        """Some clause tells how a matter goes on."""
        return any(aspect is not Aspect.PLAIN for aspect in self.aspects)


_CLAUSE = re.compile(r"[^,。!?;\n…~、:\s]+\??")
_ASKS = any_of(r"(?:吗|没|么|没有|没得|不|\?|怎么样|咋样|如何)$|有没有|有无|是不是|是否")
_HEARD = any_of(
    r"^(?:[您你大家各位]{1,3}好|老乡|大[爷娘叔婶哥姐]|好(?:的|嘞)?|嗯+|哦|行|收到|知道|晓得|看[到见]|听到|明白|了解|情况|问题|来了|起来了?|刚起来|才看到|刚?看[到见])(?:已|都)?(?:收到|知道|了解|知悉)?(?:了|咯|嘞|啦|哈|情况)*$"
)
_INSTRUCTS = any_of(
    r"^(?:请|麻烦)(?!了|人|来)|^把[^,。了]{1,14}(?:发|拍|给|报|写|留|带|私|拿|列)[^,。了]*$|^[您你]们?(?:先|再|可以|把|也)?(?:查|看|试|等|来|去|放心|推|把)[^了]*$"
)
"""What the reporter is to do says nothing of how far it has come."""
_PROMISE = any_of(
    r"^(?:好|行|那|这个?(?:事|情况|问题)?)?(?:我们?|俺们?|咱们?)(?![^,。]*(?:(?:了|过(?![去来]))(?:$|[^,。下]{0,6}$)|已|刚才?|的$))(?!这(?!就|会)|那|村|镇|乡|县|家|觉|认为|知道|听说|也想|[^,。]*(?:贵|便宜|属于|有\d))"
)
"""The speaker says what he does, with no mark that it is over: he is about to."""


def course(body: str) -> Course:
    """Read the clauses of one message."""
    return Course(tuple(aspect_of(clause) for clause in _CLAUSE.findall(body) if not _ASKS.search(clause)))


def aspect_of(clause: str) -> Aspect:
    """The one thing a clause says."""
    if _HEARD.match(clause) or _INSTRUCTS.match(clause):
        return Aspect.PLAIN
    if _WARNING.search(clause):
        return Aspect.WARNING
    if _PROMISE.match(clause):
        return Aspect.PROMISE
    if _HENCEFORTH.search(clause):
        return Aspect.HENCEFORTH
    if _REPORTED.match(clause) and not _TERMS.search(clause):
        return Aspect.STEP
    if _RULE.search(clause):
        return Aspect.RULE
    deed = _deed(clause)
    terms = _TERMS.search(clause)
    if _PARTLY.search(clause) and not ((deed or terms) and _ALL.search(clause)):
        return Aspect.PARTLY
    if _ONGOING.search(clause):
        return Aspect.ONGOING
    if deed:
        return deed
    if _AHEAD.search(clause) and not ("已" in clause or _COLLECT.search(clause)):
        return Aspect.AHEAD
    if _FAULT.search(clause):
        return Aspect.FAULT
    return Aspect.TERMS if terms else Aspect.STEP if _STEP.search(clause) or _ONLY_A_STEP.search(clause) else Aspect.PLAIN


def _deed(clause: str) -> Aspect | None:
    """A finished act, told as finished: the deed itself, a mere step, or the state it led to."""
    if _AHEAD.search(clause) and not _ALREADY.search(clause) and not _told_after(clause):
        return None
    if _AGENT_CAME.search(clause):
        return Aspect.STEP
    if officialese.NOT_DONE.search(clause):
        return None
    if _WELL.search(clause) and not _FAULT.search(_WELL.sub("", clause)):
        return Aspect.WELL
    if _ONLY_A_STEP.search(clause):
        return Aspect.STEP if _PERFECT.search(clause) else None
    done = officialese.DONE.search(clause) or _RESULT.search(clause)
    finished = done or _PERFECT.search(clause)
    if not finished:
        return None
    if _FAULT.search(_MENDED.sub("", clause)) and not (done and _MENDED.search(clause)):
        return None if not officialese.DONE.search(clause) else Aspect.DEED
    step = _STEP.search(_STEP_DEED.sub("", clause)) and not _STEP_DEED.search(clause)
    if step and not done:
        return Aspect.STEP
    return Aspect.DEED


def _told_after(clause: str) -> bool:
    """The word that points ahead stands after the finished verb ("修好了要注意")."""
    ahead = _AHEAD.search(clause)
    done = officialese.DONE.search(clause)
    return bool(ahead and done and done.start() < ahead.start())
