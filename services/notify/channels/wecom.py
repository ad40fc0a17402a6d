"""WeCom (企业微信): the robot of a group, and messages of an app to named members.

A robot takes 20 messages a minute and its key is its only secret. An app needs an access token, which holds for about two
hours and may be withdrawn earlier. https://developer.work.weixin.qq.com/document/path/91770 and /90236
"""

import time
from typing import Any, Literal

from services.notify.channels import Message, Rejected, Throttled, Undeliverable, http

HOST = "https://qyapi.weixin.qq.com"
TEXT_BYTES = 2048
MARKDOWN_BYTES = {"robot": 4096, "app": 2048}
TOO_MANY = {45009, 45033, -1}
"""called too often, too many at once, system busy"""
NOT_ITS_FAULT = {40008, 40058, 44004, 45002}
"""the message itself: its type, a parameter or too long, empty, too large"""
TOKEN_GONE = {40014, 42001, 41001}
RENEW_SECONDS = 120
"""how long before its end a token is no longer used"""
BUSY_SECONDS = 5.0

Format = Literal["text", "markdown"]


def content(message: Message, form: Format, mention: tuple[str, ...] = ()) -> dict[str, Any]:
    """The message as WeCom takes it; who is to be mentioned, by mobile number or @all, is only for urgent texts."""
    body: dict[str, Any] = {"content": message.text}
    if form == "text" and mention and message.urgent:
        body["mentioned_mobile_list"] = list(mention)
    return {"msgtype": form, form: body}


def judge(answer: dict[str, Any]) -> None:
    """Raises what an errcode means. `errmsg` names our address and a trace, never the key."""
    code = answer.get("errcode")
    if code == 0:
        return
    reason = f"{code} {answer.get('errmsg', '')}"[:300]
    if code in TOO_MANY:
        raise Throttled(reason, BUSY_SECONDS if code == -1 else http.PAUSE_SECONDS)
    if code in NOT_ITS_FAULT:
        raise Undeliverable(reason)
    raise Rejected(reason)


class WecomRobot:
    """The robot of one group."""

    keyed = False

    def __init__(self, key: str, *, form: Format = "text", mention: tuple[str, ...] = (), host: str = HOST) -> None:
        self.limit_bytes = TEXT_BYTES if form == "text" else MARKDOWN_BYTES["robot"]
        self._form, self._mention = form, mention
        self._url, self._key = f"{host}/cgi-bin/webhook/send", key
        self._client = http.client()

    async def send(self, message: Message) -> bool:
        body = content(message, self._form, self._mention)
        judge(http.json_of(await self._client.post(self._url, params={"key": self._key}, json=body)))
        return True

    async def close(self) -> None:
        await self._client.aclose()


class WecomApp:
    """Messages of an app to `to`: member ids separated by |, or @all. WeCom itself drops the same text within half an hour."""

    keyed = False

    def __init__(self, corp: str, secret: str, agent: int, to: str, *, form: Format = "text", host: str = HOST) -> None:
        self.limit_bytes = TEXT_BYTES if form == "text" else MARKDOWN_BYTES["app"]
        self._corp, self._secret, self._agent, self._to, self._form, self._host = corp, secret, agent, to, form, host
        self._token, self._until = "", 0.0
        self._client = http.client()

    async def send(self, message: Message) -> bool:
        answer = await self._post(message, await self._current())
        if answer.get("errcode") in TOKEN_GONE:
            self._until = 0.0
            answer = await self._post(message, await self._current())
        judge(answer)
        if unknown := answer.get("invaliduser"):
            raise Undeliverable(f"not members, or out of the app's sight: {unknown}")
        return True

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, message: Message, token: str) -> dict[str, Any]:
        body = {
            "touser": self._to, "agentid": self._agent, **content(message, self._form),
            "enable_duplicate_check": 1, "duplicate_check_interval": 1800,
        }  # fmt: skip
        url = f"{self._host}/cgi-bin/message/send"
        return http.json_of(await self._client.post(url, params={"access_token": token}, json=body))

    async def _current(self) -> str:
        """The access token, a new one when the old one nears its end. Monotonic time: a corrected clock must not revive it."""
        if time.monotonic() >= self._until:
            params = {"corpid": self._corp, "corpsecret": self._secret}
            answer = http.json_of(await self._client.get(f"{self._host}/cgi-bin/gettoken", params=params))
            judge(answer)
            self._token = str(answer["access_token"])
            self._until = time.monotonic() + max(0, int(answer.get("expires_in", 0)) - RENEW_SECONDS)
        return self._token
