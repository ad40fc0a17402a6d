"""The TOML files that name channels, in and out: each checked as a whole at start, all its mistakes told in one line with their places.

A secret may be written `env:NAME` and is then taken from the environment; none is ever shown.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo

from shared.settings import BadSettings

File = TypeVar("File", bound=BaseModel)
USUAL_NAME = "channels.toml"


def _from_environment(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        found = (info.context or {}).get(name)
        if not found:
            raise ValueError(f"environment variable {name} is not set")
        return found
    return value


MaybeSecret = Annotated[SecretStr, BeforeValidator(_from_environment)]
Secret = Annotated[SecretStr, Field(min_length=1), BeforeValidator(_from_environment)]


def located(setting: str, path: Path) -> Path | None:
    """The file meant: of a folder its channels.toml, and none if the folder is empty, as a Secret that need not exist is mounted.

    Raises BadSettings for a folder that holds something else.
    """
    if not path.is_dir():
        return path
    if (file := path / USUAL_NAME).exists():
        return file
    if found := sorted(p.name for p in path.iterdir() if not p.name.startswith(".")):
        raise BadSettings(f"{setting}: the folder {path} has no {USUAL_NAME}, but {', '.join(found)}")
    return None


def read(kind: type[File], setting: str, path: Path, environment: Mapping[str, str]) -> File:
    """The file that an environment variable, `setting`, names. Raises BadSettings."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise BadSettings(f"{setting}: {path} cannot be read: {trouble}") from None
    except tomllib.TOMLDecodeError as trouble:
        raise BadSettings(f"{setting}: {path} is not TOML: {trouble}") from None
    return parse(kind, setting, raw, environment)


def parse(kind: type[File], setting: str, raw: dict[str, Any], environment: Mapping[str, str]) -> File:
    """What such a file says. Raises BadSettings."""
    try:
        return kind.model_validate(raw, context=environment)
    except ValidationError as error:
        lines = [
            ": ".join([*_where(e["loc"]), e["msg"].removeprefix("Value error, ")]) for e in error.errors(include_input=False)
        ]
        raise BadSettings(f"{setting}: " + "; ".join(lines)) from None


def _where(place: tuple[int | str, ...]) -> list[str]:
    """Without the name of the kind, which stands between a channel and its field; nothing, where the whole file is meant."""
    names = [str(part) for part in place]
    if names[:1] == ["channels"] and len(names) > 3:
        del names[2]
    return [".".join(names)] if names else []
