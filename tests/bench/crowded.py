"""A county with very many cases, put straight into routing's views: where lists and searches are measured and explained."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.routing.bigrams import tokens
from services.routing.finding import Wanted
from services.routing.gaming import Sign
from shared import db, sql
from shared.events.intake import Kind
from shared.events.routing import Status

SQL = sql.load(Path(__file__).with_suffix(".sql"))
MANY = 200_000
PLACES = [f"我们河湾{village}村{group}组" for village in range(300) for group in "一二三四五六七"]
TROUBLES = [
    "自来水停了三天，老人小孩没有水吃，打电话也没有人管，请领导快点派人来修", "停电两天了，变压器冒烟，冰箱里的东西全坏了，什么时候能来电",
    "水管破裂，院子都淹了，路上全是水，车子过不去，请自来水公司来看看", "路灯不亮好几个月了，晚上走路看不见，孩子放学很不安全",
    "垃圾堆了半个月没人清运，臭得不行，苍蝇蚊子到处飞", "门口的路坑坑洼洼，下雨天全是泥，校车都进不来，想问什么时候硬化",
    "去年的低保到现在没有发下来，问村里说等通知，一等就是半年", "医保交了钱查不到记录，去镇上跑了三趟都没有办成",
    "化工厂半夜排气，味道刺鼻，老人咳嗽，请环保局来测一测", "邻居盖房占了公用的巷子，说了几次都不听，请来调解",
    "河里的水发黑，鱼死了一片，怀疑上游养猪场直排", "公交车改了线路不再从村口过，老人赶集要走五里路",
    "机井坏了，地浇不上水，玉米眼看要旱死", "停水通知没有发，忽然就没水了，饭店没法开门", "幼儿园收费比去年多了三百，没有说明也没有票据",
    "桥墩裂了一道缝，大车还在上面走，怕出事", "手机信号差，打电话要跑到山坡上，基站说建一直没建", "电线杆歪了，快要倒在房顶上，太危险了",
    "危房改造的钱批了没有到账，工人天天来要工钱", "退耕还林补贴少算了两亩地，去年反映过没有结果", "祠堂后面的文物石碑被人偷偷挖走了",
]  # fmt: skip
"""the last one is rare"""
NOW = datetime.now(UTC)
ASKED = {
    "all": Wanted(),
    "one state": Wanted(status=(Status.ASSIGNED,)),
    "what is open": Wanted(status=(Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS)),
    "a department": Wanted(department="d3"),
    "a department's closed ones": Wanted(department="d3", status=(Status.CLOSED,)),
    "a township": Wanted(township="镇3"),
    "a village": Wanted(village="河湾17村"),
    "a field": Wanted(category="领域3"),
    "a category": Wanted(category="领域3/类别3"),
    "reports": Wanted(kind=Kind.REPORT),
    "urgent ones": Wanted(urgent=True),
    "urgent open ones of a township": Wanted(urgent=True, status=(Status.ASSIGNED,), township="镇3"),
    "what waits": Wanted(waits=True),
    "what rests": Wanted(suspended=True),
    "a rare sign": Wanted(sign=Sign.BACKDATED),
    "last month": Wanted(opened_from=NOW - timedelta(days=60), opened_until=NOW - timedelta(days=30)),
    "a merged matter": Wanted(lead="000000000007"),
    "a frequent word": Wanted(text="停水"),
    "a rare word": Wanted(text="文物石碑"),
    "a place and a word": Wanted(text="河湾17村 垃圾"),
    "one character": Wanted(text="桥"),
    "a word in a department": Wanted(text="停电", department="d3"),
    "a rare word of a township": Wanted(text="祠堂", township="镇3", status=(Status.CLOSED,)),
    "a frequent word in what waits": Wanted(text="停水", waits=True),
    "a frequent character in what is open": Wanted(text="来", status=(Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS)),
    "a frequent character in one village": Wanted(text="了", village="河湾17村"),
    "two frequent words never together": Wanted(text="停水 化工厂"),
    "what nobody wrote": Wanted(text="飞碟"),
}
"""what people ask for"""


async def fill(pool: db.Pool, many: int = MANY) -> None:
    """Fills the views with these alone; the indexes are made behind it, which is by far the quickest way."""
    async with pool.acquire() as connection:
        await connection.execute("truncate cases, case_words")
        indexes = await connection.fetch(SQL["indexes"])
        for index in indexes:
            await connection.execute(f"drop index {index['indexname']}")
        await connection.execute(SQL["cases"], many)
        columns = [text for texts in (PLACES, TROUBLES) for text in (texts, [tokens(words) for words in texts])]
        await connection.execute(SQL["words"], *columns)
        for index in indexes:
            await connection.execute(index["indexdef"])
        await connection.execute("vacuum analyze cases")
        await connection.execute("vacuum analyze case_words")
