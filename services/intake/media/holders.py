"""What every chat system that holds files has in common: tokens that end, answers with bounds, and addresses that are its own.

Whoever gives an address could have us fetch from a server inside the county. So only the chat system's API, and hosts of
its own whose names are known, are asked; redirects are not followed, and no more is read than a file may be long.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import orjson

from services.intake.channels import Ref
from services.intake.channels.words import Tree

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
WORDS_LIMIT = 64 * 1024
"""bytes of an answer that is no file"""
RENEW_SECONDS = 120
"""how long before its end a token is no longer used"""


class Gone(Exception):
    """The chat system has no such file any more."""


class TooLarge(Exception):
    """It is larger than an attachment may be."""


class NotItsOwn(Exception):
    """Its address is none of the chat system's."""


class Unreachable(Exception):
    """The chat system does not give it now; the message says why, and never a secret."""


class Withheld(Unreachable):
    """It answers, but does not give this one."""


class Holder(Protocol):
    """A chat system that holds files, as one channel reaches it."""

    async def fetch(self, ref: Ref) -> bytes:
        """Raises Gone, TooLarge, NotItsOwn, Unreachable."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Tree:
        """The JSON that it is; anything else reads as empty, and so does what is too long to be words."""
        try:
            return Tree(orjson.loads(self.body) if len(self.body) <= WORDS_LIMIT else None)
        except ValueError:
            return Tree(None)


class Http:
    """Calls to one chat system. `host` is where its API is; `hosts` are patterns of names that it keeps files under."""

    def __init__(self, host: str, hosts: tuple[str, ...], limit: int) -> None:
        self._host, self._hosts, self._limit = host, hosts, limit
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def words(self, method: str, path: str, **given: Any) -> Answer:
        """What the API answers in words. Raises Unreachable."""
        try:
            return await self._read(method, f"{self._host}{path}", WORDS_LIMIT, given)
        except TooLarge:
            raise Unreachable("the answer is far too long: is the address right?") from None

    async def file(self, path: str, **given: Any) -> Answer:
        """What the API answers, which may be a file. Raises TooLarge and Unreachable."""
        return await self._read("GET", f"{self._host}{path}", self._limit, given)

    async def file_at(self, url: str) -> Answer:
        """A file at an address that the chat system told. Raises NotItsOwn, TooLarge and Unreachable."""
        return await self._read("GET", own_address(url, self._host, self._hosts), self._limit, {})

    async def _read(self, method: str, url: str, limit: int, given: dict[str, Any]) -> Answer:
        body = bytearray()
        try:
            async with self._client.stream(method, url, **given) as answer:
                _require_now(answer)
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise TooLarge
                return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            raise Unreachable(type(trouble).__name__) from None  # its words name the URL, which may hold a token


def own_address(url: str, host: str, hosts: tuple[str, ...]) -> str:
    """The address as it is asked: over TLS, whatever the chat system says. Raises NotItsOwn.

    The configured `host` is asked as it is, for it may be a relay of the county's, or a test.
    """
    try:
        at, home = urlsplit(url.strip()), urlsplit(host)
        usual = not at.username and not at.password and at.port in (None, 80, 443)
    except ValueError:
        raise NotItsOwn from None
    if (at.scheme, at.netloc) == (home.scheme, home.netloc):
        return at.geturl()
    name = (at.hostname or "").lower()
    if not usual or at.scheme not in ("http", "https") or not any(fnmatchcase(name, pattern) for pattern in hosts):
        raise NotItsOwn
    return at._replace(scheme="https", netloc=name).geturl()


def _require_now(answer: httpx.Response) -> None:
    if answer.status_code == 429 or answer.status_code >= 500 or answer.is_redirect:
        raise Unreachable(f"HTTP {answer.status_code}")


class Token:
    """An access token, asked for when there is none or it nears its end. Monotonic time: a corrected clock must not revive it."""

    def __init__(self, ask: Callable[[], Awaitable[tuple[str, float]]]) -> None:
        """`ask` answers a token and for how many seconds it holds."""
        self._ask = ask
        self._token, self._until = "", 0.0
        self._one_at_a_time = asyncio.Lock()

    async def current(self) -> str:
        """Raises Unreachable."""
        async with self._one_at_a_time:
            if time.monotonic() >= self._until:
                self._token, seconds = await self._ask()
                self._until = time.monotonic() + max(0.0, seconds - RENEW_SECONDS)
            return self._token

    def drop(self, token: str) -> None:
        """It was refused, though it should hold."""
        if token == self._token:
            self._until = 0.0


async def with_token(token: Token, ask: Callable[[str], Awaitable[Answer]], refused: Callable[[Answer], bool]) -> Answer:
    """Asks with the token, and once more with a new one where that is refused."""
    current = await token.current()
    answer = await ask(current)
    if refused(answer):
        token.drop(current)
        answer = await ask(await token.current())
    return answer


def told(*words: str) -> str:
    """A refusal in the chat system's own words, cut."""
    return " ".join(words)[:200]


def seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
