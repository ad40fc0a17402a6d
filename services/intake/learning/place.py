"""Where in the talk a message stands: who spoke last and how long ago, which appeals are open, how far they have come. Pure.

People rarely quote, so this tells the reader as much as the words do (`reading.going_on`, `reading.officials`). Here it is told
to the model, in coarse steps: a model that knew the minute would learn the stories by heart.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.intake.learning.talk import Talk
from services.intake.reading import Thread
from services.intake.reading.conversation import Remark
from services.intake.reading.subjects import likeness

STEPS = (
    (120, "2分钟"),
    (900, "15分钟"),
    (3600, "1小时"),
    (10_800, "3小时"),
    (43_200, "半天"),
    (129_600, "一天半"),
    (400_000, "四天"),
)
"""seconds, most → name"""


def step(age: timedelta) -> str:
    seconds = age.total_seconds()
    return next((name for most, name in STEPS if seconds <= most), "更久")


def place(talk: Talk) -> Iterator[str]:
    """Signs of the place, each `what=value`; nothing of the words but how alike they are to an open appeal's."""
    yield f"role={talk.said.role}"
    yield from _quote(talk)
    yield from _lately(talk)
    yield from _officials_appeals(talk) if talk.official else _villagers_appeals(talk)
    yield from _alike(talk)


def _quote(talk: Talk) -> Iterator[str]:
    said, thread = talk.said, talk.named
    if said.reply_to is None:
        yield "quote=none"
        if thread is None:
            return
    quoted = talk.quoted
    yield f"quote={_who(talk, quoted)}"
    yield f"quote-kind={quoted.kind if quoted else None}/{_who(talk, quoted)}"
    if thread is None:
        yield f"quote-nothing={quoted.kind if quoted else None}/{quoted.notice if quoted else None}"
        return
    yield f"quote-thread={thread.status}/{thread.opened_by == said.person}"
    yield f"quote-of={thread.kind}/{thread.status}"
    yield f"quote-acted={said.person in thread.officials}"
    yield f"quote-taken={thread.taken}/{step(said.sent_at - (thread.status_at or thread.last_at))}"


def _lately(talk: Talk) -> Iterator[str]:
    """What was said last, by anybody, by himself, by an official, of an appeal by a villager."""
    said, remarks = talk.said, talk.remarks
    if not remarks:
        yield "last=none"
        return
    last, who, how = remarks[0], _who(talk, remarks[0]), "quoting" if said.reply_to else "plain"
    age = step(said.sent_at - last.sent_at)
    yield f"last={how}/{who}/{age}"
    yield f"last-kind={how}/{who}/{last.kind}"
    yield f"last-age={how}/{last.kind}/{age}"
    if len(remarks) > 1:
        yield f"last-two={how}/{remarks[1].kind}/{last.kind}"
    own = next((remark for remark in remarks if remark.person == said.person), None)
    yield f"own-kind={own.kind if own else None}"
    if own:
        yield f"own={own.kind}/{step(said.sent_at - own.sent_at)}"
    if official := next((remark for remark in remarks if remark.official), None):
        yield f"official={official.kind}/{step(said.sent_at - official.sent_at)}"
    if villager := next((remark for remark in remarks if not remark.official and remark.appeal), None):
        yield f"villager={villager.kind}/{step(said.sent_at - villager.sent_at)}"


def _officials_appeals(talk: Talk) -> Iterator[str]:
    said = talk.said
    yield f"waiting={min(3, sum(thread.waiting for thread in talk.threads))}"
    new = [thread for thread in talk.threads if not thread.officials]
    yield f"untaken={min(2, len(new))}"
    if new:
        yield f"untaken-age={step(said.sent_at - new[0].opened_at)}"
    mine = [thread for thread in talk.threads if said.person in thread.officials and thread.waiting]
    yield f"mine-waiting={min(2, len(mine))}"
    if mine:
        yield f"mine={_stands(talk, max(mine, key=_moved))}"


def _villagers_appeals(talk: Talk) -> Iterator[str]:
    said = talk.said
    yield f"waiting={min(3, sum(thread.waiting for thread in talk.threads))}"
    mine = [thread for thread in talk.threads if thread.opened_by == said.person]
    if mine:
        newest = max(mine, key=lambda thread: thread.last_at)
        yield f"mine={_stands(talk, newest)}"
        yield f"mine-status={newest.status}"
        yield f"asked={newest.asked_at is not None}"
    else:
        yield "mine=none"
    if spoken := next((t for t in talk.threads if said.person in t.voices and t.opened_by != said.person), None):
        yield f"voice={spoken.status}"
    if answered := [thread for thread in talk.threads if thread.answered]:
        yield f"answered={step(said.sent_at - _moved(max(answered, key=_moved)))}"


def _alike(talk: Talk) -> Iterator[str]:
    if not talk.threads:
        return
    fits = [(likeness(talk.subject, thread.subject), n) for n, thread in enumerate(talk.threads)]
    most, n = max(fits, key=lambda fit: (fit[0], -fit[1]))
    if most > 0:
        yield f"alike={int(most * 5)}"
        yield f"alike-status={int(most * 5)}/{talk.threads[n].status}"
    newest = max(talk.threads, key=lambda thread: thread.opened_at)
    yield f"newest={newest.status}/{newest.opened_by == talk.said.person}"


def _moved(thread: Thread) -> datetime:
    return thread.status_at or thread.last_at


def _stands(talk: Talk, thread: Thread) -> str:
    return f"{thread.status}/{step(talk.said.sent_at - _moved(thread))}"


def _who(talk: Talk, remark: Remark | None) -> str:
    if remark is None:
        return "unknown"
    return "himself" if remark.person == talk.said.person else "official" if remark.official else "villager"
