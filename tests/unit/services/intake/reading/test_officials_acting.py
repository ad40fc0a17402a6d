"""How far an official's words bring an appeal: taking on, going about it, done, asking whether it is well."""

import pytest

from shared.events.intake import Kind, Role

from .conftest import Chat

FIRST_WORDS = [
    "收到",
    "好的,我这就过去看看",
    "电工在路上了",
    "马上修好,大家稍等",
    "已安排人处理",
    "看到了,下午派人去清",
    "这个归交通局管,已转过去",
    "知道了,明天一早组织人来弄",
    "已联系施工队,争取下午修好",
    "已上报镇里",
    "嗯,我去瞅瞅",
    "情况已了解,正在协调物业",
    "您好,您反映的问题已受理",
    "抱歉才看到,现在就联系抢修队",
    "记下了",
    "我来处理",
    "师傅正在赶过去",
    "别急,我们几个干部马上到",
]

LATER_WORDS = [
    "配件缺货,预计后天到",
    "查了一下,是主线路烧断了",
    "施工队已进场,预计三天完工",
    "挖机到了,正在挖",
    "还没修好,再等等",
    "明天就能修好",
    "材料还差两样,等厂家发货",
    "已转市政公司处理",
    "修了一半,明天接着干",
    "具体在哪一段?麻烦发个定位",
    "资金已申请,等县里批复",
    "先拉了警戒线,明天上午换新的",
    "现场看过了,需要更换整根管子",
    "跟厂家谈了,他们答应下周装除尘设备",
]

FINAL_WORDS = [
    "问题已解决",
    "搞定了",
    "修好了,大家试试",
    "已更换新的,现在可以正常使用",
    "整好了,放心用",
    "垃圾已全部清运干净",
    "水管换了新的,已通水",
    "今天上午坑已填平,可以通行了",
    "工资已全部结清,一分不少",
    "昨晚十点恢复供电",
    "狗已经抓走送收容所了",
    "弄妥了",
    "经调解双方达成一致,已签协议",
    "商家已退款并道歉",
    "下水道疏通了,污水也抽干净了",
    "都弄好咧,去看看中不中",
    "路灯全亮了",
    "隐患已消除",
]

CALL_BACKS = [
    "请问问题解决了吗?对处理结果满意吗?",
    "现在水来了没有?",
    "您好,回访一下,这两天还漏不漏?",
    "修好以后用着咋样,满意不?",
    "对我们的办理还有什么意见吗?",
]


@pytest.fixture
def trouble(chat: Chat) -> Chat:
    chat.say("zhang", "我们巷子的水管爆了,污水流了一路,好几天没人管")
    return chat


@pytest.mark.parametrize("text", FIRST_WORDS)
@pytest.mark.parametrize("quoted", [True, False])
def test_an_officials_first_word_takes_the_appeal_on(trouble: Chat, text: str, quoted: bool) -> None:
    reading = trouble.official(text, to="m1" if quoted else None)
    assert (reading.kind, reading.appeal) == (Kind.ACCEPT, "a1"), reading


@pytest.mark.parametrize("text", LATER_WORDS)
def test_later_news_is_progress(trouble: Chat, text: str) -> None:
    trouble.official("收到,马上去", to="m1")
    reading = trouble.official(text, to="m1", after=90)
    assert (reading.kind, reading.appeal) == (Kind.PROGRESS, "a1"), reading


@pytest.mark.parametrize("text", FINAL_WORDS)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_done_is_resolved_even_as_the_first_word(trouble: Chat, text: str, first: bool) -> None:
    if not first:
        trouble.official("收到", to="m1")
    reading = trouble.official(text, to="m1", after=200)
    assert (reading.kind, reading.appeal) == (Kind.RESOLVE, "a1"), reading
    assert trouble.thread("a1").status == "resolved"


@pytest.mark.parametrize("text", CALL_BACKS)
@pytest.mark.parametrize("quoted", [True, False])
def test_asking_whether_it_is_well_is_a_call_back(trouble: Chat, text: str, quoted: bool) -> None:
    trouble.official("收到", to="m1")
    trouble.official("修好了", to="m1", after=100)
    reading = trouble.official(text, to="m1" if quoted else None, role=Role.TOWN_OFFICIAL, who="town", after=1000)
    assert (reading.kind, reading.appeal) == (Kind.CALLBACK, "a1"), reading
    assert trouble.thread("a1").status == "called_back"


ANSWERS = [
    ("医保要交多少钱,啥时候截止", "每人400元,12月25号截止,手机上就能交"),
    ("请问准生证去哪里办?", "材料带身份证户口本到便民大厅二号窗"),
    ("派出所户籍窗口哪天上班", "周三上午办"),
    ("低保怎么申请", "先写申请交到村部,村里评议后报镇上,一般一个月"),
    ("残疾人补贴能不能代领", "可以,带双方身份证就行"),
    ("高龄津贴多少岁可以领", "80周岁以上"),
    ("农机补贴今年还有吗", "今年的名额已经满了,明年三月再报"),
    ("流感疫苗什么时候打", "还没通知,等卫生院安排"),
]


@pytest.mark.parametrize(("question", "answer"), ANSWERS)
def test_a_substantive_answer_resolves_an_enquiry(chat: Chat, question: str, answer: str) -> None:
    assert chat.say("li", question).kind is Kind.ENQUIRY
    assert chat.official(answer, to="m1").kind is Kind.RESOLVE


@pytest.mark.parametrize("text", ["我帮你问问医保局", "收到,稍等我查一下", "等我问下民政所再回你"])
def test_going_to_ask_is_not_yet_an_answer(chat: Chat, text: str) -> None:
    chat.say("li", "大病救助怎么申请,要啥条件")
    assert chat.official(text, to="m1").kind is Kind.ACCEPT


@pytest.mark.parametrize("text", ["不客气,应该的", "为大家服务是应该的", "谢谢您的理解"])
def test_courtesy_after_the_end_is_chatter(trouble: Chat, text: str) -> None:
    trouble.official("已修好", to="m1")
    trouble.say("zhang", "太好了,谢谢", to="m2")
    assert trouble.official(text, to="m3").kind is Kind.CHATTER


def test_a_bare_received_under_a_colleagues_notice_is_chatter(trouble: Chat) -> None:
    trouble.official("【通知】各组长今晚七点到村部开会", who="town", role=Role.TOWN_OFFICIAL)
    assert trouble.official("收到", to="m2").kind is Kind.CHATTER


def test_a_notice_stays_a_notice_while_appeals_wait(trouble: Chat) -> None:
    reading = trouble.official("【公示】2024年耕地地力补贴发放名单见附件,公示期五天")
    assert reading.kind is Kind.ANNOUNCEMENT
    assert trouble.official("招保洁员2名,每月1800元,有意的报名").kind is Kind.ANNOUNCEMENT


def test_taking_it_on_happens_once(trouble: Chat) -> None:
    assert trouble.official("收到", to="m1").kind is Kind.ACCEPT
    assert trouble.official("收到,我们水务站也派人过去", to="m1", who="station").kind is Kind.PROGRESS


def test_a_question_back_alone_does_not_take_it_on(trouble: Chat) -> None:
    assert trouble.official("在哪条巷子?", to="m1").kind is Kind.PROGRESS
    assert trouble.official("收到,马上安排人", to="m1").kind is Kind.ACCEPT
