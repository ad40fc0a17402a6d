"""The clocks of a case over REST: what runs, what is left of it, who took note of what is broken, and how well promises are kept."""

from datetime import datetime, timedelta
from typing import Any

from services.cli.system import System
from shared.clock import CHINA, SimulatedClock
from tests.integration.services.conftest import Village

MINUTE = timedelta(minutes=1)


async def clocks(village: Village, number: str) -> dict[str, dict[str, Any]]:
    rows = (await village.get("sla", f"/cases/{number}/clocks"))["clocks"]
    return {row["promise"]: row for row in rows}


async def pass_by(system: System, minutes: float) -> None:
    assert isinstance(system.clock, SimulatedClock)
    await system.run_until(system.clock, system.clock.now() + minutes * MINUTE, inclusive=True)


async def acknowledge(village: Village, number: str, promise: str, **body: Any) -> Any:
    url = f"{village.system.urls['sla']}/cases/{number}/clocks/{promise}/acknowledge"
    return await village.client.post(url, json=body)


async def test_a_case_tells_what_runs_and_what_is_left_of_it_in_its_own_time(village: Village, system: System) -> None:
    number = (await village.say("v", "村口的路灯坏了，晚上看不见路"))["number"]
    await pass_by(system, 2)
    running = await clocks(village, number)
    assert {name: row["state"] for name, row in running.items()} == dict.fromkeys(("accept", "reply", "resolve"), "running")
    assert (running["accept"]["left_seconds"], running["accept"]["left"]) == (480, "还剩 8 分钟")
    assert running["resolve"]["left"].startswith("还剩工作时间 ")
    await village.act(number, "accept", by="o1")
    answered = await clocks(village, number)
    assert (answered["accept"]["state"], answered["accept"]["in_time"], answered["accept"]["kept_by"]) == (
        "stopped",
        True,
        "o1",
    )
    assert answered["progress"]["state"] == "running"
    until = (system.clock.now() + timedelta(days=3)).isoformat()
    await village.act(number, "suspend", by="desk", words="等配件", waits_for="authority", until=until)
    assert (await clocks(village, number))["resolve"]["state"] == "paused"
    await village.act(number, "resume", by="desk")
    await village.act(number, "resolve", by="o1", words="路灯已修好")
    done = await clocks(village, number)
    assert {name for name, row in done.items() if row["state"] == "running"} == {"callback"}


async def test_whoever_is_told_takes_note_and_the_next_step_waits_for_its_delay_from_then(
    village: Village, system: System
) -> None:
    number = (await village.say("v", "村口的路灯坏了，晚上看不见路"))["number"]
    await pass_by(system, 9)
    assert (await acknowledge(village, number, "accept", step=1)).status_code == 409
    soon = (await village.get("sla", "/due", within="5m", limit=500))["clocks"]
    assert (number, "accept") in [(row["number"], row["promise"]) for row in soon]
    await pass_by(system, 16)
    assert [t for t in await village.replies(number) if t != "received"][:4] == ["paged", "warned", "warned", "overdue-accept"]
    broken = (await village.get("sla", "/clocks", limit=500))["clocks"]
    assert number in [row["number"] for row in broken]
    noted = await acknowledge(village, number, "accept", step=1, by="o1")
    assert noted.status_code == 200, noted.text
    accept = next(row for row in noted.json()["clocks"] if row["promise"] == "accept")
    assert (accept["steps"], accept["acknowledged"], accept["left"]) == (1, [1], "已超 15 分钟")
    await pass_by(system, 19)
    assert (await clocks(village, number))["accept"]["steps"] == 1
    await pass_by(system, 1)
    assert (await clocks(village, number))["accept"]["steps"] == 2
    assert (await acknowledge(village, "TY-20990101-0001", "accept", step=1)).status_code == 404


async def test_the_share_kept_on_time_and_everybodys_load_are_told(village: Village, system: System) -> None:
    begun = system.clock.now()
    number = (await village.say("v", "村口的路灯坏了，晚上看不见路"))["number"]
    officer = f"officer-{village.number}"
    await village.act(number, "accept", by=officer)
    end = (system.clock.now() + MINUTE).isoformat()
    told = await village.get("sla", "/on-time", by="township", promise="accept", since=begun.isoformat(), until=end)
    assert told["shares"] == [{"name": "平川镇", "settled": 1, "kept": 1, "share": 1.0}]
    months = await village.get("sla", "/on-time", by="month", promise="accept", since=begun.isoformat(), until=end)
    assert [row["name"] for row in months["shares"]] == [begun.astimezone(CHINA).strftime("%Y-%m")]
    loads = (await village.get("sla", "/load", by="officer"))["loads"]
    assert next(row for row in loads if row["name"] == officer) | {"due_soon": 0} == {
        "name": officer, "open": 1, "overdue": 0, "due_soon": 0, "paused": 0,
    }  # fmt: skip
    assert sum(row["open"] for row in (await village.get("sla", "/load", by="department"))["loads"]) >= 1
    policy = await village.get("sla", "/policy")
    assert policy["version"] in policy["versions"]
    assert datetime.fromisoformat(policy["adopted_at"])
