"""Where the model lies that intake reads with: a shelf of its own, a file, or the one that comes with the program."""

from pathlib import Path

from services.intake.learning.model import Model, load
from shared.learning.shelf import FILE, InUse, Shelf

SHIPPED = Path(__file__).parent / "shipped"
"""the model that comes with the program, with its card"""
DEFAULT, OFF = "shipped", "off"
WITHOUT_FOLDER = frozenset({DEFAULT, OFF, ""})


def chosen(setting: str) -> Path | None:
    """Where the model lies that MINSHENG_INTAKE_MODEL names: a folder, a file, the shipped one; None: the rules alone."""
    if setting in (OFF, ""):
        return None
    return SHIPPED / FILE if setting == DEFAULT else Path(setting)


def shelf_of(folder: Path) -> Shelf[Model]:
    return Shelf(folder, load)


def in_use(path: Path | None) -> InUse[Model]:
    """The model a reader uses; none without a path."""
    return InUse(path, load)
