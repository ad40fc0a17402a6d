"""Unquoted words of villagers that go on with something said before: a verdict, a reminder, "me too", the rest of a story.

People rarely quote. Who speaks and when tells more than the words: the reporter's next words after "修好了" are his verdict unless they
plainly are something else; what a neighbour says of himself a minute after a complaint confirms it; a short word of the reporter
whose appeal waits is about that appeal. So each of these is the reading to beat, and what speaks against it is looked for.
"""

from datetime import timedelta

from services.intake.reading import linking
from services.intake.reading.linking import Link
from services.intake.reading.model import Reading, Thread
from services.intake.reading.replies import satisfaction
from services.intake.reading.scene import OPENS_AT, Scene, addition, rather_asks, verdict, what_is_added
from services.intake.reading.signs import VillagerSigns
from services.intake.reading.subjects import clash, elsewhere, likeness, only_personal
from shared.events.intake import Kind

JUST_NOW = timedelta(minutes=15)
IN_ONE_BREATH = timedelta(minutes=6)
STILL_TALKED_OF = timedelta(days=5)
"""How long after the answer a neighbour's nameless words may be about it."""
TURNS_OUT = timedelta(days=14)
"""How long the reporter's own may: later the same trouble is a new appeal."""
SPELL = timedelta(hours=12)
"""Until then a complaint that was the last thing said in the group is what the next words lean on."""
REMARKS_BESIDE = 4
"""How many remarks back a complaint is still what the group talks about."""
SHORT = 24
A_STORY = 34
"""Who tells of trouble at this length, and names nothing that was named before, tells of his own."""
BRIEF_COMPLAINT = 14
LEAST, TOLD = 6, 30
"""Characters of a sentence that tells something without naming what it is about."""
BRIEF = 12
"""A longer complaint that neither says "again" nor names the same thing is a new one."""


def after_call_back(scene: Scene) -> Reading | None:
    """A short yes or no of the person an official has just asked."""
    for thread in scene.conversation.latest_threads():
        mine = thread.opened_by == scene.said.person and thread.asked_at is not None and not thread.sealed
        if not mine or scene.said.sent_at - (thread.asked_at or thread.last_at) > timedelta(hours=48):
            continue
        link = Link(thread, 0.85, "干部刚问过此人")
        if clash(scene.signs.subject, thread.subject) and scene.signs.grief >= OPENS_AT:
            continue
        if thread.answered:
            satisfied = satisfaction(scene, thread)
            if satisfied is None and (scene.signs.social or scene.signs.offer or scene.signs.howto):
                return None
            return verdict(link, satisfied, 0.85 if satisfied is not None else 0.6, "回答回访")
        if scene.signs.social or (scene.signs.acknowledged and scene.signs.thanks):
            return None
        fine = scene.signs.fixed and not scene.signs.still and scene.signs.grief < OPENS_AT
        return verdict(link, True, 0.7, "群众说问题已经好了") if fine else addition(scene, link, "答复询问")
    return None


def on_the_answer(scene: Scene) -> Reading | None:
    """Thanks, all-is-well or still-broken, without a quote."""
    signs = scene.signs
    glad = signs.glad and not signs.asks
    complaint = signs.grief >= OPENS_AT or (signs.still and (not signs.social or signs.again))
    if glad and (not complaint or (signs.fixed and not signs.still and not signs.requests)):
        if signs.small_talk and not (signs.fixed or signs.pleased):
            return None
        link = linking.answered(scene.said, signs.subject, scene.conversation, vague=True, glad=signs.fixed or signs.pleased)
        return verdict(link, True, 0.8, "对办理结果表示满意") if link else _reporters_word(scene)
    if not complaint:
        return _reporters_word(scene)
    link = linking.answered(
        scene.said,
        signs.subject,
        scene.conversation,
        vague=signs.still or signs.again,
        glad=False,
        again=signs.again or signs.grudging,
        home=signs.home,
    )
    if link is None:
        return _reporters_word(scene)
    own = link.thread.opened_by == scene.said.person
    if own and _waits_for_it(scene, link.thread):
        return None
    if own or signs.still:
        return verdict(link, False, 0.75, "办理后问题仍在或不满意")
    return None


def _reporters_word(scene: Scene) -> Reading | None:
    """What the reporter says within a day of the answer, about nothing else, is said of the answer."""
    said, signs = scene.said, scene.signs
    if (
        signs.me_too
        or signs.social
        or signs.offer
        or signs.another
        or signs.acknowledged
        or signs.howto
        or (signs.asks and not signs.troubles)
    ):
        return None
    for thread in scene.conversation.latest_threads():
        at = thread.status_at or thread.last_at
        mine = thread.opened_by == said.person and thread.answered and not thread.sealed
        if not mine or said.sent_at - at > linking.DAY:
            continue
        apart = signs.subject.matters and likeness(signs.subject, thread.subject) < 0.2 and not signs.again
        if _waits_for_it(scene, thread) or clash(signs.subject, thread.subject) or (apart and signs.grief >= 2 * OPENS_AT):
            return None
        satisfied = not (signs.grief >= 1.0 or signs.still or signs.grudging)
        again = signs.still or signs.again or signs.grudging or likeness(signs.subject, thread.subject) >= 0.2
        if not satisfied and not again and signs.length > BRIEF:
            return None
        return verdict(Link(thread, 0.7, "反映人在办结后的第一句话"), satisfied, 0.65, "像是对办理结果的评价")
    return None


def on_what_was_answered(scene: Scene) -> Reading | None:
    """Nameless words while the group's last word was about an answered appeal, or of its reporter a week later: how it turned out."""
    said, signs = scene.said, scene.signs
    if signs.social or signs.offer or signs.another or signs.acknowledged or signs.howto or signs.me_too or signs.asks:
        return None
    if signs.requests or signs.perils or not LEAST <= signs.length <= TOLD:
        return None
    newest = scene.conversation.latest()
    for thread in scene.conversation.latest_threads():
        age, own = said.sent_at - (thread.status_at or thread.last_at), thread.opened_by == said.person
        if not thread.answered or thread.sealed or age > (TURNS_OUT if own else STILL_TALKED_OF):
            continue
        same = likeness(signs.subject, thread.subject) >= linking.SAME if signs.subject.matters else True
        lasting = own and (signs.still or signs.again or signs.grudging or signs.grief >= OPENS_AT)
        talked_of = newest is not None and newest.appeal == thread.appeal and not signs.subject.matters
        if same and ((talked_of and signs.grief < 2 * OPENS_AT) or lasting) and not _waits_for_it(scene, thread):
            bad = signs.still or signs.grudging or signs.grief >= 1.0
            satisfied = False if bad else True if signs.glad else None
            return verdict(Link(thread, 0.6, "群里刚说到这件已答复的事"), satisfied, 0.6, "像是对办理结果的评价")
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


def adds(scene: Scene) -> Reading | None:
    """Me too, a reminder, the same trouble stated again, the rest of a sentence begun a minute ago."""
    said, signs = scene.said, scene.signs
    asks_only = signs.howto and rather_asks(signs)
    if signs.grief >= OPENS_AT and (signs.troubles or signs.requests):
        link = linking.repeated(said, signs.subject, scene.conversation, me_too=signs.me_too)
        if link and not asks_only:
            return addition(scene, link, "再次反映同一问题")
    if (signs.thanks and signs.grief < OPENS_AT) or signs.offer:
        return None
    hints = signs.me_too or signs.urges or (signs.still and not signs.howto)
    if (hints and not signs.social) or (signs.me_too and not signs.neighbourly and signs.grief >= OPENS_AT):
        link = linking.follow_up(said, signs.subject, scene.conversation, me_too=signs.me_too, urges=signs.urges or signs.still)
        if link and not asks_only and not _a_story_of_its_own(scene, link.thread):
            return addition(scene, link, what_is_added(signs))
    if signs.small_talk or signs.lost or (signs.neighbourly and not signs.me_too) or signs.another or signs.acknowledged:
        return None
    if link := _own_story(scene) or _beside(scene):
        return addition(scene, link, "补充情况" if link.thread.opened_by == said.person else "证实或有同样情况")
    return None


def _own_story(scene: Scene) -> Link | None:
    """The reporter goes on: at once with anything, later with what asks, complains or answers and names no other matter."""
    said, signs = scene.said, scene.signs
    for thread in scene.conversation.latest_threads():
        if thread.opened_by != said.person or not thread.waiting or thread.sealed:
            continue
        age = said.sent_at - thread.last_at
        where_only = age <= JUST_NOW and signs.detail and not (signs.troubles or signs.asks)
        if clash(signs.subject, thread.subject) and not where_only:
            continue
        tells = signs.detail or signs.requests or signs.asks or signs.grief >= 1.0 or signs.length >= 6
        if age <= JUST_NOW and tells:
            return Link(thread, 0.75, "接着刚才自己反映的话")
        same = (not signs.subject.matters and not _elsewhere_talk(scene)) or likeness(signs.subject, thread.subject) >= 0.2
        presses = signs.asks or signs.grief >= 1.0 or signs.lacks or signs.again
        within = linking.SUPPLEMENT_WINDOW if presses else linking.DAY
        if age <= within and same and 4 <= signs.length <= SHORT and not (signs.polite or signs.own_things):
            return Link(thread, 0.65, "反映人在等待办理时的话")
    return None


def _elsewhere_talk(scene: Scene) -> bool:
    """The group is just now busy with an offer or with small talk, and these words may belong there."""
    newest = scene.conversation.latest()
    busy = newest is not None and newest.appeal is None and newest.kind in (Kind.OFFER, Kind.CHATTER)
    return busy and newest is not None and scene.said.sent_at - newest.sent_at <= JUST_NOW


def _beside(scene: Scene) -> Link | None:
    """What a neighbour says of the same thing, or of himself, while the group talks about a complaint just made."""
    said, signs = scene.said, scene.signs
    thread, newest = _talked_of(scene)
    if thread is None or signs.length < 3 or signs.howto or signs.polite:
        return None
    subject = signs.subject
    if (
        clash(subject, thread.subject)
        or (elsewhere(subject, thread.subject) and not signs.home)
        or _his_own_matter(signs, thread)
    ):
        return None
    if _a_story_of_its_own(scene, thread):
        return None
    if signs.grief >= OPENS_AT and not (
        signs.home or signs.anaphor or _leans(signs) or likeness(subject, thread.subject) >= 0.2
    ):
        return None
    nameless = newest and not subject.matters and not signs.asks and LEAST <= signs.length <= TOLD
    touches = (
        nameless
        or signs.hints
        or signs.grief >= 1.0
        or signs.lacks
        or signs.anaphor
        or likeness(subject, thread.subject) >= 0.15
    )
    in_one_breath = (
        newest and signs.first_person and said.sent_at - thread.last_at <= (IN_ONE_BREATH if signs.asks else JUST_NOW)
    )
    return Link(thread, 0.6, "紧接着邻居刚反映的事") if touches or signs.home or in_one_breath else None


def _talked_of(scene: Scene) -> tuple[Thread | None, bool]:
    """The waiting appeal the group talks about, and whether the very last remark was about it."""
    for place, remark in enumerate(scene.conversation.newest_first()[:REMARKS_BESIDE]):
        thread = scene.conversation.threads.get(remark.appeal) if remark.appeal else None
        if thread is None or not thread.waiting or thread.sealed:
            continue
        if scene.said.sent_at - thread.last_at <= (JUST_NOW if place else SPELL):
            return thread, place == 0
    return None, False


def _a_story_of_its_own(scene: Scene, thread: Thread) -> bool:
    """Somebody else tells at length of trouble that shares nothing with this one."""
    signs, own = scene.signs, scene.said.person == thread.opened_by
    long = signs.length > A_STORY and signs.grief >= OPENS_AT
    return long and not own and likeness(signs.subject, thread.subject) < 0.2


def _his_own_matter(signs: VillagerSigns, thread: Thread) -> bool:
    """Two people's papers are two cases: a neighbour's own matter, named, is his own."""
    return only_personal(signs.subject) or (only_personal(thread.subject) and bool(signs.subject.matters))


def _leans(signs: VillagerSigns) -> bool:
    """A complaint that asks for nothing and is short, or does not say of what, leans on the one just raised."""
    within = BRIEF_COMPLAINT if signs.subject.matters else TOLD
    return not (signs.requests or signs.another or signs.asks) and signs.length <= within
