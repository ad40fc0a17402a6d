"""Pasting again, or a little more, makes no second message; what was said twice is two."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.intake.domain import person_key
from services.intake.pasting.copied import read
from services.intake.pasting.names import Person, link_all
from services.intake.pasting.settling import Earlier, Settled, needs_earlier, settle
from shared.clock import CHINA
from shared.events.intake import Role

NOW = datetime(2023, 10, 31, 9, 0, tzinfo=CHINA)
ROSTER = [Person("v01", "张三", Role.VILLAGER), Person("o01", "李四", Role.VILLAGE_OFFICIAL)]


class Store:
    """What is stored of one group, as far as settling asks."""

    def __init__(self) -> None:
        self.messages: list[Earlier] = []

    def paste(self, text: str, at: datetime = NOW) -> list[Settled]:
        settled = self.show(text, at)
        known = {e.message_id for e in self.messages}
        new = [one for one in settled if one.message_id not in known]
        self.messages += [
            Earlier(one.message_id, person_key("wechat", one.link.sender), one.pasted.text, one.pasted.sent_at) for one in new
        ]
        return new

    def show(self, text: str, at: datetime = NOW) -> list[Settled]:
        page = read(text, at).messages
        names = [m.name for m in page] + [m.quoted[0] for m in page if m.quoted]
        return settle("wechat", "g", page, link_all(names, "g", ROSTER, {}), self.messages[::-1])


def texts(settled: Sequence[Settled]) -> list[str]:
    return [one.pasted.text for one in settled]


def test_pasting_the_same_lines_again_in_another_shape_makes_the_same_messages() -> None:
    store = Store()
    assert len(store.paste("张三 昨天 20:31\n没水了\n张三 昨天 20:31\n没水了")) == 2
    again = store.paste("张三 2023/10/30 20:31:05\n没水了\n张三 2023/10/30 20:31:40\n没水了\n李四 昨天 21:00\n好")
    assert texts(again) == ["好"]
    assert store.paste("—— 2023-10-30 ——\n张三  20:31\n没水了", NOW + timedelta(days=9)) == []


def test_the_same_words_at_another_time_or_by_somebody_else_are_another_message() -> None:
    store = Store()
    store.paste("李四 20:31\n收到")
    assert texts(store.paste("李四 20:32\n收到\n张三 20:32\n收到")) == ["收到", "收到"]


def test_hours_alone_mean_the_day_they_were_copied_on() -> None:
    store = Store()
    store.paste("李四 8:01\n收到")
    assert texts(store.paste("李四 8:01\n收到", NOW + timedelta(days=1))) == ["收到"]


def test_an_overlapping_copy_without_times_adds_what_is_new_only() -> None:
    store = Store()
    store.paste("张三:\n没水了\n\n李四:\n收到\n\n张三:\n谢谢")
    assert store.paste("张三:\n没水了\n\n李四:\n收到\n\n张三:\n谢谢", NOW + timedelta(minutes=5)) == []
    assert texts(store.paste("李四:\n收到\n\n张三:\n谢谢\n\n李四:\n来水了吗", NOW + timedelta(hours=1))) == ["来水了吗"]
    assert texts(store.paste("王五:\n早\n\n张三:\n没水了\n\n李四:\n收到", NOW + timedelta(hours=2))) == ["早"]


def test_the_same_word_under_another_message_is_another_one_though_nothing_has_a_time() -> None:
    store = Store()
    store.paste("张三:\n没水了\n\n李四:\n收到")
    assert texts(store.paste("王五:\n没电了\n\n李四:\n收到", NOW + timedelta(hours=6))) == ["没电了", "收到"]
    assert texts(store.paste("李四:\n收到", NOW + timedelta(days=1))) == ["收到"]


def test_one_who_repeats_himself_without_times_is_heard_each_time() -> None:
    store = Store()
    assert len(store.paste("张三:\n没水\n\n张三:\n没水\n\n张三:\n没水")) == 3
    assert store.paste("张三:\n没水\n\n张三:\n没水\n\n张三:\n没水") == []


def test_a_quote_leads_to_the_newest_such_message_above() -> None:
    store = Store()
    text = "张三 昨天 20:31\n没水了\n张三 昨天 20:32\n没水了\n李四 昨天 20:33\n「张三：没水了」\n- - - - - -\n收到\n张三 昨天 20:40\n没水了"
    page = store.show(text)
    assert (page[2].reply_to, page[2].quotes_stored) == (page[1].message_id, False)


def test_a_quote_leads_to_a_stored_message_cut_as_wechat_cuts_it() -> None:
    store = Store()
    store.messages = [Earlier("m-1", person_key("wechat", "v01"), "变压器冒烟了\n滋滋响，快来人", NOW - timedelta(hours=1))]
    [answer] = store.show("李四 8:50\n「张三：变压器冒烟了 滋滋响…」\n收到")
    assert (answer.reply_to, answer.quotes_stored) == ("m-1", True)


def test_a_quote_does_not_lead_to_another_person_or_into_the_future() -> None:
    store = Store()
    store.messages = [
        Earlier("m-1", person_key("wechat", "o01"), "没水了，啥时候来", NOW - timedelta(hours=1)),
        Earlier("m-2", person_key("wechat", "v01"), "没水了，啥时候来", NOW),
    ]
    [answer] = store.show("李四 8:50\n「张三：没水了，啥时候来」\n收到")
    assert answer.reply_to is None
    [nickname] = store.show("李四 8:50\n「向阳花：没水了，啥时候来」\n收到")
    assert nickname.reply_to == "m-1"


def test_the_groups_stored_messages_are_asked_for_only_when_they_matter() -> None:
    assert not needs_earlier(read("张三 20:31\n没水了", NOW).messages)
    assert needs_earlier(read("张三:\n没水了", NOW).messages)
    assert needs_earlier(read("张三 20:31\n「李四：好」\n没水了", NOW).messages)
