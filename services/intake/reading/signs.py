"""The signs found in one message, each a small fact with a Chinese name. Nothing is decided here.

Signs are searched for once a message, whoever asks for them; what they mean together depends on who speaks and on what was said before, which
is for `villagers` and `officials`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from services.intake.reading import accusations as acc
from services.intake.reading import danger, hints, lexicon, officialese, tone
from services.intake.reading.aspect import Aspect, Course, course
from services.intake.reading.subjects import Subject, subject_of
from services.intake.reading.wording import Wording

_TROUBLES = tuple((name, re.compile(words)) for name, words in lexicon.TROUBLES.items())
_HINTS = tuple((name, re.compile(words)) for name, words in hints.HINTS.items())
_DANGERS = tuple((name, re.compile(words)) for name, words in danger.DANGERS.items())
_NOTICES = tuple((kind, re.compile(words)) for kind, words in officialese.NOTICES)


DWELLS_FROM = 12
HOMELY = frozenset({"dog", "crops", "livestock", "river", "boar", "culture", "noise", "express", "tree", "list", "house"})
"""Matters neighbours also ask one another about: a question on them alone is not yet one to the county."""
_LABELS = {
    "政策": "policy",
    "招聘": "job",
    "招工": "job",
    "用工": "job",
    "巡察": "inspection",
    "补贴": "subsidy",
    "致富": "enrichment",
    "项目": "project",
    "决议": "decision",
    "表决": "decision",
    "资金": "fund",
    "财务": "fund",
    "三资": "asset",
    "资产": "asset",
}
_LABEL = re.compile(rf"【({'|'.join(_LABELS)})")
"""A notice that says itself in its heading what it is."""


@dataclass(frozen=True, slots=True)
class VillagerSigns:
    """What a villager's words carry."""

    subject: Subject
    troubles: tuple[str, ...]
    hints: tuple[str, ...]
    public: bool
    perils: tuple[str, ...]
    worried: bool
    lacks: bool
    requests: bool
    asks: bool
    polite: bool
    why: bool
    howto: bool
    polar: bool
    offices: bool
    thanks: bool
    fixed: bool
    pleased: bool
    still: bool
    again: bool
    another: bool
    grudging: bool
    lukewarm: bool
    me_too: bool
    home: bool
    first_person: bool
    anaphor: bool
    urges: bool
    detail: bool
    acknowledged: bool
    small_talk: bool
    lost: bool
    neighbourly: bool
    own_things: bool
    offer: bool
    length: int

    @property
    def glad(self) -> bool:
        return self.thanks or self.fixed or self.pleased

    @property
    def social(self) -> bool:
        return self.small_talk or self.lost or self.neighbourly or self.own_things

    @property
    def grief(self) -> float:
        """How strongly a public trouble is stated, 0 to about 4."""
        score = 1.5 * min(max(len(self.troubles), len(self.perils)), 2) + (1.0 if self.worried else 0.0)
        if not (self.thanks or self.offer):
            if self.lacks and (self.subject.matters or self.public) and not score:
                score = 1.0
            if self._dwells_on_public_things and not score:
                score = 1.0
            if len(self.troubles) < 2:
                score += min(len(self.hints), 2) * (1.0 if self.public and not self.neighbourly else 0.4)
        if self.requests:
            score += 1.5 if self.troubles or self.subject.matters or self.worried or self.offices else 0.75
        if score and (self.subject.matters or self.public):
            score += 0.5
        return score - self._private

    @property
    def _dwells_on_public_things(self) -> bool:
        """Nobody writes a dozen characters on a public matter to say that all is as it should be, and not say so."""
        return (
            (bool(self.subject.matters - HOMELY) or self.public or self.offices)
            and self.length >= DWELLS_FROM
            and not (self.glad or self.social or self.howto or self.polar or self.polite)
        )

    @property
    def _private(self) -> float:
        hits = 2.5 * self.lost + 2.0 * self.own_things + 1.0 * self.small_talk + 1.0 * self.neighbourly
        return hits * (
            0.25 if self.perils or (self.worried and self.hints) else 0.5 if self.requests and self.subject.matters else 1.0
        )

    @property
    def wondering(self) -> float:
        """How strongly something is asked of the county's offices, 0 to about 6."""
        if not self.asks and not self.howto:
            return 0.0
        known = self.offices or bool(self.subject.matters - HOMELY)
        score = 1.0 + (3.0 if self.asks else 1.5) * self.howto + 1.0 * self.polite
        if self.polar and known and not (self.requests or self.why):
            score += 1.5
        if known:
            score += 1.0
        elif not self.subject.matters:
            score -= 1.5
        social = 2.0 * self.small_talk + 2.0 * self.lost + 1.5 * self.neighbourly
        return score - social * (0.25 if self.howto and self.offices else 1.0)


@lru_cache(maxsize=8)
def villager_signs(words: Wording) -> VillagerSigns:
    """Search a villager's words."""
    body = words.body
    plaint = tone.FIXED.sub(" ", tone.POLITE.sub(" ", body))
    return VillagerSigns(
        subject=subject_of(body),
        troubles=tuple(name for name, pattern in _TROUBLES if pattern.search(plaint)),
        hints=tuple(name for name, pattern in _HINTS if pattern.search(plaint)),
        public=bool(hints.PUBLIC.search(body)),
        perils=dangers(body),
        worried=bool(lexicon.WORRIES.search(plaint)),
        lacks=bool(lexicon.LACKS.search(lexicon.A_NOT_A.sub(" ", plaint))),
        requests=bool(lexicon.REQUEST.search(plaint)),
        asks=bool(lexicon.ASK.search(lexicon.NOT_ASKING.sub(" ", body))),
        polite=bool(lexicon.POLITE_ASK.search(body)),
        why=bool(lexicon.WHY.search(body)),
        polar=bool(lexicon.POLAR.search(body)),
        howto=bool(lexicon.HOWTO.search(body)),
        offices=bool(lexicon.OFFICES.search(body)),
        thanks=bool(tone.THANKS.search(body)),
        fixed=bool(tone.FIXED.search(tone.DOUBTED.sub(" ", body))),
        pleased=bool(tone.PLEASED.search(tone.DOUBTED.sub(" ", body))),
        again=bool(tone.AGAIN.search(plaint)),
        another=bool(tone.ANOTHER.search(body)),
        still=bool(tone.STILL.search(plaint)),
        grudging=bool(tone.GRUDGING.search(plaint)),
        lukewarm=bool(tone.LUKEWARM.search(body)),
        home=bool(tone.HOME.match(body)),
        first_person=bool(tone.FIRST_PERSON.search(body)),
        anaphor=bool(tone.ANAPHOR.search(body)),
        me_too=bool(tone.ME_TOO.search(body)),
        urges=bool(tone.URGE.search(body)),
        detail=bool(tone.DETAIL.search(body)),
        acknowledged=bool(tone.ACKNOWLEDGED.match(body)),
        small_talk=bool(tone.SMALL_TALK.search(body)),
        lost=bool(tone.LOST.search(body)),
        neighbourly=bool(tone.NEIGHBOURLY.search(body)),
        own_things=bool(tone.OWN_THINGS.search(body)),
        offer=bool(tone.OFFER.search(body)),
        length=words.length,
    )


def dangers(body: str) -> tuple[str, ...]:
    """Why this cannot wait, by name; empty when it can."""
    plain = danger.NOT_DANGEROUS.sub(" ", tone.FIXED.sub(" ", body))
    found = [name for name, pattern in _DANGERS if pattern.search(plain)]
    if danger.SUPPLY_OUT.search(plain) and danger.MANY.search(plain):
        found.append("多户断供")
    return tuple(found)


@lru_cache(maxsize=8)
def accusing(body: str) -> frozenset[str]:
    """What of an accusation is in these words: who might be meant, and of what."""
    return frozenset(name for name, pattern in acc.PARTS.items() if pattern.search(body))


def accused(body: str) -> str | None:
    """How an office-holder is accused, by name; None when nobody is."""
    found = accusing(body)
    official = "office" in found
    if not official and "private" in found:
        return None
    if "graft" in found:
        return "说到了以权谋私一类的行为"
    if "denounces" in found:
        return "要向纪检举报或反映干部问题"
    if "favoured" in found:
        return "说到了照顾亲友或冒领待遇"
    if official and "beside-office" in found:
        return "说到了干部的不当行为"
    return None


@dataclass(frozen=True, slots=True)
class OfficialSigns:
    """What an official's words carry."""

    subject: Subject
    course: Course
    received: bool
    going: bool
    passed_on: bool
    questions: bool
    asks_back: bool
    calls_back: bool
    found: bool
    answers: int
    announces: int
    greets: bool
    denies: bool
    plans: bool
    admits: bool
    to_everybody: bool
    to_one: bool
    length: int

    @property
    def done(self) -> bool:
        return self.course.done

    @property
    def promises(self) -> bool:
        return Aspect.PROMISE in self.course

    @property
    def takes_on(self) -> bool:
        return self.received or self.going or self.passed_on or self.promises


@lru_cache(maxsize=8)
def official_signs(words: Wording) -> OfficialSigns:
    """Search an official's words."""
    body = words.body
    question = (bool(lexicon.ASK.search(body)) and "?" in body) or bool(re.search(r"(?:吗|没有?|么|不|呢|没)[。!,\s]*$", body))
    return OfficialSigns(
        subject=subject_of(body),
        course=course(body),
        received=bool(officialese.RECEIVED.search(body)),
        going=bool(officialese.GOING.search(body)),
        passed_on=bool(officialese.PASSED_ON.search(body)),
        questions=question,
        asks_back=bool(officialese.ASK_BACK.search(body)) and bool(lexicon.ASK.search(body) or officialese.SEND.search(body)),
        calls_back=(question and bool(officialese.CALL_BACK.search(body))) or "回访" in body,
        found=bool(officialese.FOUND.search(body)),
        answers=len(officialese.ANSWER.findall(body)),
        announces=len(officialese.ANNOUNCE.findall(body)) + 2 * body.startswith("【") + 2 * words.to_all,
        greets=bool(officialese.GREETING.search(body)),
        denies=bool(officialese.DENIAL.search(body)),
        admits=bool(officialese.ADMITS.search(body)),
        to_everybody=bool(officialese.EVERYBODY.search(body)),
        to_one=bool(officialese.ONE_PERSON.search(body)),
        plans=bool(officialese.FUTURE.search(body)),
        length=words.length,
    )


def notice_kind(body: str) -> str | None:
    """Which kind of notice this is, None for news of the day."""
    title = re.split(r"[::;。\n]", body.lstrip("【[").replace("】", " "), maxsplit=1)[0][:40]
    if label := _LABEL.match(body):
        return _LABELS[label.group(1)]
    for text in (title, body):
        for kind, pattern in _NOTICES:
            if pattern.search(text):
                return kind
    return None
