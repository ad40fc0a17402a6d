"""Personal data at rest: each marked field is encrypted under a key of its person (AES-256-GCM).

Destroying the key forgets the person in the log, in every view and in every copy, while the log itself stays whole.
A stored token reads `enc:<key id>:<base64 of nonce + ciphertext>`; the field's name is authenticated with it.
"""

import base64
import os
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uuid_utils.compat as uuids
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared import sql
from shared.db import HERE, Connection, Pool
from shared.events import CATALOGUE, FORGOTTEN, Event, current_type, personal_fields

PREFIX = "enc:"
ACQUIRE_SECONDS = 10.0
_SQL = sql.load(HERE / "store.sql")


class Vault:
    """The keys of one service, cached. A notification of PostgreSQL makes every replica drop its cache when one forgets."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._of_person: dict[str, tuple[UUID, AESGCM]] = {}
        self._by_id: dict[UUID, AESGCM | None] = {}
        self._life = 0

    async def prepare(self, events: Iterable[Event]) -> None:
        """Makes sure that a key exists for everybody whose personal data these events hold."""
        people = {person for event in events for person in _people(event)}
        while missing := people - self._of_person.keys():
            await self._make(sorted(missing))

    def seal(self, event: Event) -> bytes:
        """The event's data as JSON, personal fields as tokens. Call `prepare` before."""
        marks = personal_fields(type(event))
        if not marks:
            return event.model_dump_json().encode()
        data = event.model_dump(mode="json")
        for field, mark in marks.items():
            if isinstance(text := data[field], str):
                key_id, cipher = self._of_person[data[mark.of]]
                nonce = os.urandom(12)
                sealed = nonce + cipher.encrypt(nonce, text.encode(), field.encode())
                data[field] = f"{PREFIX}{key_id}:{base64.b64encode(sealed).decode()}"
        return orjson.dumps(data)

    async def unseal(self, rows: Iterable[tuple[str, bytes]], *, leaving: bool = False) -> list[bytes]:
        """The data of stored events (type, JSON) in clear. `leaving`: confined fields are blanked, for the wire."""
        loaded = [(kind, raw, orjson.loads(raw) if _marks(kind) else None) for kind, raw in rows]
        await self._fetch(data.get(field) for kind, _, data in loaded if data for field in _marks(kind))
        clear = []
        for kind, raw, data in loaded:
            if data is None:
                clear.append(raw)
                continue
            for field, mark in _marks(kind).items():
                if field not in data:
                    continue  # written before the type had this field
                data[field] = _blank(data[field]) if leaving and mark.confined else self._open(data[field], field)
            clear.append(orjson.dumps(data))
        return clear

    async def open(self, tokens: Iterable[tuple[str, str | None]]) -> list[str | None]:
        """Opens tokens that a view kept, given as (field, token); what is no token comes back as it is."""
        wanted = list(tokens)
        await self._fetch(token for _, token in wanted)
        return [self._open(token, field) for field, token in wanted]

    async def forget(self, people: list[str], connection: Connection) -> None:
        """Destroys the keys of these people, within the caller's transaction."""
        await connection.execute(_SQL["keys_destroy"], people)
        self.drop_cache()

    def drop_cache(self) -> None:
        """Reads every key anew from now on: somebody may have been forgotten."""
        self._life += 1
        self._of_person.clear()
        self._by_id.clear()

    async def _make(self, people: list[str]) -> None:
        life, new = self._life, [uuids.uuid7() for _ in people]
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            await connection.execute(_SQL["keys_add"], new, people, [os.urandom(32) for _ in people])
            rows = await connection.fetch(_SQL["keys_by_person"], people)
        if life == self._life:  # else somebody was forgotten while we read, perhaps one of these
            for row in rows:
                self._remember(row)

    async def _fetch(self, tokens: Iterable[str | None]) -> None:
        wanted = {key for token in tokens if (key := _key_id(token))}
        while unknown := wanted - self._by_id.keys():
            life = self._life
            rows = await self._pool.fetch(_SQL["keys_by_id"], list(unknown))
            if life == self._life:
                self._by_id.update(dict.fromkeys(unknown))
                for row in rows:
                    self._remember(row, current=False)

    def _remember(self, row: asyncpg.Record, *, current: bool = True) -> None:
        cipher = AESGCM(row["key"]) if row["key"] else None
        self._by_id[row["id"]] = cipher
        if current and cipher:
            self._of_person[row["person"]] = (row["id"], cipher)

    def _open(self, token: str | None, field: str) -> str | None:
        key_id = _key_id(token)
        if token is None or key_id is None:
            return token
        cipher = self._by_id.get(key_id)
        if cipher is None:
            return FORGOTTEN
        sealed = base64.b64decode(token.rpartition(":")[2])
        return cipher.decrypt(sealed[:12], sealed[12:], field.encode()).decode()


def _marks(kind: str) -> Mapping[str, Any]:
    event = CATALOGUE.get(current_type(kind))
    return personal_fields(event) if event else {}


def _people(event: Event) -> set[str]:
    marks = personal_fields(type(event))
    return {str(getattr(event, mark.of)) for field, mark in marks.items() if getattr(event, field) is not None}


def _key_id(token: str | None) -> UUID | None:
    if token is None or not token.startswith(PREFIX):
        return None
    try:
        return UUID(token[len(PREFIX) : len(PREFIX) + 36])
    except ValueError:
        return None  # a person's own words that happen to begin like a token


def _blank(value: str | None) -> str | None:
    return None if value is None else ""
