"""Playing a story: a transcript goes through the whole system over its real API, each message at its time."""

import csv
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import ValidationError

from services.cli.system import System
from services.intake.storing import Incoming
from shared.clock import SimulatedClock

AFTERWARDS = timedelta(hours=24)
"""how long the clock runs on after the last message"""


class BadStory(Exception):
    """A file of the story cannot be used; the message says which, where and why."""


@dataclass(frozen=True)
class Story:
    """A county's groups, roster and departments (CSV as bytes), and what was said, in order of time."""

    groups: bytes
    roster: bytes
    departments: bytes
    messages: tuple[Incoming, ...]

    @property
    def begins(self) -> datetime:
        return self.messages[0].sent_at

    @property
    def ends(self) -> datetime:
        return self.messages[-1].sent_at

    def shifted(self, by: timedelta, mark: str) -> "Story":
        """The same story at another time, its message ids marked so that it is another story."""
        moved = tuple(
            m.model_copy(
                update={
                    "sent_at": m.sent_at + by,
                    "message_id": f"{mark}{m.message_id}",
                    "reply_to": m.reply_to and f"{mark}{m.reply_to}",
                }
            )
            for m in self.messages
        )
        return Story(self.groups, self.roster, self.departments, moved)


def read_story(transcript: Path, groups: Path, roster: Path, departments: Path) -> Story:
    """Reads the four files. Raises BadStory."""
    messages = [_message(transcript, n, line) for n, line in enumerate(_lines(transcript), 1) if line.strip()]
    if not messages:
        raise BadStory(f"{transcript}: no message in it")
    seen: set[tuple[str, str]] = set()
    for n, message in enumerate(messages, 1):
        if (message.channel, message.message_id) in seen:
            raise BadStory(f"{transcript}: message {n} repeats the id {message.message_id}")
        seen.add((message.channel, message.message_id))
    ordered = tuple(sorted(messages, key=lambda m: m.sent_at))
    return Story(_bytes(groups), _bytes(roster), _bytes(departments), ordered)


def channels_of(groups: bytes) -> list[str]:
    """The channels named in the list of groups."""
    rows = csv.DictReader(groups.decode("utf-8-sig").splitlines())
    return sorted({row["channel"] for row in rows if row.get("channel")}) or ["wecom"]


async def introduce(system: System, story: Story, client: httpx.AsyncClient) -> None:
    """Imports directory, groups and roster, over the API like anybody. Raises BadStory."""
    urls = system.urls
    for channel in channels_of(story.groups):
        await _put(client, f"{urls['intake']}/roster?channel={channel}", _of_channel(story, channel), "roster")
    await _put(client, f"{urls['intake']}/groups", story.groups, "groups")
    await _put(client, f"{urls['routing']}/departments", story.departments, "departments")
    await system.settle()


async def play(system: System, clock: SimulatedClock, story: Story, key: str, progress: Callable[[Incoming], None]) -> None:
    """Plays the whole story, then lets the clock run on for a day. Timers in between fire at their time."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False) as client:
        await introduce(system, story, client)
        for message in story.messages:
            await system.run_until(clock, message.sent_at, inclusive=False)
            answer = await client.post(f"{system.urls['intake']}/messages", content=message.model_dump_json())
            if answer.is_error:
                raise BadStory(f"message {message.message_id}: {answer.json().get('detail', answer.text)}")
            await system.settle()
            progress(message)
        await system.run_until(clock, story.ends + AFTERWARDS, inclusive=True)


def key_of(story: Story) -> str:
    """A short name of a story by its content."""
    return hashlib.sha256(b"".join(m.model_dump_json().encode() for m in story.messages)).hexdigest()[:8]


def _of_channel(story: Story, channel: str) -> bytes:
    """The roster's lines whose group is on this channel; all of them when there is but one channel."""
    groups = {
        row["group"] for row in csv.DictReader(story.groups.decode("utf-8-sig").splitlines()) if row.get("channel") == channel
    }
    if len(channels_of(story.groups)) == 1:
        return story.roster
    header, *lines = story.roster.decode("utf-8-sig").splitlines()
    place = header.split(",").index("group")
    return "\n".join([header, *(line for line in lines if line.split(",")[place] in groups)]).encode()


async def _put(client: httpx.AsyncClient, url: str, body: bytes, what: str) -> dict[str, Any]:
    answer = await client.put(url, content=body, headers={"content-type": "text/csv"})
    if answer.is_error:
        raise BadStory(f"{what}: {answer.json().get('detail', answer.text)}")
    result: dict[str, Any] = answer.json()
    return result


def _message(path: Path, n: int, line: bytes) -> Incoming:
    try:
        return Incoming.model_validate({k: v for k, v in orjson.loads(line).items() if k in Incoming.model_fields})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadStory(f"{path}: line {n}: {'.'.join(str(p) for p in first['loc'])}: {first['msg']}") from None
    except (orjson.JSONDecodeError, AttributeError):
        raise BadStory(f"{path}: line {n} is not a JSON object") from None


def _lines(path: Path) -> list[bytes]:
    return re.split(rb"\r?\n", _bytes(path).removeprefix(b"\xef\xbb\xbf"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadStory(f"{path}: {error.strerror}") from None
