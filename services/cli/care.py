"""Looking after the logs: republish, rebuild, dead letters. Works on the database alone, also beside running services."""

import asyncio
from datetime import datetime

import asyncpg
from pydantic_core import PydanticUndefined
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.cli.system import build
from shared import db
from shared.clock import SystemClock
from shared.followers import Projector
from shared.session import Session
from shared.settings import Settings, read
from shared.store import SQL, Store
from shared.vault import Vault

UNREACHABLE: tuple[type[Exception], ...] = (*db.TRANSIENT, asyncpg.PostgresError)


class NotPossible(Exception):
    """What was asked of a log cannot be done; the message says why."""


async def republish(service: str, url: str, start: str, out: Console) -> None:
    """Leaves the request in the service's database; its relay carries it out, now or when it next runs."""
    pool = await open_log(service, url)
    try:
        position = int(start) if start.isdigit() else await _position_at(pool, start)
        head = await pool.fetchval(SQL["head"])
        await pool.execute(SQL["relay_republish"], max(1, position))
    finally:
        await pool.close()
    out.print(f"{service}: 从位置 {max(1, position)} 到 {head} 的事件将重新发布（由该服务的转发器执行）")


async def rebuild(service: str, url: str, out: Console) -> None:
    """Empties and refolds each view of a service, which may be running meanwhile."""
    settings = read(database_url=url, nats_url="nats://unused")
    await db.migrate(url, service, build(service, settings, SystemClock()).blueprint.schema)
    parts = build(service, settings, SystemClock())
    pool = await open_log(service, url)
    try:
        parts.vault = Vault(pool)
        parts.pool = pool
        parts.store = Store(pool, service, parts.clock, parts.vault, parts.metrics)
        session = Session(url, service, parts.metrics, forgotten=lambda: None)
        projectors = [Projector(p, parts.store, session) for p in parts.blueprint.projections(parts)]
        with Progress(console=out) as progress:
            for projector in projectors:
                await _rebuild_one(projector, progress, await parts.store.head(), service)
    finally:
        await pool.close()


async def _rebuild_one(projector: Projector, progress: Progress, head: int, service: str) -> None:
    bar = progress.add_task(f"{service} · {projector.name}", total=max(head, 1))
    reached = await projector.rebuild(lambda position: progress.update(bar, completed=position))
    progress.update(bar, completed=max(head, 1), description=f"{service} · {projector.name} 已重建（至位置 {reached}）")


async def dead_letters(service: str, url: str, out: Console, *, replay: bool, subject: str | None) -> None:
    """Prints what is parked; with `replay`, asks the running service to handle it again."""
    pool = await open_log(service, url)
    try:
        if replay:
            row = await pool.fetchrow(SQL["replay_requested"], subject)
            out.print(f"{service}: {row[0] if row else 0} 条死信将由该服务重新处理")
            return
        rows = await pool.fetch(SQL["parked"], 200)
    finally:
        await pool.close()
    table = Table(title=f"{service} 死信（{len(rows)}）", title_justify="left")
    for column in ("编号", "来源", "诉求", "事件", "原因", "时间", "重放中"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(
            str(row["id"]), row["source"], row["subject"], str(row["event"]), row["reason"], f"{row['parked']:%m-%d %H:%M}",
            "是" if row["replay"] else "",
        )  # fmt: skip
    out.print(table)


def show_settings(out: Console) -> None:
    """The table of settings, from the settings themselves."""
    table = Table(title="Settings", title_justify="left")
    for column in ("environment", "default", "for"):
        table.add_column(column, overflow="fold")
    for name, field in Settings.model_fields.items():
        default = "required" if field.default is PydanticUndefined else str(field.default)
        table.add_row(f"MINSHENG_{name.upper()}", default, field.description or "")
    out.print(table)


async def open_log(service: str, url: str) -> db.Pool:
    """The database of a service that has a log in it. Raises NotPossible."""
    try:
        async with asyncio.timeout(10):
            pool = await db.open_pool(url, service, size=4)
        if not await pool.fetchval("select to_regclass('events') is not null"):
            await pool.close()
            raise NotPossible(f"{service} has no log in this database yet: start it once first")
    except UNREACHABLE as trouble:
        raise NotPossible(f"PostgreSQL does not answer: {trouble}") from None
    return pool


async def _position_at(pool: db.Pool, moment: str) -> int:
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise NotPossible(f"--from takes a position or a time such as 2025-06-01T00:00:00+08:00, not {moment!r}") from None
    if parsed.tzinfo is None:
        raise NotPossible(f"--from needs a time with its zone, such as {moment}+08:00")
    return int(await pool.fetchval(SQL["position_at"], parsed)) + 1
