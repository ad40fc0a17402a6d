"""What a county's groups say while its machines die: made by a seed, in words the reading rules understand."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

CHANNEL = "wecom"
AGES = (timedelta(0), timedelta(0), timedelta(minutes=9), timedelta(minutes=45), timedelta(hours=26))
"""how long ago a group spoke: some clocks are already overdue when they start, and one group speaks of yesterday"""
AT_ONCE = 3
"""appeals that run side by side in one group"""
STEP = timedelta(seconds=2)
DEPARTMENTS = (
    "code,name,level,duties\n"
    "village,村委会,village,村内路灯 垃圾清运 邻里纠纷 村务公开\n"
    "township,平川镇人民政府,township,综合协调\n"
    "water,水利局,county,自来水 停水 水管破裂 供水管道 机井\n"
    "power,供电公司,county,停电 变压器 电线杆 线路老化\n"
    "transport,交通运输局,county,道路 坑洼 桥梁 护栏\n"
    "letters,信访局,county,信访 历史遗留\n"
    "discipline,纪委监委,county,干部作风 贪污 截留 举报\n"
)

Message = dict[str, Any]


@dataclass(frozen=True)
class Trouble:
    """One kind of appeal: how it is told, added to, worked on and mended, and what is said when it was not."""

    told: str
    added: str
    progress: str
    mended: str
    glad: str
    still: str


TROUBLES = (
    Trouble("{n}组自来水停了两天了，一滴水都没有", "{n}组这边也没水，做饭都成问题", "正在抢修水管，配件已经到现场",
            "水管已经修好了，恢复正常供水", "来水了，谢谢，很满意", "根本没修好，还是没水"),
    Trouble("{n}组变压器坏了，停电一天了", "{n}组后排也停电，冰箱里的东西都坏了", "正在更换变压器，施工人员在现场",
            "变压器已经修好了，恢复正常供电", "有电了，谢谢，很满意", "根本没修好，还是没电"),
    Trouble("{n}组巷子里路灯坏了一个星期了，晚上漆黑一片", "{n}组这条巷子也不亮，老人晚上不敢出门", "正在修路灯，灯泡已经买回来",
            "路灯已经修好了，都亮了", "路灯亮了，谢谢，很满意", "根本没修好，路灯还是不亮"),
    Trouble("{n}组村口垃圾堆成山了，臭得不行", "{n}组这边也是，苍蝇乱飞", "正在清理垃圾，车已经到村口",
            "垃圾已经清理干净了", "干净了，谢谢，很满意", "根本没清理，垃圾还是堆着"),
    Trouble("{n}组门前水泥路断了，到处是大坑，车都过不去", "{n}组这段路也全是坑，昨天有人摔了", "正在修路面，石料已经拉到现场",
            "路面已经修好了，恢复通行", "路修好了，谢谢，很满意", "根本没修好，路上还是坑"),
    Trouble("{n}组的机井坏了，地浇不上水，庄稼都旱了", "{n}组的地也浇不上，再不浇就绝收了", "正在修机井，水泵已经送去修",
            "机井已经修好了，可以正常浇地了", "浇上地了，谢谢，很满意", "根本没修好，还是浇不上水"),
)  # fmt: skip
ACCUSATION = "村支书把低保名额给了他亲弟弟，还截留了补贴款"
CHAT = ("今天逢集，大家早点去", "谁家的狗跑丢了，在我家门口", "哈哈，晚上一起看戏去")


class County:
    """Groups with their rosters, and what is said in them, each group's messages in order."""

    def __init__(self, messages: int, *, groups: int, seed: int, now: datetime, name: str = "g") -> None:
        self._random = random.Random(seed)
        self._now = now
        self.groups = [f"{name}{n:02}" for n in range(groups)]
        self._people: dict[tuple[str, str], str] = {}
        share, more = divmod(messages, groups)
        self.said = {group: self._group(n, group, share + (n < more)) for n, group in enumerate(self.groups)}

    @property
    def messages(self) -> list[Message]:
        return [message for messages in self.said.values() for message in messages]

    def groups_csv(self) -> str:
        return "group,channel,village,township\n" + "".join(f"{g},{CHANNEL},河湾{g}村,平川镇\n" for g in self.groups)

    def roster_csv(self) -> str:
        return "sender,group,real_name,role,department\n" + "".join(
            f"{sender},{group},某{sender},{role},{'village' if role != 'villager' else ''}\n"
            for (group, sender), role in self._people.items()
        )

    def _group(self, n: int, group: str, many: int) -> list[Message]:
        said: list[Message] = []
        at = self._now - AGES[n % len(AGES)] - STEP * many
        running = [self._appeal(group, k) for k in range(AT_ONCE)]
        opened = AT_ONCE
        while len(said) < many:
            turn = self._random.randrange(len(running))
            message = next(running[turn], None)
            if message is None:
                running[turn] = self._appeal(group, opened)
                opened += 1
                continue
            said.append({**message, "sent_at": (at + STEP * len(said)).isoformat()})
        return said

    def _appeal(self, group: str, n: int) -> Iterator[Message]:
        """One appeal's messages from its opening to its end; every one after the first quotes the first."""
        draw, trouble = self._random, TROUBLES[n % len(TROUBLES)]
        reporter, neighbour, official = f"{group}-v{n}", f"{group}-w{n % 7}", f"{group}-o{n % 2}"
        self._people[group, neighbour] = "villager"  # the reporters are strangers to the roster
        self._people[group, official] = "village_official"
        opening = f"{group}-{n}-0"
        count = 0

        def say(who: str, text: str, *, quoting: str | None = opening) -> Message:
            nonlocal count
            count += 1
            return {
                "channel": CHANNEL, "group": group, "message_id": f"{group}-{n}-{count - 1}", "sender": who, "text": text,
                "reply_to": quoting,
            }  # fmt: skip

        if n % 13 == 12:
            yield say(reporter, ACCUSATION, quoting=None)
            return
        yield say(reporter, trouble.told.format(n=n + 1), quoting=None)
        if draw.random() < 0.7:
            yield say(neighbour, trouble.added.format(n=n + 1))
        if draw.random() < 0.3:
            yield say(neighbour, draw.choice(CHAT), quoting=None)
        yield say(official, "收到，马上去处理")
        if draw.random() < 0.6:
            yield say(official, trouble.progress)
        yield say(official, trouble.mended)
        if draw.random() < 0.25:
            yield say(reporter, trouble.still)
            yield say(official, "收到，马上再去看")
            yield say(official, trouble.mended)
        if draw.random() < 0.8:
            yield say(reporter, trouble.glad)


def batches(county: County, groups: list[str], *, seed: int, size: int) -> Iterator[list[Message]]:
    """What one adapter posts: each of its groups in order, the groups mixed, and some of it once more later."""
    draw = random.Random(seed)
    waiting = {group: iter(county.said[group]) for group in groups}
    again: list[Message] = []
    while waiting:
        batch: list[Message] = []
        for _ in range(draw.randint(1, size)):
            if not waiting:
                break
            group = draw.choice(list(waiting))
            if (message := next(waiting[group], None)) is None:
                del waiting[group]
            else:
                batch.append(message)
        repeated = [again.pop(draw.randrange(len(again))) for _ in range(min(len(again), draw.randint(0, 3)))]
        again += [message for message in batch if draw.random() < 0.1]
        if batch or repeated:
            yield [*batch, *repeated]
    if again:
        yield again
