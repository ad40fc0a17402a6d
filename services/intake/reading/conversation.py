"""What is remembered of one group: its recent messages and its appeals, as one immutable value.

A reading depends on the conversation alone, so replaying a group's messages in order gives the same conversation and the
same readings. It is bounded: a group that has chatted for years costs no more to remember than one of last week.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from services.intake.reading.model import (
    ACCEPTED,
    ANSWERED,
    CALLED_BACK,
    CLOSED,
    IN_PROGRESS,
    OPEN,
    RESOLVED,
    STAGES,
    Reading,
    Said,
    Thread,
)
from services.intake.reading.signs import official_signs
from services.intake.reading.subjects import NOTHING, Subject, subject_of
from services.intake.reading.wording import wording
from shared.events import COUNTY
from shared.events.intake import ACTIONS, OPENING, AppealOpened, Kind

MESSAGES_KEPT = 400
THREADS_KEPT = 200
THREAD_AGE = timedelta(days=90)
HOPS = 6
"""How far a chain of quotes is followed."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One message, as far as later ones refer to it."""

    message_id: str
    kind: Kind
    appeal: str | None
    person: str
    official: bool
    sent_at: datetime
    reply_to: str | None = None
    notice: str | None = None
    subject: Subject = NOTHING
    text: str = ""


def _empty_remarks() -> MappingProxyType[str, Remark]:
    return MappingProxyType({})


def _empty_threads() -> Mapping[str, Thread]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Conversation:
    """Recent messages by id and appeals by id, both oldest first."""

    remarks: MappingProxyType[str, Remark] = field(default_factory=_empty_remarks)
    threads: Mapping[str, Thread] = field(default_factory=_empty_threads)

    def quoted(self, message_id: str | None) -> Remark | None:
        """The message quoted; small talk about an appeal ("收到" under an answer) leads on to what it answered."""
        remark = self.remarks.get(message_id) if message_id else None
        for _ in range(HOPS):
            if remark is None or remark.appeal or remark.kind is not Kind.CHATTER:
                break
            further = self.remarks.get(remark.reply_to) if remark.reply_to else None
            if further is None:
                break
            remark = further
        return remark

    def thread_of(self, message_id: str | None) -> Thread | None:
        """The appeal a quoted message belongs to, also when only its opening is still known."""
        if message_id is None:
            return None
        remark = self.quoted(message_id)
        if remark is not None:
            return self.threads.get(remark.appeal) if remark.appeal else None
        return next((thread for thread in self.threads.values() if thread.message_id == message_id), None)

    def latest(self) -> Remark | None:
        """The newest message."""
        newest = next(reversed(self.remarks), None)
        return self.remarks[newest] if newest is not None else None

    def latest_threads(self) -> list[Thread]:
        """The appeals, newest first."""
        return list(self.threads.values())[::-1]

    def newest_first(self) -> list[Remark]:
        """The remembered messages, newest first."""
        return list(self.remarks.values())[::-1]

    def remember(self, said: Said, reading: Reading, appeal: str | None, number: str | None) -> "Conversation":
        """The conversation after this message; `appeal` is the id it opened or belongs to."""
        words = wording(said.text)
        subject = subject_of(words.body)
        remark = Remark(
            message_id=said.message_id,
            kind=reading.kind,
            appeal=appeal,
            person=said.person,
            official=said.role.official,
            sent_at=said.sent_at,
            reply_to=said.reply_to,
            notice=reading.notice,
            subject=subject,
            text=words.body[:200],
        )
        remarks, threads = self.overhear(remark).remarks, self.threads
        if appeal is not None:
            threads = self._with_thread(said, reading, appeal, number, subject)
        return Conversation(remarks, _bounded(threads, said.sent_at))

    def overhear(self, remark: Remark) -> "Conversation":
        """The conversation after a remark that belongs to no appeal."""
        remarks = dict(self.remarks)
        remarks.pop(remark.message_id, None)
        remarks[remark.message_id] = remark
        while len(remarks) > MESSAGES_KEPT:
            del remarks[next(iter(remarks))]
        return Conversation(MappingProxyType(remarks), self.threads)

    def note_status(self, appeal: str, status: str, at: datetime) -> "Conversation":
        """Routing told where the case stands. It wins, unless it tells of a time before what the chat saw since."""
        thread = self.threads.get(appeal)
        if thread is None or status not in STAGES:
            return self
        outdated = thread.status_at is not None and at < thread.status_at
        if outdated and STAGES.index(status) <= STAGES.index(thread.status):
            return self
        known = max(at, thread.status_at) if thread.status_at else at
        changed = replace(thread, status=status, status_at=known)
        return Conversation(self.remarks, MappingProxyType({**self.threads, appeal: changed}))

    def with_part(self, opened: AppealOpened) -> "Conversation":
        """An appeal that was taken out of another by hand, with the words that are its own."""
        thread = Thread(
            appeal=opened.appeal,
            number=opened.number,
            kind=opened.kind,
            opened_by=opened.reporter,
            message_id=opened.message_id,
            text=opened.text or "",
            opened_at=opened.occurred_at,
            last_at=opened.occurred_at,
            urgent=opened.urgent,
            sealed=opened.sealed,
            subject=subject_of(wording(opened.text or "").body),
            status_at=opened.occurred_at,
            voices=frozenset({opened.reporter}),
        )
        threads = MappingProxyType({**self.threads, opened.appeal: thread})
        return Conversation(self.remarks, _bounded(threads, opened.occurred_at))

    def note_sealed(self, appeal: str) -> "Conversation":
        """It accuses somebody after all: from now on it is spoken of as what was sealed from its first word."""
        thread = self.threads.get(appeal)
        if thread is None:
            return self
        return Conversation(self.remarks, MappingProxyType({**self.threads, appeal: replace(thread, sealed=True)}))

    def _with_thread(
        self, said: Said, reading: Reading, appeal: str, number: str | None, subject: Subject
    ) -> Mapping[str, Thread]:
        thread = self.threads.get(appeal)
        if thread is None:
            if reading.kind not in OPENING:
                return self.threads
            thread = _opened(said, reading, appeal, number, subject)
        else:
            thread = _continued(thread, said, reading, subject)
        return MappingProxyType({**self.threads, appeal: thread})


EMPTY = Conversation()


def _opened(said: Said, reading: Reading, appeal: str, number: str | None, subject: Subject) -> Thread:
    return Thread(
        appeal=appeal,
        number=number or "",
        kind=reading.kind,
        opened_by=said.person,
        message_id=said.message_id,
        text=said.text,
        opened_at=said.sent_at,
        last_at=said.sent_at,
        urgent=reading.urgent,
        sealed=reading.sealed,
        subject=subject,
        status_at=said.sent_at,
        questions_notice=reading.questions_notice,
        voices=frozenset({said.person}),
    )


def _continued(thread: Thread, said: Said, reading: Reading, subject: Subject) -> Thread:
    status = _next_status(thread.status, reading)
    official = said.role.official
    asked = thread.asked_at
    if official and reading.kind in ACTIONS:
        asked = said.sent_at if _asks(said) else None
    elif said.person == thread.opened_by:
        asked = None
    grows = not official and (said.person == thread.opened_by or not thread.subject.matters)
    return replace(
        thread,
        status=status,
        status_at=said.sent_at if status != thread.status or reading.kind in ACTIONS else thread.status_at,
        last_at=max(thread.last_at, said.sent_at),
        urgent=thread.urgent or (reading.urgent and not official),
        sealed=thread.sealed or (reading.sealed and not official),
        subject=thread.subject | subject if grows and reading.kind is Kind.SUPPLEMENT else thread.subject,
        asked_at=asked,
        taken=thread.taken or reading.kind in (Kind.ACCEPT, Kind.RESOLVE),
        voices=thread.voices if official else thread.voices | {said.person},
        officials=thread.officials | {said.person} if official else thread.officials,
    )


def _asks(said: Said) -> bool:
    signs = official_signs(wording(said.text))
    return signs.asks_back or signs.calls_back


def _next_status(status: str, reading: Reading) -> str:
    """How the chat alone moves an appeal on; nothing said in the chat closes or un-resolves one but dissatisfaction."""
    match reading.kind:
        case Kind.ACCEPT if status == OPEN:
            return ACCEPTED
        case Kind.PROGRESS if status in (OPEN, ACCEPTED):
            return IN_PROGRESS
        case Kind.RESOLVE if status != CLOSED:
            return RESOLVED
        case Kind.CALLBACK if status == RESOLVED:
            return CALLED_BACK
        case Kind.FEEDBACK if reading.satisfied is False and status in ANSWERED:
            return OPEN
        case Kind.FEEDBACK if reading.satisfied is True and status not in ANSWERED:
            return RESOLVED
        case _:
            return status


def _bounded(threads: Mapping[str, Thread], now: datetime) -> Mapping[str, Thread]:
    """Forget what is closed and old, then what is oldest. An unanswered appeal outlives any number of days."""
    kept = {key: thread for key, thread in threads.items() if thread.status != CLOSED or now - thread.last_at <= THREAD_AGE}
    if len(kept) > THREADS_KEPT:
        by_age = sorted(kept.values(), key=lambda thread: (thread.status != CLOSED, thread.last_at))
        for thread in by_age[: len(kept) - THREADS_KEPT]:
            del kept[thread.appeal]
    return threads if len(kept) == len(threads) else MappingProxyType(kept)


def announcement(message_id: str, notice: str, text: str, at: datetime) -> Remark:
    """What the county puts before a group, which no message of the chat said."""
    body = wording(text).body
    return Remark(
        message_id, Kind.ANNOUNCEMENT, None, COUNTY, True, at, notice=notice, subject=subject_of(body), text=body[:200]
    )
