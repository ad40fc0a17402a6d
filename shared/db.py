"""Connections to PostgreSQL: one small pool a service, its schema first on the search path, JSON as raw bytes."""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from shared import sql

HERE = Path(__file__).parent
_KERNEL = HERE / "schema.sql"

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
OwnConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connection: TypeAlias = "OwnConnection | PoolConnectionProxy[asyncpg.Record]"

TRANSIENT: tuple[type[Exception], ...] = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.DeadlockDetectedError,
)
"""Trouble that passes: the server restarts, the network drops. Never counted against an event."""


Change: TypeAlias = tuple[str, tuple[Any, ...]]
"""what an event does to a view: the name of a statement, and what it is given"""


async def change(connection: Connection, statements: Mapping[str, str], changes: Iterable[Change]) -> None:
    """Runs changes in their order: each run of one statement in one go, for a later one may undo an earlier."""
    for name, run in groupby(changes, key=lambda one: one[0]):
        await connection.executemany(statements[name], [values for _, values in run])


class SchemaTooNew(Exception):
    """The database was migrated by a newer version of this program; start that version, or restore an older database."""


async def connect(dsn: str, schema: str) -> OwnConnection:
    """One connection outside the pool, for locks and notifications."""
    connection = await asyncpg.connect(dsn, server_settings=_settings(schema), timeout=10)
    await _codecs(connection)
    return connection


async def open_pool(dsn: str, schema: str, *, size: int) -> Pool:
    """A pool of at most `size` connections whose search path is the service's schema."""
    return await asyncpg.create_pool(
        dsn, min_size=0, max_size=size, init=_codecs, reset=_nothing_to_reset, server_settings=_settings(schema), timeout=10,
        command_timeout=60,
    )  # fmt: skip


async def _nothing_to_reset(_: Connection) -> None:
    """Nobody leaves a setting, a lock or a LISTEN on a pooled connection; asking the server to forget them costs a round trip."""


def _settings(schema: str) -> dict[str, str]:
    """The server lets go of the locks of a client whose machine vanished, or that stopped within a transaction."""
    return {
        "search_path": schema,
        "application_name": f"minsheng-{schema}",
        "jit": "off",
        "timezone": "UTC",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "3",
        "tcp_keepalives_count": "3",
        "idle_in_transaction_session_timeout": "60s",
    }


async def _codecs(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=lambda raw: b"\x01" + raw, decoder=lambda raw: raw[1:]
    )


def lock_key(schema: str, purpose: str) -> int:
    """A stable advisory lock key (64 bits) of one purpose within one schema."""
    digest = hashlib.sha256(f"minsheng:{schema}:{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


async def migrate(dsn: str, schema: str, views: Path) -> None:
    """Brings a service's schema up to date: the kernel's tables, then its own. Safe to run by many replicas at once.

    Raises SchemaTooNew when the database knows a migration that this code does not.
    """
    if not re.fullmatch(r"[a-z_]+", schema):
        raise ValueError(f"not a schema name: {schema}")
    connection = await connect(dsn, schema)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", lock_key("", "migrate"))
            await connection.execute(f"create schema if not exists {schema}")
            await connection.execute(
                "create table if not exists migrations (component text, number int, primary key (component, number))"
            )
            for component, file in (("kernel", _KERNEL), ("service", views)):
                await _apply(connection, component, sql.sections(file.read_text(encoding="utf-8")))
    finally:
        await connection.close()


async def _apply(connection: Connection, component: str, steps: dict[str, str]) -> None:
    done = {row["number"] for row in await connection.fetch("select number from migrations where component = $1", component)}
    known = {int(number) for number in steps}
    if newer := done - known:
        raise SchemaTooNew(
            f"the database has {component} migration {max(newer)}, this version of minsheng knows {max(known, default=0)}: "
            "start the newer version, or restore an older database"
        )
    for number in sorted(known - done):
        await connection.execute(steps[str(number)])
        await connection.execute("insert into migrations values ($1, $2)", component, number)
