"""Routing's views on a PostgreSQL alone."""

from tests.integration.shared.conftest import database, servers

__all__ = ["database", "servers"]
