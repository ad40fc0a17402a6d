"""Asking the trained model that a county chose for its departments."""

from pathlib import Path

from services.routing.learned import Heard
from services.routing.learning.model import load
from services.routing.reactions import Ask
from shared.learning.shelf import InUse
from shared.settings import BadSettings

OFF = "off"
SAID = 10
"""labels kept of what it says; the others are improbable"""


def asking(place: str, *, shadow: bool) -> Ask:
    """The word of the model of this place: a folder of versions, one file, or none of `off`. Raises BadSettings.

    Of a folder the active version is asked, and another from the second on in which it is activated.
    """
    if place in (OFF, ""):
        return lambda _: None
    if not Path(place).exists():
        raise BadSettings(f"MINSHENG_ROUTING_MODEL: there is no {place}; `minsheng train routing --model {place}` makes it")
    used = InUse(Path(place), load)
    used.warm()

    def ask(text: str) -> Heard | None:
        model = used.look()
        return Heard(model.version, tuple(model.judge(text)[:SAID]), shadow) if model else None

    return ask
