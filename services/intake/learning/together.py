"""How rules and model decide together. Pure.

The rules read every message and alone decide what is sealed: no model unseals. Of all else both are heard: the odds of the
rules' kind are those of the rules' confidence, weighed by how far they are trusted, times those of the model, and the likeliest
kind wins with that confidence. So a doubtful rule yields to a sure model, and two who agree are surer than one. What the rules would have numbered and the model would let pass is always looked at by a person.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.intake.learning.features import features
from services.intake.learning.model import Guess, Model
from services.intake.reading import Conversation, Reading, Said, Thread
from services.intake.reading.doubts import fitting
from services.intake.reading.model import CLOSED
from services.intake.reading.scene import urgency
from services.intake.reading.signs import dangers, notice_kind, villager_signs
from services.intake.reading.wording import wording
from shared.events.intake import BELONGING, OPENING, Alternative, Kind

LEAST = 1e-3
"""of a kind the model does not know"""
SUREST = 0.97
SILENCED = 0.5
"""The most that a reading is trusted which passes over what the rules would have numbered."""
FITS = 0.1
"""From here on an appeal fits a message well enough to be the one it is about: alive within half a day, if nothing else."""
LOOSE = 0.65
"""The most that a reading is trusted whose appeal was neither quoted nor found by the rules, but fits best."""
NAMES = {
    Kind.APPEAL: "诉求",
    Kind.ENQUIRY: "咨询",
    Kind.SUPPLEMENT: "补充",
    Kind.ACCEPT: "受理",
    Kind.PROGRESS: "进展",
    Kind.RESOLVE: "办结",
    Kind.CALLBACK: "回访",
    Kind.FEEDBACK: "评价",
    Kind.REPORT: "举报",
    Kind.ANNOUNCEMENT: "通知",
    Kind.OFFER: "买卖招工",
    Kind.CHATTER: "闲谈",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind that won, how sure that is, and whether the model won against the rules."""

    kind: Kind
    confidence: float
    overruled: bool = False


def doubted(said: Said, reading: Reading) -> bool:
    """Whether a model is asked at all: not of what is sealed, could not be read, or has no words."""
    return not reading.sealed and reading.confidence > 0 and not wording(said.text).empty


def weighed(kind: Kind, confidence: float, guess: Guess) -> dict[Kind, float]:
    """How likely each kind is by both: the guess, with the rules' odds for their kind."""
    odds: float = (confidence / (1 - confidence)) ** guess.trust
    both = {**guess.likely, kind: max(guess.likely.get(kind, 0.0), LEAST) * odds}
    whole = sum(both.values())
    return {one: p / whole for one, p in both.items()}


def decide(kind: Kind, confidence: float, guess: Guess, possible: Callable[[Kind], bool]) -> Verdict:
    """Weighs the rules' kind and confidence against a guess. `possible`: whether the message can be of a kind at all."""
    both = weighed(kind, min(confidence, SUREST), guess)
    best = max((one for one in both if one is kind or possible(one)), key=both.__getitem__)
    silenced = kind in OPENING and best not in OPENING
    return Verdict(best, round(min(both[best], SILENCED if silenced else SUREST), 2), overruled=best is not kind)


def together(said: Said, conversation: Conversation, reading: Reading, model: Model) -> Reading:
    """The reading of both. Its reasons say who decided."""
    if not doubted(said, reading):
        return replace(reading, reasons=(*reading.reasons, "由规则判定"))
    guess = model.guess(features(said, conversation), official=said.role.official)
    verdict = decide(
        reading.kind,
        reading.confidence,
        guess,
        lambda kind: kind not in BELONGING or belongs_to(kind, said, conversation, reading) is not None,
    )
    if not verdict.overruled:
        heard = "模型看法一致" if guess.best is reading.kind else f"模型{guess.version}认为像{NAMES[guess.best]}"
        reasons = (*reading.reasons, f"由规则判定，{heard}")
        return replace(reading, confidence=verdict.confidence, reasons=reasons)
    says = (
        f"由模型{guess.version}判定为{NAMES[verdict.kind]}（{guess.likely[verdict.kind]:.0%}），规则认为是{NAMES[reading.kind]}"
    )
    decided = _as_kind(verdict.kind, said, conversation, reading)
    sure = verdict.confidence if decided.appeal in (None, _pointed_out(said, conversation, reading)) else LOOSE
    was = Alternative(kind=reading.kind, appeal=reading.appeal, likely=reading.confidence, reason="规则的看法")
    return replace(decided, confidence=min(sure, verdict.confidence), reasons=(says, *decided.reasons), alternatives=(was,))


def _pointed_out(said: Said, conversation: Conversation, reading: Reading) -> str | None:
    quoted = conversation.thread_of(said.reply_to)
    return reading.appeal or (quoted.appeal if quoted else None)


def belongs_to(kind: Kind, said: Said, conversation: Conversation, reading: Reading) -> Thread | None:
    """The appeal a message of this kind would be about: the one the rules found, the one quoted, or the one that fits best."""
    if pointed_out := conversation.threads.get(_pointed_out(said, conversation, reading) or ""):
        return pointed_out
    for thread, fit in fitting(said, conversation):
        stands = {Kind.SUPPLEMENT: thread.waiting, Kind.FEEDBACK: thread.answered}.get(kind, thread.status != CLOSED)
        if stands and fit >= FITS:
            return thread
    return None


def _as_kind(kind: Kind, said: Said, conversation: Conversation, reading: Reading) -> Reading:
    """The message read as this kind, with what belongs to it."""
    body = wording(said.text).body
    thread = belongs_to(kind, said, conversation, reading) if kind in BELONGING else None
    peril = dangers(body) if kind in (Kind.APPEAL, Kind.SUPPLEMENT) else ()
    signs = villager_signs(wording(said.text)) if kind is Kind.FEEDBACK else None
    satisfied = None if signs is None else False if signs.still else True if signs.glad else None
    notice = notice_kind(body) if kind is Kind.ANNOUNCEMENT else None
    if kind is Kind.OFFER:
        notice = "job" if notice_kind(body) == "job" else "enrichment"
    return Reading(
        kind,
        appeal=thread.appeal if thread else None,
        urgent=bool(peril),
        sealed=bool(thread and thread.sealed),
        satisfied=satisfied,
        reopens=satisfied is False and bool(thread and thread.answered),
        questions_notice=reading.questions_notice and kind in OPENING,
        notice=notice,
        reasons=urgency(peril),
    )
