"""A conversation in which a message turns out to be something else: remembered as if it had been read so in its place."""

from dataclasses import replace
from types import MappingProxyType

from services.intake.reading.conversation import Conversation
from services.intake.reading.model import Reading, Said
from shared.events.intake import OPENING


def corrected(
    conversation: Conversation, said: Said, reading: Reading, number: str | None, *, withdrawn: str | None = None
) -> Conversation:
    """`withdrawn` is the appeal this message had opened and no longer does: what was said of it goes where the message went.

    Doing it twice is doing it once: whoever becomes the reader may have heard of a correction before its turn comes.
    """
    places = list(conversation.remarks)
    remarks, threads = dict(conversation.remarks), dict(conversation.threads)
    if withdrawn:
        threads.pop(withdrawn, None)
        remarks = {key: replace(r, appeal=reading.appeal) if r.appeal == withdrawn else r for key, r in remarks.items()}
    opened = threads.get(reading.appeal or "")
    if opened and reading.kind in OPENING:
        threads[opened.appeal] = replace(
            opened,
            kind=reading.kind,
            number=number or opened.number,
            urgent=opened.urgent or reading.urgent,
            sealed=reading.sealed,
        )
    before = Conversation(MappingProxyType(remarks), MappingProxyType(threads))
    if opened and reading.kind in OPENING:
        number = number or opened.number
    after = before.remember(said, reading, reading.appeal, number)
    kept = [key for key in places if key in after.remarks]
    return replace(after, remarks=MappingProxyType({key: after.remarks[key] for key in kept}))
