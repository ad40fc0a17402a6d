"""What counties call the offices that answer for a subject.

A directory names its departments in its own words ("住房和城乡建设局", "住建局", "建设委员会") and people name them in others ("房管", "建委").
Neither side knows our codes, and there are none: an office is an idea, recognised in a department's name and spoken of in a chat.
`marks` are looked for in a department's full name, `spoken` in what an official writes; `instead` is who does the work where a
county has no such office of its own.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Office:
    """An idea of an office. `bare` names count only beside a word of referral ("转民政", "城管那边"): alone they are ordinary words."""

    key: str
    label: str
    marks: tuple[str, ...]
    spoken: tuple[str, ...]
    bare: tuple[str, ...] = ()
    instead: str = ""


def _office(key: str, label: str, marks: str, spoken: str, bare: str = "", instead: str = "") -> Office:
    return Office(key, label, tuple(marks.split()), tuple(spoken.split()), tuple(bare.split()), instead)


OFFICES: tuple[Office, ...] = (
    _office(
        "village", "村级事务", "", "村委会 居委会 村(居)委会 村委 村两委 村支部 大队部 村民小组 村干部", "村里 村上 社区 村级"
    ),
    _office("township", "乡镇事务", "", "镇政府 乡政府 人民政府 街道办 办事处 党政办 镇里 乡里 镇上 包村干部"),
    _office(
        "power",
        "供电",
        "供电 电力 电业 国网 电网",
        "供电公司 供电所 供电局 供电部门 供电站 电力公司 电力局 电力所 电力部门 电业局 电业所 电管所 国家电网 国网 电工班",
        "供电 电力 电网",
    ),
    _office(
        "water",
        "水利供水",
        "水利 水务 自来水 供水 水厂",
        "水利局 水务局 水利站 水利所 水务公司 自来水公司 自来水厂 供水公司 供水站 供水所 水厂 水利部门 供水部门 河长办 水管站",
        "水利 水务 供水 自来水",
    ),
    _office(
        "housing",
        "住房建设",
        "住房 住建 城乡建设 建设局 建设委 房管 房产管理 城建",
        "住建局 住建委 住建部门 建设局 建委 房管局 房管所 城建局 村镇建设办 城建办 住建所 市政公司 市政部门",
        "住建 房管 城建 市政",
    ),
    _office("gas", "燃气", "燃气 天然气", "燃气公司 天然气公司 燃气办", "燃气", "housing"),
    _office("heat", "供热", "热力 供热 供暖", "热力公司 供热公司 供热办", "热力", "housing"),
    _office(
        "urban",
        "城市管理",
        "城市管理 城管 综合执法 行政执法 市容 环境卫生 环卫",
        "城管局 城管队 城管大队 城管部门 城管执法局 综合执法局 综合执法大队 综合执法队 环卫处 环卫局 环卫所 环卫站 环卫队 市容局 园林局 城市管理局",
        "城管 环卫 综合执法",
    ),
    _office(
        "transport",
        "交通运输",
        "交通 公路 运管 客运",
        "交通局 交通运输局 交通部门 交运局 公路局 公路段 公路所 公路站 农村公路所 运管所 运管局 公交公司 客运公司 运输管理 路政",
        "交通 公路 运管",
    ),
    _office(
        "police",
        "公安",
        "公安 派出所 警察 交警",
        "公安局 公安机关 公安部门 派出所 交警队 交警大队 交警 民警 刑警队 户籍室 户政 巡警 辖区警务室 警务室",
        "公安 警方",
    ),
    _office(
        "hrss",
        "人社",
        "人力资源 人社 社会保险 劳动保障 劳动和社会",
        "人社局 人社所 人社部门 人力资源局 社保局 社保所 社保中心 社保部门 劳动局 劳动监察 劳保所 劳动仲裁 就业局 就业服务中心 劳务办",
        "人社 社保 劳动",
    ),
    _office("civil", "民政", "民政", "民政局 民政所 民政办 民政部门 低保办 婚姻登记处 救助站", "民政"),
    _office("disabled", "残联", "残疾人联合会 残联", "残联", "", "civil"),
    _office("women", "妇联", "妇女联合会 妇联", "妇联", "", "civil"),
    _office("veterans", "退役军人", "退役军人", "退役军人事务局 退役军人局 退役军人服务站 武装部", "退役军人", "civil"),
    _office(
        "medical",
        "医疗保障",
        "医疗保障 医保",
        "医保局 医保中心 医保办 医保所 医保部门 医疗保障局 新农合办 合管办",
        "医保 新农合",
    ),
    _office(
        "health",
        "卫生健康",
        "卫生健康 卫健 卫计 卫生和计划 卫生局 卫生院 疾病预防 疾控",
        "卫健委 卫健局 卫健部门 卫计委 卫计局 卫生局 卫生院 卫生室 疾控中心 防疫站 计生办 计生委 卫生部门 卫健体委 妇幼保健院",
        "卫健 卫生 疾控",
    ),
    _office(
        "education",
        "教育体育",
        "教育 教体",
        "教育局 教体局 教育体育局 教育部门 教育办 教办室 中心校 体育局 教科体局 教育和体育局",
        "教育 教体 体育局",
    ),
    _office(
        "agriculture",
        "农业农村",
        "农业 农牧 农村局 农村工作 畜牧",
        "农业农村局 农业局 农牧局 农业农村部门 农业部门 农技站 农技推广 农机局 农机站 畜牧局 畜牧站 兽医站 农经站 农业服务中心 农办 农业执法",
        "农业 农机 畜牧 农经",
    ),
    _office("revival", "乡村振兴", "乡村振兴 扶贫", "乡村振兴局 乡村振兴办 扶贫办 扶贫局", "乡村振兴 扶贫", "agriculture"),
    _office("grain", "粮食", "粮食和物资 粮食局", "粮食局 粮食和物资储备局 粮管所", "", "agriculture"),
    _office(
        "natural",
        "自然资源",
        "自然资源 国土 规划局 不动产",
        "自然资源局 自然资源所 自规局 自资局 自然资源和规划局 国土局 国土所 国土资源局 规划局 不动产中心 不动产登记中心 国土部门 自然资源部门 土地所",
        "国土 自然资源 不动产 规划",
    ),
    _office("forest", "林业", "林业 林草", "林业局 林业站 林草局 林业部门 护林队", "林业", "natural"),
    _office(
        "environment",
        "生态环境",
        "生态环境 环境保护 环保",
        "生态环境局 环保局 环保所 环保部门 环境局 环保办 生态环境部门 环境监察 生态环境分局 环境保护局",
        "环保 生态环境",
    ),
    _office(
        "market",
        "市场监管",
        "市场监督 市场监管 市监 工商 质量监督 食品药品 食药",
        "市场监管局 市场监督管理局 市监局 市场局 市场监管所 市场所 工商局 工商所 质监局 食药监局 食药局 食药所 食药监 物价局 消协 市场监管部门 12315",
        "市监 工商 市场监管",
    ),
    _office("prices", "发展改革", "发展和改革 发展改革 发改", "发改委 发改局 发改部门", "发改", "market"),
    _office("commerce", "商务", "商务局 商务和", "商务局 商务部门", "", "market"),
    _office(
        "emergency",
        "应急消防",
        "应急 安全生产监督 安监 消防",
        "应急局 应急管理局 应急办 应急管理所 应急部门 安监局 安监站 安监办 安监所 消防队 消防大队 消防救援大队 消防部门 消防所 防汛办 防指 防汛抗旱指挥部",
        "应急 安监 消防",
    ),
    _office(
        "culture",
        "文化旅游",
        "文化 文旅 文广 旅游 广播电视",
        "文旅局 文广局 文广旅局 文化局 文化站 文化旅游局 文化馆 图书馆 文化部门 旅游局 文体局 广电局 文管所 文物局 文物所 文广新局 文旅部门",
        "文旅 文化 旅游 广电",
    ),
    _office("finance", "财政", "财政", "财政局 财政所 财政部门", "财政"),
    _office("tax", "税务", "税务", "税务局 税务所 税务部门 国税局 地税局", "税务", "finance"),
    _office("banking", "金融", "金融", "金融办 金融局 人民银行 银保监 农信社 信用社", "", "finance"),
    _office(
        "justice",
        "司法",
        "司法 法律援助",
        "司法局 司法所 司法部门 法律援助中心 法援中心 公证处 人民调解委员会 调委会 调解委员会 法律顾问",
        "司法 法援",
    ),
    _office(
        "telecom",
        "通信",
        "通信 电信 移动 联通 铁塔 网络信息",
        "通信办 通管办 通信管理办公室 通信公司 通信部门 电信公司 移动公司 联通公司 电信局 铁塔公司 中国移动 中国联通 中国电信 运营商 通管局",
        "电信 移动 联通 通信",
    ),
    _office("industry", "工业信息化", "工业和信息化 工信", "工信局 工信部门 科工局 工信委", "工信", "telecom"),
    _office("post", "邮政", "邮政", "邮政局 邮政公司 邮政管理局 邮局", "邮政", "transport"),
    _office(
        "letters",
        "信访综合",
        "信访 群众来访 群众工作 民声 诉求 12345 热线",
        "信访局 信访办 信访部门 信访接待中心 12345 群众工作局 县长热线 综治中心 群工部",
        "信访",
    ),
    _office(
        "service",
        "政务服务",
        "政务服务 行政审批 行政服务",
        "政务服务中心 行政审批局 政务大厅 便民服务中心 审批局",
        "",
        "letters",
    ),
    _office(
        "discipline",
        "纪检监察",
        "纪委 纪律检查 监委 监察委 纪检 巡察",
        "纪委监委 纪委 监委 县纪委 镇纪委 纪检监察 纪检组 纪检委 巡察组 巡察办 监察委 监察办",
        "纪检",
    ),
)

BY_KEY: dict[str, Office] = {office.key: office for office in OFFICES}


def offices_of(name: str, level: str) -> tuple[str, ...]:
    """The offices a department is, by its level and its name. A merged bureau ("农业农村和水利局") is several."""
    if level == "village" or name.endswith(("村委会", "居委会", "村民委员会", "居民委员会")):
        return ("village",)
    plain = name.replace("人民政府", "政府")  # else every 人民政府 would be 民政
    found = tuple(office.key for office in OFFICES if any(mark in plain for mark in office.marks))
    if found:
        return found
    if level == "township" or name.endswith(("镇政府", "乡政府", "办事处", "乡镇人民政府", "镇人民政府", "乡人民政府")):
        return ("township",)
    return ()
