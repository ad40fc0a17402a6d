"""What a message is judged by: its words, and the remarks and appeals before it. Gathered once, for kinds and links. Pure."""

from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from services.intake.reading import Conversation, Said, Thread, linking
from services.intake.reading.conversation import Remark
from services.intake.reading.signs import OfficialSigns, VillagerSigns, official_signs, villager_signs
from services.intake.reading.subjects import Subject
from services.intake.reading.wording import Wording, wording

REMARKS = 120
"""how many remarks back are looked at"""
THREADS = 12
"""of the appeals spoken of last, how many a message may belong to"""


@dataclass(frozen=True, slots=True)
class Talk:
    """A message in its conversation, before it is remembered."""

    said: Said
    words: Wording
    signs: VillagerSigns | OfficialSigns
    remarks: list[Remark]
    """newest first"""
    threads: list[Thread]
    """the one spoken of last first; what is sealed only for whom it is open to"""
    quoted: Remark | None
    """what the quote leads to, small talk passed over"""
    named: Thread | None
    """the appeal that was numbered or quoted: no other can be meant"""

    @property
    def candidates(self) -> list[Thread]:
        """The appeals it may belong to."""
        return [self.named] if self.named else self.threads

    @property
    def subject(self) -> Subject:
        return self.signs.subject

    @property
    def official(self) -> bool:
        return self.said.role.official


def talk_of(said: Said, conversation: Conversation) -> Talk:
    words = wording(said.text)
    link = linking.named(said, words, conversation)
    named = link.thread if link else None
    open_to_him = [thread for thread in conversation.threads.values() if not thread.sealed or _open_to(said, thread)]
    return Talk(
        said=said,
        words=words,
        signs=official_signs(words) if said.role.official else villager_signs(words),
        remarks=[conversation.remarks[key] for key in islice(reversed(conversation.remarks), REMARKS)],
        threads=sorted(open_to_him, key=attrgetter("last_at"), reverse=True)[:THREADS],
        quoted=conversation.quoted(said.reply_to),
        named=named,
    )


def _open_to(said: Said, thread: Thread) -> bool:
    """A sealed appeal is nobody's but its reporter's and the commission's: no chatter is tied to it."""
    return linking.visible(said, thread) or said.person == thread.opened_by
