"""What people call the public matters that `subjects` knows by code: for lists and notices, where a code would say nothing."""

from collections.abc import Iterable

NAMES: dict[str, str] = {
    "water": "供水", "power": "供电", "lamp": "路灯", "gas": "燃气", "heat": "供暖", "road": "道路", "manhole": "井盖",
    "drain": "排水", "rubbish": "垃圾", "toilet": "厕所", "noise": "噪音", "pollution": "污染", "burning": "焚烧",
    "house": "房屋", "homestead": "宅基地", "land": "土地", "irrigation": "灌溉", "crops": "庄稼", "livestock": "牲畜",
    "pension": "养老金", "card": "社保卡", "medical": "医保", "clinic": "看病", "identity": "户口", "papers": "证件证明",
    "dibao": "低保救助", "disabled": "残疾人", "elderly": "养老", "subsidy": "补贴", "wages": "工资", "job": "就业",
    "school": "学校", "schoolbus": "校车", "bus": "公交", "traffic": "交通", "parking": "停车", "ebike": "电动车",
    "lift": "电梯", "estate": "物业", "phone": "手机信号", "network": "宽带网络", "tv": "有线电视", "dog": "犬只",
    "boar": "野生动物", "theft": "失窃", "fraud": "诈骗", "goods": "商品食品", "gambling": "赌博", "violence": "打人闹事",
    "quarrel": "邻里纠纷", "fire": "消防", "river": "河道水塘", "accounts": "村务账目", "list": "名单", "funeral": "殡葬",
    "culture": "文体设施", "express": "快递", "bank": "银行", "legal": "法律", "medicine_fee": "医药费", "veteran": "优抚",
    "tree": "树木",
}  # fmt: skip
NAMELESS = "同类问题"
SHOWN = 3


def named(matters: Iterable[str]) -> str:
    """`供水、供电`: the matters in people's words, a few of them."""
    return "、".join([NAMES[matter] for matter in sorted(matters) if matter in NAMES][:SHOWN]) or NAMELESS
