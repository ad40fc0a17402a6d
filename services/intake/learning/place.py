"""Where in the talk a message stands: who spoke last and how long ago, which appeal is talked of, how far that has come. Pure.

People rarely quote, so this tells the reader as much as the words do (`reading.going_on`, `reading.officials`). Here it is told
to the model, in coarse steps: a model that knew the minute would learn the stories by heart.
"""

from collections.abc import Iterator
from datetime import timedelta

from services.intake.reading import Conversation, Said, Thread
from services.intake.reading.conversation import Remark

STEPS = (
    (timedelta(minutes=2), "at once"),
    (timedelta(minutes=15), "minutes"),
    (timedelta(hours=2), "hours"),
    (timedelta(hours=12), "that day"),
    (timedelta(days=3), "days"),
)
BESIDE = 4
"""how many remarks back a message without a quote may still be about"""


def place(said: Said, conversation: Conversation) -> Iterator[str]:
    """Signs of the place; nothing of the words."""
    last = conversation.latest()
    yield f"role={said.role}"
    if last is None:
        yield "first word"
        return
    age, who = _age(said, last), _who(said, last)
    yield f"last={who}/{age}"
    yield f"last={who}/{last.kind}"
    yield f"last={last.kind}/{age}"
    yield f"quotes={said.reply_to is not None}/{who}"
    yield from _own(said, conversation)
    if thread := _talked_of(said, conversation):
        yield from _in(said, thread, who)


def _age(said: Said, last: Remark) -> str:
    return _step(said.sent_at - last.sent_at)


def _step(age: timedelta) -> str:
    return next((name for most, name in STEPS if age <= most), "long ago")


def _who(said: Said, last: Remark) -> str:
    return "himself" if last.person == said.person else "official" if last.official else "villager"


def _talked_of(said: Said, conversation: Conversation) -> Thread | None:
    """The appeal quoted, or the one the last remarks were about."""
    if said.reply_to is not None:
        return conversation.thread_of(said.reply_to)
    near = (remark.appeal for remark in conversation.newest_first()[:BESIDE])
    return next((thread for appeal in near if appeal and (thread := conversation.threads.get(appeal))), None)


def _in(said: Said, thread: Thread, who: str) -> Iterator[str]:
    """How the speaker stands to the appeal, and how far it has come."""
    since = _step(said.sent_at - thread.last_at)
    if said.role.official:
        part = "first word" if not thread.officials else "goes on" if said.person in thread.officials else "joins in"
        yield f"opened={_step(said.sent_at - thread.opened_at)}/{part}"
        yield f"taken={thread.taken}/{thread.kind}"
    else:
        part = "reporter" if said.person == thread.opened_by else "voice" if said.person in thread.voices else "neighbour"
        yield f"asked={thread.asked_at is not None}/{part}"
    yield f"part={part}/{thread.status}"
    yield f"part={part}/{since}"
    yield f"talked={thread.status}/{who}/{since}"


def _own(said: Said, conversation: Conversation) -> Iterator[str]:
    """The newest appeal of his own: still waiting, or answered how long ago."""
    mine = next((t for t in conversation.latest_threads() if said.person == t.opened_by or said.person in t.officials), None)
    if mine:
        yield f"own={mine.status}/{_step(said.sent_at - (mine.status_at or mine.last_at))}"
