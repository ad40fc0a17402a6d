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
PUBLISHED = OFFICE_LINES | {Secret.CONTACT}
"""what a notice may tell besides: the number to call for the job or the subsidy it is about"""


@cache
def _template(name: str) -> Template:
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True)  # noqa: S701 - a chat, not HTML
    return environment.get_template(f"{name}.txt")


def compose(name: str, **known: Any) -> str:
    """The text of a reply, with nobody's numbers in it, whosever words it repeats.

    Raises jinja2.UndefinedError when a template asks for what is not known.
    """
    spare = PUBLISHED if name.startswith("notice") else OFFICE_LINES
    seen = {key: mask(value, spare=spare) if isinstance(value, str) else value for key, value in known.items()}
    if len(words := seen.get("words") or "") > WORDS_KEPT:
        seen["words"] = words[:WORDS_KEPT] + "……"
    return _template(name).render(seen).strip()
