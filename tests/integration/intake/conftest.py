"""Intake's processes on the kernel alone."""

from tests.integration.shared.conftest import database, servers, start

__all__ = ["database", "servers", "start"]
