"""Which readings a person is asked about."""

import pytest

from services.intake.triage import Why, doubt
from shared.events.intake import Kind, MessageRead, Role


def read(kind: Kind, confidence: float, *, sealed: bool = False) -> MessageRead:
    return MessageRead(message="m", kind=kind, appeal=None, role=Role.VILLAGER, sealed=sealed, confidence=confidence)


@pytest.mark.parametrize(
    ("reading", "below", "why"),
    [
        (read(Kind.CHATTER, 0.0), 0.0, Why.UNREAD),
        (read(Kind.REPORT, 0.9, sealed=True), 0.7, Why.SEALED),
        (read(Kind.SUPPLEMENT, 0.9, sealed=True), 0.7, None),
        (read(Kind.CHATTER, 0.69), 0.7, Why.UNSURE),
        (read(Kind.CHATTER, 0.7), 0.7, None),
        (read(Kind.CHATTER, 0.69), 0.5, None),
    ],
)
def test_a_person_is_asked_of_the_unread_the_sealed_and_the_unsure(reading: MessageRead, below: float, why: Why | None) -> None:
    assert doubt(reading, below) is why
