"""A winter in a mountain village: eleven appeals of one group, interleaved, half of them without quotes."""

from shared.events.intake import OPENING, Role

from .conftest import Chat

ROLES = {
    "v": Role.VILLAGER,
    "o": Role.VILLAGE_OFFICIAL,
    "t": Role.TOWN_OFFICIAL,
    "l": Role.LEGAL_ADVISER,
    "d": Role.DISCIPLINE,
}
TOLD = """
1 0 v1 - appeal A - 咱寨子的水泵房冒黑烟,抽不上来水,全寨的人都等着吃水
2 3 v2 - supplement A - 我屋头缸都见底了
3 2 o1 - accept A - 晓得了,我骑摩托上去看
4 10 v3 - chatter - - 今天杀年猪,晚上都来吃刨汤
5 5 v4 - chatter - - 要得要得,我带酒来
6 30 o1 - progress A - 电机线圈烧了,打电话喊县里的师傅了,下午到
7 20 v5 - appeal B - 学校外头那条沟边没栏杆,昨天有个娃差点掉下去
8 2 v6 - supplement B - 就是,我家娃天天走那点,心都是悬的
9 8 o1 7 accept B - 看到了,先拿竹竿拦起来,我报给镇里装护栏
10 60 t1 - announcement policy - 【通知】城乡居民养老保险年度缴费已开始,请各家在12月20日前通过手机缴费
11 5 v2 10 enquiry C - 60岁以上的还交不交
12 6 t1 11 resolve C - 满60岁的不用交了,直接领待遇
13 2 v2 12 chatter - - 好
14 90 o1 - resolve A - 水泵修好了,水上来了,各家看看
15 5 v1 - feedback A T 有水咯,辛苦支书
16 4 v3 - appeal D - 我家猪死了两头,浑身发红,怕不是猪瘟哦
17 9 o2 16 accept D - 莫乱丢死猪,我喊兽医马上过来
18 100 o2 16 progress D - 兽医抽了血,样品送县里化验,两天出结果
19 200 v5 7 supplement B - 护栏啥时候装得起?
20 300 t1 7 resolve B - 护栏今天装好了,一共60米,刷了黄黑漆
21 15 v5 20 feedback B T 看到了,结实,娃娃些走起放心了
22 600 v7 - offer - - 自家腌的腊肉,35一斤,要的跟我说
23 3 v4 - chatter - - 给我留两块
24 50 o2 16 resolve D - 化验出来了,是猪丹毒不是猪瘟,针药免费发给你家,圈舍也消了毒
25 10 v3 24 feedback D T 那就好,吓我一跳,多谢
26 400 v1 - feedback A F 又没水了!才修好几天
27 6 o1 26 accept|progress A - 我马上上去看
28 100 o1 - resolve A - 是保险丝烧了,换了粗的,来水了
29 500 t1 1 callback A - 现在水正常了没?对我们处理满不满意?
30 8 v1 29 feedback A T 正常了,满意
31 700 v8 - appeal E - 我在广东打工,包工头欠我三万块工钱不给,都一年了
32 40 l1 31 progress E - 有没有合同或者工资欠条?
33 5 v8 - supplement E - 有欠条,他自己写的
34 6 l1 31 progress E - 那可以走法律援助,我帮你写申请
35 100 v9 - enquiry F - 法律援助要不要钱哦
36 10 l1 35 resolve F - 农民工讨薪不收费
37 300 o2 - announcement fund - 【公示】2024年村集体经济收支:收入12.6万元,支出9.1万元,明细见附件
38 20 v6 37 appeal G - 办公费一年花三万?都买了些啥子
39 30 v9 37 chatter - - 收到
40 40 o2 38 resolve G - 办公费里头两万二是修村部屋顶,票据在村务公开栏,欢迎来查
41 20 v6 40 feedback G F 这个说法不得行,屋顶根本没修
42 100 v10 - report H - 书记把采石场的分红自己揣了,哪个敢说
43 30 d1 42 accept H - 已收到,请拨打纪委电话或到镇纪委面谈
44 10 v11 - chatter - - 今天赶场的车几点走
45 5 v12 - enquiry I - 请问接种狂犬疫苗镇上有没有
46 5 v11 - appeal J - 路灯杆子上的线皮破了,下雨麻手
47 6 o1 45 resolve I - 镇卫生院有,24小时都能打
48 2 o1 - accept J - 断电了没?别碰!我喊电工去
49 60 o1 46 resolve J - 线已包好,重新接了地,测过不带电了
50 4 v11 49 feedback J T 要得,谢了
51 300 v2 - appeal K - 垃圾车半个月没进寨子了
52 5 v3 - supplement K - 池子都堆冒了,臭烘烘的
53 50 t1 51 progress|accept K - 车坏了在修,先调隔壁村的车来拉
54 60 t1 - resolve K - 调的车来过了,拉了三车,池子清空了
55 10 v2 - feedback K T 看到了,清得干净
56 900 v13 - chatter - - 哪个捡到一把锁匙,上头有个红葫芦
57 10 v8 31 supplement E - 那个包工头电话打不通了
58 200 l1 31 resolve E - 仲裁调解成了,三万块已转到你卡上
59 20 v8 58 feedback E T 收到钱了,太感谢了
60 300 o1 - announcement - - 明天早上8点到下午4点检修线路,全寨停电,请大家提前充好电
61 10 v4 - enquiry|chatter - - 是哪几个组停哦
"""
"""number, minutes after the one before, sender, quoted, kind(s), appeal (or kind of notice), satisfied, text"""


def test_the_story_of_a_village_is_followed(chat: Chat) -> None:
    opened: dict[str, str | None] = {}
    for line in TOLD.strip().splitlines():
        _, minutes, sender, quoted, kinds, label, satisfied, text = line.split(" ", 7)
        reading = chat.say(
            sender, text, to=None if quoted == "-" else f"m{quoted}", role=ROLES[sender[0]], after=float(minutes)
        )
        assert reading.kind in kinds.split("|"), (line, reading)
        if reading.kind in OPENING:
            opened.setdefault(label, chat.appeal)
        elif kinds == "announcement":
            assert reading.notice == (None if label == "-" else label), line
        else:
            assert reading.appeal == opened.get(label), (line, reading)
        if satisfied != "-":
            assert reading.satisfied is (satisfied == "T"), (line, reading)
