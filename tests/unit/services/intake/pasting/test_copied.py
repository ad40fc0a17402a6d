"""What officers copy out of WeChat becomes messages with their true times."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.pasting.copied import MESSAGES_LIMIT, Timing, Unreadable, read
from shared.clock import CHINA

NOW = datetime(2023, 10, 31, 9, 0, tzinfo=CHINA)  # a Tuesday


def at(day: int, hour: int, minute: int, second: int = 0, month: int = 10) -> datetime:
    return datetime(2023, month, day, hour, minute, second, tzinfo=CHINA)


def test_a_copy_from_the_computer_with_full_times() -> None:
    page = read("张三 2023/10/30 20:31:05\n变压器冒烟了\n滋滋响\n\n李四 2023-10-30 20:33\n收到\n", NOW)
    assert [(m.name, m.text, m.sent_at, m.timing) for m in page.messages] == [
        ("张三", "变压器冒烟了\n滋滋响", at(30, 20, 31, 5), Timing.STATED),
        ("李四", "收到", at(30, 20, 33), Timing.STATED),
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


def test_names_alone_were_heard_when_they_were_copied() -> None:
    [message] = read("张三:\n变压器冒烟了", NOW).messages
    assert (message.sent_at, message.timing) == (NOW, Timing.COPIED)


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
        ("2023/10/30 8:31 PM", at(30, 20, 31)),
        ("2023/10/30 12:05 AM", at(30, 0, 5)),
    ],
)
def test_times_as_wechat_shows_them(shown: str, meant: datetime) -> None:
    assert read(f"张三 {shown}\n没水了", NOW).messages[0].sent_at == meant


def test_a_day_that_has_not_come_this_year_was_last_year() -> None:
    assert read("张三 12月30日 20:31\n没水了", NOW).messages[0].sent_at == datetime(2022, 12, 30, 20, 31, tzinfo=CHINA)


def test_times_alone_never_run_backwards() -> None:
    page = read("张三 23:50\n没电了\n李四 0:05\n收到\n张三 8:30\n还没来", NOW)
    assert [m.sent_at for m in page.messages] == [at(30, 23, 50), at(31, 0, 5), at(31, 8, 30)]
    assert {m.timing for m in page.messages} == {Timing.WORKED_OUT}


@pytest.mark.parametrize("shown", ["2033/10/30 20:31", "0001/1/1 0:00", "2023/10/31 9:20", "2023/13/45 20:31", "昨天 29:75"])
def test_a_time_that_cannot_be_is_replaced_by_that_of_the_copying(shown: str) -> None:
    [message] = read(f"张三 {shown}\n没水了", NOW).messages
    assert message.sent_at <= NOW
    assert message.timing is not Timing.STATED


RULE = "- - - - - - - - - - - - - - -"


@pytest.mark.parametrize(
    "answer",
    [
        f"「张三：变压器冒烟了，滋滋响」\n{RULE}\n收到，马上去",
        "「张三:变压器冒烟了，滋滋响」\n收到，马上去",
        "收到，马上去\n引用 张三 的消息 : 变压器冒烟了，滋滋响",
    ],
)
def test_a_quote_is_taken_off(answer: str) -> None:
    [message] = read(f"李四 昨天 20:33\n{answer}", NOW).messages
    assert (message.text, message.quoted) == ("收到，马上去", ("张三", "变压器冒烟了，滋滋响"))


def test_a_quote_that_says_nothing_more_is_what_was_said() -> None:
    [message] = read("李四 昨天 20:33\n「张三：变压器冒烟了」", NOW).messages
    assert (message.text, message.quoted) == ("「张三：变压器冒烟了」", None)


def test_a_mail_of_the_phone_with_its_wrapping_and_pictures() -> None:
    text = (
        'Dear:\n微信群"前路村"的聊天记录如下:\n\n\n—————  2023-10-30  —————\n\n\n张三 20:31\n\n变压器冒烟了\n\n\n'
        "瀛姬11:00-20:00  20:32\n\n图片1（可在附件中查看）\n\n\n—————  2023-10-31  —————\n\n\n李四 0:05\n\n收到\n\n\n发自我的 iPhone"
    )
    page = read(text, NOW)
    assert [(m.name, m.text, m.sent_at, m.marks) for m in page.messages] == [
        ("张三", "变压器冒烟了", at(30, 20, 31), []),
        ("瀛姬11:00-20:00", "[图片]", at(30, 20, 32), ["图片"]),
        ("李四", "收到", at(31, 0, 5), []),
    ]
    assert [left.line for left in page.left_out] == [1, 2, 26]


@pytest.mark.parametrize(
    "said",
    [
        "“李四”撤回了一条消息",
        '"张三" 撤回了一条消息',
        '"王五"邀请"赵六"加入了群聊',
        '你将"赵六"移出了群聊',
        '"王五" 拍了拍 "李四"',
        "“王五”修改群名为“前路村”",
    ],
)
def test_what_wechat_itself_says_is_left_out_and_told(said: str) -> None:
    page = read(f"张三 昨天 20:31\n没水了\n{said}\n", NOW)
    assert [m.text for m in page.messages] == ["没水了"]
    assert [(left.line, left.text) for left in page.left_out] == [(3, said)]


@pytest.mark.parametrize(
    "words",
    [
        "现在的情况:停水三天\n时间 地点：村口",
        "情况如下：\n三组没水",
        "停水时间 8:00\n明天",
        "从昨晚就没水，一直到 今天 8:30\n还没来",
        "我拍了拍那个变压器，烫手",
        "我说他们已经加入群聊讨论了",
    ],
)
def test_words_that_look_like_something_else_stay_words(words: str) -> None:
    page = read(f"张三 2023/10/30 20:31\n{words}\n\n李四 2023/10/30 20:33\n收到", NOW)
    assert [(m.name, m.text) for m in page.messages] == [("张三", words), ("李四", "收到")]
    assert page.left_out == ()


def test_a_time_may_be_all_that_somebody_says() -> None:
    page = read("张三 昨天 20:31\n明天几点开会\n李四 昨天 20:33\n8:30\n", NOW)
    assert [m.text for m in page.messages] == ["明天几点开会", "8:30"]


def test_in_a_copy_with_dates_a_bare_hour_begins_no_message() -> None:
    page = read("张三 2023/10/30 20:31\n通知\n明早开会 8:30\n", NOW)
    assert [m.text for m in page.messages] == ["通知\n明早开会 8:30"]


def test_in_a_copy_without_times_a_dated_line_begins_no_message() -> None:
    page = read("张三:\n停水通知 10月30日 8:00\n\n李四:\n收到", NOW)
    assert [m.name for m in page.messages] == ["张三", "李四"]


def test_every_line_that_was_not_read_is_told_with_the_reason() -> None:
    page = read("……半句话\n张三 昨天 20:31\n没水了\n李四 昨天 20:32\n\n王五 昨天 20:33\n好", NOW)
    assert [(left.line, left.text) for left in page.left_out] == [(1, "……半句话"), (4, "李四")]
    assert all(left.why for left in page.left_out)


def test_too_many_messages_and_too_long_ones_are_refused_with_the_line() -> None:
    one = "张三 昨天 20:31\n没水了\n"
    assert len(read(one * MESSAGES_LIMIT, NOW).messages) == MESSAGES_LIMIT
    with pytest.raises(Unreadable, match="1000") as many:
        read(one * (MESSAGES_LIMIT + 1), NOW)
    assert many.value.line == 2 * MESSAGES_LIMIT + 1
    with pytest.raises(Unreadable, match="20001") as long:
        read(f"{one}李四 昨天 20:32\n{'长' * 20_001}", NOW)
    assert long.value.line == 3
    with pytest.raises(Unreadable, match="行"):
        read("\n" * 50_001, NOW)


def test_a_text_in_which_nobody_speaks_is_refused_with_what_is_expected() -> None:
    with pytest.raises(Unreadable, match="姓名"):
        read("村里没水了", NOW)


@given(st.text(max_size=400))
@example("张三 0001/1/1 0:00\n没水了")
@example("张三 2/29 0:00\n没水了")
def test_no_text_breaks_it(text: str) -> None:
    try:
        page = read(text, NOW)
    except Unreadable:
        return
    assert all(m.text and m.name and m.sent_at.astimezone(UTC) for m in page.messages)


LINES = [
    "张三 20:31",
    "李四:",
    "昨天 20:31",
    "— 2023-10-30 —",
    "没水了",
    "",
    "8:30",
    "「张三：没水了」",
    "情况如下：",
    "王五 2023/10/30 9:00 PM",
]


@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_no_line_is_lost(lines: list[str]) -> None:
    """What is no header and no time between messages is said by somebody or told as left out."""
    try:
        page = read("\n".join(lines), NOW)
    except Unreadable:
        return
    kept = [line for m in page.messages for line in (*m.text.split("\n"), *(m.quoted or ()))] + [
        left.text for left in page.left_out
    ]
    assert kept.count("没水了") >= lines.count("没水了")
