"""What villagers say after a complaint or after its answer, without quoting it."""

import pytest

from shared.events.intake import Kind

from .conftest import Chat

TURNS = """
supplement|村口垃圾堆成山|other||我从那过都得捂着鼻子
supplement|村口垃圾堆成山|other||苍蝇都飞到饭桌上了
supplement|村口垃圾堆成山|same||都堆到路中间了
supplement|自来水停了|other||西头这边一滴都没有
supplement|自来水停了|other||我做饭都是去河里挑的
supplement|自来水停了|same||孩子还等着冲奶粉呢
supplement|路灯坏了好几盏|other||我娘前天晚上就是在那崴的脚
supplement|路灯坏了好几盏|other||加我一个
supplement|路灯坏了好几盏|other||我们后街更黑
supplement|楼道里有煤气味|other||我在五楼,味儿也大得很
supplement|楼上天天半夜吵|other||我家在三楼,听得清清楚楚
supplement|小区电梯坏了|other||我爸八十多,爬不上去
supplement|工地拖欠我们工资|other||我那份是八千六
supplement|工地拖欠我们工资|other||还有我们班组五个人
supplement|有野狗咬人|other||昨晚还在我家门口叫
supplement|有野狗咬人|other||灰的那条最凶
supplement|买的化肥是假的|other||我也是在他家买的
supplement|买的化肥是假的|other||袋子上连个厂名都没有
supplement|学校食堂饭菜差|other||我家孩子回来就找吃的
supplement|河水发黑|other||鱼都翻肚皮了
supplement|河水发黑|other||洗衣服都不敢去
supplement|桥栏杆断了|same||就在供销社往东那座
supplement|路坏了|same|收到|今天又摔了一个骑车的
supplement|路坏了|same|收到|到底哪天能来啊
supplement|路坏了|same|收到|说好三天,这都一个星期了
supplement|路坏了|same|收到|连个人影都没瞧见
supplement|路坏了|other|收到|昨天我的车胎也扎了
supplement|养老金没到账|same|收到|领导,有信儿了吗
supplement|房子漏雨|same|收到|昨晚又漏了一盆
feedback|村口垃圾堆成山|same|收到;拉走了|这回清爽多了
feedback|村口垃圾堆成山|other|收到;拉走了|路过看了,是干净了
feedback|自来水停了|same|收到;水来了|哗哗的,够用了
feedback|自来水停了|same|收到;水来了|来是来了,就一小股
feedback|自来水停了|other|收到;水来了|我们这排还是没有
feedback|路灯坏了好几盏|same|收到;修好了|亮得很,晚上敢出门了
feedback|路灯坏了好几盏|same|收到;修好了|就亮了一晚上
feedback|路灯坏了好几盏|same|收到;修好了|没得说
feedback|楼道里有煤气味|same|收到;处理好了|可算睡踏实了
feedback|楼上天天半夜吵|same|收到;已经劝住了|昨晚十二点照样蹦
feedback|楼上天天半夜吵|same|收到;已经劝住了|这两晚消停了
feedback|小区电梯坏了|same|收到;修好了|老人总算不用爬楼了
feedback|工地拖欠我们工资|same|收到;已全部结清|到手了,一分没少
feedback|工地拖欠我们工资|same|收到;已全部结清|我还差两千呢
feedback|买的化肥是假的|same|收到;已经退赔|钱退了,解气
feedback|学校食堂饭菜差|same|收到;换了供应商|娃说这周的饭香
feedback|河水发黑|same|收到;已查封排污口|水清亮了,又能看见鱼了
feedback|桥栏杆断了|same|收到;装好了|结实着呢,我晃了晃
feedback|路坏了|same|收到;铺好了|走着平平展展的
feedback|路坏了|same|收到;铺好了|薄薄一层,两天又起皮了
feedback|养老金没到账|same|收到;已补发|查了卡,有了
feedback|养老金没到账|same|收到;已补发|银行说没这笔钱
feedback|低保被停了|same|收到;已恢复|感谢政府没忘了我们
feedback|房子漏雨|same|收到;瓦换好了|下了一夜雨,屋里干干的
feedback|房子漏雨|same|收到;瓦换好了|东屋还滴答呢
feedback|医保怎么异地备案|same|手机上国家医保APP就能办|弄成了,真方便
feedback|医保怎么异地备案|same|手机上国家医保APP就能办|明白了,这就去办
feedback|垃圾费标准是啥|same|村民代表会定的,每人每年50元|说开了就行
feedback|邻居占我家过道|same|收到;双方签了协议|心里这块石头落地了
feedback|停电了|same|收到;已恢复供电|有电了,师傅们受累
chatter|村口垃圾堆成山|other||老王晚上喝两杯
chatter|村口垃圾堆成山|other||明天谁去赶集
chatter|自来水停了|other||哎呀
chatter|路灯坏了好几盏|same|马上安排|好的书记
chatter|路灯坏了好几盏|same|马上安排|嗯嗯,等着
chatter|路坏了|other|收到;铺好了|今晚谁家打牌
chatter|停电了|other|收到|正好早点睡
chatter|停电了|other|收到;已恢复供电|谁家有多余的葱
appeal|村口垃圾堆成山|other||我家三天没电了
appeal|路坏了|same|收到;铺好了|对了,广场的健身器也坏了
appeal|停电了|other||村西头的桥栏杆让车撞断了
enquiry|停电了|other||请问医保缴费到几号
supplement|小区停水了|other||一楼也没有
supplement|小区停水了|other||这都第三回了
supplement|小区停水了|same||老人等着做饭呢
supplement|我们巷子路面塌了个大坑|same||在老粮站后墙那
supplement|我们巷子路面塌了个大坑|other||早上一辆三轮陷里头了
supplement|我们巷子路面塌了个大坑|other||娃上学天天打那走
supplement|养鸡场臭得很|other||我家离得近,吃饭都反胃
supplement|养鸡场臭得很|other||上个月也反映过
supplement|变压器老跳闸|other||我家冰箱都烧坏了
supplement|变压器老跳闸|other||同样情况
supplement|老板拖欠工资|other||我也在那干过,还欠我五千
supplement|老板拖欠工资|other||老板姓周,换了三个手机号
supplement|校门口太堵|other||确实,七点半那会最乱
supplement|红绿灯坏了|same|收到|领导,几天能弄好
supplement|红绿灯坏了|same|收到|今天早上差点撞上
supplement|红绿灯坏了|same|收到|两个星期过去了,一点动静没有
supplement|红绿灯坏了|other|收到|还是没人来啊
supplement|房子漏雨|same|收到|床都湿透了
supplement|化肥是假的|same|收到|小票我找到了
supplement|河里有死鱼|other||我家鸭子喝了水死了两只
supplement|噪音太大|same|收到|刚消停两天,今晚又来了
feedback|小区停水了|same|收到;来水了|水压挺大的
feedback|小区停水了|same|收到;来水了|水是有了,黄得没法用
feedback|我们巷子路面塌了个大坑|same|收到;填好了|我三轮车刚过去,稳稳的
feedback|我们巷子路面塌了个大坑|same|收到;填好了|填的都是碎石子,一压又下去了
feedback|养鸡场臭得很|same|收到;已搬迁|空气好多了
feedback|养鸡场臭得很|other|收到;已搬迁|晚上能开窗睡觉了
feedback|变压器老跳闸|same|收到;换新变压器了|空调电饭锅一块用都没事
feedback|变压器老跳闸|same|收到;换新变压器了|昨晚又跳了两回
feedback|老板拖欠工资|same|收到;工资已发放|拿到了,过年有盼头了
feedback|老板拖欠工资|same|收到;工资已发放|只给了一半
feedback|校门口太堵|same|收到;已安排交警值守|这两天顺多了
feedback|红绿灯坏了|same|收到;修好了|挺好,给你们点赞
feedback|房子漏雨|same|收到;屋顶修好了|老两口能睡个囫囵觉了
feedback|低保没发|same|收到;已补发|收着了,给政府添麻烦了
feedback|垃圾没人收|same|收到;清完了|桶是空了,地上还一摊水
feedback|残疾证去哪办|same|带身份证到残联二楼办|好嘞,问得清清楚楚
feedback|为啥涨水费|same|水价是县发改委统一调的,文件发群里了|看了文件,没意见了
feedback|为啥涨水费|same|水价是县发改委统一调的,文件发群里了|说了等于没说
chatter|小区停水了|other||二嫂,你家腊肉真香
chatter|小区停水了|other|马上修|收到
chatter|红绿灯坏了|same|收到|好,辛苦
chatter|房子漏雨|other|收到;屋顶修好了|周末谁去钓鱼
chatter|房子漏雨|other||天气预报说明天晴
appeal|小区停水了|other||我妈的养老金卡被锁了,取不出钱
appeal|红绿灯坏了|same|收到;修好了|另外小区健身器材也断了
enquiry|垃圾没人收|other||城里买房能不能迁户口
supplement|咱院的雨水篦子堵了|other||一楼都往屋里返了
supplement|咱院的雨水篦子堵了|same||就三单元门口那个
supplement|楼下半夜卸货吵死人|other||我上夜班回来都没法补觉
supplement|楼下半夜卸货吵死人|other||附议
supplement|渡口的船没有救生衣|other||我闺女天天坐这船
supplement|渡口的船没有救生衣|other||去年就翻过一回
supplement|水稻得了稻瘟病|other||东边几块田更厉害
supplement|老板拖欠工钱|same|收到|他又说要拖到年底
supplement|路灯坏了|same|收到|师傅还没到
supplement|路灯坏了|same|收到|麻烦再催催
supplement|电表不准|same|收到|需要我在家等吗
feedback|咱院的雨水篦子堵了|same|收到;疏通了|今早下了场大雨,一点没积
feedback|咱院的雨水篦子堵了|same|收到;疏通了|臭味还在
feedback|楼下半夜卸货吵死人|same|收到;已约定九点前卸完|昨晚果然没动静,谢了
feedback|楼下半夜卸货吵死人|same|收到;已约定九点前卸完|一天好,两天坏,昨天又卸到十二点
feedback|渡口的船没有救生衣|same|收到;已配齐|娃今天穿上了,放心多了
feedback|水稻得了稻瘟病|same|收到;飞防完成|叶子绿回来了
feedback|老板拖欠工钱|same|收到;已结清|钱数对上了
feedback|路灯坏了|same|收到;换好了|明晃晃的
feedback|路灯坏了|other|收到;换好了|我家门口也照亮了,谢谢
feedback|电表不准|same|收到;换好新表了|这个月才八十度,正常了
feedback|电表不准|same|收到;换好新表了|换了还是跑得飞快
chatter|路灯坏了|other||小芳回来没
chatter|路灯坏了|other|收到|今晚谁烧烤
chatter|电表不准|same|收到|行,等您
"""
"""kind | the appeal | the reporter (same) or a neighbour (other) | what officials said, by ; | what is said now"""


@pytest.mark.parametrize("line", TURNS.strip().splitlines())
def test_unquoted_words_go_on_with_what_was_said(chat: Chat, line: str) -> None:
    kind, appeal, who, before, text = line.split("|")
    chat.say("villager", appeal)
    for earlier in filter(None, before.split(";")):
        chat.official(earlier, to="m1", after=20)
    reading = chat.say("villager" if who == "same" else "neighbour", text, after=90 if before else 4)
    assert reading.kind == kind, reading
    assert reading.appeal == ("a1" if kind in (Kind.SUPPLEMENT, Kind.FEEDBACK) else None)
