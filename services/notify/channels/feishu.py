"""Feishu (飞书): the robot of a group, its messages signed by seconds; 100 a minute and 5 a second.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

import base64
import hashlib
import hmac
import time
from typing import Any

from services.notify.channels import Message, Rejected, Throttled, Undeliverable, http

HOST = "https://open.feishu.cn"
LIMIT_BYTES = 15_000
"""the whole request may be 20 KB; the rest is for JSON and its escapes"""
TOO_MANY = {11232, 99991400}
NOT_ITS_FAULT = {9499, 11246}
"""a request it cannot read, content it does not take"""
PAUSE_SECONDS = 10.0


def sign(secret: str, seconds: int) -> str:
    """Time and secret are the key here, and the message that is signed is empty."""
    return base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


class FeishuRobot:
    """The robot of one group; `token` is the last part of its webhook's address."""

    keyed = False
    limit_bytes = LIMIT_BYTES

    def __init__(self, token: str, secret: str, *, host: str = HOST) -> None:
        self._url, self._secret = f"{host}/open-apis/bot/v2/hook/{token}", secret
        self._client = http.client()

    async def send(self, message: Message) -> bool:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": message.text}}
        if self._secret:
            seconds = int(time.time())  # real time, whatever clock the county runs on
            body = {"timestamp": str(seconds), "sign": sign(self._secret, seconds), **body}
        answer = await self._client.post(self._url, json=body)
        said = answer.json() if answer.status_code == 400 and "json" in answer.headers.get("content-type", "") else None
        said = said if isinstance(said, dict) else http.json_of(answer)
        if (code := said.get("code", said.get("StatusCode"))) == 0:
            return True
        reason = f"{code} {said.get('msg', '')}"[:300]
        if code in TOO_MANY:
            raise Throttled(reason, PAUSE_SECONDS)
        raise Undeliverable(reason) if code in NOT_ITS_FAULT else Rejected(reason)

    async def close(self) -> None:
        await self._client.aclose()
