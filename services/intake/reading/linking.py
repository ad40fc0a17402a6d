"""Which open appeal a message belongs to, when several stand in one group at once.

Every appeal that could be meant is given points, each for a reason that can be told: quoted, numbered, the same person,
the same subject, fresh, waiting for just this. The best wins if it is good enough; a sealed appeal is no candidate at all for
anybody who was not let in by a quote, so that nobody's chatter can be tied to it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.reading.conversation import Conversation
from services.intake.reading.model import Said, Thread
from services.intake.reading.subjects import Subject, clash, elsewhere, likeness, only_personal
from services.intake.reading.wording import Wording
from shared.events.intake import Kind, Role

NUMBER = re.compile(r"[A-Za-z]{1,8}-\d{8}-\d{1,6}")
SUPPLEMENT_WINDOW = timedelta(hours=72)
FEEDBACK_WINDOW = timedelta(days=7)
NEIGHBOUR_FEEDBACK_WINDOW = timedelta(hours=72)
ACTION_WINDOW = timedelta(days=30)
QUOTE_WINDOW = timedelta(days=45)
DAY = timedelta(hours=24)
SAME = 0.45
"""From this likeness on two texts are about the same trouble."""


@dataclass(frozen=True, slots=True)
class Link:
    """An appeal a message belongs to, how sure that is (0..1), and why."""

    thread: Thread
    sure: float
    reason: str


def named(said: Said, words: Wording, conversation: Conversation) -> Link | None:
    """The appeal a message names itself: by its number, by quoting, by quoting as pasted text."""
    if found := NUMBER.search(words.body):
        wanted = found.group().upper()
        for thread in conversation.threads.values():
            if thread.number.upper() == wanted:
                return Link(thread, 0.99, "写明了诉求编号")
    if hung := conversation.thread_of(said.reply_to):
        return Link(hung, 0.97, "引用了该诉求的消息")
    if words.quoted and said.reply_to is None:
        for remark in conversation.newest_first():
            meant = conversation.threads.get(remark.appeal) if remark.appeal else None
            if meant and len(remark.text) >= 2 and _same_words(remark.text, words.quoted):
                return Link(meant, 0.9, "粘贴引用了该诉求的消息")
    return None


def _same_words(remark: str, quoted: str) -> bool:
    short, long = sorted((remark.strip(" .…"), quoted.strip(" .…")), key=len)
    return bool(short) and (short == long or (len(short) >= 6 and short in long))


def visible(said: Said, thread: Thread) -> bool:
    """May an unquoted message of this person be tied to this appeal at all?"""
    if not thread.sealed:
        return True
    return said.role in (Role.DISCIPLINE, Role.INSPECTION)


def best(
    said: Said, conversation: Conversation, points: Callable[[Thread], float], *, within: timedelta, enough: float
) -> Link | None:
    """The visible thread with most points, if it has enough."""
    ranked: list[tuple[float, datetime, Thread]] = []
    for thread in conversation.threads.values():
        if visible(said, thread) and said.sent_at - thread.last_at <= within:
            ranked.append((points(thread), thread.last_at, thread))
    if not ranked:
        return None
    ranked.sort(key=lambda item: (item[0], item[1]), reverse=True)
    score, _, thread = ranked[0]
    if score < enough:
        return None
    lead = score - ranked[1][0] if len(ranked) > 1 else 2.0
    sure = min(0.9, 0.5 + 0.08 * score + 0.1 * min(lead, 2.0))
    return Link(thread, sure, _why(said, thread))


def _why(said: Said, thread: Thread) -> str:
    if said.person == thread.opened_by:
        return "是该诉求反映人本人的后续消息"
    if said.person in thread.officials:
        return "是该诉求经办人的后续消息"
    return "内容和时间与该诉求最相合"


def freshness(said: Said, at: datetime, hours: float) -> float:
    """1 for just now, falling to 0 after so many hours."""
    age = (said.sent_at - at).total_seconds() / 3600
    return max(0.0, 1.0 - age / hours)


def same_trouble(said: Said, subject: Subject, thread: Thread, *, me_too: bool) -> bool:
    """Is this the trouble that appeal is about, rather than another of its kind?"""
    if clash(subject, thread.subject) or likeness(subject, thread.subject) < SAME:
        return False
    if said.person == thread.opened_by or me_too:
        return True
    if only_personal(subject) or only_personal(thread.subject):
        return False
    return not elsewhere(subject, thread.subject)


def follow_up(said: Said, subject: Subject, conversation: Conversation, *, me_too: bool, urges: bool = False) -> Link | None:
    """The waiting appeal this villager's unquoted addition or reminder belongs to."""

    def points(thread: Thread) -> float:
        if not thread.waiting or clash(subject, thread.subject):
            return -1.0
        like = likeness(subject, thread.subject)
        own = said.person == thread.opened_by
        if not (own and urges) and said.sent_at - thread.last_at > SUPPLEMENT_WINDOW:
            return -1.0
        if subject.matters and thread.subject.matters and not same_trouble(said, subject, thread, me_too=me_too):
            return -1.0
        if elsewhere(subject, thread.subject) and not me_too and not own:
            return -1.0
        spoke = said.person in thread.voices
        if not own and only_personal(thread.subject) and not (me_too and subject.matters):
            return -1.0
        return 2.0 * own + 0.8 * (spoke and not own) + 3.0 * like + 1.2 * freshness(said, thread.last_at, 24)

    return best(said, conversation, points, within=ACTION_WINDOW, enough=1.0)


def answered(
    said: Said,
    subject: Subject,
    conversation: Conversation,
    *,
    vague: bool,
    glad: bool,
    again: bool = False,
    home: bool = False,
) -> Link | None:
    """The answered appeal this villager's unquoted verdict is about: his own, or a neighbour's of the same subject."""

    def points(thread: Thread) -> float:
        own = said.person == thread.opened_by
        at = thread.status_at or thread.last_at
        age = said.sent_at - at
        hard_upon = own and again and not glad and age <= DAY
        if not (thread.answered or glad) or (clash(subject, thread.subject) and not hard_upon):
            return -1.0
        if age > (FEEDBACK_WINDOW if own else NEIGHBOUR_FEEDBACK_WINDOW):
            return -1.0
        like = likeness(subject, thread.subject)
        if (subject.matters and like < SAME and not hard_upon) or (not subject.matters and not vague and like < 0.2):
            return -1.0
        if not own and not subject.matters:
            spoke = said.person in thread.voices
            lately = age <= (timedelta(hours=12) if spoke else timedelta(hours=2))
            if not (glad or home) or not lately or only_personal(thread.subject):
                return -1.0
        if not own and only_personal(thread.subject):
            return -1.0
        if not own and not thread.answered and like < SAME:
            return -1.0
        return 2.0 * own + 2.5 * like + 1.0 * thread.answered + 1.0 * freshness(said, at, 48)

    return best(said, conversation, points, within=FEEDBACK_WINDOW, enough=1.4)


def repeated(said: Said, subject: Subject, conversation: Conversation, *, me_too: bool) -> Link | None:
    """The waiting appeal about the very trouble this unquoted complaint states again."""

    def points(thread: Thread) -> float:
        if not thread.waiting or thread.sealed or thread.questions_notice:
            return -1.0
        if not same_trouble(said, subject, thread, me_too=me_too):
            return -1.0
        if thread.kind is Kind.ENQUIRY and said.person != thread.opened_by and not me_too:
            return -1.0
        return 1.0 + 2.0 * likeness(subject, thread.subject) + 1.0 * (said.person == thread.opened_by)

    return best(said, conversation, points, within=SUPPLEMENT_WINDOW, enough=1.5)
