"""What an officer copied out of WeChat, on a computer or a phone, read as messages: who, when, what, in answer to what.

Pure. Most counties' groups have no machine interface, so this is how a message gets in: select, copy, paste. WeChat copies
in several shapes; all are understood here:

    张三 2023/10/30 20:31:05        张三:                       ————— 2023-10-30 —————
    变压器冒烟了                     变压器冒烟了
                                                                张三  20:31
    李四 昨天 20:33                  李四:
    「张三：变压器冒烟了」            收到                        变压器冒烟了
    - - - - - - - - - - -
    收到，马上去

A time without a date is the last one that fits: not after now, not after the message below it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from shared.clock import CHINA

TEXT_LIMIT = 100_000
MESSAGES_LIMIT = 500
NAME_LIMIT = 40

_WEEKDAYS = {day: n for n, days in enumerate(("一", "二", "三", "四", "五", "六", "日天")) for day in days}
_DAY = (
    r"(?:(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"|(?P<month2>\d{1,2})[-/月](?P<day2>\d{1,2})日?|(?P<near>今天|昨天|前天)|(?:星期|周)(?P<weekday>[一二三四五六日天]))"
)
_HOUR = r"(?P<part>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|AM|PM|am|pm)? ?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_WHEN = rf"(?:{_DAY}[ ,，]*(?:{_HOUR})?|{_HOUR.replace('?P<', '?P<only_')})"
_HEADER = re.compile(rf"(?P<name>\S(?:.{{0,{NAME_LIMIT - 1}}}?\S)?)[ \u3000\t]+{_WHEN}")
_BARE_HEADER = re.compile(rf"(?P<name>[^\s:：「]{{1,{NAME_LIMIT}}})[:：]")
_SEPARATOR = re.compile(rf"[—\-─= ]*{_WHEN}[—\-─= ]*")
_RULE = re.compile(r"(?:- ?){5,}|[—─]{5,}")
_QUOTE = re.compile(r"「(?P<name>[^：:」]{1,40})[：:](?P<words>.*?)」", re.DOTALL)
_NEW_QUOTE = re.compile(r"引用 ?(?P<name>.{1,40}?) ?的消息 ?[:：] ?(?P<words>.*)")
_SYSTEM = re.compile(r".{0,60}(?:撤回了一条消息|加入了?群聊|移出了?群聊|修改群名为.*|拍了拍.*|以下为新消息|以上是打招呼的内容)")
_NOON = {"下午", "傍晚", "晚上", "PM", "pm"}


@dataclass(frozen=True, slots=True)
class Pasted:
    """One message as it was read. `sender` and `message_id` are filled by `resolve`."""

    name: str
    text: str
    sent_at: datetime | None
    exact: bool
    """whether the copy told the day; else it was worked out"""
    quoted: tuple[str, str] | None = None
    """whose message this answers, and how it begins"""
    sender: str = ""
    message_id: str = ""
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """All that was read, and the lines that were no message."""

    messages: tuple[Pasted, ...]
    left_out: tuple[str, ...]


class Unreadable(ValueError):
    """A text in which nobody speaks."""


@dataclass(slots=True)
class _Draft:
    name: str
    day: date | None
    clock: time | None
    lines: list[str]


def read(text: str, now: datetime) -> Page:
    """Reads a copied text. `now` is when it was copied (any zone). Raises Unreadable with what is expected."""
    drafts, left_out = _drafts(text.replace("\r\n", "\n").lstrip("\ufeff"), now.astimezone(CHINA))
    if not drafts:
        raise Unreadable("没有读出任何消息：每条消息前应有一行“姓名 时间”或“姓名:”")
    if len(drafts) > MESSAGES_LIMIT:
        raise Unreadable(f"一次最多 {MESSAGES_LIMIT} 条消息，这里有 {len(drafts)} 条")
    dated = reversed(list(_dated(drafts, now.astimezone(CHINA))))
    messages = [_message(draft, moment) for draft, moment in dated]
    return Page(tuple(m for m in messages if m.text), tuple(left_out))


def resolve(page: Page, group: str, members: Mapping[str, Sequence[str]]) -> Page:
    """Fills sender, id and quote. `members`: real name → senders of this group who bear it.

    A name nobody bears becomes a sender of its own, so that nothing is lost; two who share a name are one until told apart.
    The id is made of what was said, by whom and when: pasting the same lines again makes no second message.
    """
    seen: Counter[str] = Counter()
    done: list[Pasted] = []
    for message in page.messages:
        moment = message.sent_at.isoformat() if message.sent_at and message.exact else ""
        key = "\n".join((group, message.name, moment, message.text))
        seen[key] += 1
        digest = hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:32]
        sender = sender_of(message.name, members)
        done.append(replace(message, sender=sender, message_id=f"paste-{digest}", reply_to=_quoted(message, done)))
    return Page(tuple(done), page.left_out)


def sender_of(name: str, members: Mapping[str, Sequence[str]]) -> str:
    """Who a shown name is: the one who bears it, or the only one whose name is part of it (“前路村-张三”)."""
    if found := members.get(name):
        return found[0]
    within = [senders[0] for real, senders in members.items() if len(real) > 1 and real in name]
    return within[0] if len(within) == 1 else f"name:{name}"


def _drafts(text: str, now: datetime) -> tuple[list[_Draft], list[str]]:
    drafts: list[_Draft] = []
    left_out: list[str] = []
    day: date | None = None
    clock: time | None = None
    for line in text.split("\n"):
        words = line.strip()
        if separator := _SEPARATOR.fullmatch(words):
            day, clock = _day(separator, now), _clock(separator)
        elif _SYSTEM.fullmatch(words):
            left_out.append(words)
        elif header := _HEADER.fullmatch(words):
            drafts.append(_Draft(header["name"].rstrip(":："), _day(header, now) or day, _clock(header) or clock, []))
        elif bare := _BARE_HEADER.fullmatch(words):
            drafts.append(_Draft(bare["name"], day, clock, []))
        elif drafts:
            drafts[-1].lines.append(line.rstrip())
        elif words:
            left_out.append(words)
    return drafts, left_out


def _day(found: re.Match[str], now: datetime) -> date | None:
    said = found.groupdict()
    today = now.date()
    try:
        if said["year"]:
            return date(int(said["year"]), int(said["month"]), int(said["day"]))
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
    hour, part = int(said[f"{prefix}hour"]), said[f"{prefix}part"]
    if (part in _NOON and hour < 12) or (part == "中午" and hour < 3):
        hour += 12
    if part in ("凌晨", "AM", "am") and hour == 12:
        hour = 0
    minute, second = int(said[f"{prefix}minute"]), int(said[f"{prefix}second"] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _dated(drafts: Sequence[_Draft], now: datetime) -> Iterator[tuple[_Draft, tuple[datetime | None, bool]]]:
    """From the last to the first: each is not later than the one below it."""
    below = now
    for draft in reversed(drafts):
        moment: datetime | None = None
        if draft.clock and draft.day:
            moment = datetime.combine(draft.day, draft.clock, CHINA)
        elif draft.clock:
            moment = datetime.combine(below.date(), draft.clock, CHINA)
            if moment > below + timedelta(minutes=1):  # the clocks of two machines
                moment -= timedelta(days=1)
        below = moment or below
        yield draft, (moment, bool(draft.clock and draft.day))


def _message(draft: _Draft, when: tuple[datetime | None, bool]) -> Pasted:
    moment, exact = when
    text = "\n".join(draft.lines).strip()
    quoted = None
    if quote := _QUOTE.match(text):
        quoted = (quote["name"], quote["words"].strip())
        text = _RULE.sub("", text[quote.end() :], count=1).strip()
    elif quote := _NEW_QUOTE.search(text):
        quoted = (quote["name"], quote["words"].strip())
        text = text[: quote.start()].strip()
    return Pasted(draft.name, text, moment, exact, quoted)


def _quoted(message: Pasted, before: Sequence[Pasted]) -> str | None:
    """The newest earlier message of this page which is the one quoted."""
    if message.quoted is None:
        return None
    name, words = message.quoted
    start = words.rstrip("…. ")[:20]
    found = (m.message_id for m in reversed(before) if m.name == name and start and m.text.startswith(start))
    return next(found, None)
