"""Any program of the county's own: messages in our own form, signed by the Standard Webhooks rules.

`webhook-id` names the call: sent again with the same body it is answered as the first time. Several keys may be valid at once,
so that one can be exchanged without a gap. See https://www.standardwebhooks.com.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from services.intake.channels import Call, Heard, Once, Reason, Refusal
from services.intake.channels.checks import encoded, require_recent
from services.intake.storing import ChannelName, Incoming, parse
from shared.channel_files import Secret
from shared.problems import Problem

SKEW = timedelta(minutes=5)
LIMIT = 2_000_000
VERSION = "v1,"
MANY = 20
"""signatures looked at in one call"""


def _signing(secret: SecretStr) -> SecretStr:
    try:
        if len(_key(secret)) >= 16:
            return secret
    except ValueError:
        pass
    raise ValueError("must be whsec_ and base64 of at least 16 bytes")


def _key(secret: SecretStr) -> bytes:
    text = secret.get_secret_value().removeprefix("whsec_")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


class Webhook(BaseModel):
    """One sender. With `channel` set, it may speak for that channel only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["webhook"]
    secrets: Annotated[tuple[Annotated[Secret, AfterValidator(_signing)], ...], Field(min_length=1, max_length=10)]
    channel: ChannelName | None = None

    @property
    def limit(self) -> int:
        return LIMIT

    def hear(self, call: Call, now: datetime) -> Heard:
        call_id, stamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        given = call.headers.get("webhook-signature", "").split(" ")
        if not call_id or not self._signed(encoded(f"{call_id}.{stamp}.") + call.body, given):
            raise Refusal(Reason.SIGNATURE, "签名不符")
        require_recent(stamp, now, SKEW)
        messages = self._messages(call.body)
        return Heard(messages, (), Once(call_id, hashlib.sha256(call.body).digest()), None, "application/json")

    def _signed(self, content: bytes, given: list[str]) -> bool:
        """Whether one of the signatures given is by one of our keys."""
        signatures = [encoded(one.removeprefix(VERSION)) for one in given[:MANY] if one.startswith(VERSION)]
        expected = [base64.b64encode(hmac.digest(_key(secret), content, "sha256")) for secret in self.secrets]
        return any(hmac.compare_digest(one, ours) for one in signatures for ours in expected)

    def _messages(self, body: bytes) -> tuple[Incoming, ...]:
        try:
            messages = parse(body)
        except Problem as problem:
            raise Refusal(Reason.BODY, problem.detail) from None
        others = sorted({message.channel for message in messages if self.channel not in (None, message.channel)})
        if others:
            raise Refusal(Reason.RECEIVER, f"此通道只收 {self.channel} 的消息，不收 {'、'.join(others)} 的")
        return tuple(messages)
