"""The file MINSHENG_CHANNELS_OUT names: which channels there are, with their secrets, whom each serves, and the county's rules.

Checked as a whole at start, one line a mistake. A secret may be written `env:NAME` and is then taken from the environment;
none is ever shown.
"""

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo
from standardwebhooks import Webhook

from services.notify import fitting
from services.notify.channels import dingtalk, feishu, wecom
from services.notify.pacing import Limit, Quiet
from shared.events.notify import Audience
from shared.settings import BadSettings

SETTING = "MINSHENG_CHANNELS_OUT"
EVERYBODY = (Audience.GROUP, Audience.OFFICIALS, Audience.PRIVATE)


def _from_environment(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        found = (info.context or {}).get(name)
        if not found:
            raise ValueError(f"environment variable {name} is not set")
        return found
    return value


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


Secret = Annotated[SecretStr, Field(min_length=1), BeforeValidator(_from_environment)]
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
    secret: Annotated[SecretStr, BeforeValidator(_from_environment)] = SecretStr("")
    mention: Mention = ()
    host: Address = dingtalk.HOST

    @property
    def usual(self) -> tuple[Limit, ...]:
        return (Limit(20, 60),)


class FeishuEntry(Entry):
    kind: Literal["feishu"]
    token: Secret
    secret: Annotated[SecretStr, BeforeValidator(_from_environment)] = SecretStr("")
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
    password: Annotated[SecretStr, BeforeValidator(_from_environment)] = SecretStr("")
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


def read(path: Path, environment: Mapping[str, str]) -> Out:
    """Reads the file. Raises BadSettings, one line for all mistakes, each with its place."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise BadSettings(f"{SETTING}: {path} cannot be read: {trouble}") from None
    except tomllib.TOMLDecodeError as trouble:
        raise BadSettings(f"{SETTING}: {path} is not TOML: {trouble}") from None
    return parse(raw, environment)


def parse(raw: dict[str, Any], environment: Mapping[str, str]) -> Out:
    """What a file says. Raises BadSettings."""
    try:
        out = Out.model_validate(raw, context=environment)
    except ValidationError as error:
        lines = [f"{_where(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors(include_input=False)]
        raise BadSettings(f"{SETTING}: " + "; ".join(lines)) from None
    if (fallback := out.delivery.fallback) is not None and fallback not in out.channels:
        raise BadSettings(f"{SETTING}: delivery.fallback: there is no channel {fallback!r} among {', '.join(out.channels)}")
    return out


def parts_of(entry: Entry) -> int:
    """Into how many parts a text may be split: no more than its channel takes at once."""
    return min([fitting.PARTS, *(limit.messages for limit in entry.limits())])


def _where(place: tuple[int | str, ...]) -> str:
    """Without the name of the kind, which stands between a channel and its field."""
    names = [str(part) for part in place]
    if names[:1] == ["channels"] and len(names) > 3:
        del names[2]
    return ".".join(names)
