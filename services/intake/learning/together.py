"""Rules and model read together. Pure.

The rules read every message first. What they seal stays sealed, what has no words is theirs, and what was numbered or quoted
is what is meant. Of all else the model and their word are weighed jointly (`weighing`), and what may well accuse somebody is
sealed although the rules saw nothing in it. Urgency, notices and satisfaction are told by the rules' signs whoever decides.
"""

from dataclasses import replace

from services.intake.learning.model import Model
from services.intake.learning.seen import see
from services.intake.learning.talk import Talk
from services.intake.learning.telling import NAMES, told
from services.intake.learning.weighing import Verdict, hear, weigh
from services.intake.reading import Conversation, Reading, Said, Thread
from services.intake.reading.scene import OPENS_AT, urgency
from services.intake.reading.signs import VillagerSigns, dangers, notice_kind
from shared.events.intake import OPENING, Alternative, Kind

SHOWN = 3
WORTH_SAYING = 0.05
SUREST = 0.99


def together(said: Said, conversation: Conversation, rules: Reading, model: Model) -> Reading:
    """The reading of both. Its reasons say who decided, by what, and what else was thought of."""
    talk, seen = see(said, conversation, rules)
    if seen.settled:
        return replace(rules, reasons=(*rules.reasons, "由规则判定"))
    verdict = weigh(seen, hear(seen, model), model.scales)
    thread = None if verdict.candidate is None else talk.candidates[verdict.candidate]
    agrees = verdict.kind is rules.kind and (thread.appeal if thread else None) == rules.appeal
    decided = rules if agrees else _as_kind(verdict.kind, talk, thread, rules)
    heard = "规则看法一致" if agrees else f"规则认为是{NAMES[rules.kind]}"
    return replace(
        decided,
        confidence=round(min(SUREST, verdict.confidence), 2),
        reasons=(*decided.reasons, *told(seen, verdict, model), heard),
        alternatives=_others(talk, verdict, thread),
    )


def _others(talk: Talk, verdict: Verdict, chosen: Thread | None) -> tuple[Alternative, ...]:
    """What else it may be, likeliest first."""
    found = []
    for kind, likely in sorted(verdict.likely.items(), key=lambda one: -one[1]):
        n, share = verdict.candidates.get(kind, (None, 1.0))
        thread = None if n is None else talk.candidates[n]
        if kind is not verdict.kind and likely * share >= WORTH_SAYING:
            appeal = thread.appeal if thread else None
            found.append(Alternative(kind=kind, appeal=appeal, likely=round(likely * share, 2), reason="模型的另一看法"))
    return tuple(found[:SHOWN])


def _as_kind(kind: Kind, talk: Talk, thread: Thread | None, rules: Reading) -> Reading:
    """The message read as this kind, with what belongs to it."""
    body = talk.words.body
    peril = dangers(body) if kind in (Kind.APPEAL, Kind.SUPPLEMENT, Kind.REPORT) else ()
    satisfied = _satisfied(talk.signs) if kind is Kind.FEEDBACK and isinstance(talk.signs, VillagerSigns) else None
    if kind is Kind.FEEDBACK and rules.kind is kind:
        satisfied = rules.satisfied
    notice = notice_kind(body) if kind is Kind.ANNOUNCEMENT else None
    if kind is Kind.OFFER:
        notice = "job" if notice_kind(body) == "job" else "enrichment"
    about_notice = talk.quoted is not None and talk.quoted.kind is Kind.ANNOUNCEMENT
    return Reading(
        kind,
        appeal=thread.appeal if thread else None,
        urgent=bool(peril),
        sealed=kind is Kind.REPORT or bool(thread and thread.sealed),
        satisfied=satisfied,
        reopens=satisfied is False and bool(thread and thread.answered),
        questions_notice=kind in OPENING and (rules.questions_notice or about_notice),
        notice=notice,
        reasons=("可能涉及公职人员,宁可先密封", *urgency(peril)) if kind is Kind.REPORT else urgency(peril),
    )


def _satisfied(signs: VillagerSigns) -> bool:
    """How it turned out, where only the model heard that this is told: well, unless there is complaint in it."""
    return not (signs.still or (signs.grief >= OPENS_AT and not signs.glad))
