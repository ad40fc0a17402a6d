"""The reader: takes stored messages in order, group by group, and says what each one is and what comes of it.

It remembers each group's conversation in memory, as a fold of the log; whoever becomes the reader folds it first. Its
decisions and how far it has read are stored in one transaction, so every message is read once. A message on which reading
fails is kept and marked unread: nothing a villager wrote is dropped.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
import uuid_utils.compat as uuids

from services.intake import domain
from services.intake.domain import MESSAGE, REGISTER, Context, IssueNumber
from services.intake.reading import EMPTY, Conversation, Reading, Said, read
from services.intake.roster import GROUP, Member
from shared.clock import CHINA
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events.intake import OPENING, AppealOpened, CaseStatusNoted, Kind, MessageRead, MessageReceived
from shared.followers import Process
from shared.store import Store

log = structlog.get_logger()
MEMORY = timedelta(days=120)
"""how far back conversations are remembered"""
HANDLES = (MessageReceived, CaseStatusNoted)


class Reader:
    """The conversations of all groups of a county."""

    def __init__(self, county: str) -> None:
        self._county = county
        self._conversations: dict[str, Conversation] = {}
        self._group_of: dict[str, str] = {}

    def process(self) -> Process:
        return Process("reader", HANDLES, self.opens, self.react, self.prepare)

    async def prepare(self, store: Store) -> None:
        """Folds what was read lately, so that a new reader knows what the last one knew."""
        self._conversations, self._group_of = {}, {}
        received: dict[str, MessageReceived] = {}
        numbers: dict[str, str] = {}
        after = await store.position_at(store.clock.now() - MEMORY)
        async for page in store.read_all(after=after):
            for r in page:
                match r.event:
                    case MessageReceived() as event:
                        received[event.message] = event
                    case AppealOpened() as event:
                        numbers[event.appeal] = event.number
                    case MessageRead() as event if event.message in received:
                        self._recall(received.pop(event.message), event, numbers)
                    case CaseStatusNoted() as event:
                        self._note(event)

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        event = r.event
        if not isinstance(event, MessageReceived):
            return
        yield MESSAGE, domain.message_stream(event.message)
        yield GROUP, domain.group_stream(event.channel, event.group)
        yield REGISTER, domain.register_stream(self._county, event.sent_at.astimezone(CHINA).date())

    def react(self, r: Recorded, work: Work) -> None:
        match r.event:
            case MessageReceived() as event:
                self._read(event, r, work)
            case CaseStatusNoted() as event:
                self._note(event)

    def _read(self, received: MessageReceived, r: Recorded, work: Work) -> None:
        stream = domain.message_stream(received.message)
        if work.state(MESSAGE, stream).read:
            return
        key = domain.group_stream(received.channel, received.group)
        group = work.state(GROUP, key)
        member = group.member(received.person, received.sent_at)
        conversation = self._conversations.get(key, EMPTY)
        said = _said(received, member)
        reading = _understood(said, conversation)
        cause = r.because("minsheng:reader")
        appeal, number = reading.appeal, None
        if reading.kind in OPENING:
            appeal = str(uuids.uuid7())
            day = received.sent_at.astimezone(CHINA).date()
            register = domain.register_stream(self._county, day)
            [issued] = work.decide(REGISTER, register, IssueNumber(self._county, day, appeal), cause, appeal)
            number = getattr(issued, "number", None)
            self._group_of[appeal] = key
        sealed = reading.sealed or _is_sealed(conversation, appeal)
        context = Context(group, member, appeal, number, sealed)
        work.add(MESSAGE, stream, domain.consequences(received, reading, context), cause, appeal)
        work.add(MESSAGE, stream, [domain.reading_of(received, reading, member, appeal)], cause, received.message)
        self._conversations[key] = conversation.remember(said, reading, appeal, number)

    def _recall(self, received: MessageReceived, event: MessageRead, numbers: dict[str, str]) -> None:
        key = domain.group_stream(received.channel, received.group)
        reading = Reading(
            kind=event.kind,
            appeal=event.appeal,
            urgent=event.urgent,
            sealed=event.sealed,
            satisfied=event.satisfied,
            reopens=event.kind is Kind.FEEDBACK and event.satisfied is False,
            questions_notice=event.questions_notice,
            notice=event.notice,
            confidence=event.confidence,
            reasons=event.reasons,
        )
        if event.appeal and event.kind in OPENING:
            self._group_of[event.appeal] = key
        number = numbers.get(event.appeal or "")
        said = _said(received, Member(event.role))
        self._conversations[key] = self._conversations.get(key, EMPTY).remember(said, reading, event.appeal, number)

    def _note(self, event: CaseStatusNoted) -> None:
        key = self._group_of.get(event.appeal)
        if key in self._conversations:
            self._conversations[key] = self._conversations[key].note_status(event.appeal, event.status, event.occurred_at)


def _understood(said: Said, conversation: Conversation) -> Reading:
    """The reading; a message that breaks the rules' code is kept for a person to read."""
    try:
        return read(said, conversation)
    except Exception:
        log.exception("message_unread", message_id=said.message_id)
        return Reading(kind=Kind.CHATTER, confidence=0.0, reasons=("未能识读，请人工查看",))


def _is_sealed(conversation: Conversation, appeal: str | None) -> bool:
    thread = conversation.threads.get(appeal) if appeal else None
    return bool(thread and thread.sealed)


def _said(received: MessageReceived, member: Member) -> Said:
    return Said(
        message_id=received.message_id,
        channel=received.channel,
        group=received.group,
        person=received.person,
        role=member.role,
        department=member.department,
        text=received.text,
        reply_to=received.reply_to,
        sent_at=received.sent_at,
    )
