"""Unquoted words lean on what the group spoke of last: hours later, without naming it, by a neighbour or by an official."""

from collections.abc import Callable

import pytest

from services.intake.reading import Reading
from shared.events.intake import Kind

from .conftest import Chat

HOUR = 60
Alone = Callable[[str], Reading]


def test_hours_later_a_neighbour_goes_on_with_the_last_complaint_without_naming_it(chat: Chat) -> None:
    chat.say("zhang", "西沟的垃圾池满了没人清,臭得很")
    reading = chat.say("li", "捂着鼻子才敢从那边过,熏得头疼", after=3 * HOUR)
    assert (reading.kind, reading.appeal) == (Kind.SUPPLEMENT, "a1")


def test_a_story_of_its_own_after_anothers_complaint_is_an_appeal_of_its_own(chat: Chat) -> None:
    chat.say("zhang", "西沟的垃圾池满了没人清,臭得很")
    reading = chat.say(
        "li", "我家孩子上个月在镇上的驾校报了名,交了三千块,现在驾校大门锁着,电话打不通,钱也要不回来了", after=HOUR
    )
    assert (reading.kind, reading.appeal) == (Kind.APPEAL, None)


def test_danger_is_never_taken_for_talk_about_an_answered_appeal(chat: Chat) -> None:
    chat.say("zhang", "桥头的路灯不亮了")
    chat.official("路灯已修好,晚上正常亮灯", to="m1", after=5 * HOUR)
    reading = chat.say("li", "后坡又往下滚石头了,砸着人可咋办", after=HOUR)
    assert reading.kind is Kind.APPEAL
    assert reading.urgent


@pytest.mark.parametrize("words", ["人都撤出来了,警戒线也拉了", "电工我叫了,我在边上守着"])
def test_what_an_official_did_within_minutes_is_how_he_takes_it_on(chat: Chat, words: str) -> None:
    chat.say("zhang", "变压器冒火花了,噼啪响")
    assert chat.official(words, to="m1", after=3).kind is Kind.ACCEPT


def test_what_is_said_to_be_over_is_over_however_soon(chat: Chat) -> None:
    chat.say("zhang", "变压器冒火花了,噼啪响")
    assert chat.official("已处理完毕", to="m1", after=8).kind is Kind.RESOLVE


def test_the_first_word_a_day_late_tells_how_far_it_has_come(chat: Chat) -> None:
    chat.say("zhang", "机耕路冲了个大口子,车过不去")
    reading = chat.official("挖机进场了,石料拉了五车,还差涵管", to="m1", after=30 * HOUR)
    assert reading.kind is Kind.PROGRESS


@pytest.mark.parametrize(
    "words",
    [
        "文书把死人的低保一直领着,村里谁不晓得",
        "卫生院假住院套医保的钱",
        "公益岗让会计的儿媳妇占着,从没见她扫过地",
        "市场所那个姓杨的,不给就天天来查秤",
    ],
)
def test_clerks_kin_and_dead_souls_are_sealed(alone: Alone, words: str) -> None:
    reading = alone(words)
    assert reading.kind is Kind.REPORT
    assert reading.sealed


def test_asking_how_to_draw_the_pension_of_the_dead_accuses_nobody(alone: Alone) -> None:
    assert alone("我爸过世了,他的养老金怎么取").kind is Kind.ENQUIRY
