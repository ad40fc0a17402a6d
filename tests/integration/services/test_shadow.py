"""A model of departments first watches beside the officials, is compared with them, and is then asked, while routing runs."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli import shadow
from services.cli.routing_model import shelf_of
from services.routing.learning.asking import asking
from services.routing.learning.training import Labelled, train
from shared.embedded import Embedded
from shared.learning.shelf import LOOK_SECONDS
from shared.settings import BadSettings
from tests.integration.services.test_learning import START, county, embedded, village_of
from tests.unit.services.routing.learning.conftest import SAID

__all__ = ["embedded"]
UNHEARD_OF = "嘎呐坏了，又哐咯咧了"
CODES = {"供电所": "power", "水务局": "water", "交通局": "discipline"}
"""of the test county's departments; the third only has to be another"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One version, active: it learned that a word of this county alone is the waterworks' business."""
    told = [Labelled(text, CODES[label], "lists") for label, said in SAID.items() for text in said.strip().splitlines()]
    told += [Labelled(f"{where}嘎呐坏了，嘎呐又哐咯咧", "water", "lists") for where in "东西南北前后左右"]
    model, _ = train(told, 1, lambda _: None)
    shelf = shelf_of(tmp_path_factory.mktemp("models"))
    shelf.put(model, {})
    shelf.activate(1)
    return shelf.folder


async def why(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    system = client.system  # type: ignore[attr-defined]
    answer = await client.get(f"{system.urls['routing']}/cases/{number}/why")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_in_its_shadow_time_a_model_is_compared_with_what_officials_did(embedded: Embedded, models: Path) -> None:
    async with county(embedded, START, routing_model=str(models)) as client:
        village = village_of(client, 1)
        lion = await village.say("v", UNHEARD_OF + "，请派人修")
        told = await why(client, lion["number"])
        assert told["department"] != "water"
        assert told["model"] == 1
        assert told["model_proposals"][0]["department"] == "water"
        done = await village.act(lion["number"], "transfer", department="water", words="归水利管")
        assert done.status_code == 200, done.text
        fixed = await village_of(client, 2).say("v", "变压器冒火花，停电了")
        await village.act(fixed["number"], "accept")
        done = await village.act(fixed["number"], "resolve", words="已更换变压器，恢复供电")
        assert done.status_code == 200, done.text
        [found] = await shadow.compared(embedded.database_url)
    assert (found.version, set(found.by_department)) == (1, {"water", "power"})
    assert found.whole == shadow.Tally(cases=2, assigned_right=1, model_right=2)


async def test_once_it_assigns_it_places_what_no_rule_knew_and_is_taken_back_without_a_restart(
    embedded: Embedded, models: Path
) -> None:
    async with county(embedded, START, routing_model=str(models), routing_model_mode="assign") as client:
        lion = await village_of(client, 1).say("v", UNHEARD_OF + "，请派人修")
        told = await why(client, lion["number"])
        assert (told["waits"], told["department"]) == (False, "water")
        shelf_of(models).roll_back()
        village = 2
        async with asyncio.timeout(30):
            while told["model"]:
                await asyncio.sleep(LOOK_SECONDS)
                told = await why(client, (await village_of(client, village).say("v", UNHEARD_OF + "，请派人修"))["number"])
                village += 1
        assert told["department"] != "water"


def test_a_place_without_a_model_is_named_at_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="MINSHENG_ROUTING_MODEL: there is no"):
        asking(str(tmp_path / "nowhere"), shadow=True)
