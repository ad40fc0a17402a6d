"""A villager's words hung on something: on an appeal that waits, on one that was answered, on a notice, on an offer.

What was quoted gives the words their weight: "还没好" under an answer is dissatisfaction, under a promise a reminder; a question
under a notice wants an answer, under a neighbour's offer it is haggling.
"""

from datetime import timedelta

from services.intake.reading import linking
from services.intake.reading.conversation import Remark
from services.intake.reading.linking import Link
from services.intake.reading.model import CALLED_BACK, CLOSED, Reading, Thread
from services.intake.reading.scene import OPENS_AT, Scene, addition, chatter, opening, urgency, verdict, what_is_added
from services.intake.reading.signs import VillagerSigns
from services.intake.reading.subjects import clash
from services.intake.reading.tone import AGREES, NO, YES
from shared.events.intake import Kind

CLOSED_FOR_GOOD = timedelta(days=30)


def to_thread(scene: Scene, link: Link) -> Reading | None:
    """Words that name the appeal they are about; None when they hang a different trouble on it."""
    thread, signs = link.thread, scene.signs
    if _something_else(scene, thread):
        return None
    if not thread.answered:
        return _to_waiting(scene, link)
    if signs.acknowledged and thread.status != CALLED_BACK:
        if signs.thanks:
            return verdict(link, True, 0.8, "对办理结果表示感谢")
        return chatter(0.8, "只是表示知道了")
    long_over = thread.status == CLOSED and scene.said.sent_at - thread.last_at > CLOSED_FOR_GOOD
    satisfied = satisfaction(scene, thread)
    if satisfied is not None and not (long_over and satisfied is False):
        return verdict(link, satisfied, 0.85, "对办理结果满意" if satisfied else "办理后问题仍在或不满意")
    if long_over and signs.grief >= OPENS_AT:
        return opening(scene)
    if signs.lukewarm:
        return verdict(link, None, 0.6, "评价不明确")
    if signs.social and signs.grief < OPENS_AT:
        return chatter(0.6, "办结后的闲谈")
    if signs.asks or signs.requests or signs.troubles:
        return addition(scene, link, "办结后追问或补充")
    if signs.length >= 4 and (_by_official(scene) or scene.said.person == thread.opened_by):
        return verdict(link, True, 0.6, "回应办理结果,没有不满")
    return chatter(0.5, "办结后的闲谈")


def _something_else(scene: Scene, thread: Thread) -> bool:
    """A message hung on an old one, about a clearly different trouble."""
    signs = scene.signs
    if not clash(signs.subject, thread.subject) or (signs.grief < 2.0 and signs.wondering < 3.0):
        return False
    if not (signs.troubles or signs.another or signs.howto):
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
        return verdict(link, True, 0.7, "群众说问题已经好了")
    answers = thread.asked_at is not None and scene.said.person == thread.opened_by
    if signs.acknowledged and not answers:
        if signs.me_too and not signs.thanks and scene.body[:1] in "对嗯" and not _by_official(scene):
            return addition(scene, link, "证实所反映的情况")
        return chatter(0.85, "只是表示知道了")
    if AGREES.match(scene.body) and not answers and not (signs.asks or signs.troubles or signs.still):
        return chatter(0.7, "只是应答")
    bare = signs.grief < OPENS_AT and not (signs.asks or signs.detail or signs.me_too or signs.still or signs.urges)
    if bare and not answers and (signs.thanks or signs.small_talk or signs.neighbourly):
        return chatter(0.75, "客套,没有新的内容")
    if bare and not answers and signs.length <= 3:
        return chatter(0.6, "没有新的内容")
    return addition(scene, link, "答复询问" if answers else what_is_added(signs))


def _by_official(scene: Scene) -> bool:
    return scene.quoted is not None and scene.quoted.official


def satisfaction(scene: Scene, thread: Thread) -> bool | None:
    """What a villager's words after an answer say of it; None when they do not tell."""
    signs, body = scene.signs, scene.body
    asked = thread.status == CALLED_BACK or thread.asked_at is not None
    if asked and NO.match(body):
        return False
    if asked and YES.match(body) and not signs.grudging:
        return True
    glad = signs.glad
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


def to_notice(scene: Scene, quoted: Remark) -> Reading:
    """Words under a notice or an offer: orders and thanks are chatter, questions and doubts want an answer."""
    signs = scene.signs
    if quoted.kind is Kind.OFFER and not quoted.official:
        if signs.grief >= 3.0 and not signs.neighbourly:
            return opening(scene)
        return chatter(0.8, "买卖双方的对话")
    if signs.acknowledged or signs.lost:
        return chatter(0.9, "只是表示知道了")
    informs = quoted.notice in ("job", "enrichment", "policy")
    if informs and signs.asks and not (signs.why or signs.requests or "不公" in signs.troubles):
        return Reading(Kind.ENQUIRY, questions_notice=True, confidence=0.8, reasons=("就公开的事项提问",))
    if unfair(signs) or signs.grief >= 2.5:
        reading = opening(scene, notice=True)
        asks_only = signs.howto and "不公" not in signs.troubles
        return reading if reading.kind is Kind.APPEAL or asks_only else _as_appeal(scene)
    if signs.asks or signs.howto:
        if signs.small_talk and not signs.offices:
            return chatter(0.6, "闲谈")
        return Reading(Kind.ENQUIRY, questions_notice=True, confidence=0.8, reasons=("就公开的事项提问",))
    if signs.grief >= OPENS_AT and not signs.thanks:
        return _as_appeal(scene)
    return chatter(0.7, "通知下的应答")


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
        reasons=("对公开的事项提出疑问", *urgency(peril)),
    )
