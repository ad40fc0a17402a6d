"""What a message is about, and whether two messages are about the same thing.

Two measures together: the public matters named (a table anybody can read and extend), and the pairs of neighbouring
characters shared, which catch street names and everything the table does not know. Neither needs a model or a segmenter.
"""

import re
from dataclasses import dataclass

MATTERS: dict[str, str] = {
    "water": "自来水|供水|断水|停水|没水|来水|有水了|通水|水管|水压|水表|水费|水龙头|吃水|用水|水井|水塔|蓄水|浑水|爆管|接水|水(太|很|又)?(小|浑|黄|脏|咸)|水质",
    "power": "停电|没电|来电|有电了|断电|通电|供电|用电|电压|电线|电杆|电表|电费|变压器|跳闸|电闸|漏电|火花|(?<!公交)(?<!客运)线路(?!亏|停运|调整|图|长)|高压线|电缆",
    "lamp": "路灯|街灯|太阳能灯|灯(不亮|坏|都?不|没亮|亮了|杆|泡)|摸黑|照明|黑灯瞎火",
    "gas": "煤气|燃气|天然气|液化气|瓦斯|气管|停气|通气",
    "heat": "暖气|供暖|供热|采暖|地暖|取暖|停暖",
    "road": "公路|路面|坑洼|坑坑|大坑|修路|水泥路|土路|柏油|泥泞|路(不平|烂|坏|断|塌|难走|太窄|窄)|难走|通村路|村道|巷道|道路|路基|路边护栏|护栏|桥|减速带|塌方|硬化|填平|这条路|那条路|坑",
    "manhole": "井盖|窨井|下水井|检修井",
    "drain": "下水|翻水|下水道|排水|积水|内涝|污水(管|井|横流|外溢|漫)|水沟|阴沟|化粪池|管网|排污管|倒灌|涵洞|堵水|进水",
    "rubbish": "垃圾|保洁|清运|卫生(?!院|室|所|间|局|健康)|废品|建筑废料|脏乱|杂物",
    "toilet": "厕所|公厕|旱厕|改厕|粪",
    "noise": "鞭炮|装修|电钻|施工声|机器声|噪音|噪声|扰民|太吵|吵得|吵死|很吵|吵闹|大喇叭|音响|高音|震天|睡不(着|了|好)",
    "pollution": "油烟|烧烤|污染|臭|难闻|刺鼻|异味|怪味|气味|黑烟|冒烟|粉尘|扬尘|灰尘|的灰|灰大|落灰|排污|废水|废气|养殖场|养猪|鸡场|猪场|河水|死鱼|发黑|黑水|味道",
    "burning": "秸秆|焚烧|麦茬|烧荒|烧垃圾",
    "house": "房子|房屋|屋顶|漏雨|危房|墙(体|裂|塌|倒|角)|房顶|渗水|翻建|裂缝|瓦片",
    "homestead": "宅基|建房|盖房|确权|不动产|房产证|土地证",
    "land": "耕地|占地|征地|地界|承包地|土地|流转|田埂|果园|林地|拆迁|补偿款|地款",
    "irrigation": "浇地|灌溉|机井|水渠|渠道|水闸|抽水|浇不上|沟渠|抗旱|泵站",
    "crops": "粮站|稻谷|庄稼|麦子|小麦|玉米|水稻|稻子|苗|种子|化肥|农药|虫害|倒伏|减产|大棚|收割|农机|果树|苹果树|花生|大豆|棉花|受灾",
    "livestock": "猪瘟|鸡瘟|牲口|牲畜|防疫针|死猪|死鸡|羊|牛棚|耕牛",
    "pension": "养老金|养老保险|退休金|社保(?!卡)|养老钱|老年认证|生存认证|资格认证|待遇认证|认证",
    "card": "社保卡|一卡通|银行卡|存折|惠农卡",
    "medical": "医保|新农合|合作医疗|报销|慢性病|门诊|异地就医|住院费|大病",
    "clinic": "卫生室|卫生院|村医|医院|疫苗|打针|体检|看病|救护车|大夫|医生",
    "identity": "户口|身份证|居住证|落户|销户|派出所办",
    "papers": "证明|盖章|公证|结婚证|离婚|准生证|出生证|营业执照|驾照|驾驶证|执照",
    "dibao": "低保|五保|特困|贫困户|救助|困难补助|临时救助|监测户",
    "disabled": "残疾|轮椅|护理补贴|残联",
    "elderly": "高龄|老年|敬老|养老院|日间照料|留守老人|孤寡|独居|空巢",
    "subsidy": "补贴|补助|粮补|地力|直补|种粮|退耕|惠农|奖补|津贴|补偿",
    "wages": "工资|工钱|薪|血汗钱|包工头|工头|劳务费|干活的钱",
    "job": "招聘|招[^,。生投标商收]{1,8}\\d+(?:名|人|个)|招工|就业|找工作|公益岗|公益性岗位|包吃|五险|工伤|失业|劳动合同|月薪|上班",
    "school": "学校|幼儿园|学生|(?<!谢)老师(?!傅|您|$)|入学|转学|学籍|学费|书本费|食堂|校服|补课|校门|孩子上学|班主任|报名费|学区|助学",
    "schoolbus": "校车|接送车",
    "bus": "公交|班车|客车|站牌|候车|通村车|车次",
    "traffic": "拉客|三轮车|出租车|红绿灯|斑马线|交通|超载|超速|飙车|大货车|渣土车|事故|车祸|逆行|闯红灯|路口|反光镜|标线",
    "parking": "停车|乱停|占道|车位|堵(住|着|了)?(路|门|口|车|通道)|消防通道|摆摊|夜市|出摊|僵尸车",
    "ebike": "电动车|电瓶车|飞线|充电桩|充电棚",
    "lift": "电梯",
    "estate": "物业|业主|小区|楼道|维修基金|门禁|单元门",
    "phone": "信号|基站|手机信号|打不通电话|通话",
    "network": "宽带|网络|网速|断网|没网|光纤|光猫|wifi|网线|上网",
    "tv": "有线电视|机顶盒|电视信号|看不了电视",
    "dog": "狗|犬|疯狗|恶犬",
    "boar": "蜂箱|养蜂|野猪|猴子|蛇|马蜂|蜂窝",
    "theft": "偷|被盗|小偷|盗窃|撬",
    "fraud": "诈骗|骗子|被骗|骗钱|刷单|传销|保健品|电信诈骗|假冒",
    "goods": "过期|变质|假货|缺斤|短斤|超市|商店|小卖部|饭店|餐馆|退货|三无|食品",
    "gambling": "赌博|麻将馆|赌场|老虎机",
    "violence": "打人|打架|殴打|家暴|持刀|闹事|骚扰|恐吓",
    "quarrel": "邻居|邻里|纠纷|调解|隔壁|滴水|遮光|挡光|院墙",
    "fire": "消防|灭火器|易燃|着火|起火|火灾|火情|烟花|爆竹|防火|山火",
    "river": "河道|河堤|河边|水库|溺水|洪水|采砂|挖沙|池塘|水塘|鱼塘",
    "accounts": "(?<![到入进记])账(?!号|户|单)|村务|财务|三资|集体资产|公开栏|公示栏|收支|集体资金|集体的钱|村集体",
    "list": "名单|名额|指标|评选|评议",
    "funeral": "火化|公墓|坟|殡葬|丧事",
    "culture": "农家书屋|文化广场|戏台|健身器材|健身|篮球场|广场舞|图书",
    "express": "快递|邮政|包裹|驿站",
    "bank": "贷款|信用社|农商行|取款机|银行",
    "legal": "律师|法律|打官司|起诉|仲裁|合同|借条|赡养",
    "medicine_fee": "住院|手术|药费|挂号",
    "veteran": "退伍|退役|优抚|烈属|参军|征兵",
    "tree": "大树|树枝|树倒|砍树|古树|杨絮|枯树",
}
"""Public matters by the words people use for them. Any county's; a new matter is a new line."""

SHARED_SUPPLY = frozenset({"water", "power", "gas", "heat", "phone", "network", "tv"})
"""Supplies: when they fail they fail for everybody, so a neighbour's complaint from another lane is the same trouble."""

PERSONAL = frozenset(
    {"pension", "card", "medical", "identity", "papers", "dibao", "disabled", "subsidy", "wages", "job", "homestead"}
    | {"bank", "legal", "fraud", "theft", "veteran", "medicine_fee", "goods"}
)
"""Matters of one person: two people with the same trouble are two cases, unless the second says "me too"."""

FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"lamp", "power", "ebike", "fire"}),
    frozenset({"water", "drain", "irrigation", "house"}),
    frozenset({"road", "traffic", "drain", "manhole", "parking"}),
    frozenset({"pollution", "rubbish", "drain", "river", "livestock", "burning", "toilet"}),
    frozenset({"house", "quarrel", "homestead", "land", "drain"}),
    frozenset({"pension", "card", "elderly", "subsidy", "dibao", "disabled", "list", "bank"}),
    frozenset({"medical", "clinic", "medicine_fee"}),
    frozenset({"school", "schoolbus", "traffic"}),
    frozenset({"estate", "lift", "parking", "noise"}),
    frozenset({"wages", "job", "legal"}),
    frozenset({"phone", "network", "tv"}),
    frozenset({"crops", "irrigation", "land", "boar", "livestock"}),
    frozenset({"traffic", "bus", "road", "river"}),
    frozenset({"accounts", "list", "subsidy", "land"}),
)
"""Matters that turn up together in one and the same trouble: a leak and the wet wall, a bridge and its traffic."""

_MATTERS = tuple((name, re.compile(words)) for name, words in MATTERS.items())
_PLACE = re.compile(
    r"[东西南北中前后]\s?(?:头|街|边|门|坡|沟|湾|庄|营|院|岭|河|路|口|排)|[一二三四五六七八九十\d]{1,3}\s?(?:组|队|号楼|栋|单元|社|号院|街|巷|弄)"
)
_WORD = re.compile(r"[\u3400-\u9fff]+|[a-z]+|\d+")
_EMPTY = frozenset(
    "的了是我你他她它们俺咱您在有也都就还又很太这那吗呢吧啊呀哦嘛么不没个一人来去到说要能会和与给把被让请谢好啥咋什怎谁几多里上下"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a text is about: the matters it names, the places, and its pairs of characters."""

    matters: frozenset[str]
    places: frozenset[str]
    pairs: frozenset[str]

    def __or__(self, other: "Subject") -> "Subject":
        return Subject(self.matters | other.matters, self.places | other.places, self.pairs | other.pairs)


NOTHING = Subject(frozenset(), frozenset(), frozenset())


def subject_of(body: str) -> Subject:
    """What these (already normalised) words are about."""
    matters = frozenset(name for name, words in _MATTERS if words.search(body))
    return Subject(matters, frozenset(_PLACE.findall(body)), frozenset(_pairs(body)))


def _pairs(body: str) -> set[str]:
    return {
        run[i : i + 2]
        for run in _WORD.findall(body[:300])
        for i in range(len(run) - 1)
        if not (run[i] in _EMPTY and run[i + 1] in _EMPTY)
    }


def likeness(one: Subject, other: Subject) -> float:
    """0 (nothing in common) to 1 (the same thing in the same words)."""
    shared = len(one.pairs & other.pairs)
    pairs = shared / max(4, min(len(one.pairs), len(other.pairs)))
    if one.matters and other.matters:
        matters = len(one.matters & other.matters) / min(len(one.matters), len(other.matters))
        return min(1.0, 0.55 * matters + 0.6 * pairs)
    return min(1.0, pairs)


def clash(one: Subject, other: Subject) -> bool:
    """Both name public matters, none in common and none akin: clearly two different things."""
    if not one.matters or not other.matters or one.matters & other.matters:
        return False
    return not any(one.matters & family and other.matters & family for family in FAMILIES)


def elsewhere(one: Subject, other: Subject) -> bool:
    """Both name places, and none in common, and it is nothing that fails everywhere at once."""
    apart = bool(one.places and other.places and not one.places & other.places)
    return apart and not one.matters & other.matters & SHARED_SUPPLY


def only_personal(subject: Subject) -> bool:
    """It is about one person's papers or money, not about something neighbours share."""
    return bool(subject.matters) and subject.matters <= PERSONAL
