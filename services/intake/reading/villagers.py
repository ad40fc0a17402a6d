"""Reading a villager: what he says is weighed against what he says it to.

The order is the order of care. First whether somebody is accused (sealed before anything else), then what was quoted: an
appeal, a notice, an offer, small talk. Only words aimed at nothing are read by themselves, and then an appeal about the
same trouble is looked for before a new one is opened.
"""

from datetime import timedelta

from services.intake.reading import going_on, linking
from services.intake.reading.conversation import Conversation, Remark
from services.intake.reading.linking import Link
from services.intake.reading.model import Reading, Said
from services.intake.reading.replies import to_notice, to_thread, unfair
from services.intake.reading.scene import OPENS_AT, Scene, addition, chatter, opening, verdict
from services.intake.reading.signs import VillagerSigns, accused, notice_kind, villager_signs
from services.intake.reading.subjects import clash, likeness
from services.intake.reading.wording import Wording
from shared.events.intake import Kind

ASKS_AT = 2.0
"""From this on a question is one to the county's offices: an office named beside a question, or a question of procedure."""
MOMENTS = timedelta(minutes=10)
NOTICE_WINDOW = timedelta(hours=72)
_DEICTIC = ("公示", "名单", "通知", "公告", "群里发", "上面", "刚才发", "刚发", "这个", "这次", "这笔", "招聘", "表里", "里面")
"""Words that point at something just posted."""


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
        hung = to_thread(scene, scene.link)
        return _aimless(scene, elsewhere=True) if hung is None else hung
    if scene.quoted is not None and scene.quoted.kind in (Kind.ANNOUNCEMENT, Kind.OFFER):
        return to_notice(scene, scene.quoted)
    if scene.signs.offer and _is_offer(scene.signs):
        return Reading(Kind.OFFER, notice=_offer_kind(scene.body), confidence=0.8, reasons=("在出售、出租、招工或赠送",))
    return _aimless(scene)


def _is_offer(signs: VillagerSigns) -> bool:
    return signs.grief < 3.0 and not signs.howto and not (signs.requests and signs.grief >= OPENS_AT)


def _offer_kind(body: str) -> str:
    return "job" if notice_kind(body) == "job" else "enrichment"


def _wordless(scene: Scene) -> Reading:
    """Pictures, stickers, emoji: they speak only through what they are hung on."""
    if scene.link is not None:
        thread = scene.link.thread
        if scene.words.cheers and thread.answered and scene.said.person == thread.opened_by:
            return verdict(scene.link, True, 0.75, "反映人对办结的消息点赞")
        if scene.words.media and thread.waiting:
            return addition(scene, scene.link, "引用诉求发来图片")
        return chatter(0.8, "只有表情或图片")
    if scene.words.media:
        for thread in scene.conversation.latest_threads():
            recent = scene.said.sent_at - thread.last_at <= MOMENTS
            if recent and thread.waiting and scene.said.person in thread.voices and not thread.sealed:
                return addition(scene, Link(thread, 0.8, "刚反映过的人发来图片"), "补充图片")
    return chatter(0.85, "只有表情或图片")


def _report(scene: Scene, how: str) -> Reading:
    """An accusation: sealed, and joined to a sealed one only by quote or by the same person going on."""
    urgent = bool(scene.signs.perils)
    if scene.link is not None and scene.link.thread.sealed:
        return addition(scene, scene.link, how)
    for thread in scene.conversation.latest_threads():
        lately = scene.said.sent_at - thread.last_at <= linking.SUPPLEMENT_WINDOW
        if thread.sealed and thread.waiting and thread.opened_by == scene.said.person and lately:
            alike = likeness(scene.signs.subject, thread.subject)
            if alike >= linking.SAME or scene.said.sent_at - thread.last_at <= going_on.JUST_NOW:
                return addition(scene, Link(thread, 0.75, "同一人继续反映"), how)
    about_notice = scene.quoted is not None and scene.quoted.kind is Kind.ANNOUNCEMENT
    return Reading(
        Kind.REPORT,
        urgent=urgent,
        sealed=True,
        questions_notice=about_notice,
        confidence=0.8,
        reasons=(how, "涉及公职人员,宁可先密封"),
    )


def _aimless(scene: Scene, *, elsewhere: bool = False) -> Reading:
    """Words aimed at nothing that was quoted: an old appeal is looked for before a new one is opened."""
    signs = scene.signs
    if signs.acknowledged and not going_on.after_call_back(scene):
        return chatter(0.85, "只是应答")
    if not elsewhere and (
        reading := going_on.after_call_back(scene)
        or going_on.on_the_answer(scene)
        or going_on.adds(scene)
        or going_on.on_what_was_answered(scene)
    ):
        return reading
    notice = _notice_meant(scene)
    if notice is not None:
        return to_notice(scene, notice)
    talk = scene.quoted is not None and scene.quoted.kind is Kind.CHATTER and not scene.quoted.official
    if signs.grief >= OPENS_AT + (1.0 if talk else 0.0):
        return opening(scene)
    if signs.wondering >= ASKS_AT + (1.0 if talk else 0.0):
        return opening(scene)
    return chatter(0.75 if signs.social else 0.6, "闲谈、问候或邻里对话")


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
