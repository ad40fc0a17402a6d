"""The webhook channel: replies are posted as JSON, signed by the Standard Webhooks rules, so anybody can write a receiver.

`webhook-id` is the reply's id: a receiver that sees it twice has already said it. A 2xx answer is a delivery; 410 and other
4xx (but 408, 425, 429) mean that trying again cannot help. See https://www.standardwebhooks.com.
"""

import ssl
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from standardwebhooks import Webhook

from services.notify.channels import Undeliverable

TIMEOUT_SECONDS = 10.0
WORTH_RETRYING = {408, 425, 429}


class WebhookChannel:
    """Posts each reply to one URL."""

    name = "webhook"

    def __init__(self, url: str, secret: str, *, verify: ssl.SSLContext | bool = True) -> None:
        self._url = url
        self._signer = Webhook(secret)
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=verify)

    async def send(self, reply: dict[str, Any]) -> None:
        body = orjson.dumps({"type": "minsheng.notify.reply-queued.v1", "data": reply}).decode()
        now = datetime.now(UTC)  # the signature is about real time, whatever clock the county runs on
        headers = {
            "content-type": "application/json",
            "webhook-id": reply["reply"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(reply["reply"], now, body),
        }
        answer = await self._client.post(self._url, content=body, headers=headers)
        if 400 <= answer.status_code < 500 and answer.status_code not in WORTH_RETRYING:
            raise Undeliverable(f"the receiver answered {answer.status_code}")
        answer.raise_for_status()

    async def close(self) -> None:
        await self._client.aclose()
