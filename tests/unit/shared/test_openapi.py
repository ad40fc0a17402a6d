"""What the services document: whole, and in agreement with who may call what."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.cli.system import build
from shared import settings
from shared.access import ACCESS, SIGNED
from shared.clock import SystemClock
from shared.service import create_app
from shared.settings import PORTS

CHANNELS = '[channels.ours]\nkind = "webhook"\nsecrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]\n'


@pytest.fixture(params=PORTS)
def document(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Of one service, with the doors of the chat systems open."""
    (tmp_path / "channels.toml").write_text(CHANNELS)
    config = settings.read(database_url="x", nats_url="x", channels=str(tmp_path / "channels.toml"))
    return create_app(build(request.param, config, SystemClock())).openapi()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', orjson.dumps(document).decode()):
        found: Any = document
        for name in reference.split("/"):
            found = found[name]
        assert found


def test_every_operation_tells_who_may_call_it(document: dict[str, Any]) -> None:
    for operation in operations(document):
        allowed = ACCESS[operation["operationId"]]
        if allowed is SIGNED:
            assert "security" not in operation
        else:
            assert operation["security"] == [{"key": sorted(allowed)}]
            assert {"401", "403"} <= set(operation["responses"])


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document):
        errors = {status for status in operation["responses"] if status >= "4"}
        assert "503" in errors
        for status in errors:
            assert operation["responses"][status] == {"$ref": f"#/components/responses/{status}"}
            assert list(document["components"]["responses"][status]["content"]) == ["application/problem+json"]


def headers(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"].lower() for parameter in operation.get("parameters", []) if parameter["in"] == "header"}


TOLD_BY_CONTENT = {"/attachments", "/imports"}
"""the same file sent again changes nothing"""


def test_every_post_takes_an_idempotency_key_unless_its_caller_signs_or_sends_a_file(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            keyed = method == "post" and ACCESS[operation["operationId"]] is not SIGNED and path not in TOLD_BY_CONTENT
            assert ("idempotency-key" in headers(operation)) == keyed
            assert not keyed or {"400", "409", "422"} <= set(operation["responses"])


def test_every_step_on_a_case_takes_the_version_it_is_meant_for(document: dict[str, Any]) -> None:
    """Advice changes nothing, and who takes note says of which step."""
    for path, methods in document["paths"].items():
        if path.startswith("/cases/{name}/") and "post" in methods and not path.endswith(("/reply-advice", "/acknowledge")):
            assert "if-match" in headers(methods["post"]), path
