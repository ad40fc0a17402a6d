"""A made-up county to measure with: groups, villagers, departments and what is said, the same in every run."""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import orjson

from shared.events.intake import AppealOpened, Kind, MessageReceived
from shared.events.routing import CaseAccepted, CaseAssigned

BURST = 1000
VILLAGERS = 5
"""in each group; each speaks once, of another trouble than his neighbours, so that every message opens an appeal"""
GROUPS_A_BURST = BURST // VILLAGERS
AT = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)

TROUBLES = (
    "{}户家里停水三天了，水龙头一滴水都没有，请自来水公司来修一下水管",
    "{}号路灯坏了一个多月，晚上黑灯瞎火老人不敢出门，请帮忙修一修",
    "{}组的垃圾桶满了没人清运，苍蝇到处飞，气味很大，请安排人来拉走",
    "{}号门前的下水道堵了，污水漫到路面上，请派人疏通",
    "{}组的低保申请交上去两个月没有消息，想问问办到哪一步了",
    "{}号电线杆歪了快要倒，电线垂到地上了，很危险，请供电所快来",
    "{}组通往学校的水泥路坑坑洼洼，下雨天孩子上学摔跤，什么时候修",
    "{}户的宅基地和邻居有纠纷，找了几次没人管，请司法所来调解",
    "{}号附近工地半夜施工，吵得睡不着觉，请管一管噪音",
    "{}组灌溉的机井坏了，玉米都要旱死了，请派人来修水泵",
    "{}号饭店的油烟直接排到居民楼下，窗户都不敢开，请环保部门查一查",
    "{}户的医保卡刷不了，药店说系统没有信息，请问该找哪个部门",
)


def group_name(n: int) -> str:
    """Message n's group: each burst of messages has groups of its own, which take turns."""
    return f"bench-{n // BURST * GROUPS_A_BURST + n % GROUPS_A_BURST:05d}"


def sender(n: int) -> str:
    return f"{group_name(n)}-v{n % BURST // GROUPS_A_BURST}"


def appeal_text(n: int) -> str:
    return TROUBLES[(n % BURST // GROUPS_A_BURST + n % GROUPS_A_BURST) % len(TROUBLES)].format(n % 997 + 1)


def body(n: int, mark: str) -> bytes:
    """The JSON of message n as an adapter posts it."""
    return orjson.dumps(
        {
            "channel": "wecom",
            "group": group_name(n),
            "message_id": f"{mark}-{n:07d}",
            "sender": sender(n),
            "text": appeal_text(n),
            "sent_at": datetime.now(UTC).isoformat(),
        }
    )


def groups_csv(burst: int) -> bytes:
    """The groups of a burst."""
    lines = [f"{name},wecom,{name}村,测试镇" for name in _groups(burst)]
    return "\n".join(["group,channel,village,township", *lines]).encode()


def roster_csvs(burst: int, parts: int) -> list[bytes]:
    """Their villagers, in parts that can be imported side by side: no group is in two of them."""
    head, names = "sender,group,real_name,role,department", _groups(burst)
    people = [
        [f"{name}-v{v},{name},村民{v},villager," for name in names[part::parts] for v in range(VILLAGERS)]
        for part in range(parts)
    ]
    return ["\n".join([head, *lines]).encode() for lines in people]


def _groups(burst: int) -> list[str]:
    return [group_name(burst * BURST + n) for n in range(GROUPS_A_BURST)]


DEPARTMENTS = (
    ("village", "村民委员会", "village", "路灯 保洁 垃圾收集 生产便道 邻里纠纷调处 三务公开 出具证明"),
    ("town", "乡镇人民政府", "township", "村级事务指导监督 宅基地受理 困难群众初审 禁烧巡查 应急值守"),
    ("power", "供电公司", "county", "停电 跳闸 电压不稳 断线 电杆 变压器 抄表 电价"),
    ("water", "水务局", "county", "自来水 停水 水管爆裂 水压 水质 灌溉 机井 河道清淤"),
    ("roads", "交通运输局", "county", "公路 水泥路 桥梁 客运 班车 道路维修"),
    ("civil", "民政局", "county", "低保 特困供养 临时救助 养老 残疾补贴"),
    ("health", "卫生健康局", "county", "卫生院 医疗 疫苗 医患纠纷"),
    ("insurance", "医疗保障局", "county", "医保 报销 参保 医保卡"),
    ("environment", "生态环境局", "county", "油烟 噪音 污水 废气 扬尘 秸秆焚烧"),
    ("justice", "司法局", "county", "纠纷调解 法律援助 公证"),
    ("education", "教育局", "county", "学校 幼儿园 校车 学籍 教师"),
    ("farming", "农业农村局", "county", "农业补贴 种子 农机 病虫害 土地流转"),
    ("police", "公安局", "county", "治安 盗窃 户口 身份证 交通事故"),
    ("discipline", "纪委监委", "county", "违纪 举报 贪污 作风"),
    ("desk", "县诉求中心", "county", "综合协调 督办"),
)


def departments_csv() -> bytes:
    return "\n".join(["code,name,level,duties", *(",".join(d) for d in DEPARTMENTS)]).encode()


def _key(n: int, mark: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"bench/{mark}/{n}"))


def received(n: int, mark: str) -> MessageReceived:
    """What intake stores of message n. Fifty people speak, so that their keys are known after the first round."""
    return MessageReceived(
        message=_key(n, mark),
        channel="wecom",
        group=group_name(n),
        message_id=f"{mark}-{n:07d}",
        person=_key(n % 50, "person"),
        sender=sender(n),
        text=appeal_text(n),
        sent_at=AT,
    )


def opened(n: int, mark: str) -> AppealOpened:
    """What intake says of an appeal, to routing."""
    return AppealOpened(
        appeal=_key(n, mark),
        number=f"TY-20240506-{n:07d}",
        kind=Kind.APPEAL,
        channel="wecom",
        group=group_name(n),
        village="测试村",
        township="测试镇",
        message_id=f"{mark}-{n:07d}",
        reporter=_key(n % 50, "person"),
        reporter_name="村民",
        text=appeal_text(n),
        occurred_at=AT,
    )


def assigned(n: int, mark: str) -> CaseAssigned:
    """What routing says of the case, to notify and sla."""
    return CaseAssigned(
        **_facts(n, mark),
        kind=Kind.APPEAL,
        category="供水",
        opened_at=AT,
        confidence=0.9,
        reasons=("职责“停水”", "用语“没有水”"),
        candidates=("town", "village"),
    )


def accepted(n: int, mark: str) -> CaseAccepted:
    """An official took it on: intake notes where the case stands."""
    return CaseAccepted(**_facts(n, mark), by=_key(n % 50, "person"), by_name="水务局王工", note="收到，马上安排人去看")


def _facts(n: int, mark: str) -> dict[str, object]:
    return {
        "appeal": _key(n, mark),
        "number": f"TY-20240506-{n:07d}",
        "channel": "wecom",
        "group": group_name(n),
        "village": "测试村",
        "township": "测试镇",
        "message_id": f"{mark}-{n:07d}",
        "reporter": _key(n % 50, "person"),
        "department": "water",
        "department_name": "水务局",
        "urgent": False,
        "sealed": False,
        "occurred_at": AT,
    }
