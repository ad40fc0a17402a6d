"""The hottest issues over REST: from what was said in the groups, with the cases, and never from what is sealed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from services.cli.system import System
from shared.clock import SimulatedClock
from tests.integration.services.conftest import Village
from tests.integration.services.test_triage import correct

KILN = (
    "白鹭湾砖窑的黑烟一直往学校飘，孩子咳嗽，窗户都不敢开",
    "白鹭湾砖窑半夜冒黑烟，呛得老人睡不着，投诉多次没人管",
    "白鹭湾那个砖窑又冒黑烟了，环保来查一查，孩子咳嗽",
    "砖窑的黑烟呛人，白鹭湾家家关窗户，老人咳嗽睡不着",
)


async def hot(village: Village, **query: Any) -> dict[str, Any]:
    return await village.get("routing", "/hot", **query)


async def test_what_several_villages_raise_is_a_hot_issue_until_its_cases_are_sealed_or_the_window_has_passed(
    villages: Callable[[], Village], system: System
) -> None:
    assert isinstance(system.clock, SimulatedClock)
    await system.run_until(system.clock, system.clock.now() + timedelta(days=2), inclusive=True)  # away from other tests' cases
    said = [(one, await one.say("v", text)) for one, text in zip([villages() for _ in KILN], KILN, strict=True)]
    village = said[0][0]
    [issue] = [one for one in (await hot(village, days=1))["issues"] if "白鹭湾" in one["label"]]
    assert issue["households"] == 4
    assert issue["before"] == 0
    assert {case["number"] for case in issue["cases"]} == {message["number"] for _, message in said}
    assert issue["reasons"][0] == "4 户反映 4 件，涉及 4 处"
    assert "“睡不着”" in issue["reasons"][2]
    assert {place["township"] for place in issue["places"]} == {"平川镇"}

    sealed, message = said.pop()
    assert (await correct(sealed, message["message"], kind="report", sealed=True)).status_code == 200
    [issue] = [one for one in (await hot(village, days=1))["issues"] if "白鹭湾" in one["label"]]
    assert issue["households"] == 3
    assert message["number"] not in [case["number"] for case in issue["cases"]]

    await system.run_until(system.clock, system.clock.now() + timedelta(days=2), inclusive=True)
    assert "白鹭湾" not in str(await hot(village, days=1))
    [issue] = [one for one in (await hot(village, days=3))["issues"] if "白鹭湾" in one["label"]]
    assert issue["households"] == 3


async def test_an_answer_is_of_the_moment_it_was_asked_for(villages: Callable[[], Village]) -> None:
    before = await hot(villages())
    await villages().say("v", "村西头的水闸坏了，田里进不了水")
    after = await hot(villages())
    assert after["opened"] == before["opened"] + 1
    assert after["complete"]
    assert len(after["issues"]) <= 5


async def test_a_chat_systems_adapter_may_not_ask_and_a_window_has_bounds(village: Village, system: System) -> None:
    url = f"{system.urls['routing']}/hot"
    async with httpx.AsyncClient(headers={"authorization": "Bearer adapter"}, trust_env=False) as adapter:
        assert (await adapter.get(url)).status_code == 403
    for wrong in ({"days": 0}, {"days": 32}, {"top": 0}, {"top": 21}):
        assert (await village.client.get(url, params=wrong)).status_code == 422
