"""What can be set, by environment: every name begins with MINSHENG_. docs/configuration.md is this table for people."""

import ipaddress
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PORTS = {"intake": 8101, "routing": 8102, "sla": 8103, "disclosure": 8104, "notify": 8105}
"""where each service listens unless told otherwise"""
_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
_DAY_TIME = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d$"


class Settings(BaseSettings):
    """One service's settings."""

    model_config = SettingsConfigDict(env_prefix="MINSHENG_", extra="ignore")

    database_url: SecretStr = Field(description="PostgreSQL DSN; each service keeps to a schema of its own name")
    nats_url: SecretStr = Field(description="nats-server URL; several, separated by commas, for a cluster")
    host: str = Field(default="127.0.0.1", description="address the API listens on")
    port: int = Field(default=0, ge=0, le=65535, description="port of the API; 0: the service's usual one")
    county: str = Field(default="TY", pattern=r"^[A-Z]{2,6}$", description="county code in appeal numbers, 2–6 capital letters")
    auth: Literal["on", "off"] = Field(default="on", description="who may call is checked; off only on loopback")
    keys: SecretStr = Field(
        default=SecretStr(""), description="API keys: name:role+role:sha256 of the key, separated by spaces"
    )
    pool_size: int = Field(default=6, ge=2, le=50, description="PostgreSQL connections of one service")
    consumer_shares: int = Field(default=1, ge=1, le=16, description="durables among which a stream's 16 partitions are shared")
    background: Literal["on", "off"] = Field(
        default="on", description="off: this replica only answers requests; others relay, read and keep the clocks"
    )
    stream_replicas: int = Field(default=1, ge=1, le=5, description="copies JetStream keeps in a cluster")
    body_limit: int = Field(default=2_000_000, ge=1_000, le=50_000_000, description="largest request body, in bytes")
    idempotency_hours: float = Field(
        default=24.0, ge=1, le=168, description="how long the answer to a request with an Idempotency-Key is kept"
    )
    drain_seconds: float = Field(default=15.0, ge=0, le=120, description="how long SIGTERM waits for work in flight")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="how much is logged")
    log_format: Literal["json", "text"] = Field(default="json", description="one JSON object a line, or text for people")
    second_calls: float = Field(
        default=0.1, ge=0, le=1, description="share of closed cases whose reporter is called a second time, by somebody else"
    )
    sla_policy: str = Field(
        default="",
        description="TOML file of the county's time limits, read again when it changes; empty: those that come along",
    )
    triage_below: float = Field(
        default=0.55,
        ge=0,
        le=1,
        description="messages read with less confidence than this wait for a person in the triage queue",
    )
    intake_model: str = Field(
        default="shipped",
        description="what reads beside the rules: `shipped`, a folder of `minsheng train intake`, one model file, or `off`",
    )
    routing_model: str = Field(
        default="shipped",
        description="what names departments beside the rules: `shipped`, or besides a folder of `minsheng train routing` or a file, or `off`",
    )
    routing_model_mode: Literal["shadow", "assign"] = Field(
        default="shadow", description="shadow: what a county's own model says is kept beside each case and counts for nothing"
    )
    crowd_hours: float = Field(default=6.0, gt=0, le=72, description="within how many hours alike appeals are offered as one")
    webhook_url: str = Field(default="", description="where notify posts replies (Standard Webhooks); empty: none")
    webhook_secret: SecretStr = Field(default=SecretStr(""), description="secret of that webhook, whsec_ and base64")
    console: Literal["on", "off"] = Field(default="on", description="notify also writes replies to its log")
    channels: str = Field(default="", description="TOML file (or its folder) of the chat systems that call intake; empty: none")
    channels_out: str = Field(
        default="", description="TOML file (or its folder) of the channels replies go out by; empty: webhook or console"
    )

    attachments: str = Field(
        default="",
        description="where files are kept: a folder, s3://BUCKET/PREFIX, or off; empty: attachments in MINSHENG_HOME",
    )
    attachment_limit: int = Field(
        default=20 * 1024 * 1024, ge=1_000, le=100 * 1024 * 1024, description="largest attachment, in bytes"
    )
    s3_endpoint: str = Field(
        default="", pattern=r"^(https?://.+)?$", description="URL of the S3-compatible server of attachments"
    )
    s3_region: str = Field(default="us-east-1", description="region that server wants to hear")
    s3_key: str = Field(default="", description="access key id of that server")
    s3_secret: SecretStr = Field(default=SecretStr(""), description="secret access key of that server")
    templates: str = Field(default="", description="folder of reply texts that go before the shipped ones; empty: none")

    bulletins: Literal["on", "off"] = Field(default="off", description="groups are told of their day, staff of the week")
    daily_at: str = Field(
        default="18:30", pattern=_TIME, description="time of the daily bulletin, such as 18:30, Asia/Shanghai"
    )
    weekly_at: str = Field(
        default="Mon 09:00", pattern=_DAY_TIME, description="day and time of the weekly bulletin, such as Mon 09:00"
    )
    staff_groups: str = Field(
        default="",
        pattern=r"^\s*([^\s/]\S*/\S+(\s+|$))*$",
        description="staff groups that get the weekly bulletin, such as wecom/county-desk, separated by spaces",
    )

    publisher: str = Field(default="县诉求中心", max_length=100, description="who publishes notices, as open data names it")
    ocds_prefix: str = Field(
        default="ocds-000000", pattern=r"^ocds-[a-z0-9]{6}$", description="registered prefix of Open Contracting ids (ocid)"
    )
    traces: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="OTLP/HTTP collector of traces, such as http://127.0.0.1:4318; empty: none",
    )

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.auth == "off" and not _loopback(self.host):
            raise ValueError("MINSHENG_AUTH=off is accepted only when MINSHENG_HOST is a loopback address such as 127.0.0.1")
        if self.webhook_url and not self.webhook_url.startswith(("http://", "https://")):
            raise ValueError("MINSHENG_WEBHOOK_URL must begin with http:// or https://")
        if self.webhook_url and not self.webhook_secret.get_secret_value():
            raise ValueError("MINSHENG_WEBHOOK_URL needs MINSHENG_WEBHOOK_SECRET")
        return self


class BadSettings(Exception):
    """A setting is not accepted; says which, and what is."""


def read(**given: object) -> Settings:
    """The settings from the environment, those given in code first. Raises BadSettings with one line a mistake."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings("; ".join(_sentence(dict(e)) for e in error.errors(include_input=False))) from None


def _sentence(error: dict[str, object]) -> str:
    where = error["loc"]
    name = str(where[0]) if isinstance(where, tuple) and where else ""
    known = Settings.model_fields.get(name)
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"MINSHENG_{name.upper()}: {message} ({known.description})" if known else message


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
