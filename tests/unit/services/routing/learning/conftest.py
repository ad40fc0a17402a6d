"""Messages three departments know well, each said in its own way."""

import pytest

from services.routing.learning.model import Model
from services.routing.learning.training import Labelled, Outcome, train

SAID = {
    "供电所": """
村里又停电了，一晚上没电，冰箱里的肉都化了
变压器冒火花，电线耷拉到路上，太吓人了
我家电表走得不对，电费比上月多一倍
电压太低，空调带不动，灯泡一闪一闪
电线杆歪了，快倒在房顶上了
大风把电线刮断了，全村停电
抽水浇地的电老跳闸，请供电的来看看
要给新房装电表，去哪里申请
低压线从我家院里过，电线老化漏电
昨晚打雷以后就停电到现在，老人要用氧气机
""",
    "水务局": """
自来水三天没来了，一家老小没水吃
水管破裂，路上到处淌水，没人修
自来水发黄有味，不敢喝，请来化验水质
机井坏了浇不了地，庄稼都旱了
河道里全是垃圾，水渠堵了不流水
水费收得不对，水表坏了还照收
下大雨排水沟堵了，水倒灌进院里
水压太小，二楼不上水
村东水塔漏水，滴了半个月
灌溉渠塌了一截，水都跑了
""",
    "交通局": """
去镇上的公交车一天只有一班，还老晚点
村口公路上大坑，骑车摔了好几个人
大货车超载把路压坏了，尘土飞扬
桥栏杆断了，过桥的车很危险
客车乱收票价，比贴的价钱贵三块
路口没有红绿灯，经常出车祸
修路修到一半停了，下雨全是泥
出租车不打表，还拒载
通村公路太窄，会不了车，请拓宽
公交站牌倒了，等车的人不知道在哪里等
""",
}


def labelled() -> list[Labelled]:
    return [Labelled(text, label, "lists") for label, said in SAID.items() for text in said.strip().splitlines()]


@pytest.fixture(scope="session")
def examples() -> list[Labelled]:
    return labelled()


@pytest.fixture(scope="session")
def trained(examples: list[Labelled]) -> tuple[Model, Outcome]:
    return train(examples, 1, lambda _: None)
