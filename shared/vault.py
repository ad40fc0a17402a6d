"""Personal data at rest: each marked field is encrypted under a key of its person (AES-256-GCM).

Destroying the key forgets the person in the log, in every view and in every copy, while the log itself stays whole.
A stored token reads `enc:<key id>:<base64 of nonce + ciphertext>`; the field's name is authenticated with it.
"""

import asyncio
import binascii
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache

import asyncpg
import orjson
import uuid_utils.compat as uuids
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from shared import sql
from shared.db import HERE, Connection, Pool
from shared.events import CATALOGUE, FORGOTTEN, Event, Personal, current_type, personal_fields

NONCE = 12
"""bytes"""
ACQUIRE_SECONDS = 10.0
ANSWERS = "answers"
"""owner of the key of kept answers (see idempotency.py), in which anybody's words may be"""
_SQL = sql.load(HERE / "store.sql")
_TOKEN = re.compile(r"enc:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9+/]+={0,2})")
_OPENS = b'"enc:'
"""How a token begins in stored JSON. Within a string of JSON the quote would stand behind a backslash."""
_KEYED = re.compile(rf'{_TOKEN.pattern[4:]}"'.encode())
"""What follows until its end."""


class Vault:
    """The keys of one service, cached. A notification of PostgreSQL makes every replica drop its cache when one forgets."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._of_person: dict[str, tuple[str, AESGCM]] = {}
        self._by_id: dict[str, AESGCM | None] = {}
        self._life = 0
        self._wanted: set[str] = set()
        self._maker: asyncio.Task[None] | None = None

    async def prepare(self, events: Iterable[Event]) -> None:
        """Makes sure that a key exists for everybody whose personal data these events hold."""
        await self._prepare({person for event in events for person in _people(event)})

    async def _prepare(self, people: set[str]) -> None:
        while missing := [person for person in people if person not in self._of_person]:
            self._wanted.update(missing)
            if self._maker is None or self._maker.done():
                self._maker = asyncio.create_task(self._make(), name="vault-maker")
            await asyncio.shield(self._maker)  # who gives up must not take the others' keys with him

    def seal(self, event: Event) -> bytes:
        """The event's data as JSON, personal fields as tokens. Raises KeyError for a person `prepare` was not called for."""
        data = event.__dict__
        if marks := personal_fields(type(event)):
            data = data.copy()
            for field, mark in marks.items():
                if (text := data[field]) is not None:
                    key_id, cipher = self._of_person[str(data[mark.of])]
                    nonce = os.urandom(NONCE)
                    sealed = nonce + cipher.encrypt(nonce, text.encode(), field.encode())
                    data[field] = f"enc:{key_id}:{binascii.b2a_base64(sealed, newline=False).decode()}"
        return orjson.dumps(data, default=_as_json, option=orjson.OPT_UTC_Z)

    async def unseal(self, rows: Iterable[tuple[str, bytes]], *, leaving: bool = False) -> list[bytes]:
        """The data of stored events (type, JSON) in clear. `leaving`: confined fields are blanked, for the wire."""
        stored = [(raw.split(_OPENS), _marks(kind)) for kind, raw in rows]
        while True:
            unknown: set[str] = set()
            clear = [self._cleared(pieces, marks, unknown, leaving=leaving) for pieces, marks in stored]
            if not unknown:
                return clear
            await self._fetch(unknown)

    async def open(self, tokens: Iterable[tuple[str, str | None]]) -> list[str | None]:
        """Opens tokens that a view kept, given as (field, token); what is no token comes back as it is."""
        wanted = list(tokens)
        await self._fetch(found[1] for _, token in wanted if token and (found := _TOKEN.fullmatch(token)))
        return [self._open(token, field) for field, token in wanted]

    async def key_of(self, owner: str) -> tuple[str, AESGCM]:
        """The living key of a person, or of whatever else has one, with its id; made if need be."""
        await self._prepare({owner})
        return self._of_person[owner]

    async def key(self, key_id: str) -> AESGCM | None:
        """A key by its id; None once it is destroyed."""
        await self._fetch([key_id])
        return self._by_id.get(key_id)

    async def forget(self, people: list[str], connection: Connection) -> None:
        """Destroys the keys of these people, and that of kept answers, within the caller's transaction."""
        await connection.execute(_SQL["keys_destroy"], [*people, ANSWERS])
        self.drop_cache()

    def drop_cache(self) -> None:
        """Reads every key anew from now on: somebody may have been forgotten."""
        self._life += 1
        self._of_person.clear()
        self._by_id.clear()

    async def _make(self) -> None:
        """One round trip for everybody whose key was wanted while the last one was under way."""
        people, self._wanted = sorted(self._wanted), set()
        life, new = self._life, [uuids.uuid7() for _ in people]
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            rows = await connection.fetch(_SQL["keys_made"], new, people, [os.urandom(32) for _ in people])
        if life == self._life:  # else somebody was forgotten while we read, perhaps one of these
            for row in rows:
                self._remember(row)

    async def _fetch(self, keys: Iterable[str]) -> None:
        wanted = set(keys)
        while unknown := [key for key in wanted if key not in self._by_id]:
            life = self._life
            rows = await self._pool.fetch(_SQL["keys_by_id"], unknown)
            if life == self._life:
                self._by_id.update(dict.fromkeys(unknown))
                for row in rows:
                    self._remember(row, current=False)

    def _remember(self, row: asyncpg.Record, *, current: bool = True) -> None:
        key_id, cipher = str(row["id"]), AESGCM(row["key"]) if row["key"] else None
        self._by_id[key_id] = cipher
        if current and cipher:
            self._of_person[row["person"]] = (key_id, cipher)

    def _cleared(self, pieces: list[bytes], marks: Mapping[bytes, Personal], unknown: set[str], *, leaving: bool) -> bytes:
        """Puts the words back where their tokens stand. The JSON around them is not read, which is most of the speed."""
        clear = [before := pieces[0]]
        for piece in pieces[1:]:
            field, found = _member(before), _KEYED.match(piece)
            if found is None or (mark := marks.get(field)) is None:
                clear += _OPENS, piece
                before = piece
                continue
            if (key_id := found[1].decode()) not in self._by_id:
                unknown.add(key_id)
                return b""
            text = "" if leaving and mark.confined else self._decrypt(key_id, found[2], field)
            before = piece[found.end() :]
            clear += orjson.dumps(text), before
        return b"".join(clear)

    def _open(self, token: str | None, field: str) -> str | None:
        """What is no token is a person's own words, even if they happen to begin like one."""
        found = _TOKEN.fullmatch(token) if token is not None else None
        return self._decrypt(found[1], found[2], field.encode()) if found else token

    def _decrypt(self, key_id: str, sealed: str | bytes, field: bytes) -> str:
        cipher = self._by_id.get(key_id)
        if cipher is None:
            return FORGOTTEN
        raw = binascii.a2b_base64(sealed)
        return cipher.decrypt(raw[:NONCE], raw[NONCE:], field).decode()


@cache
def _marks(kind: str) -> Mapping[bytes, Personal]:
    """The personal fields of a stored type, under their names as they stand in JSON."""
    event = CATALOGUE.get(current_type(kind))
    return {name.encode(): mark for name, mark in personal_fields(event).items()} if event else {}


def _member(before: bytes) -> bytes:
    """The name of the member of a JSON object whose value follows, or b"" when none does."""
    before = before.rstrip(b" ")
    return before[before.rfind(b'"', 0, -2) + 1 : -2] if before.endswith(b'":') else b""


def _people(event: Event) -> set[str]:
    marks = personal_fields(type(event))
    return {str(getattr(event, mark.of)) for field, mark in marks.items() if getattr(event, field) is not None}


def _as_json(value: object) -> object:
    """What orjson does not know by itself. Raises TypeError."""
    if isinstance(value, BaseModel):
        return value.__dict__
    raise TypeError(f"an event cannot hold a {type(value).__name__}")
