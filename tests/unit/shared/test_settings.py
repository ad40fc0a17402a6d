"""docs/configuration.md is the settings, for people: nothing is missing in it, and nothing in it is made up or out of date."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from shared.settings import Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"
NOT_A_SERVICES = {"MINSHENG_HOME", "MINSHENG_KEY"}
"""read by the commands `minsheng up` and `minsheng import`"""
ROW = re.compile(r"\| `(MINSHENG_\w+)` \| (.+?) \| (.+?) \|")


def documented() -> dict[str, tuple[str, str]]:
    """Name → default and purpose; where to read more of it left out."""
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: (default.strip("`"), re.sub(r", see \[[^\]]+\]\([^)]+\)", "", purpose)) for name, default, purpose in rows}


def test_the_table_is_the_settings_with_their_defaults_and_purposes() -> None:
    def default(value: object) -> str:
        return "required" if value is PydanticUndefined else str(value) or "–"

    known = {f"MINSHENG_{name.upper()}": (default(f.default), f.description) for name, f in Settings.model_fields.items()}
    assert {name: row for name, row in documented().items() if name not in NOT_A_SERVICES} == known


def test_every_setting_the_program_reads_by_itself_is_in_the_table() -> None:
    root = DOCUMENT.parents[1]
    sources = [path.read_text(encoding="utf-8") for top in ("services", "shared") for path in (root / top).rglob("*.py")]
    read = {name for source in sources for name in re.findall(r"MINSHENG_[A-Z_]+[A-Z]", source)}
    assert read <= set(documented())


def test_every_file_it_points_to_exists() -> None:
    for file in re.findall(r"\]\(([^)]+)\)", DOCUMENT.read_text(encoding="utf-8")):
        assert (DOCUMENT.parent / file.partition("#")[0]).exists()
