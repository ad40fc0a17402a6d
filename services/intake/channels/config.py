"""The file MINSHENG_CHANNELS names: the channels in, each with its secrets. Checked as a whole at start, one line a mistake."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.channels.dingtalk import DingTalk
from services.intake.channels.feishu import Feishu
from services.intake.channels.webhook import Webhook
from services.intake.channels.wecom import WeCom
from shared.settings import BadSettings

SETTING = "MINSHENG_CHANNELS"

AnyEntry = Annotated[WeCom | DingTalk | Feishu | Webhook, Field(discriminator="kind")]


class Channels(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], AnyEntry] = {}

    def find(self, kind: str, name: str) -> AnyEntry | None:
        """The channel of that name, if it is of that kind."""
        entry = self.channels.get(name)
        return entry if entry and entry.kind == kind else None


def configured(path: str, environment: Mapping[str, str]) -> Channels:
    """What the file says; no path, no channels. Raises BadSettings, one line for all mistakes, each with its place."""
    if not path:
        return Channels()
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise BadSettings(f"{SETTING}: {path} cannot be read: {trouble}") from None
    except tomllib.TOMLDecodeError as trouble:
        raise BadSettings(f"{SETTING}: {path} is not TOML: {trouble}") from None
    return parsed(raw, environment)


def parsed(raw: dict[str, Any], environment: Mapping[str, str]) -> Channels:
    """The channels of a parsed file. Raises BadSettings."""
    try:
        return Channels.model_validate(raw, context=environment)
    except ValidationError as error:
        lines = [f"{_where(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors(include_input=False)]
        raise BadSettings(f"{SETTING}: " + "; ".join(lines)) from None


def _where(place: tuple[int | str, ...]) -> str:
    """Without the name of the kind, which stands between a channel and its field."""
    names = [str(part) for part in place]
    if names[:1] == ["channels"] and len(names) > 3:
        del names[2]
    return ".".join(names)
