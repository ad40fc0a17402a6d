"""The reader: takes stored messages in order, group by group, and says what each one is and what comes of it.

It remembers each group's conversation in memory, as a fold of the log; whoever becomes the reader folds it first. Its
decisions and how far it has read are stored in one transaction, so every message is read once. A message on which reading
fails is kept and marked unread: nothing a villager wrote is dropped.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
import uuid_utils.compat as uuids

from services.intake import correcting, domain
from services.intake.domain import MESSAGE, REGISTER, STATUS, Context, IssueNumber, Message
from services.intake.learning.model import Model
from services.intake.learning.shelf import in_use
from services.intake.learning.together import together
from services.intake.reading import EMPTY, Conversation, Reading, Said, read
from services.intake.reading.conversation import announcement
from services.intake.reading.correcting import corrected
from services.intake.reading.doubts import with_doubts
from services.intake.reading.signs import accused
from services.intake.reading.wording import wording
from services.intake.roster import GROUP
from shared.clock import CHINA
from shared.deciding import Decider, Work
from shared.envelope import Cause, Recorded
from shared.events.disclosure import placed
from shared.events.intake import (
    OPENING,
    AppealDivided,
    AppealOpened,
    AppealSealed,
    CaseStatusNoted,
    Kind,
    MessageCorrected,
    MessageRead,
    MessageReceived,
    NoticeHeard,
    ReportSealed,
    Role,
)
from shared.followers import Process
from shared.learning.shelf import InUse
from shared.store import Store

log = structlog.get_logger()
MEMORY = timedelta(days=120)
"""how far back conversations are remembered"""
HANDLES = (MessageReceived, CaseStatusNoted, AppealSealed, AppealDivided, MessageCorrected, NoticeHeard)


class Reader:
    """The conversations of all groups of a county."""

    def __init__(
        self, county: str, *, below: float = 0.0, learned: InUse[Model] | None = None, memory: timedelta = MEMORY
    ) -> None:
        """`below` is the confidence under which a person is asked, and told what else it may be."""
        self._county, self._below, self._memory = county, below, memory
        self._learned = learned or in_use(None)
        self._conversations: dict[str, Conversation] = {}
        self._group_of: dict[str, str] = {}

    def process(self) -> Process:
        return Process("reader", HANDLES, self.opens, self.react, self.prepare)

    async def prepare(self, store: Store) -> None:
        """Folds what was read lately, so that a new reader knows what the last one knew."""
        await asyncio.to_thread(self._learned.warm)
        self._conversations, self._group_of = {}, {}
        received: dict[str, MessageReceived] = {}
        numbers: dict[str, str] = {}
        after = await store.position_at(store.clock.now() - self._memory)
        async for page in store.read_all(after=after):
            for r in page:
                match r.event:
                    case MessageReceived() as event:
                        received[event.message] = event
                    case AppealOpened() as event:
                        numbers[event.appeal] = event.number
                        self._relearn_part(event)
                    case MessageRead() as event if event.message in received:
                        self.recall(received.pop(event.message), event, numbers)
                    case MessageCorrected() as event:
                        message = MESSAGE.fold(MESSAGE.initial, [r.event for r in await store.load(r.stream)])
                        self._relearn(event, message, message.number)
                    case CaseStatusNoted() | AppealSealed() as event:
                        self._note(event)
                    case NoticeHeard() as event:
                        self._overhear(event)

    def conversation(self, channel: str, group: str) -> Conversation:
        """What is remembered of a group."""
        return self._conversations.get(domain.group_stream(channel, group), EMPTY)

    def opens(self, r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
        event = r.event
        if isinstance(event, AppealDivided):
            yield STATUS, f"appeal-{event.appeal}"
            yield GROUP, domain.group_stream(event.channel, event.group)
            yield REGISTER, domain.register_stream(self._county, event.occurred_at.astimezone(CHINA).date())
        if not isinstance(event, MessageReceived | MessageCorrected):
            return
        yield MESSAGE, domain.message_stream(event.message)
        yield GROUP, domain.group_stream(event.channel, event.group)
        yield REGISTER, domain.register_stream(self._county, event.sent_at.astimezone(CHINA).date())

    def react(self, r: Recorded, work: Work) -> None:
        match r.event:
            case MessageReceived() as event:
                self._read(event, r, work)
            case MessageCorrected() as event:
                self._correct(event, r, work)
            case AppealDivided() as event:
                self._divide(event, r, work)
            case CaseStatusNoted() | AppealSealed() as event:
                self._note(event)
            case NoticeHeard() as event:
                self._overhear(event)

    def _read(self, received: MessageReceived, r: Recorded, work: Work) -> None:
        stream = domain.message_stream(received.message)
        if work.state(MESSAGE, stream).read:
            return
        key = domain.group_stream(received.channel, received.group)
        group = work.state(GROUP, key)
        member = group.member(received.person, received.sent_at)
        conversation = self._conversations.get(key, EMPTY)
        said = said_by(received, member.role, member.department)
        reading = self._understood(said, conversation)
        cause = r.because("minsheng:reader")
        appeal, number = reading.appeal, None
        if reading.kind in OPENING:
            appeal = str(uuids.uuid7())
            number = self._issue(appeal, received.sent_at, work, cause)
            self._group_of[appeal] = key
        sealed = reading.sealed or _is_sealed(conversation, appeal)
        context = Context(group, member, appeal, number, sealed)
        work.add(MESSAGE, stream, domain.consequences(received, reading, context), cause, appeal)
        work.add(MESSAGE, stream, [domain.reading_of(received, reading, member, appeal)], cause, received.message)
        self._conversations[key] = conversation.remember(said, reading, appeal, number)

    def _understood(self, said: Said, conversation: Conversation) -> Reading:
        """The reading; a message that breaks the rules' code is kept for a person to read."""
        try:
            reading = read(said, conversation)
        except Exception:
            log.exception("message_unread", message_id=said.message_id)
            return Reading(kind=Kind.CHATTER, confidence=0.0, reasons=("未能识读，请人工查看",))
        try:
            if model := self._learned.look():
                reading = together(said, conversation, reading, model)
            unsure = reading.confidence < self._below or reading.kind is Kind.REPORT
            return with_doubts(said, conversation, reading) if unsure else reading
        except Exception:
            log.exception("second_thoughts_failed", message_id=said.message_id)
            return reading  # what was learned may fail, the rules alone are good

    def _issue(self, appeal: str, sent_at: datetime, work: Work, cause: Cause) -> str | None:
        """The next number of the day on which it was said."""
        day = sent_at.astimezone(CHINA).date()
        register = domain.register_stream(self._county, day)
        [issued] = work.decide(REGISTER, register, IssueNumber(self._county, day, appeal), cause, appeal)
        return getattr(issued, "number", None)

    def _correct(self, event: MessageCorrected, r: Recorded, work: Work) -> None:
        """Draws the consequences of a person's word, and hears what he said."""
        stream = domain.message_stream(event.message)
        message, group = work.state(MESSAGE, stream), work.state(GROUP, domain.group_stream(event.channel, event.group))
        assert message.received
        number = self._issue(event.appeal, event.sent_at, work, r.because()) if event.appeal and event.opens else None
        context = Context(group, group.member(message.received.person, event.sent_at), event.appeal, number, event.sealed)
        for appeal, said in correcting.outcome(event, message.received, context):
            work.add(MESSAGE, stream, [said], r.because(), appeal)
        self._relearn(event, message, number)

    def _relearn(self, event: MessageCorrected, message: Message, number: str | None) -> None:
        if message.received is None or message.read is None:
            return
        key = domain.group_stream(event.channel, event.group)
        if event.appeal and event.opens:
            self._group_of[event.appeal] = key
        said = said_by(message.received, message.read.role)
        withdrawn = event.was_appeal if event.withdraws else None
        known = self._conversations.get(key, EMPTY)
        self._conversations[key] = corrected(known, said, correcting.as_reading(event), number, withdrawn=withdrawn)

    def _divide(self, event: AppealDivided, r: Recorded, work: Work) -> None:
        """The part is numbered like any other appeal, on the day on which it was divided; one that accuses somebody is sealed."""
        group = work.state(GROUP, domain.group_stream(event.channel, event.group))
        number = self._issue(event.appeal, event.occurred_at, work, r.because())
        facts = {name: getattr(event, name) for name in AppealDivided.model_fields if name in AppealOpened.model_fields}
        facts |= {"number": number or "", "reporter_name": group.member(event.reporter, event.occurred_at).real_name}
        if sealed := accused(wording(event.text).body) is not None:
            facts |= {"kind": Kind.REPORT, "text": None, "reporter_name": None}
        opened = AppealOpened(**facts, sealed=sealed)
        kept = [ReportSealed(appeal=event.appeal, text=event.text)] if sealed else []
        work.add(STATUS, f"appeal-{event.appeal}", [opened, *kept], r.because(), event.appeal)
        self._relearn_part(opened)

    def _relearn_part(self, opened: AppealOpened) -> None:
        """A part is spoken of from now on as the appeal it was taken from: in its group, by its reporter, but by its own number."""
        key = domain.group_stream(opened.channel, opened.group)
        if opened.divided_from and key in self._conversations:
            self._group_of[opened.appeal] = key
            self._conversations[key] = self._conversations[key].with_part(opened)

    def recall(self, received: MessageReceived, event: MessageRead, numbers: dict[str, str]) -> None:
        """Remembers a message as it was read once."""
        key = domain.group_stream(received.channel, received.group)
        said = said_by(received, event.role)
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
        self._conversations[key] = self._conversations.get(key, EMPTY).remember(said, reading, event.appeal, number)

    def _overhear(self, event: NoticeHeard) -> None:
        """A notice is read once and remembered in each of its groups."""
        remark = announcement(f"notice-{event.notice}", event.kind, event.text, event.said_at)
        for channel, group in map(placed, event.groups):
            key = domain.group_stream(channel, group)
            self._conversations[key] = self._conversations.get(key, EMPTY).overhear(remark)

    def _note(self, event: CaseStatusNoted | AppealSealed) -> None:
        key = self._group_of.get(event.appeal)
        if key not in self._conversations:
            return
        conversation = self._conversations[key]
        match event:
            case CaseStatusNoted():
                self._conversations[key] = conversation.note_status(event.appeal, event.status, event.occurred_at)
            case AppealSealed():
                self._conversations[key] = conversation.note_sealed(event.appeal)


def _is_sealed(conversation: Conversation, appeal: str | None) -> bool:
    thread = conversation.threads.get(appeal) if appeal else None
    return bool(thread and thread.sealed)


def said_by(received: MessageReceived, role: Role, department: str | None = None) -> Said:
    """A stored message as the rules take it in."""
    return Said(
        message_id=received.message_id,
        channel=received.channel,
        group=received.group,
        person=received.person,
        role=role,
        department=department,
        text=received.text,
        reply_to=received.reply_to,
        sent_at=received.sent_at,
    )
