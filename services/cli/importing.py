"""`minsheng import`: a file of messages into a running intake, in batches; what cannot be taken is written down with its reason."""

import csv
import hashlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress

from services.cli import files, sources
from services.cli.sources import Row, Unfit
from services.intake.storing import Incoming

BATCH = 200
PATIENCE_SECONDS = 60.0
"""how long an intake that does not answer is asked again"""
_PASSING = frozenset({429, 502, 503, 504})
_NOT_TAKEN = frozenset({413, 415})


class NotImported(Exception):
    """The import could not go on; the message says why. What was stored stays; the same command goes on from there."""


@dataclass
class Outcome:
    """What became of the rows."""

    read: int = 0
    stored: int = 0
    known: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Door:
    """The intake to import into."""

    url: str
    key: str

    def post(self, messages: list[Incoming]) -> list[dict[str, Any]]:
        """Posts a batch until it is answered. Raises NotImported."""
        answer = self._answer("/messages", json=[message.model_dump(mode="json") for message in messages])
        if answer.status_code >= 400:
            raise NotImported(f"{self.url} 拒绝导入（{answer.status_code}）：{_detail(answer)}")
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def attach(self, path: Path) -> None:
        """Posts a file of a message until it is answered. Raises NotImported, and Unusable for one that is not taken."""
        answer = self._answer("/attachments", content=files.read(path))
        if answer.status_code in _NOT_TAKEN:
            raise files.Unusable(f"附件 {path.name}：{_detail(answer)}")
        if answer.status_code >= 400:
            raise NotImported(f"{self.url} 拒绝导入附件（{answer.status_code}）：{_detail(answer)}")

    def _answer(self, path: str, **request: Any) -> httpx.Response:
        headers, until = {"Authorization": f"Bearer {self.key}"}, time.monotonic() + PATIENCE_SECONDS
        for attempt in itertools.count():
            try:
                answer = httpx.post(f"{self.url}{path}", headers=headers, timeout=30, trust_env=False, **request)
            except httpx.TransportError as error:
                trouble = repr(error)
            else:
                if answer.status_code not in _PASSING:
                    return answer
                trouble = f"HTTP {answer.status_code} {_detail(answer)}"
            if time.monotonic() > until:
                raise NotImported(f"{self.url} 没有应答（{trouble}）；已导入的不会丢，稍后重新运行同一命令即可继续")
            time.sleep(min(5.0, 0.2 * 2**attempt))
        raise AssertionError


def _detail(answer: httpx.Response) -> str:
    return str(answer.json().get("detail")) if "json" in answer.headers.get("content-type", "") else answer.text[:200]


class Bookmark:
    """How far the last run came with this very file; beside it, gone when all is done."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(path.name + ".progress")
        self._digest = hashlib.sha256(path.read_bytes()).hexdigest()

    def read(self) -> int:
        try:
            kept = json.loads(self._file.read_text())
            return int(kept["line"]) if kept["sha256"] == self._digest else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def move(self, line: int) -> None:
        self._file.write_text(json.dumps({"sha256": self._digest, "line": line}))

    def remove(self) -> None:
        self._file.unlink(missing_ok=True)


def run(
    path: Path, door: Door | None, rejects: Path, out: Console, *, channel: str | None = None, group: str | None = None
) -> Outcome:
    """Imports a file; without a door only says what would happen. Raises BadFile, NotImported, OSError."""
    outcome, bookmark = Outcome(), Bookmark(path)
    after = bookmark.read() if door else 0
    if after:
        out.print(f"接着上次，从第 {after + 1} 行继续")
    total = sum(1 for _ in sources.rows(path))
    refused = Rejects(rejects, keep=bool(after))
    with Progress(console=out, transient=True) as bar:
        task = bar.add_task(path.name, total=total)
        for rows in _batches(sources.rows(path)):
            fresh = [row for row in rows if row.line > after]
            fit = [
                message
                for row in fresh
                if (message := _fit(row, path.parent, door, refused, outcome, channel, group)) is not None
            ]
            if door and fit:
                results = door.post(fit)
                outcome.known += sum(result["duplicate"] for result in results)
                outcome.stored += sum(not result["duplicate"] for result in results)
                bookmark.move(fresh[-1].line)
            elif not door:
                outcome.stored += len(fit)
            bar.advance(task, len(rows))
    bookmark.remove()
    return outcome


def _fit(
    row: Row, folder: Path, door: Door | None, refused: "Rejects", outcome: Outcome, channel: str | None, group: str | None
) -> Incoming | None:
    """The message of a row, its files posted; None: it is written down with the reason."""
    outcome.read += 1
    try:
        paths = sources.beside(row, folder)
        message = sources.message(row, channel=channel, group=group, attachments=[files.described(path) for path in paths])
        if door:
            for path in paths:
                door.attach(path)
    except (Unfit, files.Unusable) as fault:
        outcome.rejected += 1
        refused.add(row, str(fault))
        return None
    return message


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch


class Rejects:
    """The rows that were not taken, with line and reason, as a CSV that Excel opens. No file when there are none."""

    def __init__(self, path: Path, *, keep: bool) -> None:
        self._path = path
        if not keep:
            path.unlink(missing_ok=True)

    def add(self, row: Row, reason: str) -> None:
        new = not self._path.exists()
        with self._path.open("a", encoding="utf-8-sig" if new else "utf-8", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(("行", "原因", "原文"))
            writer.writerow((row.line, reason, json.dumps(row.fields, ensure_ascii=False, default=str)))
