"""The words: one Jinja2 template a reply, in Chinese, in templates/."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_FOLDER = Path(__file__).parent / "templates"
WORDS_KEPT = 600
"""how much of what an official wrote is repeated in a reply, in characters"""


@cache
def _template(name: str) -> Template:
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True)  # noqa: S701 - a chat, not HTML
    return environment.get_template(f"{name}.txt")


def compose(name: str, **known: Any) -> str:
    """The text of a reply. Raises jinja2.UndefinedError when a template asks for what is not known."""
    words = known.get("words")
    if words and len(words) > WORDS_KEPT:
        known["words"] = words[:WORDS_KEPT] + "……"
    return _template(name).render(known).strip()
