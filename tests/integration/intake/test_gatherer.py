"""Crowds are the same whoever finds them: one gatherer in one go, or many that are killed after a few events each."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from services import intake
from services.intake.crowds import CROWD, Dismiss, crowd_stream
from services.intake.gatherer import Gatherer
from shared import db, followers
from shared.envelope import Append, Cause
from shared.events import Event
from shared.events.crowds import AppealMerged, CrowdEvent, CrowdMerged, CrowdOffered, CrowdShrank
from shared.events.intake import AppealOpened, AppealSupplemented, AppealWithdrawn, CaseStatusNoted, Kind, Withdrawal
from shared.followers import Processor
from tests.integration.shared.conftest import NO_VIEWS, START, Kernel, Start

TEXTS = ("自来水停了，没水", "停电了，家里没电", "俺村停水了", "晚上没电，一片黑", "垃圾没人清运，臭得很", "停水两天了")
TOWNS = ("平川镇", "石磨镇")


def said(many: int) -> list[tuple[str, Event]]:
    """Two townships in trouble: appeals, neighbours who join them, some answered, some withdrawn; each with its stream."""
    events: list[tuple[str, Event]] = []
    for n in range(many):
        at = START + timedelta(minutes=n)
        opened = AppealOpened(
            appeal=f"a{n}", number=f"TY-{n}", kind=Kind.APPEAL, channel="wecom", group=f"g{n % 7}", village=f"{n % 7}村",
            township=TOWNS[n % 2], message_id=f"m{n}", reporter=f"p{n}", text=TEXTS[n % len(TEXTS)], occurred_at=at,
        )  # fmt: skip
        events.append((f"message-{n}", opened))
        joined = AppealSupplemented(
            appeal=f"a{n // 2}", message_id=f"s{n}", person=f"n{n % 9}", text="俺家也是", occurred_at=at
        )
        events.append((f"message-s{n}", joined))
        if n % 5 == 4:
            noted = CaseStatusNoted(appeal=f"a{n - 3}", status="resolved", occurred_at=at)
            events.append((f"appeal-a{n - 3}", noted))
        if n % 7 == 6:
            withdrawn = AppealWithdrawn(
                appeal=f"a{n - 2}", message_id=f"m{n - 2}", reason=Withdrawal.MISREAD, by="desk", occurred_at=at
            )
            events.append((f"withdrawn-{n}", withdrawn))
    return events


def processor(kernel: Kernel) -> Processor:
    return Processor(Gatherer(timedelta(hours=6)).process(), kernel.states, kernel.store, kernel.session)


async def store(kernel: Kernel, events: list[tuple[str, Event]]) -> None:
    await kernel.store.append_many([Append(stream, 0, [event], Cause("test"), stream) for stream, event in events])


async def found(kernel: Kernel) -> dict[str, list[Event]]:
    """All that was said of each crowd, in order."""
    crowds: dict[str, list[Event]] = {}
    async for page in kernel.store.read_all():
        for r in page:
            if r.stream.startswith("crowd-"):
                crowds.setdefault(r.stream, []).append(r.event)
    return crowds


async def test_gatherers_that_are_killed_again_and_again_find_what_one_finds_in_one_go(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = said(60)
    calm = await start("intake")
    await store(calm, events)
    whole = processor(calm)
    await whole.begin()
    while await whole.step():
        pass
    monkeypatch.setattr(followers, "DECIDE_BATCH", 4)
    writer = await start("disclosure")
    await store(writer, events[:50])
    kills, reached = 0, 0
    while reached < await writer.store.head():
        killed = await start("disclosure")
        killed.run(processor(killed).run())
        await asyncio.sleep(0.15)
        await killed.die()
        await store(writer, events[50 + 10 * kills : 60 + 10 * kills])
        reached, kills = await followers.position_of(writer.store, "gatherer"), kills + 1
    assert kills > 2
    expected = await found(calm)
    for kind, many in ((CrowdOffered, 3), (CrowdShrank, 1)):
        assert sum(isinstance(event, kind) for said_of in expected.values() for event in said_of) > many
    assert await found(writer) == expected


async def test_a_merge_tells_each_appeal_once_under_its_own_subject(start: Start) -> None:
    kernel = await start()
    await store(kernel, said(12))
    gatherer = processor(kernel)
    await gatherer.begin()
    while await gatherer.step():
        pass
    stream, events = next(iter((await found(kernel)).items()))
    crowd = CROWD.fold(CROWD.initial, events)
    assert crowd.last is not None
    facts = {name: getattr(crowd.last, name) for name in CrowdEvent.model_fields}
    merged = CrowdMerged(
        **facts, lead=crowd.appeals[0], appeals=crowd.appeals, count=len(crowd.appeals), by="desk", note="同一水源"
    )
    await kernel.append(stream, merged, expected=len(events))
    for rival in (gatherer, processor(await start())):
        await rival.begin()
        while await rival.step():
            pass
    told = [r for a in crowd.appeals for r in await kernel.store.of_subject(a.appeal) if isinstance(r.event, AppealMerged)]
    assert [r.event.appeal for r in told] == [a.appeal for a in crowd.appeals]  # type: ignore[attr-defined]
    assert {r.stream for r in told} == {stream}


async def test_a_withdrawn_appeal_leaves_its_crowd_once_and_founds_no_other(start: Start) -> None:
    kernel = await start()
    await store(kernel, said(3))
    gatherer = processor(kernel)
    await gatherer.begin()
    while await gatherer.step():
        pass
    withdrawn = AppealWithdrawn(appeal="a0", message_id="m0", reason=Withdrawal.MISREAD, by="desk", occurred_at=START)
    await kernel.append("withdrawn-0", withdrawn)
    for rival in (gatherer, processor(await start())):
        await rival.begin()
        while await rival.step():
            pass
    [[offered, *_, shrank]] = (await found(kernel)).values()
    assert isinstance(offered, CrowdOffered)
    assert isinstance(shrank, CrowdShrank)
    assert (shrank.left.appeal, shrank.appeals) == ("a0", len(offered.appeals) - 1)


async def test_what_the_desk_dismisses_while_an_appeal_is_on_its_way_does_not_grow(start: Start) -> None:
    """The desk may be faster than the gatherer: what counts is how the crowd stands when the appeal's turn comes."""
    kernel = await start()
    await store(kernel, said(3))
    gatherer = processor(kernel)
    await gatherer.begin()
    while await gatherer.step():
        pass
    [stream] = await found(kernel)
    await store(kernel, said(9)[6:])
    await kernel.commands.execute(CROWD, stream, Dismiss("desk", START), Cause("desk"))
    before = (await found(kernel))[stream]
    while await gatherer.step():
        pass
    after = await found(kernel)
    assert after[stream] == before
    assert stream == crowd_stream(before[0].crowd)  # type: ignore[attr-defined]


async def test_appeals_of_before_there_were_crowds_are_no_news_but_are_remembered(start: Start, tmp_path: Path) -> None:
    kernel = await start()
    schema = Path(intake.__file__).parent / "schema.sql"
    await store(kernel, said(2))
    newest = (
        "-- migration: 5" + schema.read_text(encoding="utf-8").partition("-- migration: 5")[2].partition("-- migration: 6")[0]
    )
    (tmp_path / "views.sql").write_text(f"{NO_VIEWS}\n{newest}")
    await db.migrate(kernel.url, kernel.service, tmp_path / "views.sql")
    gatherer = processor(kernel)
    await gatherer.begin()
    assert gatherer.position == await kernel.store.head()
    await store(kernel, said(3)[4:])
    while await gatherer.step():
        pass
    [[offered]] = (await found(kernel)).values()
    assert isinstance(offered, CrowdOffered)
    assert [place.appeal for place in offered.appeals] == ["a0", "a2"]
