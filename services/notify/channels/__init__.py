"""Channels out: one file a chat system, one small interface.

A channel says whether it took a reply. `Undeliverable` means trying again cannot help; any other error is tried again.
"""

from typing import Any, Protocol


class Undeliverable(Exception):
    """The channel refused this reply for good; the message says why."""


class Channel(Protocol):
    """Where replies go. `send` is given the reply as GET /replies shows it."""

    name: str

    async def send(self, reply: dict[str, Any]) -> None: ...

    async def close(self) -> None: ...
