"""The file MINSHENG_CHANNELS names: the channels in, each with its secrets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.intake.channels.dingtalk import DingTalk
from services.intake.channels.feishu import Feishu
from services.intake.channels.webhook import Webhook
from services.intake.channels.wecom import WeCom
from shared import channel_files

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
    """What the file says; no file, no channels. Raises BadSettings, one line for all mistakes, each with its place."""
    file = channel_files.located(SETTING, Path(path)) if path else None
    return channel_files.read(Channels, SETTING, file, environment) if file else Channels()


def parsed(raw: dict[str, Any], environment: Mapping[str, str]) -> Channels:
    """The channels of a parsed file. Raises BadSettings."""
    return channel_files.parse(Channels, SETTING, raw, environment)
