"""The file of channels in: whole or not at all, every mistake named with its place, no secret ever."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.intake.channels.config import configured, parsed
from shared.settings import BadSettings
from tests.fakes.callbacks import AES_KEY, CONFIGURED, OLD_KEY, channels

DOCUMENT = Path(__file__).parents[5] / "docs" / "channels.md"


def mistake(name: str, change: dict[str, Any]) -> str:
    with pytest.raises(BadSettings) as told:
        parsed({"channels": {name: CONFIGURED[name] | change}}, {})
    return str(told.value)


def test_the_documents_example_is_accepted() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    raw = tomllib.loads(example)
    environment = {"WECOM_AES_KEY": AES_KEY, "WEBHOOK_KEY_1": OLD_KEY, "WEBHOOK_KEY_2": OLD_KEY}
    named = re.findall(r"env:(\w+)", example)
    read = parsed(raw, {name: environment.get(name, "secret") for name in named})
    assert {entry.kind for entry in read.channels.values()} == {"wecom", "dingtalk", "feishu", "webhook"}
    for kind in ("wecom", "dingtalk", "feishu", "webhook"):
        assert f"/channels/{kind}/" in DOCUMENT.read_text(encoding="utf-8")


def test_no_file_is_no_channel_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    assert configured("", {}).channels == {}
    with pytest.raises(BadSettings, match=r"MINSHENG_CHANNELS: .*none\.toml cannot be read"):
        configured(str(tmp_path / "none.toml"), {})


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("village-app", {"aes_key": "short-secret"}, "channels.village-app.aes_key: must be the EncodingAESKey, 43"),
        ("village-app", {"token": ""}, "channels.village-app.token"),
        ("village-app", {"surprise": 1}, "channels.village-app.surprise"),
        ("village-app", {"kind": "qq"}, "'wecom', 'dingtalk', 'feishu', 'webhook'"),
        ("village-app", {"channel": "We Chat"}, "channels.village-app.channel"),
        ("ours", {"secrets": []}, "channels.ours.secrets"),
        ("ours", {"secrets": ["whsec_secret!"]}, "must be whsec_ and base64"),
        ("lark", {"encrypt_key": ""}, "channels.lark.encrypt_key"),
        ("lark", {"app_id": ""}, "app_id and app_secret belong together"),
        ("ding", {"host": "api.dingtalk.com"}, "channels.ding.host: must begin with http:// or https://"),
    ],
)
def test_a_mistake_names_its_place_and_what_is_accepted(name: str, change: dict[str, Any], words: str) -> None:
    told = mistake(name, change)
    assert words in told
    assert "short-secret" not in told
    assert "secret!" not in told


def test_a_channel_is_found_under_its_own_kind_only() -> None:
    assert channels().find("wecom", "ding") is None
    assert channels().find("dingtalk", "ding")
    assert channels().find("wecom", "none") is None
