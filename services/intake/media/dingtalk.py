"""DingTalk's files: the code of a call is exchanged for an address that holds for a while.

Only the robot that got the message may exchange its code. See open.dingtalk.com, "download the file content of the robot
receiving message".
"""

from services.intake.channels import Ref
from services.intake.channels.dingtalk import DingTalk
from services.intake.media.holders import Answer, Http, Token, Unreachable, Withheld, seconds, told, with_token

HOSTS = ("*.dingtalk.com", "*.aliyuncs.com")
"""of DingTalk itself, and of the storage it keeps robots' files in"""
HEADER = "x-acs-dingtalk-access-token"


class Files:
    """The files of one robot."""

    def __init__(self, entry: DingTalk, limit: int) -> None:
        self._entry = entry
        self._http = Http(entry.host, (*HOSTS, *entry.file_hosts), limit)
        self._token = Token(self._ask_token)

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, ref: Ref) -> bytes:
        answer = await with_token(self._token, lambda token: self._exchange(token, ref), _token_gone)
        url = answer.said.text("downloadUrl")
        if answer.status != 200 or not url:
            raise Withheld(told("DingTalk", str(answer.status), answer.said.text("code"), answer.said.text("message")))
        file = await self._http.file_at(url)
        if file.status != 200:
            raise Withheld(f"HTTP {file.status}")  # the address may have ended; the next try asks for another
        return file.body

    async def _exchange(self, token: str, ref: Ref) -> Answer:
        body = {"downloadCode": ref["code"], "robotCode": ref.get("robot") or self._entry.app_key}
        return await self._http.words("POST", "/v1.0/robot/messageFiles/download", json=body, headers={HEADER: token})

    async def _ask_token(self) -> tuple[str, float]:
        body = {"appKey": self._entry.app_key, "appSecret": self._entry.app_secret.get_secret_value()}
        answer = await self._http.words("POST", "/v1.0/oauth2/accessToken", json=body)
        if not (token := answer.said.text("accessToken")):
            raise Unreachable(told("DingTalk accessToken", str(answer.status), answer.said.text("code")))
        return token, seconds(answer.said.text("expireIn"))


def _token_gone(answer: Answer) -> bool:
    return answer.status == 401 or answer.said.text("code") == "InvalidAuthentication"
