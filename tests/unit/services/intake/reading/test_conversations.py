"""Who belongs to what: several appeals in one group at once, quoted and not, thanked for, complained of, reopened."""

import pytest

from services.intake.reading import EMPTY
from shared.events.intake import Kind, Role

from .conftest import Chat

CLOSING_WORDS = [
    ("谢谢,来得真快", True),
    ("好了好了,辛苦师傅", True),
    ("水通了,大家放心", True),
    ("可以用了", True),
    ("这下不漏了,给你们点赞", True),
    ("满意,非常满意", True),
    ("中嘞,这回妥了", True),
    ("要得,整得巴适", True),
    ("还是漏啊", False),
    ("哪里修好了,还在往外冒", False),
    ("不满意,糊弄人", False),
    ("才半天又爆了", False),
    ("没解决,污水照样流", False),
    ("谢谢,不过还是有点渗水", False),
    ("你们修了个啥,根本没好", False),
    ("好是好了,可路面没给填平,坑还在", False),
    ("又漏了", False),
    ("冇修好,仲系漏", False),
]

ADDITIONS = [
    "我也看见了,流了一地",
    "俺家也没水",
    "我家门口也是",
    "+1",
    "同求,我们这边也漏",
    "到底有没有人管",
    "咋还没人来呢",
    "都两个小时了还没来人",
    "水都流到大路上了",
    "啥时候能修好啊",
    "对,确实是这样",
]

ORDERS = ["给我留十斤", "我要两箱", "还有吗", "多少钱一斤", "送到家不", "好吃不好吃", "我也要", "收到"]


@pytest.fixture
def burst(chat: Chat) -> Chat:
    chat.say("zhang", "村东头水管爆了,水流得到处都是")
    return chat


@pytest.fixture
def repaired(burst: Chat) -> Chat:
    burst.official("收到,马上去", to="m1")
    burst.official("水管已修好", to="m1", after=120)
    return burst


@pytest.mark.parametrize(("text", "satisfied"), CLOSING_WORDS)
def test_the_reporters_word_on_the_answer_is_feedback(repaired: Chat, text: str, satisfied: bool) -> None:
    reading = repaired.say("zhang", text, to="m3", after=20)
    assert (reading.kind, reading.appeal, reading.satisfied) == (Kind.FEEDBACK, "a1", satisfied), reading
    assert reading.reopens is (not satisfied)
    assert repaired.thread("a1").status == ("resolved" if satisfied else "open")


@pytest.mark.parametrize(("text", "satisfied"), CLOSING_WORDS)
def test_the_reporter_need_not_quote_for_it(repaired: Chat, text: str, satisfied: bool) -> None:
    reading = repaired.say("zhang", text, after=20)
    assert (reading.kind, reading.appeal, reading.satisfied) == (Kind.FEEDBACK, "a1", satisfied), reading


@pytest.mark.parametrize("text", ADDITIONS)
@pytest.mark.parametrize("quoted", [True, False])
def test_a_neighbour_adds_to_what_waits(burst: Chat, text: str, quoted: bool) -> None:
    reading = burst.say("li", text, to="m1" if quoted else None)
    assert (reading.kind, reading.appeal) == (Kind.SUPPLEMENT, "a1"), reading


@pytest.mark.parametrize("text", ["收到", "好的", "好的谢谢", "辛苦了", "👍", "嗯嗯", "知道了"])
def test_saying_thanks_for_being_heard_is_chatter(burst: Chat, text: str) -> None:
    burst.official("收到,马上去", to="m1")
    assert burst.say("zhang", text, to="m2").kind is Kind.CHATTER


@pytest.mark.parametrize("text", ["收到", "好的", "知道了"])
def test_a_bare_received_under_the_answer_is_no_verdict(repaired: Chat, text: str) -> None:
    assert repaired.say("zhang", text, to="m3").kind is Kind.CHATTER


def test_a_thumb_under_the_answer_is_the_reporters_verdict_and_nobody_elses(repaired: Chat) -> None:
    assert repaired.say("wang", "👍👍", to="m3").kind is Kind.CHATTER
    assert repaired.say("zhang", "👍👍", to="m3").satisfied is True


@pytest.mark.parametrize(
    ("text", "satisfied"),
    [("好了", True), ("嗯,好了", True), ("满意", True), ("没有", False), ("还没呢", False), ("没好", False)],
)
@pytest.mark.parametrize("quoted", [True, False])
def test_a_short_word_answers_the_call_back(repaired: Chat, text: str, satisfied: bool, quoted: bool) -> None:
    repaired.official("请问水管修好了吗,满意不满意?", to="m1", who="town", role=Role.TOWN_OFFICIAL, after=900)
    reading = repaired.say("zhang", text, to="m4" if quoted else None)
    assert (reading.kind, reading.appeal, reading.satisfied) == (Kind.FEEDBACK, "a1", satisfied), reading


def test_two_appeals_at_once_are_told_apart(chat: Chat) -> None:
    chat.say("zhang", "我们组停电了,冰箱里的菜都要坏了")
    chat.say("li", "垃圾池满了一个星期没人拉,臭死了")
    assert chat.say("wang", "我家也没电").appeal == "a1"
    assert chat.say("zhao", "是啊,垃圾池的苍蝇都飞到屋里了").appeal == "a2"
    assert chat.official("垃圾清运车明早来").appeal == "a2"
    assert chat.official("供电所正在抢修").appeal == "a1"
    first = chat.official("来电了,大家看看", after=60)
    assert (first.kind, first.appeal) == (Kind.RESOLVE, "a1")
    second = chat.official("垃圾已清走,池子也消了毒", after=600)
    assert (second.kind, second.appeal) == (Kind.RESOLVE, "a2")
    assert chat.say("li", "干净了,谢谢").appeal == "a2"


def test_an_unquoted_received_belongs_to_the_newest_that_nobody_took_on(chat: Chat) -> None:
    chat.say("zhang", "路灯不亮了,晚上看不见")
    chat.official("收到", to="m1")
    chat.say("li", "排水沟堵了,院里全是水")
    reading = chat.official("收到,我去看看")
    assert (reading.kind, reading.appeal) == (Kind.ACCEPT, "a3")


def test_a_number_in_the_text_names_the_appeal(chat: Chat) -> None:
    chat.say("zhang", "学校围墙裂了,孩子天天从旁边走")
    chat.say("li", "公交站牌倒了没人扶")
    reading = chat.official("TY-20240506-0001 已加固完毕")
    assert (reading.kind, reading.appeal) == (Kind.RESOLVE, "a1")


def test_a_pasted_quote_names_the_appeal(chat: Chat) -> None:
    chat.say("zhang", "三组的桥面塌了个洞")
    chat.say("li", "广场的音响太吵")
    reading = chat.official("「张三:三组的桥面塌了个洞」\n- - - - - - - -\n收到,马上安排人")
    assert (reading.kind, reading.appeal) == (Kind.ACCEPT, "a1")


def test_a_different_trouble_hung_on_an_old_message_opens_anew(repaired: Chat) -> None:
    reading = repaired.say("zhang", "顺便反映一下,村口路灯也灭了一个月了,没人修", to="m3", after=60)
    assert (reading.kind, reading.appeal) == (Kind.APPEAL, None), reading


def test_the_same_trouble_stated_twice_is_one_appeal(chat: Chat) -> None:
    chat.say("zhang", "二组的路灯坏了三盏,走夜路看不见")
    reading = chat.say("li", "二组路灯不亮,能不能派人修修", after=200)
    assert (reading.kind, reading.appeal) == (Kind.SUPPLEMENT, "a1")


def test_the_same_trouble_elsewhere_is_another_appeal(chat: Chat) -> None:
    chat.say("zhang", "二组的路灯坏了三盏,走夜路看不见")
    assert chat.say("li", "六组的路灯一直没人修", after=200).kind is Kind.APPEAL


def test_two_peoples_own_papers_are_two_appeals(chat: Chat) -> None:
    chat.say("zhang", "我妈的养老金两个月没发了")
    assert chat.say("li", "我爸的养老金被停发了,说是没认证", after=60).kind is Kind.APPEAL
    assert chat.say("wang", "我家老人的养老金也没到账", after=5).kind is Kind.SUPPLEMENT


def test_long_after_the_same_trouble_is_a_new_appeal(repaired: Chat) -> None:
    reading = repaired.say("zhang", "村东头水管又爆了,水流得到处都是", after=60 * 24 * 20)
    assert (reading.kind, reading.appeal) == (Kind.APPEAL, None)


def test_soon_after_the_reporters_same_trouble_reopens(repaired: Chat) -> None:
    reading = repaired.say("zhang", "东头那个水管今天又爆了", after=60 * 20)
    assert (reading.kind, reading.appeal, reading.reopens) == (Kind.FEEDBACK, "a1", True)
    again = repaired.official("收到,马上叫师傅再去", to="m4")
    assert again.kind in (Kind.PROGRESS, Kind.ACCEPT)
    assert again.appeal == "a1"


def test_the_answer_to_an_officials_question_supplements(burst: Chat) -> None:
    burst.official("收到,是哪一户门口?", to="m1")
    for text in ("老槐树往南第三家", "好的,就老槐树南边"):
        reading = burst.say("zhang", text, after=2)
        assert (reading.kind, reading.appeal) == (Kind.SUPPLEMENT, "a1"), reading
        burst.official("电话多少?", to="m1")


def test_a_picture_after_the_complaint_supplements(burst: Chat) -> None:
    assert burst.say("zhang", "[图片]", after=1).appeal == "a1"
    assert burst.say("li", "[图片]", after=1).kind is Kind.CHATTER
    assert burst.say("zhang", "[图片]", after=300).kind is Kind.CHATTER


def test_the_rest_of_the_sentence_supplements(burst: Chat) -> None:
    assert burst.say("zhang", "就在老磨坊旁边那个三岔口", after=1).appeal == "a1"


def test_village_talk_between_does_not_stick(burst: Chat) -> None:
    assert burst.say("li", "谁家的猫跑我家来了").kind is Kind.CHATTER
    assert burst.say("wang", "大家早上好").kind is Kind.CHATTER
    assert burst.say("zhao", "晚上打牌吗").kind is Kind.CHATTER


def test_thanks_of_strangers_for_nothing_in_particular_are_chatter(burst: Chat) -> None:
    assert burst.say("li", "谢谢大家").kind is Kind.CHATTER


def test_a_chain_of_quotes_leads_back_to_the_appeal(repaired: Chat) -> None:
    repaired.say("zhang", "收到", to="m3")
    reading = repaired.say("zhang", "试了一下还是没水", to="m4")
    assert (reading.kind, reading.appeal, reading.satisfied) == (Kind.FEEDBACK, "a1", False)


@pytest.mark.parametrize("text", ORDERS)
def test_orders_under_an_offer_are_chatter(chat: Chat, text: str) -> None:
    assert chat.say("zhang", "自家的蜜桃熟了,四块一斤,要的说一声").kind is Kind.OFFER
    assert chat.say("li", text, to="m1").kind is Kind.CHATTER


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("年龄有要求吗?", Kind.ENQUIRY),
        ("上夜班不,一个月休几天", Kind.ENQUIRY),
        ("去哪报名", Kind.ENQUIRY),
        ("收到", Kind.CHATTER),
        ("我报名", Kind.CHATTER),
        ("感谢书记操心", Kind.CHATTER),
    ],
)
def test_under_a_job_notice_questions_want_an_answer(chat: Chat, text: str, kind: Kind) -> None:
    chat.official("电子厂招聘普工50名,月薪5000,有意者报名")
    reading = chat.say("li", text, to="m1")
    assert reading.kind is kind, reading
    assert reading.questions_notice is (kind is Kind.ENQUIRY)


@pytest.mark.parametrize(
    "text",
    [
        "凭什么他家有我家没有",
        "这名单怎么评出来的,没听说开过会",
        "我家情况比他们困难,为什么没评上",
        "这钱数对不上吧",
        "太不公平了",
    ],
)
def test_doubting_a_notice_is_an_appeal_that_questions_it(chat: Chat, text: str) -> None:
    chat.official("【公示】困难群众临时救助名单见附件,公示期7天")
    reading = chat.say("li", text, to="m1")
    assert (reading.kind, reading.questions_notice) == (Kind.APPEAL, True), reading


def test_a_notice_may_be_questioned_without_a_quote(chat: Chat) -> None:
    chat.official("【公示】本次低保评议结果名单见附件")
    reading = chat.say("li", "低保名单里为啥没有我家", after=30)
    assert (reading.kind, reading.questions_notice) == (Kind.APPEAL, True), reading


def test_an_accusation_under_a_notice_is_still_sealed(chat: Chat) -> None:
    chat.official("【公示】危房改造补助名单")
    reading = chat.say("li", "名单上全是村干部的亲戚", to="m1")
    assert (reading.kind, reading.sealed) == (Kind.REPORT, True)


def test_nobodys_unquoted_words_are_tied_to_a_sealed_report(chat: Chat) -> None:
    chat.say("li", "我要举报会计挪用集体的钱")
    assert chat.say("wang", "我也听说了").appeal is None
    assert chat.official("收到,马上核实").appeal is None
    reading = chat.official("收到,请私信联系我", who="d", role=Role.DISCIPLINE)
    assert (reading.kind, reading.appeal) == (Kind.ACCEPT, "a1")
    assert chat.say("wang", "这事我也能作证", to="m1").sealed


def test_the_accuser_going_on_stays_in_his_sealed_report(chat: Chat) -> None:
    chat.say("li", "我要举报会计挪用集体的钱")
    reading = chat.say("li", "会计把卖树的钱也装自己兜里了", after=3)
    assert (reading.kind, reading.appeal, reading.sealed) == (Kind.SUPPLEMENT, "a1", True)


def test_a_denial_is_no_handling_of_a_report(chat: Chat) -> None:
    chat.say("li", "我要举报会计挪用集体的钱")
    assert chat.official("没有的事,不要乱说", to="m1").kind is Kind.CHATTER


def test_a_sealed_opening_gives_reasons_that_repeat_nothing(chat: Chat) -> None:
    text = "支书收了老板三万块才把鱼塘包出去"
    reading = chat.say("li", text)
    assert reading.reasons
    assert not any(text[i : i + 3] in reason for reason in reading.reasons for i in range(len(text) - 2))


def test_routing_tells_where_the_case_stands(repaired: Chat) -> None:
    closed = repaired.conversation.note_status("a1", "closed", repaired.now)
    assert closed.threads["a1"].status == "closed"
    stale = closed.note_status("a1", "accepted", repaired.now.replace(hour=1))
    assert stale.threads["a1"].status == "closed"
    assert closed.note_status("nobody", "closed", repaired.now) == closed


def test_a_conversation_is_bounded_and_keeps_what_waits(chat: Chat) -> None:
    chat.say("zhang", "村小学的围墙要倒了")
    for number in range(450):
        chat.say(f"p{number % 7}", "哈哈")
    assert len(chat.conversation.remarks) == 400
    reading = chat.say("zhang", "围墙那事啥时候有人来", to="m1")
    assert (reading.kind, reading.appeal) == (Kind.SUPPLEMENT, "a1")


def test_reading_is_a_function_of_its_arguments(chat: Chat) -> None:
    before = chat.conversation
    first = chat.say("zhang", "下水道堵了")
    assert before == EMPTY
    assert Chat().say("zhang", "下水道堵了") == first


@pytest.mark.parametrize(
    "text", ["", " ", "。。。", "😂", "[捂脸]", "一" * 20000, "?" * 3000, "a" * 5000, "\u2005@张三 ", "「」", "「a:b」"]
)
def test_anything_can_be_read(chat: Chat, text: str) -> None:
    for role in Role:
        chat.say("x", text, role=role)


def test_an_unknown_sender_is_read_like_a_villager_but_trusted_less(chat: Chat) -> None:
    known = Chat().say("x", "变压器冒烟了")
    stranger = chat.say("x", "变压器冒烟了", role=Role.UNKNOWN)
    assert (stranger.kind, stranger.urgent) == (known.kind, known.urgent)
    assert stranger.confidence < known.confidence
