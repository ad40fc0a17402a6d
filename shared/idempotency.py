"""`Idempotency-Key`: a POST that is sent again acts once, and is answered as it was the first time.

After draft-ietf-httpapi-idempotency-key-header-07: 400 for a key that is none, 409 while the first is under way, 422 for another
request under the same key. A crash between what was done and its answer is covered by the log itself: the events of a keyed
request carry its id, and a command that finds it on its stream is not run again (see `Commands.execute`). docs/adr/0006 says why.
"""

import contextlib
import hashlib
import re
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
import uuid_utils.compat as uuids
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import db, problems, sealed_files, sql
from shared.access import REQUEST, Who, caller_of
from shared.clock import Clock
from shared.problems import Problem
from shared.vault import ANSWERS, Vault

SQL = sql.load(db.HERE / "idempotency.sql")
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
"""true in an answer that was given before"""
PATTERN = r'"[ !#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255}'
"""a string of RFC 8941 without escapes, or the same without its quotes, as most clients send it"""
LEASE = timedelta(seconds=30)
"""how long a request that says nothing is taken to be under way; that it goes on all the same does no harm"""
LARGEST = 1_000_000
"""bytes of an answer that is kept; a larger one is made anew from the log"""
SWEEP = timedelta(hours=1)
SWEPT = 5000
"""rows that one statement deletes"""
_KEY = re.compile(PATTERN)
_REFUSED = b'"urn:minsheng:problem:refused"'
_TOLD = {"Link": '</openapi.json>; rel="describedby"'}


class Claim(NamedTuple):
    """Whose turn it is: the id to act under, and whether nobody acted under it before."""

    id: UUID
    fresh: bool


class Requests:
    """One service's keyed requests: those under way, and those answered since `keep`."""

    def __init__(self, pool: db.Pool, vault: Vault, clock: Clock, keep: timedelta) -> None:
        self._pool, self._vault, self._clock, self._keep = pool, vault, clock, keep

    async def claim(self, name: bytes, fingerprint: bytes) -> Claim | bytes:
        """The turn to act, or the answer that was given. Raises Problem 409 and 422."""
        while True:
            now, new = self._clock.now(), uuids.uuid7()
            wanted = (name, new, fingerprint, now, now + LEASE, now - self._keep)
            if (mine := await self._pool.fetchval(SQL["claim"], *wanted)) is not None:
                return Claim(mine, fresh=mine == new)
            if (found := await self._pool.fetchrow(SQL["standing"], name)) is None:
                continue  # it was dropped a moment ago
            if found["fingerprint"] != fingerprint:
                raise Problem(422, "idempotency", "这个 Idempotency-Key 已用于另一个请求，请换一个新的", code="key-reused")
            if (sealed := found["answer"]) is None:
                raise Problem(409, "idempotency", "同一个请求正在办理，请稍后再试", code="key-in-progress")
            if (answer := await sealed_files.opened(self._vault, str(found["id"]), sealed)) is not None:
                return answer
            await self._pool.execute(SQL["unreadable"], name, sealed, now)

    async def answered(self, name: bytes, request: UUID, answer: bytes) -> None:
        """Keeps an answer, which the next one with this key is given."""
        if len(answer) > LARGEST:
            await self.release(name, request)
            return
        sealed = await sealed_files.seal(self._vault, ANSWERS, str(request), answer)
        await self._pool.execute(SQL["answered"], name, request, sealed)

    async def release(self, name: bytes, request: UUID) -> None:
        """The same request may be tried again at once, under the same id: perhaps it did something."""
        await self._pool.execute(SQL["released"], name, request, self._clock.now())

    async def drop(self, name: bytes, request: UUID) -> None:
        """The request did nothing: its key is as good as new."""
        await self._pool.execute(SQL["dropped"], name, request)

    async def sweep(self) -> None:
        """Deletes what is too old."""
        while await self._pool.execute(SQL["swept"], self._clock.now() - self._keep, SWEPT) == f"DELETE {SWEPT}":
            pass


class Once:
    """Around the app, for POSTs with a key only. Who has no key of the API, or signs, goes through: his request is not ours to keep."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = caller_of(scope)
        if who is None:
            await self._app(scope, receive, send)
            return
        try:
            answer, replayed = await self._once(scope, receive, who)
        except Problem as problem:
            headers = _TOLD | ({"Retry-After": "1"} if problem.status == 409 else {})
            await problems.answer(problem, headers=headers)(scope, receive, send)
        except db.TRANSIENT as trouble:
            await problems.unavailable(trouble)(scope, receive, send)
        else:
            await _send(answer, send, replayed=replayed)

    async def _once(self, scope: Scope, receive: Receive, who: Who) -> tuple[bytes, bool]:
        """The answer, and whether it was given before; empty for a client that is gone. Raises Problem, and what is TRANSIENT."""
        requests: Requests = scope["app"].state.service.requests
        key, body = _key(scope), await _body(receive)
        if body is None:
            return b"", False
        name, fingerprint = _digest(who.name.encode(), key), _fingerprint(scope, who, body)
        claimed = await requests.claim(name, fingerprint)
        if isinstance(claimed, bytes):
            return claimed, True
        scope[REQUEST] = claimed.id
        return await self._act(scope, _again(body, receive), requests, name, claimed), False

    async def _act(self, scope: Scope, receive: Receive, requests: Requests, name: bytes, claim: Claim) -> bytes:
        """What the app answers; kept, if it is a decision. An answer that cannot be kept is given all the same."""
        sent: list[Message] = []

        async def collect(message: Message) -> None:
            sent.append(message)

        try:
            await self._app(scope, receive, collect)
        except Exception:
            with contextlib.suppress(*db.TRANSIENT):
                await requests.release(name, claim.id)
            raise
        status, answer = (sent[0]["status"], _packed(sent)) if sent else (0, b"")
        with contextlib.suppress(*db.TRANSIENT):
            if 200 <= status < 300 or (status == 409 and _REFUSED in answer):
                await requests.answered(name, claim.id, answer)
            elif claim.fresh and 400 <= status < 500 and status != 409:
                await requests.drop(name, claim.id)
            else:
                await requests.release(name, claim.id)
        return answer


async def sweep_for_ever(requests: Requests, clock: Clock) -> None:
    """Deletes what is too old, every hour."""
    while True:
        await requests.sweep()
        await clock.sleep_until(clock.now() + SWEEP)


def _key(scope: Scope) -> bytes:
    """Raises Problem 400."""
    given: list[bytes] = [value for header, value in scope["headers"] if header == b"idempotency-key"]
    if len(given) == 1 and _KEY.fullmatch(given[0].strip().decode("latin-1")):
        return given[0].strip().strip(b'"')
    detail = "Idempotency-Key 应只给一个，1–255 个可见的 ASCII 字符，不含引号和反斜杠；建议用 UUID"
    raise Problem(400, "idempotency", detail, code="key-malformed")


def _fingerprint(scope: Scope, who: Who, body: bytes) -> bytes:
    """Of all that a route may make something of. Who has other rights by now is another caller."""
    rights = f"{who.name} {sorted(who.callers)} {who.person} {who.department}".encode()
    match = b"".join(value for header, value in scope["headers"] if header == b"if-match")
    return _digest(scope["method"].encode(), scope["path"].encode(), scope["query_string"], match, rights, body)


def _digest(*parts: bytes) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8))
        whole.update(part)
    return whole.digest()


async def _body(receive: Receive) -> bytes | None:
    """The whole body, which is counted as it is read (see service.Envelope); None when the client is gone."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then whatever follows."""
    told = False

    async def once_more() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once_more


def _packed(sent: list[Message]) -> bytes:
    """Status, headers and body in one: a line of JSON, then the body."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return orjson.dumps([sent[0]["status"], headers]) + b"\n" + b"".join(message.get("body", b"") for message in sent[1:])


async def _send(packed: bytes, send: Send, *, replayed: bool) -> None:
    if not packed:
        return
    head, _, body = packed.partition(b"\n")
    status, told = orjson.loads(head)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told]
    if replayed:
        headers.append((REPLAYED.lower().encode(), b"true"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
