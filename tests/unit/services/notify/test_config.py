"""The file of channels: read, checked as a whole, its secrets never shown."""

import tomllib

import pytest

from services.notify import config
from services.notify.config import parse
from services.notify.outlets import Outlets, configured
from services.notify.pacing import Limit
from shared import settings
from shared.settings import BadSettings

FILE = """
[delivery]
quiet = "22:00-07:00"
fallback = "duty"

[channels.hexi]
kind = "wecom-robot"
key = "env:HEXI_KEY"
groups = ["wecom/hexi"]

[channels.duty]
kind = "dingtalk"
token = "tok-secret"
secret = "SEC-secret"
groups = ["*/*"]
audiences = ["officials"]

[channels.hand]
kind = "manual"
groups = ["*/*"]
"""
SECRETS = {"HEXI_KEY": "key-secret"}


def out(text: str = FILE) -> config.Out:
    return parse(tomllib.loads(text), SECRETS)


def reply(group: str, audience: str = "group", channel: str = "wecom", via: str | None = None) -> dict[str, str | None]:
    return {"via": via, "channel": channel, "group": group, "audience": audience, "lane": group}


def test_a_reply_goes_by_the_channel_that_names_its_group_then_by_the_first_that_takes_any() -> None:
    outlets = Outlets(out())

    def name(row: dict[str, str | None]) -> str | None:
        outlet = outlets.serving(row)
        return outlet.name if outlet else None

    assert name(reply("hexi")) == "hexi"
    assert name(reply("hexi", "officials")) == "duty"
    assert name(reply("hexi", "private")) == "hand"
    assert name(reply("other")) == "hand"
    assert name(reply("hexi", via="duty")) == "duty"
    only = Outlets(out('[channels.a]\nkind = "wecom-robot"\nkey = "k"\ngroups = ["wecom/h[1]*"]'))
    assert only.serving(reply("h[1]x"))
    assert only.serving(reply("h1")) is None


def test_secrets_come_from_the_environment_and_are_never_shown() -> None:
    made = out()
    hexi = made.channels["hexi"]
    assert isinstance(hexi, config.WecomRobotEntry)
    assert hexi.key.get_secret_value() == "key-secret"
    assert "secret" not in str(made).replace("secret=", "")
    assert Outlets(made).by_name["duty"].clean("posting to ?access_token=tok-secret&x") == "posting to ?access_token=***&x"


def test_published_limits_hold_unless_others_are_given() -> None:
    made = out('[channels.f]\nkind = "feishu"\ntoken = "t"\nper_minute = 50')
    assert set(made.channels["f"].limits()) == {Limit(50, 60), Limit(5, 1)}
    assert out().channels["hexi"].limits() == (Limit(20, 60),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[channels.a]\nkind = "wecom-robot"', "channels.a.key: Field required"),
        ('[channels.a]\nkind = "wecom-robot"\nkey = "env:NONE"', "channels.a.key: environment variable NONE is not set"),
        ('[channels.a]\nkind = "weechat"', "channels.a: "),
        ('[channels.a]\nkind = "manual"\ngroups = ["hexi"]', "channels.a.groups.0: 'hexi' is not channel/group"),
        ('[channels.a]\nkind = "manual"\ngruops = []', "channels.a.gruops: Extra inputs"),
        ('[channels.a]\nkind = "webhook"\nurl = "x"\nsecret = "y"', "channels.a.url: must begin with http"),
        ('[channels.a]\nkind = "webhook"\nurl = "http://x"\nsecret = "whsec_?"', "channels.a.secret: must be whsec_"),
        ('[delivery]\nquiet = "night"\n[channels.a]\nkind = "manual"', 'delivery.quiet: must be like "22:00-07:00"'),
        ('[delivery]\nfallback = "b"\n[channels.a]\nkind = "manual"', "delivery.fallback: there is no channel 'b' among a"),
        ("", "channels: Field required"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadSettings) as mistake:
        out(text)
    assert words in str(mistake.value)
    assert "\n" not in str(mistake.value)


def test_without_a_file_replies_go_by_the_webhook_or_to_the_console() -> None:
    given = {"database_url": "x", "nats_url": "x"}
    assert list(configured(settings.read(**given)).channels) == ["console"]
    hook = settings.read(**given, webhook_url="http://x", webhook_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert list(configured(hook).channels) == ["webhook"]
