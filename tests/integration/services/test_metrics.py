"""What happens in the county is seen at /metrics, of every service alike."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from services.cli.system import System
from shared.clock import SimulatedClock
from shared.settings import PORTS
from tests.integration.services.conftest import Village

Samples = Mapping[str, float]


async def scrape(village: Village, service: str) -> Samples:
    answer = await village.client.get(f"{village.system.urls[service]}/metrics")
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def measured(village: Village, service: str) -> Samples:
    """Scraped after what only the servers know was read."""
    await village.system.services[service].measuring.measure()
    return await scrape(village, service)


def grown(before: Samples, after: Samples) -> dict[str, float]:
    """The counters that moved, and by how much."""
    return {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}


async def test_an_appeal_is_counted_on_its_way_through_all_services(village: Village) -> None:
    before = {service: await scrape(village, service) for service in PORTS}
    opened = await village.say("v", "村口路灯坏了一周，晚上漆黑一片")
    await village.say("o", "收到，马上安排人去修", quoting=opened["message_id"])
    after = {service: grown(before[service], await scrape(village, service)) for service in PORTS}
    assert after["intake"]['minsheng_messages_received_total{channel="wecom"}'] == 2
    assert after["intake"]['minsheng_messages_read_total{channel="wecom",kind="appeal"}'] == 1
    assert after["intake"]['minsheng_messages_read_total{channel="wecom",kind="accept"}'] == 1
    assert after["intake"]['minsheng_appeals_opened_total{channel="wecom",kind="appeal"}'] == 1
    assert after["routing"]['minsheng_case_steps_total{step="case-assigned"}'] == 1
    assert after["routing"]['minsheng_event_lag_seconds_count{source="intake"}'] >= 2
    assert after["sla"]['minsheng_promises_kept_total{promise="accept"}'] == 1
    assert after["sla"]['minsheng_accept_seconds_bucket{le="60.0"}'] == 1
    assert sum(n for name, n in after["notify"].items() if 'outcome="queued"' in name) == 2


async def test_an_appeal_nobody_answers_is_seen_before_and_after_its_ten_minutes(village: Village, system: System) -> None:
    assert isinstance(system.clock, SimulatedClock)
    await system.run_until(
        system.clock, system.clock.now() + timedelta(hours=1), inclusive=True
    )  # what others opened is past it
    before = await measured(village, "sla")
    await village.say("v", "自来水停了两天了，家里没法做饭")
    await system.run_until(system.clock, system.clock.now() + timedelta(minutes=9), inclusive=True)
    warned = await measured(village, "sla")
    assert grown(before, warned)['minsheng_clocks{promise="accept",state="warned"}'] == 1
    assert warned['minsheng_timers{state="late",work="timers"}'] == 0
    await system.run_until(system.clock, system.clock.now() + timedelta(minutes=30), inclusive=True)
    after = await measured(village, "sla")
    assert grown(before, after)['minsheng_promises_broken_total{promise="accept"}'] == 1
    assert grown(before, after)['minsheng_clocks{promise="accept",state="overdue"}'] == 1
    steps = [n for name, n in grown(before, after).items() if name.startswith('minsheng_escalations_total{promise="accept"')]
    assert sum(steps) == 2


async def test_open_cases_are_shown_by_where_they_stand_and_who_answers(village: Village) -> None:
    before = await measured(village, "routing")
    await village.say("v", "变压器一直嗡嗡响，停电三次了")
    moved = grown(before, await measured(village, "routing"))
    assert moved['minsheng_open_cases{department="power",status="assigned"}'] == 1


async def test_who_reads_a_stream_and_how_far_behind_he_is_tells_the_stream_itself(village: Village) -> None:
    shown = await measured(village, "intake")
    assert shown['minsheng_stream_waiting_events{durable="routing-intake-0of1"}'] == 0


@pytest.mark.parametrize("service", PORTS)
async def test_every_service_shows_requests_connections_and_the_event_loops_delay(village: Village, service: str) -> None:
    await village.client.get(f"{village.system.urls[service]}/nothing-here")
    shown = await measured(village, service)
    assert shown['minsheng_http_request_seconds_count{method="GET",route="unknown",status="404"}'] >= 1
    assert shown['minsheng_database_connections{state="most"}'] == 6
    assert shown["minsheng_database_wait_seconds_count"] >= 1
    assert shown["minsheng_event_loop_delay_seconds_count"] >= 1


async def test_no_label_holds_a_name_or_a_word_of_anybody(village: Village) -> None:
    await village.say("v", "举报村会计截留低保款")
    for service in PORTS:
        text = (await village.client.get(f"{village.system.urls[service]}/metrics")).text
        values = {value for line in text.splitlines() if not line.startswith("#") for value in re.findall(r'="([^"]*)"', line)}
        assert not [value for value in values if re.search(r"[\u4e00-\u9fff]|^g\d+$|TY-", value)]
