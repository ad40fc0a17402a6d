"""The webhook channel: replies are posted as JSON, signed by the Standard Webhooks rules, so anybody can write a receiver.

`webhook-id` is the reply's id: a receiver that sees it twice has already said it. A 2xx answer is a delivery; 410 and other
4xx (but 408, 425, 429) mean that trying again cannot help. See https://www.standardwebhooks.com.
"""

from datetime import UTC, datetime

import orjson
from standardwebhooks import Webhook

from services.notify.channels import Message, Undeliverable, http

WORTH_RETRYING = {408, 425, 429}
TYPE = "minsheng.notify.reply-queued.v1"


class WebhookChannel:
    """Posts each reply to one URL."""

    limit_bytes = 1_000_000
    keyed = True

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._signer = Webhook(secret)
        self._client = http.client()

    async def send(self, message: Message) -> bool:
        data = message.replies[0] if message.replies else {"reply": message.key, "text": message.text}
        body = orjson.dumps({"type": TYPE, "data": data}).decode()
        now = datetime.now(UTC)  # the signature is about real time, whatever clock the county runs on
        headers = {
            "content-type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.key, now, body),
        }
        answer = await self._client.post(self._url, content=body, headers=headers)
        if 400 <= answer.status_code < 500 and answer.status_code not in WORTH_RETRYING:
            raise Undeliverable(f"the receiver answered {answer.status_code}")
        http.checked(answer)
        return True

    async def close(self) -> None:
        await self._client.aclose()
