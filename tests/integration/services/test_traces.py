"""One trace from a villager's message to the reply, across all services, in any collector that speaks OTLP."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from services.cli.system import System, build, running
from shared import settings, streams
from shared.access import Caller, key_line
from shared.clock import SimulatedClock, SystemClock
from shared.embedded import Embedded
from shared.settings import BadSettings
from tests.fakes.collector import Collector, Heard
from tests.integration.services.conftest import DEPARTMENTS, FEW, GROUPS, ROSTER, START, Village

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    listening = Collector()
    yield listening
    listening.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> AsyncIterator[System]:
    """A county whose services are traced."""
    home = tmp_path_factory.mktemp("traced")
    with Embedded(home, durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            intake_model="off",
            traces=collector.url,
        )
        async with running(config, SimulatedClock(START)) as started:
            yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def village(county: System) -> AsyncIterator[Village]:
    async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client:
        for service, table, body in (
            ("intake", "groups", GROUPS),
            ("intake", "roster", ROSTER),
            ("routing", "departments", DEPARTMENTS),
        ):
            (await client.put(f"{county.urls[service]}/{table}", content=body)).raise_for_status()
        await county.settle()
        yield Village(county, client, FEW - 1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trace(village: Village, collector: Collector) -> list[Heard]:
    """The spans of one message: posted, answered in the group."""
    body = village.message("traced-1", "v", "村口路灯坏了一周，晚上漆黑一片")
    posted = await village.client.post(f"{village.system.urls['intake']}/messages", json=body, headers={"traceparent": CALLER})
    assert posted.status_code == 202
    await village.system.settle()
    for service in village.system.services.values():
        assert service.traces
        service.traces._collector._out.force_flush()
    [root] = [heard for heard in collector.heard if heard.name == "POST /messages"]
    return [heard for heard in collector.heard if heard.span.trace_id == root.span.trace_id]


def names(trace: list[Heard], service: str) -> set[str]:
    return {heard.name for heard in trace if heard.service == f"minsheng-{service}"}


async def test_one_trace_goes_from_the_post_through_every_service_to_the_reply(trace: list[Heard]) -> None:
    assert {"POST /messages", "message-received", "message-read", "appeal-opened", "publish appeal-opened"} <= names(
        trace, "intake"
    )
    assert {"process appeal-opened", "case-assigned", "publish case-assigned"} <= names(trace, "routing")
    assert {"process case-assigned", "clock-started", "publish clock-started"} <= names(trace, "sla")
    assert {"process case-assigned", "reply-queued", "send reply", "reply-delivered"} <= names(trace, "notify")


async def test_every_span_hangs_on_another_of_the_trace_and_only_the_post_on_none(trace: list[Heard]) -> None:
    spans = {heard.span.span_id for heard in trace}
    assert len(spans) == len(trace)
    assert [heard.name for heard in trace if not heard.span.parent_span_id] == ["POST /messages"]
    assert {heard.span.parent_span_id for heard in trace} - {b""} <= spans


async def test_a_trace_is_found_from_any_event_and_an_event_from_its_span(trace: list[Heard], village: Village) -> None:
    stored = [r async for page in village.system.services["routing"].store.read_all() for r in page]
    [assigned] = [r for r in stored if r.type == "minsheng.routing.case-assigned.v1"]
    [span] = [heard for heard in trace if heard.name == "case-assigned"]
    assert span.span.trace_id == assigned.correlation.bytes
    assert span.span.span_id == assigned.id.bytes[8:]
    assert span.said["minsheng.event.id"] == str(assigned.id)


async def test_the_callers_own_trace_is_linked(trace: list[Heard]) -> None:
    [root] = [heard for heard in trace if heard.name == "POST /messages"]
    [link] = root.span.links
    assert f"00-{link.trace_id.hex()}-{link.span_id.hex()}-01" == CALLER
    assert root.said == {"http.request.method": "POST", "http.route": "/messages", "http.response.status_code": 202}


async def test_spans_hold_no_names_and_no_words(trace: list[Heard], collector: Collector) -> None:
    told = [heard.name + repr(heard.said) for heard in collector.heard]
    assert not [text for text in told if re.search(r"[\u4e00-\u9fff]|路灯|村民|'v\d+", text)]


async def test_a_message_of_nats_says_its_trace_in_the_header_and_in_the_event(trace: list[Heard], village: Village) -> None:
    js = village.system.services["routing"].nats.jetstream()
    message = await js.get_last_msg(streams.stream_name("routing"), "routing.case-assigned.*")
    event: dict[str, Any] = orjson.loads(message.data or b"")
    [span] = [heard for heard in trace if heard.name == "case-assigned"]
    assert message.headers
    assert message.headers["traceparent"] == event["traceparent"]
    assert event["traceparent"] == f"00-{span.span.trace_id.hex()}-{span.span.span_id.hex()}-01"


async def test_a_request_that_stores_nothing_is_in_no_trace(village: Village, collector: Collector) -> None:
    await village.get("routing", "/cases")
    traces = village.system.services["routing"].traces
    assert traces
    traces._collector._out.force_flush()
    assert "GET /cases" not in {heard.name for heard in collector.heard}


def test_without_the_library_a_clear_word_is_said_at_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "shared.otlp", None)
    config = settings.read(database_url="postgresql://", nats_url="nats://", traces="http://127.0.0.1:4318")
    with pytest.raises(BadSettings, match=r"MINSHENG_TRACES needs OpenTelemetry.+pip install 'minsheng\[traces\]'"):
        build("sla", config, SystemClock())
