"""Versions of a trained model in a folder, and the one in use: activated, rolled back and picked up without a restart.

models/1/model.npz  models/1/card.json      a version is never changed
models/active                               one version a line, the last is in use; none: the rules alone

What a model is, its service says by the function that loads one.
"""

import importlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Generic, Protocol, TypeVar

import orjson
import structlog

from shared.learning.linear import Unusable

log = structlog.get_logger()
LOOK_SECONDS = 1.0
"""how often the reader looks whether another version is in use"""
FILE, CARD, ACTIVE = "model.npz", "card.json", "active"


class NoSuchVersion(Exception):
    """The folder has no such version, or none was in use before."""


class Versioned(Protocol):
    """What can stand on a shelf."""

    @property
    def version(self) -> int: ...

    def dump(self) -> bytes: ...


M = TypeVar("M", bound=Versioned)


@dataclass(frozen=True)
class Shelf(Generic[M]):
    """A folder of versions, and what loads one of them: raises Unusable, OSError."""

    folder: Path
    load: Callable[[Path], M]

    def versions(self) -> list[int]:
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(int(path.name) for path in found if path.name.isdigit() and (path / FILE).is_file())

    def file(self, version: int) -> Path:
        return self.folder / str(version) / FILE

    def card(self, version: int) -> dict[str, Any]:
        """What a version was trained from, and how well it does. Raises NoSuchVersion."""
        try:
            card: dict[str, Any] = orjson.loads((self.folder / str(version) / CARD).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            raise NoSuchVersion(f"{self.folder} 中没有版本 {version}；现有：{self._listed()}") from None
        return card

    def put(self, model: M, card: dict[str, Any]) -> Path:
        """Keeps a new version, whole or not at all. The caller took its number from `next`."""
        target, draft = self.folder / str(model.version), self.folder / f".{model.version}.{os.getpid()}"
        draft.mkdir(parents=True)
        (draft / FILE).write_bytes(model.dump())
        (draft / CARD).write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2))
        draft.rename(target)
        return target

    def next(self) -> int:
        return max(self.versions(), default=0) + 1

    def active(self) -> int | None:
        """The version in use."""
        history = self._history()
        return history[-1] if history else None

    def activate(self, version: int) -> None:
        """Raises NoSuchVersion, Unusable."""
        if version not in self.versions():
            raise NoSuchVersion(f"{self.folder} 中没有版本 {version}；现有：{self._listed()}")
        self.load(self.file(version))
        if version != self.active():
            self._write([*self._history(), version])

    def roll_back(self) -> int | None:
        """Returns to what was in use before: the version, None for the rules alone. Raises NoSuchVersion."""
        history = self._history()
        if not history:
            raise NoSuchVersion(f"{self.folder} 中没有启用过模型，现在就是只用规则")
        self._write(history[:-1])
        return self.active()

    def _history(self) -> list[int]:
        try:
            return [int(line) for line in (self.folder / ACTIVE).read_text().split() if line.isdigit()]
        except FileNotFoundError:
            return []

    def _write(self, history: list[int]) -> None:
        draft = self.folder / f".{ACTIVE}.{os.getpid()}"
        draft.write_text("".join(f"{version}\n" for version in history))
        draft.replace(self.folder / ACTIVE)

    def _listed(self) -> str:
        return "、".join(str(version) for version in self.versions()) or "无"


def next_shipped(folder: Path) -> int:
    """The version of the model that comes with the program, one on."""
    return int(orjson.loads((folder / CARD).read_bytes())["version"]) + 1 if (folder / CARD).exists() else 1


def ship(folder: Path, model: Versioned, card: dict[str, Any]) -> None:
    """Makes this the model that comes with the program."""
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(model.dump())
    (folder / CARD).write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2) + b"\n")


class InUse(Generic[M]):
    """The model a reader uses: the one file given, or the active version of a folder; none without either.

    A file that cannot be used is said once in the log; the last good model stays. Reading never stops for it.
    """

    def __init__(self, path: Path | None, load: Callable[[Path], M]) -> None:
        self._path, self._load = path, load
        self._looked = -LOOK_SECONDS
        self._stamp: tuple[int, ...] | None = None
        self._looking: Thread | None = None
        self.model: M | None = None

    def warm(self) -> None:
        """Imports what a model needs and loads it; takes part of a second, so call it in a thread before the reading begins."""
        if self._path is not None:
            importlib.import_module("numpy")
            self.refresh()

    def look(self) -> M | None:
        """The model. Never waits: where another is in use by now it is loaded in a thread, and given at a later look."""
        now = time.monotonic()
        idle = self._looking is None or not self._looking.is_alive()
        if self._path is not None and now - self._looked >= LOOK_SECONDS and idle:
            self._looked = now
            if _stamp(self._path) != self._stamp:
                self._looking = Thread(target=self.refresh, daemon=True)
                self._looking.start()
        return self.model

    def refresh(self) -> None:
        """Loads the model that is in use now, if it is another."""
        if self._path is None:
            return
        try:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self.model = self._loaded(self._path)
        except (OSError, Unusable, ValueError) as trouble:
            log.warning("model_unusable", path=str(self._path), trouble=str(trouble))
        else:
            log.info("model_in_use", version=self.model.version if self.model else None)

    def _loaded(self, path: Path) -> M | None:
        if not path.is_dir():
            return self._load(path)
        shelf = Shelf(path, self._load)
        version = shelf.active()
        return None if version is None else self._load(shelf.file(version))


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Changes with the file in use, or with which version that is."""
    try:
        found = (path / ACTIVE if path.is_dir() else path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
