"""Chat systems that are not there: an HTTP server of sockets that answers as WeCom, DingTalk, Feishu and a webhook's receiver do.

Answers are the published ones to the byte. Faults are drawn by a seed or queued by a test. The server judges by itself: who
sends more than is allowed within a minute of its clock gets the published refusal and is counted in `over`.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

OK = b'{"errcode":0,"errmsg":"ok"}'
FEISHU_OK = b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'
HINT = "hint: [1755605200056773468916791], from ip: 10.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e="
FAULTS = ("throttled", "429", "500", "silence", "reset", "heard-reset")
SECRET = "SEC-fake"


def wecom_error(code: int, words: str) -> bytes:
    return json.dumps({"errcode": code, "errmsg": f"{words}, {HINT}{code}"}, separators=(",", ":")).encode()


THROTTLED = {
    "wecom": wecom_error(45009, "api freq out of limit"),
    "dingtalk": b'{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}',
    "feishu": b'{"code":11232,"data":{},"msg":"frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}',
}


@dataclass
class Heard:
    """One message that was taken."""

    at: datetime
    robot: str
    text: str
    key: str = ""
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class ChatServer:
    """All of them at one address, told apart by path."""

    now: Callable[[], datetime]
    per_minute: int = 20
    share: float = 0.0
    """of requests that meet a fault"""
    kinds: tuple[str, ...] = FAULTS
    """the faults that are drawn"""
    draw: random.Random = field(default_factory=lambda: random.Random(1))
    faults: list[str] = field(default_factory=list)
    """those of the next requests, before any are drawn"""
    broken: set[str] = field(default_factory=set)
    """robots that answer 500 to everything"""
    heard: list[Heard] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)
    """texts that were taken, though the sender was never told so"""
    met: Counter[str] = field(default_factory=Counter)
    over: int = 0
    tokens: int = 0
    token: str = ""
    _recent: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    async def start(self, port: int = 0) -> "ChatServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        self._server.close()

    def texts(self, robot: str | None = None) -> list[str]:
        return [heard.text for heard in self.heard if robot in (None, heard.robot)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *lines = head.split("\r\n")
                headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines if each)}
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                if not await self._answer(line.split(" ")[1], headers, raw, writer):
                    break
        writer.close()

    async def _answer(self, target: str, headers: dict[str, str], raw: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(raw) if raw else {}
        if url.path == "/cgi-bin/gettoken":
            return _say(writer, 200, self._gettoken(query))
        kind, robot, judge = self._system(url.path, query, headers)
        fault = self.faults.pop(0) if self.faults else self.draw.choice(self.kinds) if self.draw.random() < self.share else ""
        fault = "500" if robot in self.broken else fault
        self.met[fault] += 1
        if fault in ("reset", "silence"):
            if fault == "silence":
                await asyncio.sleep(1.5)
            writer.transport.abort()
            return False
        if fault == "500":
            return _say(writer, 500, b"Internal Server Error", "text/plain")
        if fault == "429":
            return _say(writer, 429, b"", "text/plain", retry_after="7")
        if fault == "throttled" and kind in THROTTLED:
            return _say(writer, 200, THROTTLED[kind])
        answer = judge(query, body)
        if answer is None:
            answer = self._take(kind, robot, headers, body, told=fault != "heard-reset")
        if fault == "heard-reset":
            writer.transport.abort()
            return False
        return _say(writer, 200, answer)

    def _take(self, kind: str, robot: str, headers: dict[str, str], body: dict[str, Any], *, told: bool) -> bytes:
        now = self.now()
        recent = self._recent[robot] = [at for at in self._recent[robot] if at > now - timedelta(seconds=60)]
        if kind in THROTTLED and len(recent) >= self.per_minute:
            self.over += 1
            return THROTTLED[kind]
        recent.append(now)
        text = text_of(kind, body)
        self.heard.append(Heard(now, robot, text, headers.get("webhook-id", ""), body))
        if not told:
            self.unanswered[text] += 1
        return FEISHU_OK if kind == "feishu" else OK

    def _system(self, path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[str, str, Any]:
        if path == "/cgi-bin/webhook/send":
            return "wecom", query.get("key", ""), self._wecom
        if path == "/cgi-bin/message/send":
            return "wecom", "app", self._app
        if path == "/robot/send":
            return "dingtalk", query.get("access_token", ""), self._dingtalk
        if path.startswith("/open-apis/bot/v2/hook/"):
            return "feishu", path.rpartition("/")[2], self._feishu
        return "webhook", path, lambda _query, _body: None

    def _wecom(self, query: dict[str, str], body: dict[str, Any]) -> bytes | None:
        if not query.get("key", "").startswith("key-"):
            return wecom_error(93000, "invalid webhook url")
        kind = body["msgtype"]
        if len(body[kind]["content"].encode()) > (limit := {"text": 2048, "markdown": 4096}[kind]):
            return wecom_error(40058, f"{kind}.content exceed max length {limit}. invalid Request Parameter")
        return None if body[kind]["content"] else wecom_error(44004, "empty content")

    def _gettoken(self, query: dict[str, str]) -> bytes:
        if query.get("corpsecret") != SECRET:
            return wecom_error(40001, "invalid credential")
        self.tokens += 1
        self.token = f"token-{self.tokens}"
        return json.dumps({"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200}).encode()

    def _app(self, query: dict[str, str], body: dict[str, Any]) -> bytes | None:
        if query.get("access_token") != self.token:
            return wecom_error(40014, "invalid access_token")
        if body["touser"] == "nobody":
            return wecom_error(81013, "user & party & tag all invalid")
        return None

    def _dingtalk(self, query: dict[str, str], _body: dict[str, Any]) -> bytes | None:
        signed = hmac.new(SECRET.encode(), f"{query.get('timestamp')}\n{SECRET}".encode(), hashlib.sha256).digest()
        fresh = abs(time.time() * 1000 - int(query.get("timestamp", 0))) < 3_600_000
        if query.get("sign") != base64.b64encode(signed).decode() or not fresh:
            return b'{"errcode":310000,"errmsg":"sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"}'
        if query["access_token"] == "gone":
            return b'{"errcode":300001,"errmsg":"token is not exist"}'
        return None

    def _feishu(self, _query: dict[str, str], body: dict[str, Any]) -> bytes | None:
        signed = hmac.new(f"{body.get('timestamp')}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
        fresh = abs(time.time() - int(body.get("timestamp", 0))) < 3600
        if body.get("sign") != base64.b64encode(signed).decode() or not fresh:
            return b'{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}'
        return None


def text_of(kind: str, body: dict[str, Any]) -> str:
    if kind == "feishu":
        return str(body["content"]["text"])
    if kind == "webhook":
        return str(body["data"]["text"])
    return str(body[body["msgtype"]]["content"])


def _say(
    writer: asyncio.StreamWriter, status: int, body: bytes, form: str = "application/json; charset=UTF-8", **more: str
) -> bool:
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {form}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    writer.write(head.encode() + body)
    return True
