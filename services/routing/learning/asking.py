"""Asking the trained models who answers: the one that comes with the program, and the one a county trained of its own."""

from functools import cache
from pathlib import Path

from services.routing.learned import SILENT, Heard, Hearing
from services.routing.learning.model import Model, load
from services.routing.matching import without_places
from services.routing.reactions import Ask
from shared.events.intake import AppealOpened
from shared.learning.shelf import FILE, InUse
from shared.settings import BadSettings

SHIPPED = Path(__file__).parent / "shipped"
"""the model that comes with the program, with its card: its labels are kinds of offices"""
DEFAULT, OFF = "shipped", "off"
SAID = 10
"""labels kept of what a county's own model says; the others are improbable"""


@cache
def _shipped() -> Model:
    """Loaded once a process, in some tenths of a second."""
    return load(SHIPPED / FILE)


def asking(place: str, *, shadow: bool) -> Ask:
    """By the setting: `off` nobody, `shipped` what comes with the program; else also a folder of versions or one file.

    Of a folder the active version is asked, and another within seconds of being activated. Raises BadSettings.
    """
    if place in (OFF, ""):
        return lambda _: SILENT
    if place != DEFAULT and not Path(place).exists():
        raise BadSettings(f"MINSHENG_ROUTING_MODEL: there is no {place}; `minsheng train routing --model {place}` makes it")
    shipped = _shipped()
    used = InUse(None if place == DEFAULT else Path(place), load)
    used.warm()

    def ask(opened: AppealOpened) -> Hearing:
        if opened.sealed or not opened.text:
            return SILENT
        offices = shipped.margins(without_places(opened.text, opened.village, opened.township))
        own = used.look()
        return Hearing(offices, Heard(own.version, tuple(own.judge(opened.text)[:SAID]), shadow) if own else None)

    return ask
