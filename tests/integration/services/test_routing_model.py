"""What officials put right in a county's own cases is learned from; what is sealed, was sealed or is withdrawn is not."""

from collections import Counter
from pathlib import Path

from services.cli.routing_model import of_events
from shared.embedded import Embedded
from tests.integration.services.test_learning import START, county, embedded, village_of
from tests.integration.services.test_triage import correct

__all__ = ["embedded"]


async def test_cases_resolved_or_transferred_are_examples_and_nothing_sealed_is(embedded: Embedded, tmp_path: Path) -> None:
    async with county(embedded, START) as client:
        village = village_of(client, 1)
        moved = await village.say("v", "自来水管破裂，院子都淹了")
        done = await village.act(moved["number"], "transfer", department="power", words="是水泵没电")
        assert done.status_code == 200, done.text
        village = village_of(client, 2)
        fixed = await village.say("v", "变压器冒火花，停电了")
        await village.act(fixed["number"], "accept")
        done = await village.act(fixed["number"], "resolve", words="已更换变压器，恢复供电")
        assert done.status_code == 200, done.text
        open_still = await village_of(client, 3).say("v", "村内路灯不亮，老人摔了")
        report = await village_of(client, 4).say("v", "举报村支书贪污低保款，把补贴截留了")
        assert report["reading"]["kind"] == "report"
        village = village_of(client, 5)
        sealed_later = await village.say("v", "线路老化没人管，电线杆快倒了")
        done = await village.act(sealed_later["number"], "transfer", department="water", words="试一下")
        assert done.status_code == 200, done.text
        assert (await correct(village, sealed_later["message"], kind="report")).status_code == 200
        found = await of_events(embedded.database_url)
    assert open_still["number"]
    assert Counter((one.text, one.label, one.source) for one in found) == Counter(
        [("自来水管破裂，院子都淹了", "power", "events"), ("变压器冒火花，停电了", "power", "events")]
    )
