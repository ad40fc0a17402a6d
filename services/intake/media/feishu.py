"""Feishu's files: by the id of the message and the key of the file in it. The robot must still be in the chat.

See open.feishu.cn, im-v1 message-resource get, and auth-v3 tenant_access_token internal.
"""

from urllib.parse import quote

from services.intake.channels import Ref
from services.intake.channels.feishu import Feishu
from services.intake.media.holders import Answer, Gone, Http, Token, TooLarge, Unreachable, Withheld, seconds, told, with_token

TOKEN_GONE = {"99991661", "99991663", "99991664", "99991668"}
NOT_IN_MESSAGE = {"234003"}
TOO_LARGE = {"234037"}


class Files:
    """The files of one application."""

    def __init__(self, entry: Feishu, limit: int) -> None:
        self._entry = entry
        self._http = Http(entry.host, (), limit)
        self._token = Token(self._ask_token)

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, ref: Ref) -> bytes:
        answer = await with_token(self._token, lambda token: self._get(token, ref), _token_gone)
        if answer.status == 200 and not answer.said.text("code"):
            return answer.body
        code = answer.said.text("code")
        if code in NOT_IN_MESSAGE:
            raise Gone
        if code in TOO_LARGE:
            raise TooLarge
        raise Withheld(told("Feishu", str(answer.status), code, answer.said.text("msg")))

    async def _get(self, token: str, ref: Ref) -> Answer:
        path = f"/open-apis/im/v1/messages/{quote(ref['message'], safe='')}/resources/{quote(ref['key'], safe='')}"
        return await self._http.file(path, params={"type": ref["type"]}, headers={"Authorization": f"Bearer {token}"})

    async def _ask_token(self) -> tuple[str, float]:
        body = {"app_id": self._entry.app_id, "app_secret": self._entry.app_secret.get_secret_value()}
        said = (await self._http.words("POST", "/open-apis/auth/v3/tenant_access_token/internal", json=body)).said
        if said.text("code") != "0":
            raise Unreachable(told("Feishu tenant_access_token", said.text("code"), said.text("msg")))
        return said.text("tenant_access_token"), seconds(said.text("expire"))


def _token_gone(answer: Answer) -> bool:
    return answer.status != 200 and answer.said.text("code") in TOKEN_GONE
