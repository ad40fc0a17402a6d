"""DingTalk (钉钉): the robot of a group, its messages signed. Who sends more than 20 a minute is shut out for 10 minutes.

https://open.dingtalk.com/document/robots/custom-robot-access
"""

import base64
import hashlib
import hmac
import time

from services.notify.channels import Message, Rejected, Throttled, Undeliverable, http

HOST = "https://oapi.dingtalk.com"
LIMIT_BYTES = 15_000
"""the whole request may be 20,000; the rest is for JSON and its escapes"""
TOO_MANY = {130101, 660026}
SHUT_OUT_SECONDS = 600.0
BUSY = -1
NOT_ITS_FAULT = {40035, 400105}
"""a parameter of the message, its type"""


def sign(secret: str, milliseconds: int) -> str:
    """Base64 of the HMAC-SHA256 of time and secret under the secret; goes into the query, where httpx escapes it."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DingtalkRobot:
    """The robot of one group. Without a secret it must be admitted by address or keyword."""

    keyed = False
    limit_bytes = LIMIT_BYTES

    def __init__(self, token: str, secret: str, *, mention: tuple[str, ...] = (), host: str = HOST) -> None:
        self._token, self._secret, self._mention = token, secret, mention
        self._url = f"{host}/robot/send"
        self._client = http.client()

    async def send(self, message: Message) -> bool:
        params = {"access_token": self._token}
        if self._secret:
            milliseconds = time.time_ns() // 1_000_000  # real time, whatever clock the county runs on
            params |= {"timestamp": str(milliseconds), "sign": sign(self._secret, milliseconds)}
        mention = self._mention if message.urgent else ()
        at = {"atMobiles": [m for m in mention if m != "@all"], "isAtAll": "@all" in mention}
        body = {"msgtype": "text", "text": {"content": message.text}, "at": at}
        answer = http.json_of(await self._client.post(self._url, params=params, json=body))
        if (code := answer.get("errcode")) == 0:
            return True
        reason = f"{code} {answer.get('errmsg', '')}"[:300]
        if code in TOO_MANY or code == BUSY:
            raise Throttled(reason, http.PAUSE_SECONDS if code == BUSY else SHUT_OUT_SECONDS)
        raise Undeliverable(reason) if code in NOT_ITS_FAULT else Rejected(reason)

    async def close(self) -> None:
        await self._client.aclose()
