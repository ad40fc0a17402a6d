"""The words: one Jinja2 template a reply, in Chinese, in templates/."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from shared.privacy import Secret, mask

_FOLDER = Path(__file__).parent / "templates"
WORDS_KEPT = 600
"""how much of what an official wrote is repeated in a reply, in characters"""
OFFICE_LINES = frozenset({Secret.LANDLINE})
"""an official who names his office's telephone wants to be called"""


@cache
def _template(name: str) -> Template:
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True)  # noqa: S701 - a chat, not HTML
    return environment.get_template(f"{name}.txt")


def compose(name: str, **known: Any) -> str:
    """The text of a reply. Raises jinja2.UndefinedError when a template asks for what is not known."""
    if words := known.get("words"):
        words = mask(words, spare=OFFICE_LINES)
        known["words"] = words if len(words) <= WORDS_KEPT else words[:WORDS_KEPT] + "……"
    return _template(name).render(known).strip()
