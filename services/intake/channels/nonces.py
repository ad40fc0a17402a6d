"""Signatures already seen: a call sent again with the same words is a retry and answered as the first, with others refused.

Memory is enough. Where the signature covers the words, nobody without the secret can put others under an old nonce, and who
has the secret needs no old nonce; the same words again are one message by its id, whichever replica hears them and however
often it was restarted. Only calls whose signature was right are remembered, so strangers cannot push them out.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.intake.channels import Once, Reason, Refusal

KEPT = timedelta(hours=2)
"""longer than any stamp is valid: an hour behind us, or an hour ahead"""
SIZE = 20_000


@dataclass(slots=True)
class _Seen:
    first: datetime
    said: set[bytes] = field(default_factory=set)


class Nonces:
    """What was heard under each nonce, the oldest forgotten first."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()

    def admit(self, channel: str, once: Once, now: datetime) -> None:
        """Raises Refusal when this nonce was used for other words before."""
        self._forget(now)
        key = hashlib.sha256(f"{channel}\n{once.nonce}".encode("utf-8", "replace")).digest()
        seen = self._seen.setdefault(key, _Seen(now))
        if once.said not in seen.said and len(seen.said) >= once.bodies:
            raise Refusal(Reason.NONCE, "此签名已用于另一内容")
        seen.said.add(once.said)

    def __len__(self) -> int:
        return len(self._seen)

    def _forget(self, now: datetime) -> None:
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if len(self._seen) < self._size and now - oldest.first < KEPT:
                return
            self._seen.popitem(last=False)
