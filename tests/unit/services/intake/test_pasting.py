"""What officers copy out of WeChat becomes messages with their true times."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.pasting import Unreadable, read, resolve, sender_of
from shared.clock import CHINA

NOW = datetime(2023, 10, 31, 9, 0, tzinfo=CHINA)  # a Tuesday


def at(day: int, hour: int, minute: int, second: int = 0, month: int = 10) -> datetime:
    return datetime(2023, month, day, hour, minute, second, tzinfo=CHINA)


def test_a_copy_from_the_computer_with_full_times() -> None:
    page = read("张三 2023/10/30 20:31:05\n变压器冒烟了\n滋滋响\n\n李四 2023-10-30 20:33\n收到\n", NOW)
    assert [(m.name, m.text, m.sent_at, m.exact) for m in page.messages] == [
        ("张三", "变压器冒烟了\n滋滋响", at(30, 20, 31, 5), True),
        ("李四", "收到", at(30, 20, 33), True),
    ]


def test_an_export_of_the_phone_with_a_line_for_the_day() -> None:
    page = read("—————  2023-10-30  —————\n\n\n张三  20:31\n\n变压器冒烟了\n\n\n李四  20:33\n\n[图片]\n", NOW)
    assert [(m.name, m.text, m.sent_at) for m in page.messages] == [
        ("张三", "变压器冒烟了", at(30, 20, 31)),
        ("李四", "[图片]", at(30, 20, 33)),
    ]


def test_names_without_times_take_the_time_of_the_line_above() -> None:
    page = read("昨天 20:31\n张三:\n变压器冒烟了\n\n李四：\n收到", NOW)
    assert [(m.name, m.sent_at) for m in page.messages] == [("张三", at(30, 20, 31)), ("李四", at(30, 20, 31))]


def test_names_alone_have_no_time_of_their_own() -> None:
    page = read("张三:\n变压器冒烟了", NOW)
    assert page.messages[0].sent_at is None


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("今天 8:05", at(31, 8, 5)),
        ("昨天 20:31", at(30, 20, 31)),
        ("前天 7:00", at(29, 7, 0)),
        ("星期一 20:31", at(30, 20, 31)),
        ("周日 20:31", at(29, 20, 31)),
        ("星期二 20:31", at(24, 20, 31)),  # today's weekday means a week ago: today is told by the time alone
        ("10月30日 20:31", at(30, 20, 31)),
        ("10/30 20:31", at(30, 20, 31)),
        ("2023年10月30日 晚上8:31", at(30, 20, 31)),
        ("下午3:05", at(30, 15, 5)),  # 15:05 of today has not come yet
        ("凌晨12:10", at(31, 0, 10)),
        ("上午8:05", at(31, 8, 5)),
    ],
)
def test_times_as_wechat_shows_them(shown: str, meant: datetime) -> None:
    assert read(f"张三 {shown}\n没水了", NOW).messages[0].sent_at == meant


def test_a_day_that_has_not_come_this_year_was_last_year() -> None:
    assert read("张三 12月30日 20:31\n没水了", NOW).messages[0].sent_at == datetime(2022, 12, 30, 20, 31, tzinfo=CHINA)


def test_times_alone_never_run_backwards() -> None:
    page = read("张三 23:50\n没电了\n李四 0:05\n收到\n张三 8:30\n还没来", NOW)
    assert [m.sent_at for m in page.messages] == [at(30, 23, 50), at(31, 0, 5), at(31, 8, 30)]


def test_a_quote_is_taken_off_and_found_again() -> None:
    text = "张三 昨天 20:31\n变压器冒烟了，滋滋响\n李四 昨天 20:33\n「张三：变压器冒烟了，滋滋响」\n- - - - - - - - - - - - - - -\n收到，马上去"
    page = resolve(read(text, NOW), "g", {})
    assert page.messages[1].text == "收到，马上去"
    assert page.messages[1].reply_to == page.messages[0].message_id


def test_the_newer_form_of_a_quote() -> None:
    text = "张三 昨天 20:31\n变压器冒烟了\n李四 昨天 20:33\n收到\n引用 张三 的消息 : 变压器冒烟了"
    page = resolve(read(text, NOW), "g", {})
    assert (page.messages[1].text, page.messages[1].reply_to) == ("收到", page.messages[0].message_id)


def test_what_wechat_itself_says_is_left_out_and_told() -> None:
    page = read("张三 昨天 20:31\n没水了\n“李四”撤回了一条消息\n", NOW)
    assert (len(page.messages), page.left_out) == (1, ("“李四”撤回了一条消息",))


def test_a_colon_within_a_message_begins_no_other() -> None:
    page = read("张三 昨天 20:31\n现在的情况:停水三天\n时间 地点：村口\n", NOW)
    assert len(page.messages) == 1


def test_a_text_in_which_nobody_speaks_is_refused_with_what_is_expected() -> None:
    with pytest.raises(Unreadable, match="姓名"):
        read("村里没水了", NOW)


def test_names_are_linked_to_the_roster() -> None:
    members = {"张三": ["v01"], "李四光": ["o01"], "王五": ["v02"], "王五六": ["v03"]}
    assert sender_of("张三", members) == "v01"
    assert sender_of("前路村-李四光", members) == "o01"
    assert sender_of("王五六七", members) == "name:王五六七"  # two could be meant
    assert sender_of("赵六", members) == "name:赵六"


def test_pasting_the_same_lines_again_makes_the_same_messages() -> None:
    first = resolve(read("张三 昨天 20:31\n没水了\n张三 昨天 20:31\n没水了", NOW), "g", {})
    again = resolve(read("张三 2023/10/30 20:31\n没水了\n张三 2023/10/30 20:31\n没水了\n李四 昨天 21:00\n好", NOW), "g", {})
    assert [m.message_id for m in first.messages] == [m.message_id for m in again.messages][:2]
    assert len({m.message_id for m in again.messages}) == 3


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    try:
        page = resolve(read(text, NOW), "g", {"张三": ["v01"]})
    except Unreadable:
        return
    assert all(m.text and m.sender and m.message_id for m in page.messages)
