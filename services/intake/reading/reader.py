"""The one entry point: a message and its conversation in, a reading out. Pure, and quick enough for every message."""

from dataclasses import replace

from services.intake.reading.conversation import Conversation
from services.intake.reading.model import Reading, Said
from services.intake.reading.officials import read_official
from services.intake.reading.villagers import read_villager
from services.intake.reading.wording import wording
from shared.events.intake import Role

STRANGER = 0.8
"""Whom the roster does not know is read like a villager, and trusted less."""


def read(said: Said, conversation: Conversation) -> Reading:
    """What this message is, and which appeal it belongs to."""
    words = wording(said.text)
    if said.role.official:
        return read_official(said, words, conversation)
    reading = read_villager(said, words, conversation)
    if said.role is Role.UNKNOWN:
        return replace(
            reading,
            confidence=round(reading.confidence * STRANGER, 2),
            reasons=(*reading.reasons, "发言人不在实名名册中"),
        )
    return reading
