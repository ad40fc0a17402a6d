"""A conversation in which a message turned out to be something else reads on as if it had been read so."""

from dataclasses import replace

from services.intake.reading import Reading, Said
from services.intake.reading.conversation import Conversation
from services.intake.reading.correcting import corrected
from shared.events.intake import Kind, Role

from .conftest import Chat


def said_in(chat: Chat, message_id: str, who: str, text: str) -> Said:
    return Said(message_id, "wecom", "g", who, Role.VILLAGER, None, text, None, chat.now)


def is_now(chat: Chat, said: Said, kind: Kind, appeal: str | None, *, withdrawn: str | None = None) -> Conversation:
    reading = Reading(kind, appeal=appeal, confidence=1.0)
    chat.conversation = corrected(chat.conversation, said, reading, "TY-20240506-0099", withdrawn=withdrawn)
    return chat.conversation


def test_an_appeal_a_person_found_can_be_answered_by_quoting(chat: Chat) -> None:
    chat.say("v1", "老地方，又是那样")
    is_now(chat, said_in(chat, "m1", "v1", "老地方，又是那样"), Kind.APPEAL, "found")
    reading = chat.official("收到，马上去看", to="m1")
    assert (reading.kind, reading.appeal) == (Kind.ACCEPT, "found")
    assert chat.thread("found").number == "TY-20240506-0099"


def test_a_withdrawn_appeal_takes_no_more_messages(chat: Chat) -> None:
    chat.say("v1", "自来水管破裂，院子都淹了")
    opened = chat.appeal
    is_now(chat, said_in(chat, "m1", "v1", "自来水管破裂，院子都淹了"), Kind.CHATTER, None, withdrawn=opened)
    assert chat.official("收到，马上去看", to="m1").appeal is None
    assert chat.conversation.threads == {}


def test_what_hung_on_a_joined_appeal_leads_to_the_other(chat: Chat) -> None:
    chat.say("v1", "自来水管破裂，院子都淹了")
    first = chat.appeal
    chat.say("v2", "变压器坏了停电一天了")
    second = chat.appeal
    chat.say("v2", "就在村小学后面", to="m2")
    assert chat.appeal == second != first
    is_now(chat, said_in(chat, "m2", "v2", "变压器坏了停电一天了"), Kind.SUPPLEMENT, first, withdrawn=second)
    assert chat.official("收到，马上去看", to="m3").appeal == first


def test_a_corrected_message_keeps_its_place(chat: Chat) -> None:
    for text in ("吃了没", "老地方，又是那样", "今天赶集"):
        chat.say("v1", text)
    before = list(chat.conversation.remarks)
    after = is_now(chat, said_in(chat, "m2", "v1", "老地方，又是那样"), Kind.APPEAL, "found")
    assert list(after.remarks) == before
    assert after.latest() == chat.conversation.remarks["m3"]


def test_hearing_a_correction_twice_is_hearing_it_once(chat: Chat) -> None:
    chat.say("v1", "自来水管破裂，院子都淹了")
    opened, said = chat.appeal, said_in(chat, "m1", "v1", "自来水管破裂，院子都淹了")
    once = is_now(chat, said, Kind.REPORT, "sealed", withdrawn=opened)
    assert is_now(chat, said, Kind.REPORT, "sealed", withdrawn=opened) == once


def test_a_message_long_forgotten_may_still_open_an_appeal(chat: Chat) -> None:
    said = said_in(chat, "m0", "v1", "老地方，又是那样")
    after = is_now(chat, said, Kind.APPEAL, "found")
    assert "m0" not in after.remarks
    assert chat.official("收到，马上去看", to="m0").appeal == "found"


def test_an_appeal_corrected_to_an_enquiry_stands_where_it_stood(chat: Chat) -> None:
    chat.say("v1", "自来水管破裂，院子都淹了")
    opened = chat.appeal
    assert opened
    chat.official("收到，马上去看", to="m1")
    before = chat.thread(opened)
    is_now(chat, said_in(chat, "m1", "v1", "自来水管破裂，院子都淹了"), Kind.ENQUIRY, opened)
    after = chat.thread(opened)
    assert after == replace(before, kind=Kind.ENQUIRY, number="TY-20240506-0099", last_at=after.last_at)
