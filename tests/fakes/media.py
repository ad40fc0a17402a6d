"""The files that chat systems hold, on a server of sockets: WeCom's, DingTalk's and Feishu's published calls for tokens and files.

It answers to the byte as they do, counts what it was asked, and may be told to fail, to hang, or to point somewhere else.
"""

import asyncio
import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.fakes import callbacks
from tests.fakes.chat import wecom_error

WECOM_SECRET, APP_KEY, ROBOT, APP_ID, FEISHU_SECRET = "wecom-secret", "dingkey", "dingrobot", "cli_1", "feishu-secret"
RESOURCE = re.compile(r"/open-apis/im/v1/messages/([^/]+)/resources/([^/]+)")
REQUEST = "01A08FE7-CD6B-79BB-8B2E-35D8768AD457"


def compact(**members: Any) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass
class MediaServer:
    """All three at one address, told apart by path."""

    files: dict[str, bytes] = field(default_factory=dict)
    """what is held, by media id, download code, or message/key"""
    faults: list[str] = field(default_factory=list)
    """of the next requests for a file: 500, 429, reset, silence, redirect, endless"""
    broken: bool = False
    """every request for a file is reset"""
    elsewhere: str = ""
    """where DingTalk's addresses and redirects point, if not here"""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """files are given while it is set"""
    asked: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    """bytes of an endless file"""
    tokens: dict[str, str] = field(default_factory=dict)
    """the one each chat system takes"""

    async def start(self) -> "MediaServer":
        self.gate.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *lines = head.split("\r\n")
                headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines if each)}
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                await self._answer(line.split(" ")[1], headers, raw, writer)
                await writer.drain()
        writer.close()

    async def _answer(self, target: str, headers: dict[str, str], raw: bytes, writer: asyncio.StreamWriter) -> None:
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(raw) if raw else {}
        self.asked[url.path if "/files/" not in url.path else "/files/"] += 1
        match url.path:
            case "/cgi-bin/gettoken":
                _say(writer, 200, self._wecom_token(query))
            case "/v1.0/oauth2/accessToken":
                _say(writer, *self._dingtalk_token(body))
            case "/open-apis/auth/v3/tenant_access_token/internal":
                _say(writer, 200, self._feishu_token(body))
            case "/v1.0/robot/messageFiles/download":
                _say(writer, *self._dingtalk_address(headers, body))
            case _:
                await self.gate.wait()
                await self._file(url.path, query, headers, writer)

    async def _file(self, path: str, query: dict[str, str], headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        match "reset" if self.broken else self.faults.pop(0) if self.faults else "":
            case "reset":
                writer.transport.abort()
            case "silence":
                await asyncio.sleep(60)
            case "500" | "429" as status:
                _say(writer, int(status), b"", "text/plain")
            case "redirect":
                _say(writer, 302, b"", "text/plain", location=self.elsewhere)
            case "endless":
                await self._endless(writer)
            case _ if path == "/cgi-bin/media/get":
                self._wecom_file(query, writer)
            case _ if found := RESOURCE.fullmatch(path):
                self._feishu_file(f"{unquote(found[1])}/{unquote(found[2])}", query, headers, writer)
            case _:
                data = self.files.get(unquote(path.rpartition("/")[2]))
                _say(
                    writer,
                    200 if data else 403,
                    data or b"<Error><Code>AccessDenied</Code></Error>",
                    "application/octet-stream",
                )

    async def _endless(self, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-disposition: attachment; filename="x.jpg"\r\n\r\n'
        )
        while True:
            writer.write(bytes(50_000))
            await writer.drain()
            self.sent += 50_000

    def _renewed(self, system: str) -> str:
        self.tokens[system] = f"{system}-{len(self.tokens)}-{self.asked.total()}"
        return self.tokens[system]

    # -- WeCom ---------------------------------------------------------------------------------------------------------------

    def _wecom_token(self, query: dict[str, str]) -> bytes:
        if (query.get("corpid"), query.get("corpsecret")) != (callbacks.CORP, WECOM_SECRET):
            return wecom_error(40001, "invalid credential")
        return compact(errcode=0, errmsg="ok", access_token=self._renewed("wecom"), expires_in=7200)

    def _wecom_file(self, query: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if query.get("access_token") != self.tokens.get("wecom"):
            _say(writer, 200, wecom_error(40014, "invalid access_token"))
        elif (data := self.files.get(query.get("media_id", ""))) is None:
            _say(writer, 200, wecom_error(40007, "invalid media_id"))
        else:
            name = f'attachment; filename="{query["media_id"]}.jpg"'
            more = {"Content-disposition": name, "Cache-Control": "no-cache, must-revalidate"}
            _say(writer, 200, data, "image/jpeg", **more)

    # -- DingTalk ------------------------------------------------------------------------------------------------------------

    def _dingtalk_token(self, body: dict[str, str]) -> tuple[int, bytes]:
        if body != {"appKey": APP_KEY, "appSecret": callbacks.APP_SECRET}:
            return 400, compact(code="invalidClientIdOrSecret", requestid=REQUEST, message="无效的clientId或者clientSecret")
        return 200, compact(expireIn=7200, accessToken=self._renewed("dingtalk"))

    def _dingtalk_address(self, headers: dict[str, str], body: dict[str, str]) -> tuple[int, bytes]:
        if headers.get("x-acs-dingtalk-access-token") != self.tokens.get("dingtalk"):
            return 400, compact(code="InvalidAuthentication", requestid=REQUEST, message="不合法的access_token")
        if body.get("robotCode") != ROBOT:
            return 400, compact(code="invalidParameter.robotCode", requestid=REQUEST, message="robotCode 无效")
        at = self.elsewhere or f"{self.url}/files/{quote(body['downloadCode'], safe='')}?Expires=1755605200&Signature=x%3D"
        return 200, compact(downloadUrl=at)

    # -- Feishu --------------------------------------------------------------------------------------------------------------

    def _feishu_token(self, body: dict[str, str]) -> bytes:
        if body != {"app_id": APP_ID, "app_secret": FEISHU_SECRET}:
            return compact(code=10014, msg="app secret invalid")
        return compact(code=0, expire=7200, msg="ok", tenant_access_token=f"t-{self._renewed('feishu')}")

    def _feishu_file(self, key: str, query: dict[str, str], headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if headers.get("authorization") != f"Bearer t-{self.tokens.get('feishu')}":
            words = "Invalid access token for authorization. Please make a test attempt."
            _say(writer, 400, compact(code=99991663, msg=words))
        elif (data := self.files.get(key)) is None or query.get("type") != ("image" if "img" in key else "file"):
            _say(writer, 400, compact(code=234003, msg="File not in msg."))
        else:
            _say(writer, 200, data, "image/jpeg")


def _say(
    writer: asyncio.StreamWriter, status: int, body: bytes, form: str = "application/json; charset=UTF-8", **more: str
) -> None:
    extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {form}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    writer.write(head.encode() + body)
