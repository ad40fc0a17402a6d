"""What else an unsure message may be, for the person who is asked. Weighed by the same signs the rules decide by.

Worked out for the few messages that go to a person only: it searches the words a second time.
"""

from collections.abc import Iterator
from dataclasses import replace

from services.intake.reading import linking, officials
from services.intake.reading.conversation import Conversation
from services.intake.reading.model import Reading, Said, Thread
from services.intake.reading.signs import OfficialSigns, VillagerSigns, official_signs, villager_signs
from services.intake.reading.subjects import Subject, clash, likeness
from services.intake.reading.wording import Wording, wording
from shared.events.intake import Alternative, Kind

SHOWN = 5
WORTH_SAYING = 0.05
THREADS = 3
"""of how many appeals the group is asked about at most"""
FULL_GRIEF = 5.0
FULL_WONDER = 6.0
"""the strengths of a complaint and of a question that leave little doubt, as `VillagerSigns` counts them"""


def with_doubts(said: Said, conversation: Conversation, reading: Reading) -> Reading:
    """The reading with the likeliest others, best first; what was thought of before comes first."""
    words = wording(said.text)
    found = _officials(said, words, conversation) if said.role.official else _villagers(said, words, conversation)
    likely = sorted((one for one in found if one.likely >= WORTH_SAYING), key=lambda one: -one.likely)
    others: dict[tuple[Kind, str | None], Alternative] = {}
    for one in (*reading.alternatives, *likely):
        if (one.kind, one.appeal) != (reading.kind, reading.appeal):
            others.setdefault((one.kind, one.appeal), one)
    return replace(reading, alternatives=tuple(others.values())[:SHOWN])


def _villagers(said: Said, words: Wording, conversation: Conversation) -> Iterator[Alternative]:
    signs = villager_signs(words)
    yield from _by_themselves(signs)
    for thread, fit in _threads(said, signs.subject, conversation):
        kind = Kind.FEEDBACK if thread.answered else Kind.SUPPLEMENT
        yield Alternative(kind=kind, appeal=thread.appeal, likely=fit, reason=_fits(thread))


def _by_themselves(signs: VillagerSigns) -> Iterator[Alternative]:
    grounds = "、".join((*signs.troubles, *signs.hints)[:3])
    yield Alternative(kind=Kind.APPEAL, likely=_share(signs.grief, FULL_GRIEF), reason=f"说到{grounds or '公共事务'}")
    yield Alternative(kind=Kind.ENQUIRY, likely=_share(signs.wondering, FULL_WONDER), reason="像是在询问")
    idle = 0.5 if signs.social or signs.acknowledged else 0.2
    yield Alternative(kind=Kind.CHATTER, likely=idle, reason="像是闲谈或应答")
    if signs.offer:
        yield Alternative(kind=Kind.OFFER, likely=0.5, reason="像是买卖、招工或赠送")


def _officials(said: Said, words: Wording, conversation: Conversation) -> Iterator[Alternative]:
    signs: OfficialSigns = official_signs(words)
    scene = officials.Scene(said, words, signs, conversation)
    for thread, fit in _threads(said, signs.subject, conversation):
        yield Alternative(kind=officials.action_of(scene, thread), appeal=thread.appeal, likely=fit, reason=_fits(thread))
    told = _share(signs.announces + scene.headed, 3.0)
    yield Alternative(kind=Kind.ANNOUNCEMENT, likely=told, reason="像是面向全群的通知")
    yield Alternative(kind=Kind.CHATTER, likely=0.4 if signs.greets else 0.2, reason="像是客套或闲谈")


def fitting(said: Said, conversation: Conversation) -> list[tuple[Thread, float]]:
    """The appeals this message may be about, with how well each fits (0–1), best first."""
    words = wording(said.text)
    subject = (official_signs(words) if said.role.official else villager_signs(words)).subject
    return _threads(said, subject, conversation)


def _threads(said: Said, subject: Subject, conversation: Conversation) -> list[tuple[Thread, float]]:
    found = []
    for thread in conversation.latest_threads():
        lately = said.sent_at - thread.last_at <= linking.FEEDBACK_WINDOW
        if lately and linking.visible(said, thread) and not clash(subject, thread.subject):
            own = said.person == thread.opened_by or said.person in thread.officials
            score = 1.5 * own + 2.0 * likeness(subject, thread.subject) + linking.freshness(said, thread.last_at, 24)
            found.append((thread, _share(score, 5.0)))
    return sorted(found, key=lambda fit: -fit[1])[:THREADS]


def _fits(thread: Thread) -> str:
    return f"可能与诉求 {thread.number} 有关" if thread.number else "可能与一件在办诉求有关"


def _share(strength: float, full: float) -> float:
    return round(min(0.9, max(0.0, strength / full)), 2)
