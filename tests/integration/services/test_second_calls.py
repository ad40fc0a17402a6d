"""A county in which every closed case is called a second time: who is to call, what follows, where it shows; and its rates, which are
those that anybody reckons from the events.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System, running
from services.routing import views
from services.routing.domain import CASE
from services.routing.scores import Scores
from shared import settings
from shared.access import Caller, key_line
from shared.clock import CHINA, SimulatedClock
from shared.embedded import Embedded
from shared.envelope import Recorded
from shared.events.casework import CaseCalledAgain, ExclusionReviewed
from shared.events.routing import CaseAssigned, CaseCalledBack, CaseClosed, CaseEvent
from shared.events.sla import CaseOverdue, ClockEvent, ClockStopped
from shared.followers import Projector
from tests.integration.services.conftest import DEPARTMENTS, GROUPS, ROSTER, START, Village

RATES = ("response", "resolution", "satisfaction", "in_time")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Callable[[], Village]]:
    home = tmp_path_factory.mktemp("second-calls")
    with Embedded(home, durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=key_line("all", frozenset(Caller), "all"),
            console="off",
            intake_model="off",
            second_calls=1,
        )
        async with (
            running(config, SimulatedClock(START)) as system,
            httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as client,
        ):
            for service, table, body in (
                ("intake", "groups", GROUPS),
                ("intake", "roster", ROSTER),
                ("routing", "departments", DEPARTMENTS),
            ):
                (await client.put(f"{system.urls[service]}/{table}", content=body)).raise_for_status()
            numbers = count()
            yield lambda: Village(system, client, next(numbers))


@pytest.fixture
def village(county: Callable[[], Village]) -> Village:
    return county()


async def closed(village: Village, text: str = "自来水管破裂，院子都淹了") -> str:
    number: str = (await village.say("v", text))["number"]
    await village.act(number, "accept", by="o1")
    await village.act(number, "resolve", by="o1", words="水管已修好")
    ended = await village.act(number, "answer", by="c1", resolved=True, satisfied=True)
    assert ended.json()["status"] == "closed"
    return number


async def due(village: Village) -> list[str]:
    return [case["number"] for case in (await village.get("routing", "/cases", second_call="due", limit=500))["cases"]]


async def test_a_closed_case_waits_for_a_second_call_by_somebody_else(village: Village) -> None:
    number = await closed(village)
    assert number in await due(village)
    for by, code in (("o1", "handled-it-himself"), ("c1", "called-it-himself")):
        refused = await village.act(number, "second-call", by=by, satisfied=True)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (await village.act(number, "second-call", by="c2", reached=False)).json()["second_call"] == "due"
    called = (await village.act(number, "second-call", by="c2", resolved=True, satisfied=True)).json()
    assert (called["status"], called["second_call"]) == ("closed", "confirmed")
    assert number not in await due(village)


async def test_who_says_otherwise_the_second_time_has_his_case_opened_again_and_it_shows(village: Village) -> None:
    number = await closed(village)
    again = (await village.act(number, "second-call", by="c2", resolved=False, words="当时没敢说，一直没修")).json()
    assert (again["status"], again["reopened"], again["second_call"]) == ("assigned", 1, None)
    assert (await village.replies(number))[-1] == "reopened"
    found = (await village.get("routing", "/cases", sign="contradicted", limit=500))["cases"]
    assert [case["number"] for case in found] == [number]


async def test_of_a_sealed_case_nobody_is_called_a_second_time(village: Village) -> None:
    number = (await village.say("v", "村支书把低保名额给了他亲弟弟，还截留了补贴款"))["number"]
    await village.act(number, "close", by="d1", words="已立案")
    assert (await village.get("routing", f"/cases/{number}"))["second_call"] is None


async def excluded(village: Village) -> None:
    number = await closed(village)
    await village.act(number, "propose-exclusion", by="o2", ground="beyond_power", words="省道归省里")
    await village.act(number, "review-exclusion", by="desk", words="属实", granted=True)


async def late(village: Village) -> None:
    """Answered after an hour, and another answered in time but entered late."""
    assert isinstance(village.system.clock, SimulatedClock)
    for text, quoted in (("停电了，变压器在响", False), ("电线杆歪了，快倒了", True)):
        message = await village.say("v", text)
        then = village.system.clock.now() + timedelta(minutes=5)
        await village.system.run_until(village.system.clock, then + timedelta(hours=1), inclusive=True)
        if quoted:
            said = village.message(f"{village.group}-late", "o", "收到，马上安排", message["message_id"])
            await village.post({**said, "sent_at": then.isoformat()})
            await village.system.settle()
        else:
            await village.act(message["number"], "accept", by="o1")


async def discontent(village: Village) -> None:
    """In the chat, and once more on the phone after it was done again, by someone who says no more than that it is solved."""
    message = await village.say("v", "自来水停了两天了，啥时候能来水")
    await village.say("o", "自来水已经修好了", quoting=message["message_id"])
    await village.say("v", "根本没修好，还是没水", quoting=message["message_id"])
    await village.act(message["number"], "resolve", by="o1", words="换了水泵")
    await village.act(message["number"], "answer", by="c1", resolved=True)


async def withdrawn(village: Village) -> None:
    message = await village.say("v", "自来水管破裂，院子都淹了")
    url = f"{village.system.urls['intake']}/triage/{message['message']}/correct"
    assert (await village.client.post(url, json={"kind": "chatter"})).status_code == 200
    await village.system.settle()


async def sealed(village: Village) -> None:
    number = await closed(village)
    await village.act(number, "seal", by="desk", words="收了好处")


Counts = dict[str, dict[str, list[int]]]


async def said_of_each(system: System) -> Iterator[tuple[list[CaseEvent], list[list[ClockEvent]]]]:
    """What routing said of each case that counts, and how each of its clocks ended by sla's word."""
    cases: dict[str, list[CaseEvent]] = defaultdict(list)
    clocks: dict[str, dict[tuple[str, int], list[ClockEvent]]] = defaultdict(lambda: defaultdict(list))
    for service in ("routing", "sla"):
        async for page in system.services[service].store.read_all():
            for event in (r.event for r in page):
                match event:
                    case CaseEvent():
                        cases[event.appeal].append(event)
                    case CaseOverdue() | ClockStopped() if event.promise in ("accept", "resolve"):
                        clocks[event.appeal][event.promise, event.round].append(event)
    withdrawn = {appeal for appeal, said in cases.items() if any(isinstance(e, CaseClosed) and e.withdrawn for e in said)}
    return ((said, [*clocks[a].values()]) for a, said in cases.items() if not said[-1].sealed and a not in withdrawn)


async def reckoned(system: System, name: Callable[[CaseEvent | ClockEvent, datetime], str], *, all_of_them: bool) -> Counts:
    """The rates by whatever `name` says, reckoned from what routing and sla said, case by case."""
    found: Counts = defaultdict(lambda: {rate: [0, 0] for rate in RATES})
    for events, clocks in await said_of_each(system):
        if not all_of_them and any(isinstance(e, ExclusionReviewed) and e.granted for e in events):
            continue
        for ends in clocks:
            first = ends[0]
            at = first.due_at if isinstance(first, CaseOverdue) else first.stopped_at  # type: ignore[attr-defined]
            share = found[name(first, at)]["response" if first.promise == "accept" else "in_time"]
            share[0] += any(isinstance(end, ClockStopped) and end.in_time for end in ends)
            share[1] += 1
        for call in events:
            if isinstance(call, CaseCalledBack | CaseCalledAgain):
                solved = call.resolved if call.resolved is not None else call.satisfied
                for rate, good in (("resolution", solved), ("satisfaction", call.satisfied)):
                    share = found[name(call, call.occurred_at)][rate]
                    share[0] += good is True
                    share[1] += good is not None
    return {key: shares for key, shares in found.items() if any(of for _, of in shares.values())}


def published(rates: list[dict[str, Any]], which: str) -> Counts:
    lines = {line["name"]: {rate: [line[which][rate]["some"], line[which][rate]["of"]] for rate in RATES} for line in rates}
    return {key: shares for key, shares in lines.items() if any(of for _, of in shares.values())}


async def test_the_rates_are_those_that_anybody_reckons_from_the_events_and_a_rebuild_changes_none(
    county: Callable[[], Village],
) -> None:
    system = county().system
    for story in (closed, excluded, late, discontent, withdrawn, sealed, late):
        await story(county())
    categories: dict[str, str] = {}
    async for page in system.services["routing"].store.read_all():
        categories |= {r.event.appeal: r.event.category for r in page if isinstance(r.event, CaseAssigned)}
    names: dict[str, Callable[[CaseEvent | ClockEvent, datetime], str]] = {
        "county": lambda event, at: "county",
        "department": lambda event, at: event.department,
        "township": lambda event, at: event.township,
        "category": lambda event, at: categories[event.appeal],
        "month": lambda event, at: f"{at.astimezone(CHINA):%Y-%m}",
    }
    village = county()
    answers = {by: await village.get("routing", "/rates", by=by) for by in names}
    for by, name in names.items():
        assert published(answers[by]["rates"], "raw") == await reckoned(system, name, all_of_them=True)
        assert published(answers[by]["rates"], "adjusted") == await reckoned(system, name, all_of_them=False)
    [line] = answers["county"]["rates"]
    assert line["excluded"] == 1
    assert line["raw"] != line["adjusted"]
    assert all(0 < line["raw"][rate]["rate"] < 1 for rate in ("response", "resolution", "satisfaction"))
    part = await village.get("routing", "/rates", by="county", department="water", until=START.isoformat())
    assert part["rates"] == []

    routing = system.services["routing"]
    await Projector(Scores(), routing.store, routing.session).rebuild(lambda _: None)
    assert await village.get("routing", "/rates", by="department") == answers["department"]


async def test_every_case_is_the_same_live_rebuilt_and_at_any_moment(county: Callable[[], Village]) -> None:
    """Of all that was done to cases here: called twice, sealed, opened again, withdrawn, left out of the score."""
    system, routing = county().system, county().system.services["routing"]
    for story in (discontent, sealed, excluded):
        await story(county())
    histories: dict[str, list[Recorded]] = defaultdict(list)
    async for page in routing.store.read_all():
        for r in page:
            if r.stream.startswith("case-"):
                histories[r.stream].append(r)
    assert len(histories) > 8
    for stream, history in histories.items():
        assert (await routing.commands.load(CASE, stream))[1] == views.folded(history)
        for r in history:
            then = [one for one in history if one.time <= r.time]
            assert views.folded(await routing.store.load(stream, as_of=r.time)) == views.folded(then)

    async def rows() -> list[Any]:
        return [dict(row) for row in await routing.pool.fetch("select * from cases order by appeal")]

    live = await rows()
    await Projector(views.Cases(routing), routing.store, routing.session).rebuild(lambda _: None)
    assert await rows() == live
    await system.settle()
