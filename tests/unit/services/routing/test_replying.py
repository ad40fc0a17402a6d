"""Advice on a reply before it is sent: is it to the point, complete, warm, and does it come to an outcome?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.replying import LONGEST, Side, advise, blanks

ASKED = "村东头那盏路灯坏了半个月了，晚上黑灯瞎火老人不敢出门，请派人修一修"
DONE = "您好！您反映的村东头路灯不亮，电工今天上午到现场查看，是线路老化，已更换线路和灯泡，路灯恢复照明。有问题请打村委会电话 8812345，感谢您的反映。"
PASSED_ON = "您好，您反映的问题已收悉，已转相关部门办理，感谢您的支持。"
PROMISED = "您好！对您反映的路灯问题我们高度重视，正在研究，将尽快处理，请您耐心等待，谢谢！"


def test_a_reply_that_says_what_was_found_and_done_may_go() -> None:
    advice = advise(DONE, ASKED)
    assert advice.verdict == "可以发出"
    assert all(judged.score >= 0.5 for judged in advice.sides.values()), advice
    assert "“村东头" in advice.sides[Side.RELEVANCE].reasons[0]


@pytest.mark.parametrize(("reply", "because"), [(PASSED_ON, "只是转给了别的部门"), (PROMISED, "只有表态和承诺")])
def test_what_only_passes_it_on_or_promises_is_told_that_an_outcome_is_missing(reply: str, because: str) -> None:
    advice = advise(reply, ASKED)
    side = advice.sides[Side.EVASION]
    assert side.score < 0.35
    assert because in side.reasons[0]
    assert "没有写办理结果" in side.reasons[-1]
    assert advice.verdict != "可以发出"


def test_passing_it_on_is_no_evasion_when_the_reply_says_what_came_of_it() -> None:
    reply = "您好，您反映的路灯问题已转供电所，供电所今天上午已更换灯泡，路灯亮了，感谢您。"
    assert advise(reply, ASKED).sides[Side.EVASION].score >= 0.5


def test_who_is_sent_away_is_no_more_helped_than_who_is_promised() -> None:
    side = advise("您好，此事不属于我局职责范围，建议您向住建局反映。", ASKED).sides[Side.EVASION]
    assert "让群众自己去找" in "；".join(side.reasons)
    assert side.score < 0.35


def test_a_reply_to_another_case_is_seen() -> None:
    own = advise(DONE, ASKED).sides[Side.RELEVANCE]
    other = advise(DONE, "低保申请交上去两个月没有消息，想问问办到哪一步了").sides[Side.RELEVANCE]
    assert other.score < 0.2 < own.score
    assert "是不是答错了案件" in other.reasons[0]


def test_what_is_missing_is_named() -> None:
    reasons = advise("您好，路灯修好了，谢谢。", ASKED).sides[Side.COMPLETENESS].reasons[0]
    assert "什么时候" in reasons
    assert "有事找谁" in reasons
    assert "办了什么" not in reasons


def test_the_date_under_a_letter_is_no_time_of_anything() -> None:
    assert "什么时候" in advise("您好，路灯已修好，感谢。2025年6月3日", ASKED).sides[Side.COMPLETENESS].reasons[0]
    assert "什么时候" not in advise("您好，路灯已于6月3日修好，感谢。", ASKED).sides[Side.COMPLETENESS].reasons[0]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("路灯已修好，感谢。", "没有问候"),
        ("您好，路灯已修好。", "感谢或体谅"),
        ("你好，你说的路灯修好了，你可以去看，感谢。", "“您”"),
        ("您好，路灯已修好，请勿重复反映，感谢。", "口气生硬"),
        ("您好，特此函复，予以办结，感谢。", "公文话"),
        ("您好，修好了！！！感谢", "感叹号"),
    ],
)
def test_a_cold_word_is_pointed_at(reply: str, fault: str) -> None:
    side = advise(reply, ASKED).sides[Side.TONE]
    assert fault in "；".join(side.reasons)
    assert side.score < advise(DONE, ASKED).sides[Side.TONE].score


def test_a_draft_with_open_blanks_is_not_ready() -> None:
    advice = advise(DONE.replace("线路老化", "【请填写：查到的原因】"), ASKED)
    assert blanks("【草稿】【请填写：原因】好") == ["【请填写：原因】"]
    assert "1 处没有填" in advice.sides[Side.COMPLETENESS].reasons[0]
    assert advice.score < 0.45


def test_a_reply_that_breaks_off_is_not_complete() -> None:
    assert "没有说完" in "；".join(advise("您好，现将有关情况回复如下：", ASKED).sides[Side.COMPLETENESS].reasons)


def test_where_the_words_of_the_case_are_not_known_the_other_sides_are_judged() -> None:
    advice = advise(DONE, None)
    assert Side.RELEVANCE not in advice.sides
    assert advice.score > 0.7


@given(st.text(max_size=300), st.none() | st.text(max_size=300))
def test_whatever_is_written_every_side_has_a_score_and_a_reason(reply: str, asked: str | None) -> None:
    advice = advise(reply, asked)
    assert 0 <= advice.score <= 1
    assert all(0 <= judged.score <= 1 and judged.reasons for judged in advice.sides.values())


def test_a_hostile_reply_costs_no_second() -> None:
    for piece in ("转", "已", "根据", "请您到", "经", "1", "（", "一、", "转给相关", "第一", "您好", "【请"):
        assert advise(piece * LONGEST, ASKED).score <= 1
