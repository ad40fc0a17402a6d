"""Reading an official: does he act on an appeal, on which, and how far has he come; or does he speak to everybody?

An action needs an appeal to act on. So the appeal is looked for first, for each action among those that can still take it:
a "收到" belongs to what nobody has taken on, "修好了" to what somebody is working on, "满意吗" to what was answered.
"""

from dataclasses import dataclass
from datetime import timedelta

from services.intake.reading import linking
from services.intake.reading.aspect import Aspect
from services.intake.reading.conversation import Conversation
from services.intake.reading.hints import DEMANDS
from services.intake.reading.linking import Link, freshness
from services.intake.reading.model import CALLED_BACK, CLOSED, OPEN, RESOLVED, Reading, Said, Thread
from services.intake.reading.officialese import COMPLETED
from services.intake.reading.signs import OfficialSigns, notice_kind, official_signs
from services.intake.reading.subjects import clash, likeness
from services.intake.reading.wording import Wording
from shared.events.intake import Kind, Role

ANNOUNCES_AT = 2
"""From so many marks of a notice on, words are for everybody, unless they plainly act on an appeal."""
AT_ONCE = timedelta(minutes=20)
"""What is "done" so soon after a complaint is a first step, unless it is said to be over."""
LATE = timedelta(hours=6)
"""Who first speaks to a complaint after so long tells how far it has come."""
LATELY = timedelta(hours=12)
"""What was said last in the group is what is spoken of, and a question of who worked on it is not yet one about the outcome."""
INFORMS_FROM = 14
"""An official's words of this length that act on nothing inform; shorter ones are talk."""

NAMES = {
    Kind.ACCEPT: "干部接手该诉求",
    Kind.PROGRESS: "干部说明办理进展",
    Kind.RESOLVE: "干部说明已办好或已答复",
    Kind.CALLBACK: "干部回访是否解决、是否满意",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything an official's message is judged by."""

    said: Said
    words: Wording
    signs: OfficialSigns
    conversation: Conversation

    @property
    def headed(self) -> bool:
        return self.words.body.startswith("【") or self.words.to_all

    @property
    def general(self) -> bool:
        """Said to the whole group, nobody in particular."""
        return self.headed or ((self.signs.to_everybody or self.signs.announces > 0) and not self.signs.to_one)


def read_official(said: Said, words: Wording, conversation: Conversation) -> Reading:
    """How an official's message is understood."""
    scene = Scene(said, words, official_signs(words), conversation)
    link = linking.named(said, words, conversation)
    if words.empty:
        return _wordless(scene, link)
    if link is not None:
        return _on_thread(scene, link)
    if said.reply_to is not None and conversation.quoted(said.reply_to) is not None:
        return _to_everybody(scene, quoting=True)
    if link := _meant(scene):
        return _on_thread(scene, link)
    return _to_everybody(scene)


def _wordless(scene: Scene, link: Link | None) -> Reading:
    """A picture hung on an appeal is evidence of work; a sticker is nothing."""
    if link is not None and scene.words.media and link.thread.waiting:
        return _action(scene, Kind.PROGRESS, link)
    return Reading(Kind.CHATTER, confidence=0.85, reasons=("只有表情或图片",))


def _on_thread(scene: Scene, link: Link) -> Reading:
    """What an official's words do to this appeal."""
    signs, thread = scene.signs, link.thread
    if thread.sealed and signs.denies:
        return Reading(Kind.CHATTER, confidence=0.6, reasons=("否认或争辩,不是办理",))
    if signs.greets and not (signs.done or signs.calls_back or signs.asks_back) and _only_polite(scene, thread):
        return Reading(Kind.CHATTER, confidence=0.8, reasons=("客套话",))
    if signs.length <= 1:
        return Reading(Kind.CHATTER, confidence=0.6, reasons=("没有内容",))
    return _action(scene, action_of(scene, thread), link)


def _only_polite(scene: Scene, thread: Thread) -> bool:
    return thread.answered or not (scene.signs.takes_on or scene.signs.found or scene.signs.plans)


def action_of(scene: Scene, thread: Thread) -> Kind:
    """Accept, progress, resolve or callback, given where the appeal stands."""
    signs = scene.signs
    if _calls_back(scene, thread):
        return Kind.CALLBACK
    if signs.done and not _half_way(signs, thread) and not _first_steps(scene, thread):
        return Kind.RESOLVE
    if _answers(signs, thread):
        return Kind.RESOLVE
    anew = thread.status == OPEN and signs.received and scene.said.person not in thread.officials
    if _so_far(scene, thread):
        return Kind.PROGRESS
    fresh = anew or (
        not thread.taken
        and (thread.status == OPEN or signs.received or (signs.course.opens_with_promise and not signs.answers))
    )
    if fresh and signs.takes_on and not (signs.found and not signs.received and signs.answers > 1):
        return Kind.PROGRESS if _mere_question(signs) else Kind.ACCEPT
    warns = Aspect.WARNING in signs.course and not signs.asks_back
    if not thread.taken and thread.status == OPEN and (warns or not (signs.asks_back or signs.found or signs.denies)):
        return Kind.ACCEPT  # the first official who speaks to an appeal answers for it
    return Kind.PROGRESS


def _calls_back(scene: Scene, thread: Thread) -> bool:
    """Asks whether it is well: any question does, once the appeal was answered."""
    signs = scene.signs
    if thread.answered:
        return signs.calls_back or (signs.questions and not signs.takes_on)
    if thread.taken and signs.asks_back and signs.questions and scene.said.person in thread.officials:
        return scene.said.sent_at - thread.last_at >= LATELY
    return signs.calls_back and thread.taken and (not signs.done or signs.questions)


def _mere_question(signs: OfficialSigns) -> bool:
    """Asks back without having taken it on: "在哪一段?"."""
    return signs.asks_back and signs.questions and not (signs.received or signs.passed_on)


def _so_far(scene: Scene, thread: Thread) -> bool:
    """Hours after a complaint the first word tells what was done so far, not what will be."""
    told, late = scene.signs.course, scene.said.sent_at - thread.opened_at >= LATE
    acted = Aspect.DEED in told or Aspect.STEP in told
    return thread.status == OPEN and late and acted and told.sum > -2.0 and not scene.signs.received


def _first_steps(scene: Scene, thread: Thread) -> bool:
    """Minutes after a complaint what was "done" is what one does first: called, sent, cordoned off. Unless it stands well now."""
    fresh = thread.kind is Kind.APPEAL and not thread.taken and scene.said.sent_at - thread.opened_at <= AT_ONCE
    settled = any(aspect in scene.signs.course for aspect in (Aspect.WELL, Aspect.HENCEFORTH, Aspect.RULE, Aspect.TERMS))
    settled = settled or bool(COMPLETED.search(scene.words.body))
    return fresh and not settled and not thread.questions_notice and not DEMANDS.search(thread.text)


def _half_way(signs: OfficialSigns, thread: Thread) -> bool:
    """Something is done and the rest is announced in the same breath."""
    return signs.asks_back and not signs.calls_back and thread.status == OPEN


def _answers(signs: OfficialSigns, thread: Thread) -> bool:
    """A question is resolved by an answer; so is a doubt about a notice."""
    if signs.asks_back or signs.calls_back:
        return False
    if thread.kind is Kind.ENQUIRY:
        if signs.answers >= (2 if signs.received or signs.going else 1):
            return not (signs.received and signs.going and signs.answers < 3)
        promises = signs.received or signs.passed_on or signs.promises or Aspect.AHEAD in signs.course
        return not promises and signs.length >= 4
    if thread.kind is Kind.APPEAL and DEMANDS.search(thread.text):
        return signs.length >= 8 and not (signs.plans or signs.takes_on or signs.admits or Aspect.ONGOING in signs.course)
    if thread.questions_notice and thread.kind is Kind.APPEAL:
        return (
            not signs.takes_on
            and not signs.plans
            and not signs.admits
            and (signs.answers >= 1 or signs.found or signs.length >= 14)
            and signs.length >= 8
        )
    return False


def _action(scene: Scene, kind: Kind, link: Link) -> Reading:
    return Reading(
        kind,
        appeal=link.thread.appeal,
        sealed=link.thread.sealed,
        confidence=round(0.35 + 0.6 * link.sure, 2),
        reasons=(NAMES[kind], link.reason),
    )


def _meant(scene: Scene) -> Link | None:
    """The appeal an official's unquoted words act on."""
    signs = scene.signs
    acts = (
        signs.takes_on
        or signs.done
        or signs.calls_back
        or signs.asks_back
        or signs.found
        or signs.answers > 0
        or signs.course.speaks
        or signs.questions
    )
    if not acts:
        return None
    headed = scene.headed
    need = 1.6
    if signs.announces >= ANNOUNCES_AT or headed:
        need = 3.4 if not headed else 3.8
        if not (signs.done or signs.found or signs.going):
            return None
    elif signs.announces == 1 and not signs.received:
        need = 2.0 if signs.done else 2.4
    elif signs.greets and not (signs.received or signs.done or signs.calls_back):
        need = 3.2
    if scene.general and not (signs.received or signs.done):
        need = max(need, 3.0)
    elif not (signs.takes_on or signs.done or signs.calls_back):
        need = max(need, 2.2)
    if signs.asks_back and signs.questions and not scene.general and (asked := _asked_after(scene)):
        return asked
    waiting = sum(thread.waiting for thread in scene.conversation.threads.values())
    return linking.best(
        scene.said,
        scene.conversation,
        lambda thread: _points(scene, thread, alone=waiting == 1),
        within=linking.ACTION_WINDOW,
        enough=need,
    )


def _asked_after(scene: Scene) -> Link | None:
    """Who worked on an appeal and days later asks somebody something asks how it turned out."""
    said = scene.said
    for thread in scene.conversation.latest_threads():
        worked = said.person in thread.officials and thread.taken and thread.status != CLOSED and linking.visible(said, thread)
        if worked and said.sent_at - thread.last_at >= LATELY and not clash(scene.signs.subject, thread.subject):
            return Link(thread, 0.6, "经办人过后问起")
    return None


def _points(scene: Scene, thread: Thread, *, alone: bool) -> float:
    """How well these words fit this appeal."""
    signs, said = scene.signs, scene.said
    if thread.status == CLOSED:
        return -1.0
    acts = signs.promises or signs.received or (signs.done and not signs.greets)
    alike = likeness(signs.subject, thread.subject)
    general = scene.general and not acts
    score = 3.0 * alike - (1.0 if general and alike < 0.15 else 0.0)
    if clash(signs.subject, thread.subject):
        busy_with_it = said.person in thread.officials and alone
        score -= 0.3 if busy_with_it else 0.9 if signs.takes_on or said.person in thread.officials else 1.8
    score += _stage_points(signs, thread)
    score += 1.2 * freshness(said, thread.last_at, 24) + 0.6 * freshness(said, thread.last_at, 2)
    if signs.takes_on and thread.status == OPEN and not thread.taken:
        score += 0.5
    if said.person in thread.officials and not general:
        score += 0.8 if not signs.received else 0.0
    if thread.waiting and not general and (signs.to_one or alone):
        score += 0.4
    if thread.asked_at is None and thread.status != OPEN and signs.received:
        score -= 0.6
    newest = scene.conversation.latest()
    if newest and newest.appeal == thread.appeal and said.sent_at - newest.sent_at <= LATELY and not scene.general:
        score += 0.6
    if thread.sealed:
        score -= 0.5 if said.role is Role.DISCIPLINE else 1.0
    return score


def _stage_points(signs: OfficialSigns, thread: Thread) -> float:
    """Does the appeal stand where these words would move it on?"""
    if signs.calls_back:
        return {RESOLVED: 1.8, CALLED_BACK: 0.9}.get(thread.status, 0.2)
    if thread.answered and signs.questions:
        return 1.2
    if thread.answered:
        return -0.8 if not signs.done else -0.3
    if signs.received:
        return 1.6 if thread.status == OPEN else 0.2
    if signs.done:
        return 1.0 if thread.status == OPEN else 1.4
    if thread.kind is Kind.ENQUIRY and signs.answers:
        return 1.4
    if signs.takes_on:
        return 1.5 if thread.status == OPEN else 0.8
    return 1.0 if thread.status == OPEN else 0.8


def _to_everybody(scene: Scene, *, quoting: bool = False) -> Reading:
    """A notice, news, a warning, or talk."""
    signs, words = scene.signs, scene.words
    notice = notice_kind(words.body)
    polite = signs.greets and signs.announces < ANNOUNCES_AT and notice is None
    if quoting and (signs.length < INFORMS_FROM or signs.announces == 0):
        return Reading(Kind.CHATTER, confidence=0.7, reasons=("对通知或闲谈的应答",))
    if signs.received and signs.length <= 12 and signs.announces == 0:
        return Reading(Kind.CHATTER, confidence=0.7, reasons=("应答,没有所办的诉求",))
    informs = signs.announces >= 1 or notice is not None or signs.length >= INFORMS_FROM
    if (polite and signs.length < 30) or not informs:
        return Reading(Kind.CHATTER, confidence=0.65, reasons=("问候或闲谈",))
    return Reading(
        Kind.ANNOUNCEMENT,
        notice=notice,
        confidence=0.6 + 0.08 * min(signs.announces, 4),
        reasons=("干部面向全群发布信息",),
    )
