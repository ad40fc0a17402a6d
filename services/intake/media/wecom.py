"""WeCom's files: an app's by its media id, kept for three days; a robot's at an address that holds for five minutes.

A smart robot's are sealed with the key of its callbacks (AES-256-CBC, PKCS#7 to 32 bytes). See developer.work.weixin.qq.com,
documents 90254, 91039, 100719.
"""

import asyncio
import base64

from services.intake.channels import Ref, Refusal
from services.intake.channels.checks import open_cbc
from services.intake.channels.wecom import BLOCK, WeCom
from services.intake.media.holders import Answer, Gone, Http, Token, Unreachable, Withheld, seconds, told, with_token

HOSTS = ("*.qpic.cn", "ww-aibot-img-1258476243.cos.*.myqcloud.com")
"""of group robots' pictures, and of smart robots' files"""
TOKEN_GONE = {"40014", "42001", "41001"}
INVALID_MEDIA = {"40007", "40004"}


class Files:
    """The files of one app or robot."""

    def __init__(self, entry: WeCom, limit: int) -> None:
        self._entry = entry
        self._http = Http(entry.host, (*HOSTS, *entry.file_hosts), limit + BLOCK)
        self._token = Token(self._ask_token)

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, ref: Ref) -> bytes:
        if url := ref.get("url"):
            answer = await self._http.file_at(url)
            return await asyncio.to_thread(self._opened, answer, sealed="sealed" in ref)
        answer = await with_token(self._token, lambda token: self._get(token, ref["media_id"]), _token_gone)
        if "content-disposition" in answer.headers:
            return answer.body
        code = answer.said.text("errcode")
        if code in INVALID_MEDIA:
            raise Gone
        raise Withheld(told("WeCom", str(answer.status), code, answer.said.text("errmsg")))

    async def _get(self, token: str, media_id: str) -> Answer:
        return await self._http.file("/cgi-bin/media/get", params={"access_token": token, "media_id": media_id})

    async def _ask_token(self) -> tuple[str, float]:
        secret = self._entry.secret.get_secret_value()
        params = {"corpid": self._entry.corp_id, "corpsecret": secret}
        said = (await self._http.words("GET", "/cgi-bin/gettoken", params=params)).said
        if said.text("errcode") != "0":
            raise Unreachable(told("WeCom gettoken", said.text("errcode"), said.text("errmsg")))
        return said.text("access_token"), seconds(said.text("expires_in"))

    def _opened(self, answer: Answer, *, sealed: bool) -> bytes:
        if answer.status in (403, 404):
            raise Gone
        if answer.status != 200:
            raise Withheld(f"HTTP {answer.status}")
        if not sealed:
            return answer.body
        key = base64.b64decode(self._entry.aes_key.get_secret_value() + "=")
        try:
            return open_cbc(key, key[:16], answer.body, block=BLOCK)
        except Refusal:
            raise Withheld("the file is not sealed with the configured aes_key") from None


def _token_gone(answer: Answer) -> bool:
    return "content-disposition" not in answer.headers and answer.said.text("errcode") in TOKEN_GONE
