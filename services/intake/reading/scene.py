"""What a villager's message is judged by, and the readings it can come to."""

from dataclasses import dataclass

from services.intake.reading.conversation import Conversation, Remark
from services.intake.reading.linking import Link
from services.intake.reading.model import Reading, Said
from services.intake.reading.signs import VillagerSigns
from services.intake.reading.wording import Wording
from shared.events.intake import Kind

OPENS_AT = 1.5
"""From this grief on words of a villager are an appeal: one trouble named, or a worry beside a public matter."""


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


def chatter(confidence: float, reason: str) -> Reading:
    return Reading(Kind.CHATTER, confidence=confidence, reasons=(reason,))


def verdict(link: Link, satisfied: bool | None, confidence: float, reason: str) -> Reading:
    return Reading(
        Kind.FEEDBACK,
        appeal=link.thread.appeal,
        sealed=link.thread.sealed,
        satisfied=satisfied,
        reopens=satisfied is False and link.thread.answered,
        confidence=round(confidence * (0.5 + 0.5 * link.sure), 2),
        reasons=(reason, link.reason),
    )


def addition(scene: Scene, link: Link, reason: str) -> Reading:
    peril = scene.signs.perils
    return Reading(
        Kind.SUPPLEMENT,
        appeal=link.thread.appeal,
        urgent=bool(peril),
        sealed=link.thread.sealed,
        confidence=round(0.4 + 0.5 * link.sure, 2),
        reasons=(reason, link.reason, *urgency(peril)),
    )


def what_is_added(signs: VillagerSigns) -> str:
    if signs.me_too:
        return "证实或有同样情况"
    if signs.still or signs.urges:
        return "催问办理情况"
    return "补充情况"


def urgency(peril: tuple[str, ...]) -> tuple[str, ...]:
    return (f"紧急:{'、'.join(peril[:3])}",) if peril else ()


def opening(scene: Scene, *, notice: bool = False) -> Reading:
    """A new appeal or enquiry."""
    signs = scene.signs
    kind = Kind.ENQUIRY if rather_asks(signs) else Kind.APPEAL
    peril = scene.signs.perils if kind is Kind.APPEAL else ()
    grounds = tuple(f"说到{name}" for name in (*signs.troubles, *signs.hints)[:3])
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
        reasons=(*grounds, *(("针对公开的事项",) if notice else ()), *urgency(peril)) or ("像是一件诉求",),
    )


def rather_asks(signs: VillagerSigns) -> bool:
    wonder = signs.wondering - (1.0 if signs.why and (signs.troubles or signs.hints) else 0.0)
    if "问个究竟" in signs.hints and not signs.polite:
        wonder -= 2.5  # who demands to know has an answer in mind already
    if (signs.lacks or signs.troubles) and not (signs.howto or signs.polite or signs.polar or signs.offices):
        wonder -= 1.0  # a question mark alone: who is indignant asks too
    if signs.grief < OPENS_AT:
        return wonder >= 1.0
    return wonder > signs.grief
