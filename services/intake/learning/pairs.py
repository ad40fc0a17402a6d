"""How a message and an appeal it may belong to stand to one another: what the link score is worked out from. Pure."""

import math

from services.intake.learning.features import key_of
from services.intake.learning.place import step
from services.intake.learning.talk import Talk
from services.intake.reading import Thread
from services.intake.reading.subjects import clash, likeness
from shared.learning.linear import Features

ALIKE = 0.05
REMARKS = 60
"""how many remarks back the words of an appeal are looked for"""


def pairs(talk: Talk) -> list[Features]:
    """Of the message with each of its candidates."""
    spoken = _words_of(talk)
    own = next((remark for remark in talk.remarks if remark.person == talk.said.person and remark.appeal), None)
    waiting = min(4, sum(thread.waiting for thread in talk.threads))
    only = {"only": 1.0} if len(talk.candidates) == 1 else {}
    found = []
    for rank, thread in enumerate(talk.candidates):
        signs = _standing(talk, thread)
        signs |= _alike(talk, thread, spoken.get(thread.appeal, frozenset()))
        signs[f"rank={min(4, rank)}"] = 1.0
        signs[f"waiting={waiting}"] = 1.0
        signs |= only
        if own and own.appeal == thread.appeal:
            signs[f"spoke={step(talk.said.sent_at - own.sent_at)}"] = 1.0
        found.append(Features([key_of(name) for name in signs], list(signs.values())))
    return found


def _words_of(talk: Talk) -> dict[str, frozenset[str]]:
    """Appeal → the message's pairs of characters that were said of it lately."""
    mine = talk.subject.pairs
    spoken: dict[str, frozenset[str]] = {}
    for remark in talk.remarks[:REMARKS]:
        if remark.appeal and (shared := mine & remark.subject.pairs):
            spoken[remark.appeal] = spoken.get(remark.appeal, frozenset()) | shared
    return spoken


def _standing(talk: Talk, thread: Thread) -> dict[str, float]:
    """Who he is to the appeal, how far it has come, how long ago it was spoken of."""
    said = talk.said
    own = said.person == thread.opened_by
    age = said.sent_at - thread.last_at
    if talk.official:
        names = ["acted" if said.person in thread.officials else "not-acted", "taken" if thread.officials else "untaken"]
    else:
        names = ["own" if own else "voice" if said.person in thread.voices else "other"]
    names += (f"status={thread.status}", f"status={thread.status}/{own}", f"age={step(age)}")
    if said.reply_to is not None:
        names.append("quoted" if talk.named else "quotes-other" if talk.quoted else "quotes-unknown")
    if thread.status_at:
        names.append(f"status-age={step(said.sent_at - thread.status_at)}")
    if talk.remarks and talk.remarks[0].appeal == thread.appeal:
        names.append("spoken-of-last")
    if thread.asked_at is not None:
        names.append("asked")
    if thread.sealed:
        names.append("sealed")
    return {**dict.fromkeys(names, 1.0), "age": math.log1p(max(0.0, age.total_seconds()) / 60) / 5}


def _alike(talk: Talk, thread: Thread, spoken: frozenset[str]) -> dict[str, float]:
    alike = likeness(talk.subject, thread.subject)
    found = {"alike": alike * 3} if alike >= ALIKE else {"alike": alike * 3, "unlike": 1.0}
    if clash(talk.subject, thread.subject):
        found["clash"] = 1.0
    if shared := talk.subject.pairs & thread.subject.pairs:
        found["shared"] = min(3, len(shared)) * 0.7
    if spoken:
        found["spoken"] = min(4, len(spoken)) * 0.5
    return found
