"""Whose servers are asked for files, and how long a token is believed."""

import pytest

from services.intake.media import dingtalk, wecom
from services.intake.media.holders import RENEW_SECONDS, Answer, NotItsOwn, Token, Unreachable, own_address, with_token

HOST = "https://qyapi.weixin.qq.com"
HOSTS = (*wecom.HOSTS, *dingtalk.HOSTS)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("https://wework.qpic.cn/wwpic/1/0?x=%2B", "https://wework.qpic.cn/wwpic/1/0?x=%2B"),
        (
            "https://ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com/a/1?sign=x ",
            "https://ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com/a/1?sign=x",
        ),
        (
            "http://wukong-file-im-zjk.oss-cn-zhangjiakou.aliyuncs.com/f?Signature=a%3D",
            "https://wukong-file-im-zjk.oss-cn-zhangjiakou.aliyuncs.com/f?Signature=a%3D",
        ),
        ("https://qyapi.weixin.qq.com/x", "https://qyapi.weixin.qq.com/x"),
    ],
)
def test_the_chat_systems_own_hosts_are_asked_over_tls(told: str, asked: str) -> None:
    assert own_address(told, HOST, HOSTS) == asked


@pytest.mark.parametrize(
    "told",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8101/people",
        "http://localhost/x",
        "https://[::1]/x",
        "https://evil.cn/wework.qpic.cn",
        "https://wework.qpic.cn.evil.cn/x",
        "https://wework.qpic.cn@evil.cn/x",
        "https://user:secret@wework.qpic.cn/x",
        "https://wework.qpic.cn:6379/x",
        "https://wework.qpic.cn:port/x",
        "https://somebody-else.cos.ap-guangzhou.myqcloud.com/x",
        "https://qpic.cn.evil.cn#.qpic.cn",
        "file:///etc/passwd",
        "ftp://wework.qpic.cn/x",
        "//wework.qpic.cn/x",
        "http://qyapi.weixin.qq.com/x",
        "https://[",
        "",
    ],
)
def test_no_other_server_is_asked_whatever_an_answer_says(told: str) -> None:
    with pytest.raises(NotItsOwn):
        own_address(told, HOST, HOSTS)


def test_a_host_that_was_configured_is_asked_as_it_is() -> None:
    assert own_address("http://relay:8080/f?x=1", "http://relay:8080", ()) == "http://relay:8080/f?x=1"
    with pytest.raises(NotItsOwn):
        own_address("http://relay:8081/f", "http://relay:8080", ())


class Tokens:
    """A chat system that gives a new token whenever it is asked."""

    def __init__(self, seconds: float) -> None:
        self.given, self._seconds = 0, seconds

    async def ask(self) -> tuple[str, float]:
        self.given += 1
        return f"t{self.given}", self._seconds


@pytest.mark.parametrize(("seconds", "given"), [(7200, 1), (RENEW_SECONDS, 3)])
async def test_a_token_is_kept_until_shortly_before_its_end(seconds: float, given: int) -> None:
    tokens = Tokens(seconds)
    token = Token(tokens.ask)
    assert [await token.current() for _ in range(3)][-1] == f"t{given}"
    assert tokens.given == given


async def test_a_token_that_is_refused_is_renewed_once_and_no_more() -> None:
    tokens = Tokens(7200)
    token, asked = Token(tokens.ask), list[str]()

    async def ask(current: str) -> Answer:
        asked.append(current)
        return Answer(401, {}, b"")

    answer = await with_token(token, ask, lambda answer: answer.status == 401)
    assert (answer.status, asked, tokens.given) == (401, ["t1", "t2"], 2)


async def test_without_a_token_nothing_is_asked() -> None:
    async def none() -> tuple[str, float]:
        raise Unreachable("invalid credential")

    with pytest.raises(Unreachable, match="invalid credential"):
        await Token(none).current()


@pytest.mark.parametrize("body", [b"", b"\xff\xd8\xff", b"[1]", b"{" + b" " * 70_000 + b"}"])
def test_an_answer_that_is_no_json_says_nothing(body: bytes) -> None:
    assert Answer(200, {}, body).said.text("errcode") == ""
