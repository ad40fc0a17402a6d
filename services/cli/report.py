"""The report of a replay: for every message what it was taken for, what became of its appeal, what was said because of it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.cli.story import Story
from services.cli.system import System
from services.intake.domain import MESSAGE, Message, message_key
from services.routing.domain import CASE, Case
from shared.events.intake import OPENING, MessageReceived
from shared.events.notify import Audience, ReplyQueued
from shared.events.routing import CaseEvent
from shared.events.sla import CaseOverdue, Promise
from shared.service import Service


async def report(system: System, story: Story) -> list[dict[str, Any]]:
    """One line a message, in the order of the story."""
    messages, roots = await _messages(system.services["intake"])
    cases = await _cases(system.services["routing"])
    late = await _overdue(system.services["sla"])
    said = await _replies(system.services["notify"])
    opened_by = {m.read.appeal: m.read for m in messages.values() if m.read and m.read.kind in OPENING}
    lines = []
    for incoming in story.messages:
        key = str(message_key(incoming.channel, incoming.message_id))
        read = messages[key].read if key in messages else None
        appeal = read.appeal if read else None
        case = cases.get(appeal) if appeal else None
        opening = opened_by.get(appeal)
        lines.append(
            {
                "message_id": incoming.message_id,
                "kind": read.kind if read else None,
                "appeal": case.last.number if case and case.last else None,
                "department": case.last.department if case and case.last else None,
                "status": case.status if case else None,
                "urgent": bool(opening and opening.urgent),
                "sealed": bool(opening and opening.sealed),
                "accept_overdue": appeal in late if appeal else None,
                "satisfied": read.satisfied if read else None,
                "reopened": bool(read and read.satisfied is False and case and case.reopened),
                "questions_notice": bool(read and read.questions_notice),
                "replies": said.get(roots[key], []) if key in roots else [],
            }
        )
    return lines


def write(lines: list[dict[str, Any]], path: Path) -> None:
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


async def _messages(intake: Service) -> tuple[dict[str, Message], dict[str, UUID]]:
    """Every message's state by id, and the id of the event with which its consequences began."""
    messages: dict[str, Message] = {}
    roots: dict[str, UUID] = {}
    async for page in intake.store.read_all():
        for r in page:
            if r.stream.startswith("message-"):
                key = r.stream.removeprefix("message-")
                messages[key] = MESSAGE.evolve(messages.get(key, MESSAGE.initial), r.event)
                if isinstance(r.event, MessageReceived):
                    roots[key] = r.correlation
    return messages, roots


async def _cases(routing: Service) -> dict[str, Case]:
    cases: dict[str, Case] = {}
    async for page in routing.store.read_all():
        for r in page:
            if isinstance(r.event, CaseEvent):
                cases[r.event.appeal] = CASE.evolve(cases.get(r.event.appeal, CASE.initial), r.event)
    return cases


async def _overdue(sla: Service) -> set[str]:
    """The appeals nobody answered in time."""
    return {
        r.event.appeal
        async for page in sla.store.read_all()
        for r in page
        if isinstance(r.event, CaseOverdue) and r.event.promise is Promise.ACCEPT
    }


async def _replies(notify: Service) -> dict[UUID, list[str]]:
    """What was said to groups and reporters, by the message that began it."""
    said: dict[UUID, list[str]] = {}
    async for page in notify.store.read_all():
        for r in page:
            if isinstance(r.event, ReplyQueued) and r.event.audience is not Audience.OFFICIALS:
                said.setdefault(r.correlation, []).append(r.event.text)
    return said
