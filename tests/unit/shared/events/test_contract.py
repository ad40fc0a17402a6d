"""The published language is written down, and may only grow."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from shared.events import CATALOGUE
from shared.events.contract import as_text, breaks, document

KEPT = Path(__file__).parents[4] / "docs" / "events.asyncapi.json"


def changed(path: str, value: Any) -> dict[str, Any]:
    """The contract with one place changed, or removed when the value is None."""
    contract = copy.deepcopy(document())
    *way, last = path.split("/")
    place: Any = contract["components"]
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return contract


def test_the_written_contract_is_what_the_code_says() -> None:
    assert KEPT.read_text(encoding="utf-8") == as_text(document()), "run `make contracts`"


def test_every_event_has_a_channel_with_its_schema() -> None:
    contract = document()
    assert set(contract["components"]["messages"]) == set(CATALOGUE)
    for channel in contract["channels"].values():
        message = contract["components"]["messages"][channel["messages"]["event"]["$ref"].rpartition("/")[2]]
        assert message["payload"]["$ref"].rpartition("/")[2] in contract["components"]["schemas"]


def test_what_never_leaves_intake_is_told() -> None:
    assert document()["components"]["messages"]["minsheng.intake.message-received.v1"]["x-blank-on-the-wire"]


def test_an_unchanged_contract_breaks_nobody() -> None:
    assert breaks(json.loads(KEPT.read_text(encoding="utf-8")), document()) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("messages/minsheng.intake.message-received.v1", None, "minsheng.intake.message-received.v1 is no longer written"),
        ("schemas/MessageReceived/properties/text", None, "MessageReceived.text is gone"),
        ("schemas/MessageReceived/properties/text", {"type": "integer"}, "MessageReceived.text is another type"),
        ("schemas/Role/enum", ["villager"], "Role lacks 'village_official'"),
    ],
)
def test_what_an_older_reader_needs_may_not_go(path: str, value: Any, fault: str) -> None:
    assert fault in breaks(document(), changed(path, value))


def test_a_new_field_needs_a_default() -> None:
    older = changed("schemas/MessageReceived/properties/text", None)
    older["components"]["schemas"]["MessageReceived"]["required"].remove("text")
    assert breaks(older, document()) == ["MessageReceived.text is required, and older events lack it"]
    older = changed("schemas/MessageReceived/properties/reply_to", None)
    assert breaks(older, document()) == []


def test_words_may_change() -> None:
    other = changed("schemas/MessageReceived/properties/text", {"type": "string", "title": "Words", "description": "said"})
    assert breaks(document(), other) == []
