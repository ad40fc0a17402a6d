"""Personal data at rest: each marked field is encrypted under a key of its person (AES-256-GCM).

Destroying the key forgets the person in the log, in every view and in every copy, while the log itself stays whole.
A stored token reads `enc:<key id>:<base64 of nonce + ciphertext>`; the field's name is authenticated with it.
"""

import asyncio
import base64
import binascii
import os
import re
from collections.abc import Iterable, Mapping

import asyncpg
import orjson
import uuid_utils.compat as uuids
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared import sql
from shared.db import HERE, Connection, Pool
from shared.events import CATALOGUE, FORGOTTEN, Event, Personal, current_type, personal_fields

PREFIX = "enc:"
NONCE = 12
"""bytes"""
ACQUIRE_SECONDS = 10.0
_SQL = sql.load(HERE / "store.sql")
_TOKEN = re.compile(r"enc:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9+/]+={0,2})")
_STORED = re.compile(rf'"(\w+)": ?"{_TOKEN.pattern}"'.encode())
"""A member of a JSON object whose value is a token. Within a string of JSON its quotes would stand behind backslashes."""


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
        """The event's data as JSON, personal fields as tokens. Call `prepare` before."""
        marks = personal_fields(type(event))
        if not marks:
            return event.model_dump_json().encode()
        tokens = {}
        for field, mark in marks.items():
            if (text := getattr(event, field)) is not None:
                key_id, cipher = self._of_person[str(getattr(event, mark.of))]
                nonce = os.urandom(NONCE)
                sealed = cipher.encrypt(nonce, text.encode(), field.encode())
                tokens[field] = f"{PREFIX}{key_id}:{base64.b64encode(nonce + sealed).decode()}"
        return event.model_copy(update=tokens).model_dump_json().encode()

    async def unseal(self, rows: Iterable[tuple[str, bytes]], *, leaving: bool = False) -> list[bytes]:
        """The data of stored events (type, JSON) in clear. `leaving`: confined fields are blanked, for the wire."""
        marked = [(_marks(kind), raw) for kind, raw in rows]
        await self._fetch(key.decode() for marks, raw in marked if marks for _, key, _ in _STORED.findall(raw))
        return [self._cleared(raw, marks, leaving=leaving) if marks else raw for marks, raw in marked]

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
        """Destroys the keys of these people, within the caller's transaction."""
        await connection.execute(_SQL["keys_destroy"], people)
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

    def _cleared(self, raw: bytes, marks: Mapping[str, Personal], *, leaving: bool) -> bytes:
        """Puts the words back where their tokens stand. The JSON around them is not read, which is most of the speed."""

        def words(found: re.Match[bytes]) -> bytes:
            name, key_id, sealed = found.groups()
            field = name.decode()
            if (mark := marks.get(field)) is None:
                return found[0]
            text = "" if leaving and mark.confined else self._decrypt(key_id.decode(), sealed, field)
            return b'"%b":%b' % (name, orjson.dumps(text))

        return _STORED.sub(words, raw)

    def _open(self, token: str | None, field: str) -> str | None:
        """What is no token is a person's own words, even if they happen to begin like one."""
        found = _TOKEN.fullmatch(token) if token is not None else None
        return self._decrypt(found[1], found[2], field) if found else token

    def _decrypt(self, key_id: str, sealed: str | bytes, field: str) -> str:
        cipher = self._by_id.get(key_id)
        if cipher is None:
            return FORGOTTEN
        raw = binascii.a2b_base64(sealed)
        return cipher.decrypt(raw[:NONCE], raw[NONCE:], field.encode()).decode()


def _marks(kind: str) -> Mapping[str, Personal]:
    event = CATALOGUE.get(current_type(kind))
    return personal_fields(event) if event else {}


def _people(event: Event) -> set[str]:
    marks = personal_fields(type(event))
    return {str(getattr(event, mark.of)) for field, mark in marks.items() if getattr(event, field) is not None}
