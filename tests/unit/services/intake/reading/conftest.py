"""A village's chat, played message by message: whoever speaks is read, and what was read is remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from services.intake.reading import EMPTY, Conversation, Reading, Said, Thread, read
from shared.events.intake import OPENING, Role

START = datetime(2024, 5, 6, 9, 0, tzinfo=timezone(timedelta(hours=8)))


@dataclass
class Chat:
    """One group. `say` answers the reading; `ids` and `appeals` hold what each message became."""

    conversation: Conversation = EMPTY
    now: datetime = START
    count: int = 0
    last: str | None = None
    appeal: str | None = None
    readings: list[Reading] = field(default_factory=list)

    def say(self, who: str, text: str, *, to: str | None = None, role: Role = Role.VILLAGER, after: float = 5) -> Reading:
        """`after` is minutes since the message before."""
        self.now += timedelta(minutes=after)
        self.count += 1
        self.last = f"m{self.count}"
        said = Said(self.last, "wecom", "g", who, role, None, text, to, self.now)
        reading = read(said, self.conversation)
        self.appeal = reading.appeal or (f"a{self.count}" if reading.kind in OPENING else None)
        self.conversation = self.conversation.remember(said, reading, self.appeal, f"TY-20240506-{self.count:04}")
        self.readings.append(reading)
        return reading

    def official(
        self,
        text: str,
        *,
        to: str | None = None,
        who: str = "cadre",
        role: Role = Role.VILLAGE_OFFICIAL,
        after: float = 5,
    ) -> Reading:
        return self.say(who, text, to=to, role=role, after=after)

    def thread(self, appeal: str) -> Thread:
        return self.conversation.threads[appeal]


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def alone() -> Callable[..., Reading]:
    """Read a message as the first ever said in its group."""

    def read_alone(text: str, role: Role = Role.VILLAGER) -> Reading:
        return Chat().say("someone", text, role=role)

    return read_alone
