"""What a person is offered beside an unsure reading."""

from dataclasses import replace

from services.intake.reading.doubts import SHOWN, with_doubts
from shared.events.intake import Kind, Role

from .conftest import Chat
from .test_correcting import said_in


def test_an_unsure_word_may_be_about_each_appeal_that_is_alive(chat: Chat) -> None:
    chat.say("v1", "自来水管破裂，院子都淹了")
    water = chat.appeal
    said = said_in(chat, "m2", "v1", "那边还在淌")
    reading = with_doubts(said, chat.conversation, chat.say("v9", "随便说说"))
    kinds = {(one.kind, one.appeal) for one in reading.alternatives}
    assert (Kind.SUPPLEMENT, water) in kinds
    assert (reading.kind, reading.appeal) not in kinds
    assert 0 < len(reading.alternatives) <= SHOWN
    assert all(0.05 <= one.likely <= 1 and one.reason for one in reading.alternatives)


def test_the_likeliest_comes_first(chat: Chat) -> None:
    said = said_in(chat, "m1", "v1", "自来水管破裂，院子都淹了，求求派人来修")
    reading = with_doubts(said, chat.conversation, chat.say("v9", "随便说说"))
    assert reading.alternatives[0].kind is Kind.APPEAL
    assert [one.likely for one in reading.alternatives] == sorted((o.likely for o in reading.alternatives), reverse=True)


def test_a_sealed_appeal_is_offered_to_nobody(chat: Chat) -> None:
    chat.say("v1", "村支书贪污低保款，把名额都给了他亲戚")
    sealed = chat.appeal
    reading = with_doubts(said_in(chat, "m2", "v2", "低保款的事"), chat.conversation, chat.say("v9", "随便说说"))
    assert sealed not in {one.appeal for one in reading.alternatives}


def test_an_officials_word_may_be_a_step_on_an_open_appeal(chat: Chat) -> None:
    chat.say("v1", "自来水管破裂，院子都淹了")
    said = said_in(chat, "m2", "cadre", "我去看看")
    official = replace(said, role=Role.VILLAGE_OFFICIAL)
    reading = with_doubts(official, chat.conversation, chat.say("v9", "随便说说"))
    assert (Kind.ACCEPT, chat.conversation.latest_threads()[0].appeal) in {(o.kind, o.appeal) for o in reading.alternatives}
