"""Servers that keep what they are told, and a county's processes on them, all gone after the test."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded import Embedded
from tests.chaos.system.processes import Machines


@contextlib.contextmanager
def durable_servers(folder: Path) -> Iterator[Machines]:
    """Durable servers, no service yet."""
    embedded = Embedded(folder / "home", durable=True)
    running = Machines(embedded, embedded.start(), folder)
    try:
        yield running
    finally:
        running.stop()
        embedded.stop()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    """Servers of a test's own."""
    with durable_servers(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """All services on servers that several tests share, one after the other: each says something new in new groups."""
    with durable_servers(tmp_path_factory.mktemp("town")) as running:
        running.add_all()
        yield running
