"""What several commands of `minsheng` are told in the same words, and how one says that it cannot be done."""

import os
from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option(help="where data lives (or MINSHENG_HOME); survives restarts")]
DatabaseUrl = Annotated[str | None, typer.Option(help="a PostgreSQL of your own (or MINSHENG_DATABASE_URL)")]


class Mistake(Exception):
    """What the user asked for cannot be done; the message says why in one line."""


def setting(name: str) -> str | None:
    """Of the environment, without its prefix."""
    return os.environ.get(f"MINSHENG_{name}") or None
