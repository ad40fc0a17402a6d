"""A villager's first words, hung on nothing: what kind of message they are, in many trades and dialects."""

from collections.abc import Callable

import pytest

from services.intake.reading import Reading
from shared.events.intake import Kind

Alone = Callable[..., Reading]

APPEALS = [
    "学校门口那条路全是大坑,下雨天孩子都没法走",
    "村里的路灯灭了好几盏了,晚上出门摸黑,麻烦安排人看看,谢谢",
    "垃圾桶满了三天了没人来拉,苍蝇乱飞",
    "河里的水发黑发臭,上游那个养鸡场天天往里排粪水",
    "咱小区电梯又坏了,老人爬十几楼",
    "电视信号一直没有,机顶盒显示无信号",
    "我买的玉米种子不出苗,经销商不认账",
    "老板拖欠我们工资半年了,打电话也不接",
    "隔壁半夜还在唱歌,吵得一家人睡不着",
    "野狗成群,昨天追着放学的娃咬",
    "幼儿园食堂的菜里有虫子,孩子回来拉肚子",
    "学校强制买校服,一套六百多,太贵了",
    "又有人在地里烧秸秆,满村都是烟",
    "邻居盖房把我家的宅基地占了半米,说不通",
    "班车说停就停了,老人去县城看病咋走",
    "手机信号差得很,在屋里打不了电话",
    "楼上漏水漏到我家,物业不管",
    "水渠堵了,地里浇不上水,苗都旱死了",
    "新农合交了钱系统里查不到,住院不给报",
    "我妈的残疾补贴这个月没到账",
    "低保给我家取消了,也没人说为啥",
    "村口的桥护栏断了,车过去太危险",
    "门口下水道返水,臭得很",
    "快递驿站乱收费,取个件要一块钱",
    "大货车天天从村里过,把路都压坏了",
    "化肥是假的,撒下去一点用都没有",
    "变压器嗡嗡响,电压低得带不动空调",
    "俺庄自来水浑得跟泥汤一样,咋吃嘞",
    "咱这儿嘞水管子爆了,水哗哗淌",
    "我屋头莫得水了,啷个搞起的哦",
    "屋企门口条路烂晒,冇人理",
    "能不能给我们组装几盏路灯",
    "希望镇上给村里加一趟班车",
    "建议在十字路口装个红绿灯",
    "请领导给俺们管管这个砖厂的灰",
    "谁来管管这些乱停的车,消防通道都堵死了",
    "路边的大树枯了,树枝随时会掉下来",
    "家里被偷了两只羊,报警也没下文",
    "超市卖的牛奶过期了还不给退",
    "卫生室老是没人,跑了三趟都锁着门",
    "公厕没人打扫,进都进不去",
    "房顶塌了一块,老人没地方住",
    "村委会的公章盖不了,跑了好几趟,办不成",
    "征地补偿款两年了还没给",
    "广场舞音响太吵,孩子没法写作业",
    "井水有股怪味,喝了肚子疼",
    "堤坝裂了条缝",
    "没电啦",
    "快来人啊,着火了",
    "暖气一点都不热,家里才12度",
    "村务公开栏半年没更新,收支看不到",
    "有人在河里电鱼",
    "举报村东头那家黑作坊,晚上偷偷炼油",
    "我要举报隔壁工厂夜里偷排污水",
    "电信宽带断网两天了,客服打不通",
    "门口的窨井盖松动,车一过就响",
    "收粮的压价还缺斤少两",
    "医生态度太差,排队半天不给看",
    "孩子被同学打了,老师也不管",
    "村干部不作为,路坏了半年没人修",
    "飞线充电太多了,楼道里到处是电线",
    "猪瘟死了十几头,死猪扔在沟里发臭",
    "玉米地让野猪拱了一大片",
    "沒電了,全村都黑了",
    "停电了",
    "我家停水了",
    "求助,老人走失了,穿蓝色上衣",
    "挖掘机把燃气管挖断了",
    "路面结冰,摔了好几个人",
    "网上买的农药把果树都打死了,老板失联",
]

ENQUIRIES = [
    "请问新生儿上户口需要带什么材料?",
    "今年医保交多少钱,几号截止",
    "高龄津贴咋申请啊",
    "想问一下60岁老人养老金怎么认证",
    "农机补贴什么时候开始报名",
    "身份证丢了去哪补办",
    "孩子转学要找哪个部门办手续",
    "低保需要什么条件",
    "异地就医备案能在手机上办吗",
    "危房改造有啥政策没",
    "社保卡激活去哪个银行",
    "便民大厅周六上班吗",
    "请问残疾证年审咋弄",
    "咨询一下,宅基地确权证什么时候发",
    "退伍军人优待证怎么申请",
    "派出所几点上班",
    "灵活就业社保补贴怎么领",
    "我想给娃办个出生证明,点样办?",
    "慢性病门诊能报销多少",
    "书记,开贫困证明要带啥",
    "疫苗什么时候打",
    "去县城的末班车是几点",
    "村里翻建房子需要审批吗",
    "城里的孩子能在老家交新农合不",
    "有没有免费的电工培训",
    "结婚证丢了咋补",
    "家电以旧换新在哪领补贴",
    "小额贷款怎么办理?要抵押吗",
    "法律援助去哪里申请",
]

REPORTS = [
    "我要举报村支书贪污扶贫款",
    "村主任把低保名额都给了自己亲戚",
    "队长收了人家两千块才给批宅基地",
    "有些人吃低保还开着宝马,懂的都懂",
    "办个证不送礼就不给办,某些干部吃拿卡要",
    "镇上某领导公款吃喝",
    "会计把集体的钱装自己口袋了",
    "公益岗全是村干部家属",
    "想找纪委反映点事,不方便在群里说",
    "修路的工程包给了书记的小舅子,偷工减料",
    "村长打人了,把俺爹打伤了",
    "征地款被村里截留了",
    "选举的时候他们给钱买票",
    "死人还在领养老金,谁在冒领",
    "树苗都让主任拉回自己家了",
    "请巡察组查查我们村的账,有猫腻",
    "所长要红包才给办事",
    "集体的地背着大家租给了老板,会计一个人说了算",
    "这个工程里面有人捞油水",
]

OFFERS = [
    "自家种的西瓜,一块钱一斤,要的联系",
    "门面房出租,有意者电话13800001111",
    "谁要小鸡苗,五块钱一只,送货上门",
    "招小工摘辣椒,一天120,管饭",
    "收玉米,价格高,上门装车",
    "转让九成新三轮车一辆",
    "明天去市里,还有两个空位,有去的吗,拼车一人20元",
    "现摘草莓15元一斤,接龙",
    "需要收割机的联系我,一亩60",
    "新鲜土鸡蛋到货了,要的私聊",
]

CHATTER = [
    "大家早上好",
    "祝各位中秋快乐",
    "哈哈哈笑死我了",
    "谁家的羊跑到我地里了",
    "捡到一串钥匙,谁丢的",
    "晚上有人打牌吗,三缺一",
    "今天真热啊",
    "收到",
    "好的谢谢",
    "👍👍👍",
    "[强][强][玫瑰]",
    "🙏🙏",
    "谁有修家电师傅的电话",
    "帮忙给孩子投个票,谢谢",
    "晚上的电影几点放",
    "我家手机坏了,哪里能修",
    "恭喜老李家娶媳妇",
    "吃了吗",
    "明天赶集去不去",
    "嫂子你家酱油在哪买的",
    "谢谢大家",
    "ok",
    "嗯嗯",
    "[图片]",
    "",
    "???",
    "老张快递到了放门口了",
    "广场舞七点开始啊姐妹们",
]

URGENT = [
    "快来人啊,着火了",
    "路口的电线掉地上了,还在冒火",
    "家里有股煤气味,煤气漏了",
    "幼儿园门口井盖丢了",
    "全村停水两天了",
    "我们小区停电一天了",
    "墙要倒了,下面就是学校",
    "学校好几个孩子吃坏了上吐下泻",
    "有人拿刀在街上闹事",
    "电梯困住人了",
    "独居老人摔了没人照顾,急需帮助",
    "校车超载太吓人,一车塞了三十个娃",
    "洪水进屋了,快来救人",
    "疯狗咬伤了两个孩子",
    "山上滚石头下来把路砸了",
    "红绿灯坏了,路口差点撞车",
    "高压线垂到地里,没人敢收麦",
    "老人走失了,一晚上没回家",
]

NOT_URGENT = [
    "巷子里有盏路灯不亮了,麻烦修一下",
    "垃圾三天没人收了",
    "广场舞太吵了",
    "养老金这个月没发",
    "公交站牌掉漆了,看不清字,希望换一个",
    "超市卖的牛奶过期了不给退",
    "我家宽带太慢了,一直没人修",
]


@pytest.mark.parametrize("text", APPEALS)
def test_a_trouble_of_public_life_is_an_appeal(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.APPEAL, reading
    assert not reading.sealed


@pytest.mark.parametrize("text", ENQUIRIES)
def test_a_question_to_the_offices_is_an_enquiry(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.ENQUIRY, reading
    assert not reading.urgent


@pytest.mark.parametrize("text", REPORTS)
def test_an_accusation_against_office_holders_is_a_sealed_report(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.REPORT, reading
    assert reading.sealed


@pytest.mark.parametrize("text", OFFERS)
def test_what_is_sold_hired_or_shared_is_an_offer(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.OFFER, reading
    assert reading.notice in ("job", "enrichment")


@pytest.mark.parametrize("text", CHATTER)
def test_village_talk_is_chatter(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.CHATTER, reading
    assert reading.appeal is None


@pytest.mark.parametrize("text", URGENT)
def test_danger_and_distress_are_urgent(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.APPEAL, reading
    assert reading.urgent, reading


@pytest.mark.parametrize("text", NOT_URGENT)
def test_a_nuisance_is_not_urgent(alone: Alone, text: str) -> None:
    reading = alone(text)
    assert reading.kind is Kind.APPEAL, reading
    assert not reading.urgent, reading
