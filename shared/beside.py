"""What a service keeps beside its events, in the same transaction: timers, armed by what starts them.

Everybody who appends to such a stream within a transaction first claims what lies beside it, then takes the append lock, in
this order; who is claimed already is waited for. So two never wait for each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared import db
from shared.envelope import Append


class Beside(Protocol):
    """Keeps something beside streams."""

    async def claim(self, connection: db.Connection, streams: Sequence[str]) -> None:
        """Waits until nobody else holds what lies beside these streams, and holds it until the transaction ends."""

    async def keep(self, connection: db.Connection, requests: Sequence[Append], states: Mapping[str, Any]) -> None:
        """Writes what follows from these appends; `states` of all streams at hand, after them."""
