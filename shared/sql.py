"""Named SQL: statements live in .sql files beside the code that runs them, one statement a name, never built from strings.

A file holds sections headed `-- name: something`. Schema files hold sections headed `-- migration: 1`, `-- migration: 2` …
"""

import re
from functools import cache
from pathlib import Path

_HEADING = re.compile(r"^-- (name|migration): *(\S+)$", re.MULTILINE)


def sections(text: str) -> dict[str, str]:
    """The sections of an SQL text by heading. Raises ValueError when a heading stands twice."""
    parts = _HEADING.split(text)[1:]
    found: dict[str, str] = {}
    for heading, body in zip(parts[1::3], parts[2::3], strict=True):
        if heading in found:
            raise ValueError(f"two sections named {heading}")
        found[heading] = body.strip()
    return found


@cache
def load(path: Path) -> dict[str, str]:
    """The named statements of a file."""
    return sections(path.read_text(encoding="utf-8"))
