"""What reporters wrote can be searched, and nobody finds what he must not: sealed, withdrawn, forgotten words."""

from typing import Any

import pytest

from services.cli.system import System
from services.routing import finding
from shared.events.routing import Status
from shared.followers import Projector
from shared.service import Service
from tests.integration.services.conftest import Village
from tests.integration.services.test_triage import correct


@pytest.fixture
def routing(system: System) -> Service:
    return system.services["routing"]


async def saying(routing: Service, text: str) -> list[dict[str, Any]]:
    """The newest cases in which this was written."""
    return await finding.cases(routing, finding.Wanted(text=text), before=None, limit=10)


async def test_a_case_is_found_by_any_piece_of_what_was_written(village: Village, routing: Service) -> None:
    opened = await village.say("v", "砖厂后头的变压器坏了停电，电话13812345678")
    [found] = await saying(routing, "砖厂后头")
    told = {
        name: found[name] for name in ("appeal", "number", "words", "village", "township", "category", "department", "status")
    }
    assert told == {
        "appeal": opened["reading"]["appeal"], "number": opened["number"], "words": "砖厂后头的变压器坏了停电，电话138****5678",
        "village": f"河湾{village.number}村", "township": "平川镇", "category": "城乡建设/供电", "department": "power",
        "status": Status.ASSIGNED,
    }  # fmt: skip
    assert await saying(routing, "停电 砖厂") == [found]
    assert await saying(routing, "砖厂停电") == []
    assert await saying(routing, "13812345678") == []
    assert await saying(routing, "？！") == []


async def test_sealed_words_are_never_found(village: Village, routing: Service) -> None:
    sealed = await village.say("v", "我要举报村会计截留俺家的猪圈补贴款")
    assert sealed["reading"]["sealed"]
    assert await saying(routing, "猪圈补贴款") == []


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_words_of_a_case_that_is_sealed_later_are_gone(village: Village, routing: Service, closed: bool) -> None:
    text = f"鱼塘承包款{'早就' if closed else '一直'}没退，路灯不亮没人修"
    opened = await village.say("v", text)
    assert len(await saying(routing, text)) == 1
    if closed:
        assert (await village.act(opened["number"], "close", words="已退")).status_code == 200
    assert (await correct(village, opened["message"], kind="report", sealed=True)).status_code == 200
    assert await saying(routing, text) == []
    assert text not in str(await village.get("routing", f"/cases/{opened['number']}/timeline"))
    await rebuilt(routing)
    assert await saying(routing, text) == []


async def test_a_forgotten_persons_words_are_gone_with_his_key_and_others_stay(village: Village, routing: Service) -> None:
    opened = await village.say("v", "老槐树底下的下水道堵了，臭水流到路上")
    other = await village.say("w", "老槐树旁边的变压器坏了停电一天了")
    assert {found["number"] for found in await saying(routing, "老槐树")} == {opened["number"], other["number"]}
    person = (await village.get("intake", f"/appeals/{opened['number']}"))["messages"][0]["person"]
    assert (await village.client.post(f"{village.system.urls['intake']}/people/{person}/forget")).status_code == 200
    await village.system.settle()
    assert [found["number"] for found in await saying(routing, "老槐树")] == [other["number"]]
    await rebuilt(routing)
    assert [found["number"] for found in await saying(routing, "老槐树")] == [other["number"]]


async def rebuilt(routing: Service) -> None:
    """The view, dropped and made anew beside the running service."""
    projector = routing.follower("case_words")
    assert isinstance(projector, Projector)
    await projector.rebuild(lambda _: None)
