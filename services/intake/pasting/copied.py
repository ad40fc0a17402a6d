"""What an officer copied out of WeChat, on a computer or a phone, read as messages: who, when, what, in answer to what.

Pure. WeChat copies in several shapes; all are understood here:

    张三 2023/10/30 20:31:05        张三:                       微信群"前路村"的聊天记录如下:
    变压器冒烟了                     变压器冒烟了
                                                                —————  2023-10-30  —————
    李四 昨天 20:33                  李四:
    「张三：变压器冒烟了」            收到                        张三  20:31
    - - - - - - - - - - -
    收到，马上去                                                 变压器冒烟了

A time without a date is the last one that fits: not after the copying, not after the message below it. Every line of the text
ends up in a message or among those left out, with the reason; the officer sees both before anything is stored.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from services.intake.storing import BATCH, TEXT_LIMIT
from shared.clock import CHINA

MESSAGES_LIMIT = BATCH
NAME_LIMIT = 40
LINES_LIMIT = 50_000
HEAD_LIMIT = 150
"""characters; a longer line is somebody's words and tried as nothing else"""
OLDEST = 2011
"""the year in which WeChat began"""
SKEW = timedelta(minutes=5)
"""by how much the clock of the copying machine may be ahead"""

_WEEKDAYS = {day: n for n, days in enumerate(("一", "二", "三", "四", "五", "六", "日天")) for day in days}
_DAY = (
    r"(?:(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"|(?P<month2>\d{1,2})[-/月](?P<day2>\d{1,2})日?|(?P<near>今天|昨天|前天)|(?:星期|周)(?P<weekday>[一二三四五六日天]))"
)
_HOUR = (
    r"(?P<part>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|AM|PM|am|pm)? ?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?: ?(?P<after>AM|PM|am|pm))?"
)
_WHEN = rf"(?:{_DAY}[ ,，]*(?:{_HOUR})?|{_HOUR.replace('?P<', '?P<only_')})"
_HEADER = re.compile(rf"(?P<name>\S(?:.{{0,{NAME_LIMIT - 1}}}?\S)?)[ \u3000\t]+{_WHEN}")
_BARE_HEADER = re.compile(rf"(?P<name>[^\s:：「]{{1,{NAME_LIMIT}}})[:：]")
_NO_NAME = re.compile(r".*[，。；？！：,;?!](?=.).*|.*(?:时间|时段|日期|截止|开始|结束)|.{4,}[从到至于在自]")
"""words that lead up to a time, not a name that stands before one"""
_SEPARATOR = re.compile(rf"(?P<drawn>[—\-─=]{{2,}})?[—\-─= ]*{_WHEN}[—\-─= ]*")
_RULE = re.compile(r"(?:- ?){5,}|[—─]{5,}")
_QUOTE = re.compile(r"「(?P<name>[^：:」]{1,40})[：:](?P<words>.*?)」", re.DOTALL)
_NEW_QUOTE = re.compile(r"^引用 ?(?P<name>.{1,40}?) ?的消息 ?[:：] ?(?P<words>.*)", re.DOTALL | re.MULTILINE)
_NOTICE = re.compile(
    r".{0,60}撤回了一条消息(?:\s*重新编辑)?|.{0,40}[“\"「].{0,60}(?:加入了?|移出了?)群聊.{0,20}|.{0,60}修改群名为[“\"「].*"
    r"|.{0,40}拍了拍 ?(?:[“\"「].*|自己.{0,20}|[我你])|以[上下]是?为?(?:新消息|打招呼的内容)"
)
_WRAPPING = re.compile(r"Dear:?|.{0,100}的聊天记录如下(?:，请查收)?[:：。]?|发自我的 ?.{1,20}")
_PICTURE = re.compile(r"图片\d*[（(](?:可在附件中查看|见附件)[)）]")
_MARK = re.compile(r"\[(图片|照片|视频|语音|文件|位置|链接|名片|小程序|聊天记录|动画表情|表情|红包|转账|音乐|笔记)\]")
_NOON = {"下午", "傍晚", "晚上", "PM", "pm"}


class Timing(StrEnum):
    """How the time of a message was found."""

    STATED = "stated"
    """its day and hour stand in the copy"""
    WORKED_OUT = "worked-out"
    """the hour stands there; the day is the last that fits"""
    COPIED = "copied"
    """there is none, or one that cannot be: it was said when it was copied, or at the time of the message below"""


@dataclass(frozen=True, slots=True)
class Pasted:
    """One message as it was read."""

    line: int
    """of its first line, from 1"""
    name: str
    text: str
    sent_at: datetime
    timing: Timing
    quoted: tuple[str, str] | None = None
    """whose message this answers, and how that begins"""

    @property
    def marks(self) -> list[str]:
        """What was sent beside words, such as 图片; the copy holds only the mark of it."""
        return _MARK.findall(self.text)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that became part of no message, and why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that was read, and the lines that were no message."""

    messages: tuple[Pasted, ...]
    left_out: tuple[LeftOut, ...]


class Unreadable(ValueError):
    """A text that cannot be taken. The sentence is for the one who pasted it; `line` is where, if it is one place."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


EXPECTED = "每条消息前应有一行“姓名 时间”（如：张三 2023/10/30 20:31）或“姓名:”；请在微信里多选消息后整段复制"


@dataclass(slots=True)
class _Draft:
    line: int
    name: str
    day: date | None
    clock: time | None
    lines: list[str] = field(default_factory=list)

    @property
    def spoken(self) -> bool:
        return any(self.lines)


def read(text: str, now: datetime) -> Page:
    """Reads a copied text. `now` is when it was copied (any zone). Raises Unreadable with what is expected."""
    now = now.astimezone(CHINA)
    drafts, left_out = _Lines(text, now).sorted()
    messages = []
    for draft, moment, timing in reversed(list(_dated(drafts, now))):
        if message := _message(draft, moment, timing):
            messages.append(message)
        else:
            left_out.append(LeftOut(draft.line, draft.name, "名下没有内容：图片、语音常常复制不出来，请补一句说明"))
    if not messages:
        raise Unreadable(f"没有读出任何消息。{EXPECTED}")
    return Page(tuple(messages), tuple(sorted(left_out, key=lambda left: left.line)))


class _Lines:
    """Sorts lines into headers, words, times between messages, and what WeChat itself says."""

    def __init__(self, text: str, now: datetime) -> None:
        self._now = now
        self._lines = [line.rstrip() for line in re.sub(r"\r\n?", "\n", text).lstrip("\ufeff").split("\n")]
        if len(self._lines) > LINES_LIMIT:
            raise Unreadable(f"一次最多 {LINES_LIMIT} 行，请分几次粘贴")
        self._drafts: list[_Draft] = []
        self._left_out: list[LeftOut] = []
        self._day: date | None = None
        self._clock: time | None = None
        self._timed, self._dated = _shape(self._lines)

    def sorted(self) -> tuple[list[_Draft], list[LeftOut]]:
        blank = True
        for number, line in enumerate(self._lines, 1):
            self._take(number, line, after_blank=blank)
            blank = not line.strip()
        return self._drafts, self._left_out

    def _take(self, number: int, line: str, *, after_blank: bool) -> None:
        words = line.strip()
        short = 0 < len(words) <= HEAD_LIMIT
        if short and (separator := self._separator(words, after_blank=after_blank)):
            self._day, self._clock = _day(separator, self._now), _clock(separator)
        elif short and (_NOTICE.fullmatch(words) or _WRAPPING.fullmatch(words)):
            self._left_out.append(LeftOut(number, words, "微信或邮件自带的字样，不是谁说的话"))
        elif short and (opened := self._opened(number, words)):
            self._drafts.append(opened)
            if len(self._drafts) > MESSAGES_LIMIT:
                raise Unreadable(f"一次最多 {MESSAGES_LIMIT} 条消息，请分几次粘贴", number)
        elif self._drafts:
            self._drafts[-1].lines.append(line)
        elif words:
            self._left_out.append(LeftOut(number, words, "前面没有“姓名 时间”，不知道是谁说的"))

    def _separator(self, words: str, *, after_blank: bool) -> re.Match[str] | None:
        """A time on a line of its own. Undrawn right under a name it is what somebody answered: “8:30”."""
        found = _SEPARATOR.fullmatch(words)
        last = self._drafts[-1] if self._drafts else None
        return found if found and (found["drawn"] or last is None or (last.spoken and after_blank)) else None

    def _opened(self, number: int, words: str) -> _Draft | None:
        """The message that a header begins. A copy in which names stand with times has none without; one with dates, no bare hours."""
        if self._timed:
            header = _header(words)
            if header is None or (self._dated and header["only_hour"]):
                return None
            day, clock = _day(header, self._now) or self._day, _clock(header) or self._clock
            return _Draft(number, header["name"].rstrip(":："), day, clock)
        bare = _BARE_HEADER.fullmatch(words)
        return _Draft(number, bare["name"], self._day, self._clock) if bare else None


def _shape(lines: Sequence[str]) -> tuple[bool, bool]:
    """Whether names stand with times in this copy (if as many stand without, the first one tells), and with whole dates."""
    timed, bare = [], []
    for number, words in enumerate(line.strip() for line in lines):
        if found := _header(words):
            timed.append((number, found))
        elif _BARE_HEADER.fullmatch(words) and not _WRAPPING.fullmatch(words):
            bare.append(number)
    if not timed or len(timed) < len(bare) or (len(timed) == len(bare) and bare[0] < timed[0][0]):
        return False, False
    return True, bool(timed[0][1]["year"])


def _header(words: str) -> re.Match[str] | None:
    if len(words) > HEAD_LIMIT:
        return None
    found = _HEADER.fullmatch(words)
    return None if found is None or _NO_NAME.fullmatch(found["name"].rstrip(":：")) else found


def _day(found: re.Match[str], now: datetime) -> date | None:
    said = found.groupdict()
    today = now.date()
    try:
        if said["year"]:
            that = date(int(said["year"]), int(said["month"]), int(said["day"]))
            return that if that.year >= OLDEST else None
        if said["month2"]:
            that = date(today.year, int(said["month2"]), int(said["day2"]))
            return that if that <= today else that.replace(year=today.year - 1)
    except ValueError:
        return None
    if said["near"]:
        return today - timedelta(days=("今天", "昨天", "前天").index(said["near"]))
    if said["weekday"]:
        return today - timedelta(days=(today.weekday() - _WEEKDAYS[said["weekday"]]) % 7 or 7)
    return None


def _clock(found: re.Match[str]) -> time | None:
    said = found.groupdict()
    prefix = "" if said["hour"] else "only_"
    if not said[f"{prefix}hour"]:
        return None
    hour, part = int(said[f"{prefix}hour"]), said[f"{prefix}part"] or said[f"{prefix}after"]
    if (part in _NOON and hour < 12) or (part == "中午" and hour < 3):
        hour += 12
    if part in ("凌晨", "AM", "am") and hour == 12:
        hour = 0
    minute, second = int(said[f"{prefix}minute"]), int(said[f"{prefix}second"] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _dated(drafts: Sequence[_Draft], now: datetime) -> Iterator[tuple[_Draft, datetime, Timing]]:
    """From the last to the first: each is not later than the one below it."""
    below = now
    for draft in reversed(drafts):
        moment, timing = below, Timing.COPIED
        if draft.clock and draft.day:
            stated = datetime.combine(draft.day, draft.clock, CHINA)
            if stated <= now + SKEW:
                moment, timing = stated, Timing.STATED
        elif draft.clock:
            moment, timing = datetime.combine(below.date(), draft.clock, CHINA), Timing.WORKED_OUT
            if moment > below + SKEW:
                moment -= timedelta(days=1)
        below = moment
        yield draft, moment, timing


def _message(draft: _Draft, moment: datetime, timing: Timing) -> Pasted | None:
    """Nothing for a name without words. Raises Unreadable for words too long to be stored."""
    text = _PICTURE.sub("[图片]", "\n".join(draft.lines).strip())
    if not text:
        return None
    if len(text) > TEXT_LIMIT:
        raise Unreadable(f"第 {draft.line} 行起的一条消息有 {len(text)} 字，一条最多 {TEXT_LIMIT} 字", draft.line)
    answer, quoted = text, None
    if quote := _QUOTE.match(text):
        answer = _RULE.sub("", text[quote.end() :], count=1).strip()
    elif quote := _NEW_QUOTE.search(text):
        answer = text[: quote.start()].strip()
    if quote and answer:  # else the quote is all there is, and it is what was said
        quoted = (quote["name"].strip(), quote["words"].strip())
    return Pasted(draft.line, draft.name, answer or text, moment, timing, quoted)
