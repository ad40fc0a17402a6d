"""Reading a villager: what he says is weighed against what he says it to.

The order is the order of care. First whether somebody is accused (sealed before anything else), then what was quoted: an
appeal, a notice, an offer, small talk. Only words aimed at nothing are read by themselves, and then an appeal about the
same trouble is looked for before a new one is opened.
"""

from dataclasses import dataclass
from datetime import timedelta

from services.intake.reading import linking
from services.intake.reading.conversation import Conversation, Remark
from services.intake.reading.linking import Link
from services.intake.reading.model import CALLED_BACK, CLOSED, Reading, Said, Thread
from services.intake.reading.signs import VillagerSigns, accused, notice_kind, villager_signs
from services.intake.reading.subjects import clash, likeness
from services.intake.reading.tone import AGREES, NO, YES
from services.intake.reading.wording import Wording
from shared.events.intake import Kind

OPENS_AT = 1.5
"""From this grief on words of a villager are an appeal: one trouble named, or a worry beside a public matter."""
ASKS_AT = 2.0
"""From this on a question is one to the county's offices: an office named beside a question, or a question of procedure."""
JUST_NOW = timedelta(minutes=15)
MOMENTS = timedelta(minutes=10)
NOTICE_WINDOW = timedelta(hours=72)
CLOSED_FOR_GOOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a villager's message is judged by."""

    said: Said
    words: Wording
    signs: VillagerSigns
    conversation: Conversation
    link: Link | None
    quoted: Remark | None

    @property
    def body(self) -> str:
        return self.words.body


def read_villager(said: Said, words: Wording, conversation: Conversation) -> Reading:
    """How a villager's (or an unknown sender's) message is understood."""
    scene = Scene(
        said=said,
        words=words,
        signs=villager_signs(words),
        conversation=conversation,
        link=linking.named(said, words, conversation),
        quoted=conversation.quoted(said.reply_to),
    )
    if words.empty:
        return _wordless(scene)
    if how := accused(scene.body):
        return _report(scene, how)
    if scene.link is not None:
        return _to_thread(scene, scene.link)
    if scene.quoted is not None and scene.quoted.kind in (Kind.ANNOUNCEMENT, Kind.OFFER):
        return _to_notice(scene, scene.quoted)
    if scene.signs.offer and _is_offer(scene.signs):
        return Reading(Kind.OFFER, notice=_offer_kind(scene.body), confidence=0.8, reasons=("在出售、出租、招工或赠送",))
    return _aimless(scene)


def _is_offer(signs: VillagerSigns) -> bool:
    return signs.grief < 3.0 and not signs.howto and not (signs.requests and signs.grief >= OPENS_AT)


def _offer_kind(body: str) -> str:
    return "job" if notice_kind(body) == "job" else "enrichment"


def _chatter(confidence: float, reason: str) -> Reading:
    return Reading(Kind.CHATTER, confidence=confidence, reasons=(reason,))


def _wordless(scene: Scene) -> Reading:
    """Pictures, stickers, emoji: they speak only through what they are hung on."""
    if scene.link is not None:
        thread = scene.link.thread
        if scene.words.cheers and thread.answered and scene.said.person == thread.opened_by:
            return _verdict(scene.link, True, 0.75, "反映人对办结的消息点赞")
        if scene.words.media and thread.waiting:
            return _addition(scene, scene.link, "引用诉求发来图片")
        return _chatter(0.8, "只有表情或图片")
    if scene.words.media:
        for thread in scene.conversation.latest_threads():
            recent = scene.said.sent_at - thread.last_at <= MOMENTS
            if recent and thread.waiting and scene.said.person in thread.voices and not thread.sealed:
                return _addition(scene, Link(thread, 0.8, "刚反映过的人发来图片"), "补充图片")
    return _chatter(0.85, "只有表情或图片")


def _report(scene: Scene, how: str) -> Reading:
    """An accusation: sealed, and joined to a sealed one only by quote or by the same person going on."""
    urgent = bool(scene.signs.perils)
    if scene.link is not None and scene.link.thread.sealed:
        return _addition(scene, scene.link, how)
    for thread in scene.conversation.latest_threads():
        lately = scene.said.sent_at - thread.last_at <= linking.SUPPLEMENT_WINDOW
        if thread.sealed and thread.waiting and thread.opened_by == scene.said.person and lately:
            alike = likeness(scene.signs.subject, thread.subject)
            if alike >= linking.SAME or scene.said.sent_at - thread.last_at <= JUST_NOW:
                return _addition(scene, Link(thread, 0.75, "同一人继续反映"), how)
    about_notice = scene.quoted is not None and scene.quoted.kind is Kind.ANNOUNCEMENT
    return Reading(
        Kind.REPORT,
        urgent=urgent,
        sealed=True,
        questions_notice=about_notice,
        confidence=0.8,
        reasons=(how, "涉及公职人员,宁可先密封"),
    )


def _to_thread(scene: Scene, link: Link) -> Reading:
    """Words that name the appeal they are about."""
    thread, signs = link.thread, scene.signs
    if _something_else(scene, thread):
        return _aimless(scene, elsewhere=True)
    if not thread.answered:
        return _to_waiting(scene, link)
    if signs.acknowledged and thread.status != CALLED_BACK:
        if signs.thanks:
            return _verdict(link, True, 0.8, "对办理结果表示感谢")
        return _chatter(0.8, "只是表示知道了")
    long_over = thread.status == CLOSED and scene.said.sent_at - thread.last_at > CLOSED_FOR_GOOD
    satisfied = _satisfied(scene, thread)
    if satisfied is not None and not (long_over and satisfied is False):
        return _verdict(link, satisfied, 0.85, "对办理结果满意" if satisfied else "办理后问题仍在或不满意")
    if long_over and signs.grief >= OPENS_AT:
        return _opening(scene)
    if signs.lukewarm:
        return _verdict(link, None, 0.6, "评价不明确")
    if signs.social and signs.grief < OPENS_AT:
        return _chatter(0.6, "办结后的闲谈")
    if signs.asks or signs.requests or signs.troubles:
        return _addition(scene, link, "办结后追问或补充")
    if signs.length >= 4 and (_by_official(scene) or scene.said.person == thread.opened_by):
        return _verdict(link, True, 0.6, "回应办理结果,没有不满")
    return _chatter(0.5, "办结后的闲谈")


def _something_else(scene: Scene, thread: Thread) -> bool:
    """A message hung on an old one, about a clearly different trouble."""
    signs = scene.signs
    if not clash(signs.subject, thread.subject) or (signs.grief < 2.0 and signs.wondering < 3.0):
        return False
    if signs.another or scene.said.sent_at - thread.last_at > linking.QUOTE_WINDOW:
        return True
    own = scene.said.person == thread.opened_by
    if signs.me_too and thread.waiting:
        return False
    if own and (signs.again or signs.fixed or signs.grudging):
        return False
    if own and thread.waiting:
        return signs.grief >= 3.5
    return not signs.again or bool(signs.troubles)


def _to_waiting(scene: Scene, link: Link) -> Reading:
    """Words on an appeal that still waits for somebody."""
    thread, signs = link.thread, scene.signs
    if signs.fixed and not signs.still and not signs.grudging and not signs.asks and signs.grief < OPENS_AT:
        return _verdict(link, True, 0.7, "群众说问题已经好了")
    answers = thread.asked_at is not None and scene.said.person == thread.opened_by
    if signs.acknowledged and not answers:
        if signs.me_too and not signs.thanks and scene.body[:1] in "对嗯" and not _by_official(scene):
            return _addition(scene, link, "证实所反映的情况")
        return _chatter(0.85, "只是表示知道了")
    if AGREES.match(scene.body) and not answers and not (signs.asks or signs.troubles or signs.still):
        return _chatter(0.7, "只是应答")
    bare = signs.grief < OPENS_AT and not (signs.asks or signs.detail or signs.me_too or signs.still or signs.urges)
    if bare and not answers and (signs.thanks or signs.small_talk or signs.neighbourly):
        return _chatter(0.75, "客套,没有新的内容")
    if bare and not answers and signs.length <= 3:
        return _chatter(0.6, "没有新的内容")
    return _addition(scene, link, "答复询问" if answers else _what_is_added(signs))


def _by_official(scene: Scene) -> bool:
    return scene.quoted is not None and scene.quoted.official


def _what_is_added(signs: VillagerSigns) -> str:
    if signs.me_too:
        return "证实或有同样情况"
    if signs.still or signs.urges:
        return "催问办理情况"
    return "补充情况"


def _satisfied(scene: Scene, thread: Thread) -> bool | None:
    """What a villager's words after an answer say of it; None when they do not tell."""
    signs, body = scene.signs, scene.body
    asked = thread.status == CALLED_BACK or thread.asked_at is not None
    if asked and NO.match(body):
        return False
    if asked and YES.match(body) and not signs.grudging:
        return True
    glad = signs.fixed or signs.thanks
    if signs.still and not (signs.fixed and not signs.grudging and not signs.troubles):
        return False
    if glad and signs.grudging and (signs.troubles or signs.still):
        return False
    if glad and len(signs.troubles) < 2 and not (signs.troubles and signs.requests):
        return None if signs.asks and signs.troubles else True
    if signs.lukewarm:
        return None
    if signs.grief >= OPENS_AT and not (signs.asks and not signs.troubles):
        return False
    return True if scene.words.cheers and not signs.asks else None


def _verdict(link: Link, satisfied: bool | None, confidence: float, reason: str) -> Reading:
    return Reading(
        Kind.FEEDBACK,
        appeal=link.thread.appeal,
        sealed=link.thread.sealed,
        satisfied=satisfied,
        reopens=satisfied is False and link.thread.answered,
        confidence=round(confidence * (0.5 + 0.5 * link.sure), 2),
        reasons=(reason, link.reason),
    )


def _addition(scene: Scene, link: Link, reason: str) -> Reading:
    peril = scene.signs.perils
    return Reading(
        Kind.SUPPLEMENT,
        appeal=link.thread.appeal,
        urgent=bool(peril),
        sealed=link.thread.sealed,
        confidence=round(0.4 + 0.5 * link.sure, 2),
        reasons=(reason, link.reason, *_urgency(peril)),
    )


def _urgency(peril: tuple[str, ...]) -> tuple[str, ...]:
    return (f"紧急:{'、'.join(peril[:3])}",) if peril else ()


def _opening(scene: Scene, *, notice: bool = False) -> Reading:
    """A new appeal or enquiry."""
    signs = scene.signs
    kind = Kind.ENQUIRY if _rather_asks(signs) else Kind.APPEAL
    peril = scene.signs.perils if kind is Kind.APPEAL else ()
    grounds = tuple(f"说到{name}" for name in signs.troubles[:3])
    if kind is Kind.ENQUIRY:
        grounds = ("询问办事、政策或信息",)
    elif signs.requests:
        grounds = (*grounds, "请求处理")
    margin = abs(signs.grief - signs.wondering)
    sure = 0.55 + 0.08 * min(max(signs.grief, signs.wondering), 4.0) + 0.03 * min(margin, 3.0)
    return Reading(
        kind,
        urgent=bool(peril),
        questions_notice=notice,
        confidence=round(min(0.95, sure), 2),
        reasons=(*grounds, *(("针对公开的事项",) if notice else ()), *_urgency(peril)) or ("像是一件诉求",),
    )


def _rather_asks(signs: VillagerSigns) -> bool:
    wonder = signs.wondering - (1.0 if signs.why and signs.troubles else 0.0)
    if signs.grief < OPENS_AT:
        return wonder >= 1.0
    return wonder > signs.grief


def _to_notice(scene: Scene, quoted: Remark) -> Reading:
    """Words under a notice or an offer: orders and thanks are chatter, questions and doubts want an answer."""
    signs = scene.signs
    if quoted.kind is Kind.OFFER and not quoted.official:
        if signs.grief >= 3.0 and not signs.neighbourly:
            return _opening(scene)
        return _chatter(0.8, "买卖双方的对话")
    if signs.acknowledged or signs.lost:
        return _chatter(0.9, "只是表示知道了")
    if unfair(signs) or signs.grief >= 2.5:
        reading = _opening(scene, notice=True)
        asks_only = signs.howto and "不公" not in signs.troubles
        return reading if reading.kind is Kind.APPEAL or asks_only else _as_appeal(scene)
    if signs.asks or signs.howto:
        if signs.small_talk and not signs.offices:
            return _chatter(0.6, "闲谈")
        return Reading(Kind.ENQUIRY, questions_notice=True, confidence=0.8, reasons=("就公开的事项提问",))
    if signs.grief >= OPENS_AT and not signs.thanks:
        return _as_appeal(scene)
    return _chatter(0.7, "通知下的应答")


def unfair(signs: VillagerSigns) -> bool:
    """Doubts the fairness of what was made public, rather than asking about it."""
    return "不公" in signs.troubles or ("缺少" in signs.troubles and (signs.why or signs.asks)) or signs.why


def _as_appeal(scene: Scene) -> Reading:
    peril = scene.signs.perils
    return Reading(
        Kind.APPEAL,
        urgent=bool(peril),
        questions_notice=True,
        confidence=0.75,
        reasons=("对公开的事项提出疑问", *_urgency(peril)),
    )


def _aimless(scene: Scene, *, elsewhere: bool = False) -> Reading:
    """Words aimed at nothing that was quoted: an old appeal is looked for before a new one is opened."""
    signs = scene.signs
    if signs.acknowledged and not (reading := _after_call_back(scene)):
        return _chatter(0.85, "只是应答")
    if not elsewhere:
        if reading := _after_call_back(scene) or _unquoted_verdict(scene):
            return reading
        if reading := _unquoted_addition(scene):
            return reading
    notice = _notice_meant(scene)
    if notice is not None:
        return _to_notice(scene, notice)
    talk = scene.quoted is not None and scene.quoted.kind is Kind.CHATTER and not scene.quoted.official
    if signs.grief >= OPENS_AT + (1.0 if talk else 0.0):
        return _opening(scene)
    if signs.wondering >= ASKS_AT + (1.0 if talk else 0.0):
        return _opening(scene)
    return _chatter(0.75 if signs.social else 0.6, "闲谈、问候或邻里对话")


def _after_call_back(scene: Scene) -> Reading | None:
    """A short yes or no of the person an official has just asked."""
    for thread in scene.conversation.latest_threads():
        mine = thread.opened_by == scene.said.person and thread.asked_at is not None and not thread.sealed
        if not mine or scene.said.sent_at - (thread.asked_at or thread.last_at) > timedelta(hours=48):
            continue
        link = Link(thread, 0.85, "干部刚问过此人")
        if clash(scene.signs.subject, thread.subject) and scene.signs.grief >= OPENS_AT:
            continue
        if thread.answered:
            satisfied = _satisfied(scene, thread)
            return None if satisfied is None else _verdict(link, satisfied, 0.85, "回答回访")
        if scene.signs.social or (scene.signs.acknowledged and scene.signs.thanks):
            return None
        fine = scene.signs.fixed and not scene.signs.still and scene.signs.grief < OPENS_AT
        return _verdict(link, True, 0.7, "群众说问题已经好了") if fine else _addition(scene, link, "答复询问")
    return None


def _unquoted_verdict(scene: Scene) -> Reading | None:
    """Thanks, all-is-well or still-broken, without a quote."""
    signs = scene.signs
    glad = (signs.thanks or signs.fixed) and not signs.asks
    complaint = signs.grief >= OPENS_AT or (signs.still and (not signs.social or signs.again))
    if glad and (not complaint or (signs.fixed and not signs.still and not signs.requests)):
        if signs.small_talk and not signs.fixed:
            return None
        link = linking.answered(scene.said, signs.subject, scene.conversation, vague=True, glad=signs.fixed)
        return _verdict(link, True, 0.8, "对办理结果表示满意") if link else None
    if not complaint:
        return None
    link = linking.answered(
        scene.said,
        signs.subject,
        scene.conversation,
        vague=signs.still or signs.again,
        glad=False,
        again=signs.again or signs.grudging,
    )
    if link is None:
        return None
    own = link.thread.opened_by == scene.said.person
    if own and _waits_for_it(scene, link.thread):
        return None
    if own or signs.still:
        return _verdict(link, False, 0.75, "办理后问题仍在或不满意")
    return None


def _waits_for_it(scene: Scene, answered: Thread) -> bool:
    """The same person has another appeal waiting that these words fit better."""
    mine = [
        thread
        for thread in scene.conversation.threads.values()
        if thread.waiting and thread.opened_by == scene.said.person and not thread.sealed
    ]
    subject = scene.signs.subject
    return any(likeness(subject, thread.subject) > likeness(subject, answered.subject) for thread in mine)


def _unquoted_addition(scene: Scene) -> Reading | None:
    """Me too, a reminder, the same trouble stated again, the rest of a sentence begun a minute ago."""
    said, signs = scene.said, scene.signs
    fresh = _just_spoke(scene)
    if signs.grief >= OPENS_AT and (signs.troubles or signs.requests):
        link = linking.repeated(said, signs.subject, scene.conversation, me_too=signs.me_too)
        if link and not (signs.howto and _rather_asks(signs)):
            return _addition(scene, link, "再次反映同一问题")
    if (signs.thanks and signs.grief < OPENS_AT) or signs.offer:
        return None
    hints = signs.me_too or signs.urges or (signs.still and not signs.howto) or _bare_fact(signs)
    if (hints and not signs.social) or (signs.me_too and not signs.neighbourly and signs.grief >= OPENS_AT):
        link = linking.follow_up(said, signs.subject, scene.conversation, me_too=signs.me_too)
        if link and not (signs.howto and _rather_asks(signs)):
            return _addition(scene, link, _what_is_added(signs))
    adds = signs.detail or signs.requests or signs.asks or signs.grief >= OPENS_AT or signs.length >= 6
    if adds and fresh is not None and not signs.social and not clash(signs.subject, fresh.subject):
        return _addition(scene, Link(fresh, 0.75, "接着刚才自己反映的话"), "补充情况")
    return None


def _bare_fact(signs: VillagerSigns) -> bool:
    """A short complaint that names no matter of its own leans on the one just raised."""
    return signs.grief >= OPENS_AT and not (signs.subject.matters or signs.requests or signs.another) and signs.length <= 14


def _just_spoke(scene: Scene) -> Thread | None:
    """The waiting appeal this person spoke in moments ago."""
    for thread in scene.conversation.latest_threads():
        recent = scene.said.sent_at - thread.last_at <= JUST_NOW
        if recent and thread.waiting and thread.opened_by == scene.said.person and not thread.sealed:
            return thread
    return None


_DEICTIC = ("公示", "名单", "通知", "公告", "群里发", "上面", "刚才发", "刚发", "这个", "这次", "这笔", "招聘", "表里", "里面")


def _notice_meant(scene: Scene) -> Remark | None:
    """The recent notice a question without a quote is clearly about."""
    signs = scene.signs
    if scene.said.reply_to is not None or not (signs.asks or unfair(signs)):
        return None
    points_at = any(word in scene.body for word in _DEICTIC)
    for place, remark in enumerate(scene.conversation.newest_first()):
        age = scene.said.sent_at - remark.sent_at
        if age > NOTICE_WINDOW or place > 60:
            return None
        if remark.kind is not Kind.ANNOUNCEMENT or clash(signs.subject, remark.subject):
            continue
        alike = likeness(signs.subject, remark.subject)
        next_to_it = place <= 2 and age <= timedelta(minutes=30) and not signs.social and not signs.troubles
        if (alike >= linking.SAME and (points_at or next_to_it)) or (points_at and alike >= 0.2) or next_to_it:
            return remark
    return None
