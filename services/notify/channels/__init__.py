"""Channels out: one file a chat system, one small interface.

A channel is given messages whose text fits, and says by its error what the trouble is: the message's own (`Undeliverable`),
too many messages (`Throttled`), or anything else, which is the channel's and passes or is mended.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol


class Undeliverable(Exception):
    """The channel refused this message for good; the sentence says why. Other messages may fare better."""


class Throttled(Exception):
    """The channel wants to hear nothing for `seconds`."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Rejected(Exception):
    """The channel is set up wrongly or out of order: every message would meet the same."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way out. `key` is the same whenever the same thing is said again."""

    key: str
    text: str
    urgent: bool = False
    replies: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    """what it carries, as GET /replies shows it"""


class Channel(Protocol):
    """Where messages go."""

    @property
    def limit_bytes(self) -> int:
        """How long a text may be, in bytes of UTF-8."""

    @property
    def keyed(self) -> bool:
        """Whether the receiver knows a key it has seen before: then sending twice says it once."""

    async def send(self, message: Message) -> bool:
        """True: it has arrived. False: it lies ready for somebody outside who reports when it was sent. Raises as above."""

    async def close(self) -> None: ...
