"""The file MINSHENG_CHANNELS_OUT names: which channels there are, with their secrets, whom each serves, and the county's rules.

Read and checked as every file of channels is, see `shared.channel_files`.
"""

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from standardwebhooks import Webhook

from services.notify import fitting
from services.notify.channels import dingtalk, feishu, wecom
from services.notify.pacing import Limit, Quiet
from shared import channel_files
from shared.channel_files import MaybeSecret, Secret
from shared.events.notify import Audience

SETTING = "MINSHENG_CHANNELS_OUT"
EVERYBODY = (Audience.GROUP, Audience.OFFICIALS, Audience.PRIVATE)


def _place(pattern: str) -> str:
    if "/" not in pattern:
        raise ValueError(f"{pattern!r} is not channel/group, such as wecom/hexi or wecom/*")
    return pattern


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url.rstrip("/")


def _signing(secret: SecretStr) -> SecretStr:
    try:
        Webhook(secret.get_secret_value())
    except Exception:
        raise ValueError("must be whsec_ and base64") from None
    return secret


Place = Annotated[str, AfterValidator(_place)]
Address = Annotated[str, AfterValidator(_address)]
Mention = Annotated[tuple[str, ...], Field(description="mobile numbers, or @all, called in urgent messages")]


class Entry(BaseModel):
    """What every kind of channel has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: tuple[Place, ...] = ()
    """channel/group of those it serves, * for any; a name written out goes before a *"""
    audiences: tuple[Audience, ...] = (Audience.GROUP,)
    per_minute: int | None = Field(default=None, ge=1, le=100_000)
    per_second: int | None = Field(default=None, ge=1, le=10_000)
    digests: bool = True
    """whether a burst beyond the limit is put together into one message"""

    @property
    def usual(self) -> tuple[Limit, ...]:
        """What the chat system allows, as published."""
        return ()

    def limits(self) -> tuple[Limit, ...]:
        own = [Limit(n, s) for n, s in ((self.per_minute, 60.0), (self.per_second, 1.0)) if n]
        return (*own, *(limit for limit in self.usual if limit.seconds not in {o.seconds for o in own}))

    def secrets(self) -> list[str]:
        """What must never be seen in a log or an event."""
        return [v.get_secret_value() for v in self.__dict__.values() if isinstance(v, SecretStr) and v.get_secret_value()]


class WecomRobotEntry(Entry):
    kind: Literal["wecom-robot"]
    key: Secret
    format: wecom.Format = "text"
    mention: Mention = ()
    host: Address = wecom.HOST

    @property
    def usual(self) -> tuple[Limit, ...]:
        return (Limit(20, 60),)


class WecomAppEntry(Entry):
    kind: Literal["wecom-app"]
    corp: str
    agent: int
    secret: Secret
    to: Annotated[str, Field(min_length=1)]
    format: wecom.Format = "text"
    host: Address = wecom.HOST

    @property
    def usual(self) -> tuple[Limit, ...]:
        return (Limit(30, 60),)


class DingtalkEntry(Entry):
    kind: Literal["dingtalk"]
    token: Secret
    secret: MaybeSecret = SecretStr("")
    mention: Mention = ()
    host: Address = dingtalk.HOST

    @property
    def usual(self) -> tuple[Limit, ...]:
        return (Limit(20, 60),)


class FeishuEntry(Entry):
    kind: Literal["feishu"]
    token: Secret
    secret: MaybeSecret = SecretStr("")
    host: Address = feishu.HOST

    @property
    def usual(self) -> tuple[Limit, ...]:
        return (Limit(100, 60), Limit(5, 1))


class WebhookEntry(Entry):
    kind: Literal["webhook"]
    url: Address
    secret: Annotated[Secret, AfterValidator(_signing)]
    digests: Literal[False] = False
    """a receiver counts on one id for one reply"""


class EmailEntry(Entry):
    kind: Literal["email"]
    server: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 465
    tls: Literal["on", "starttls", "off"] = "on"
    user: str = ""
    password: MaybeSecret = SecretStr("")
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    to: Annotated[tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...], Field(min_length=1)]

    @property
    def usual(self) -> tuple[Limit, ...]:
        return (Limit(30, 60),)


class OutsideEntry(Entry):
    """`manual`: a person sends; `adapter`: a program of your own takes replies from JetStream and posts receipts."""

    kind: Literal["manual", "adapter"]
    audiences: tuple[Audience, ...] = EVERYBODY


class ConsoleEntry(Entry):
    kind: Literal["console"]
    audiences: tuple[Audience, ...] = EVERYBODY


AnyEntry = Annotated[
    WecomRobotEntry | WecomAppEntry | DingtalkEntry | FeishuEntry | WebhookEntry | EmailEntry | OutsideEntry | ConsoleEntry,
    Field(discriminator="kind"),
]


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        begins, ends = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        raise ValueError('must be like "22:00-07:00"') from None
    return Quiet(begins, ends)


class Rules(BaseModel):
    """The county's rules of saying things."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    quiet: Annotated[Quiet | None, BeforeValidator(_hours)] = None
    late_minutes: float = Field(default=15, gt=0, le=1440)
    fallback: str | None = None
    """the channel that tells the duty officer what did not arrive in time"""


class Out(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery: Rules = Rules()
    channels: Annotated[dict[Annotated[str, Field(pattern=r"^[\w.-]{1,60}$")], AnyEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _fallback_exists(self) -> Self:
        if (fallback := self.delivery.fallback) is not None and fallback not in self.channels:
            raise ValueError(f"delivery.fallback: there is no channel {fallback!r} among {', '.join(self.channels)}")
        return self


def read(path: Path, environment: Mapping[str, str]) -> Out:
    """Reads the file. Raises BadSettings, one line for all mistakes, each with its place."""
    return channel_files.read(Out, SETTING, path, environment)


def parse(raw: dict[str, Any], environment: Mapping[str, str]) -> Out:
    """What a file says. Raises BadSettings."""
    return channel_files.parse(Out, SETTING, raw, environment)


def parts_of(entry: Entry) -> int:
    """Into how many parts a text may be split: no more than its channel takes at once."""
    return min([fitting.PARTS, *(limit.messages for limit in entry.limits())])
