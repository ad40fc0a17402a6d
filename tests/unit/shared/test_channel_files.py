"""A file of channels: secrets from the environment, mistakes with their places, and never a secret in either."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

import pytest
from pydantic import BaseModel, Field, model_validator

from shared.channel_files import MaybeSecret, Secret, located, parse, read
from shared.settings import BadSettings


class Bell(BaseModel):
    kind: Literal["bell"]
    key: Secret
    other: MaybeSecret | None = None


class Drum(BaseModel):
    kind: Literal["drum"]
    keys: tuple[Secret, ...]


class Tower(BaseModel):
    channels: dict[str, Annotated[Bell | Drum, Field(discriminator="kind")]]

    @model_validator(mode="after")
    def _not_silent(self) -> Self:
        if not self.channels:
            raise ValueError("a tower is not silent")
        return self


def mistake(path: Path) -> str:
    with pytest.raises(BadSettings) as told:
        read(Tower, "MINSHENG_TOWER", path, {"EMPTY": ""})
    return str(told.value)


def test_a_secret_is_taken_from_the_environment_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "tower.toml"
    file.write_text(
        '[channels.east]\nkind = "bell"\nkey = "env:EAST"\n[channels.west]\nkind = "drum"\nkeys = ["env:WEST", "plain"]'
    )
    tower = read(Tower, "MINSHENG_TOWER", file, {"EAST": "sesame", "WEST": "poppy"})
    east, west = tower.channels["east"], tower.channels["west"]
    assert isinstance(east, Bell)
    assert isinstance(west, Drum)
    assert [key.get_secret_value() for key in (east.key, *west.keys)] == ["sesame", "poppy", "plain"]
    for shown in (repr(tower), tower.model_dump_json()):
        assert not re.search("sesame|poppy|plain", shown)


def test_all_mistakes_are_told_in_one_line_each_with_its_place_and_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "tower.toml"
    file.write_text(
        '[channels.east]\nkind = "bell"\nkey = ""\nother = "env:EMPTY"\n[channels.west]\nkind = "drum"\nkeys = ["sesame", "env:NONE"]'
    )
    told = mistake(file)
    assert told.startswith("MINSHENG_TOWER: channels.east.key: ")
    assert "; channels.east.other: environment variable EMPTY is not set; " in told
    assert told.endswith("; channels.west.keys.1: environment variable NONE is not set")
    assert "\n" not in told
    assert "sesame" not in told


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert f"MINSHENG_TOWER: {tmp_path / 'none.toml'} cannot be read" in mistake(tmp_path / "none.toml")
    for raw, words in ((b"[", "is not TOML"), (b"\xff", "cannot be read")):
        (tmp_path / "bad.toml").write_bytes(raw)
        assert words in mistake(tmp_path / "bad.toml")


def test_of_a_folder_its_channels_are_meant_and_of_an_empty_one_none(tmp_path: Path) -> None:
    file = tmp_path / "tower.toml"
    assert located("MINSHENG_TOWER", file) == file
    assert located("MINSHENG_TOWER", tmp_path) is None
    file.touch()
    with pytest.raises(BadSettings, match=r"MINSHENG_TOWER: the folder .* has no channels\.toml, but tower\.toml"):
        located("MINSHENG_TOWER", tmp_path)
    (tmp_path / "channels.toml").touch()
    assert located("MINSHENG_TOWER", tmp_path) == tmp_path / "channels.toml"


def test_a_mistake_of_the_whole_file_stands_alone() -> None:
    with pytest.raises(BadSettings, match=r"^MINSHENG_TOWER: a tower is not silent$"):
        parse(Tower, "MINSHENG_TOWER", {"channels": {}}, {})
