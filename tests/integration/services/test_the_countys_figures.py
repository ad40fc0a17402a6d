"""A year of a county whose bulletin says what the county's own says, reckoned by two ways that share nothing.

One way is the product's: routing's events are heard by disclosure, both logs become views, SQL adds up. The other reads the two
logs themselves, event by event, in this file.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from openpyxl import load_workbook
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.system import build, free_port
from shared import settings
from shared.access import Caller, key_line
from shared.clock import CHINA, SimulatedClock
from shared.embedded import Embedded
from shared.envelope import Append, Cause
from shared.events import Event
from shared.events.disclosure import NoticeCorrected, NoticeKind, NoticePublished, NoticeWithdrawn
from shared.events.intake import Kind
from shared.events.routing import CONFIRMED, INADMISSIBLE, CaseAssigned, CaseClosed, CaseReopened
from shared.service import Service, http_server

YEAR, AFTER = datetime(2023, 1, 1, tzinfo=CHINA), datetime(2024, 1, 1, tzinfo=CHINA)
SETTLED, POLICIES, PROJECTS, MONEY, DISPUTES, ENRICHMENT = 618, 6_443, 26, 433_320_000, 107, 262
TOWNSHIPS = ("平川镇", "柳溪镇", "石桥乡")
CAUSE = Cause("test")
KEY = key_line("desk", frozenset(Caller), "desk")
RNG = random.Random(2023)


def in_the_year() -> datetime:
    """Both of its ends are likelier than they would be."""
    ends = [YEAR, AFTER - timedelta(seconds=1)]
    return RNG.choice(ends) if RNG.random() < 0.02 else YEAR + timedelta(seconds=RNG.randrange(365 * 86_400))


def place(n: int) -> dict[str, Any]:
    township = TOWNSHIPS[n % 3]
    return {"township": township, "village": f"{township[:2]}{n % 7}村"}


def case(n: int, *, dispute: bool) -> tuple[Append, Append]:
    """Assigned and, beside it, closed: the year's, as they are appended by routing."""
    facts = {
        "appeal": f"a{n}", "number": f"TY-{n}", "channel": "wecom", "group": "g1", "message_id": f"m{n}", "reporter": f"p{n}",
        "department": "village", "department_name": "村委会", "urgent": False, "sealed": False, **place(n),
    }  # fmt: skip
    at = in_the_year()
    category = "村务/邻里纠纷" if dispute else "城乡建设/供排水"
    opened = CaseAssigned(**facts, occurred_at=at, kind=Kind.APPEAL, category=category, opened_at=at, confidence=1)
    return Append(f"case-a{n}", 0, [opened], CAUSE), Append(f"case-a{n}", 1, closing(n, facts, at), CAUSE)


def closing(n: int, facts: dict[str, Any], at: datetime) -> list[Event]:
    closed = CaseClosed(**facts, occurred_at=at, by="desk", outcome=CONFIRMED, satisfied=True)
    match n:
        case _ if n >= SETTLED + 12:
            return [closed, CaseReopened(**facts, occurred_at=at, by="desk", reason="又坏了", count=1)]
        case _ if n >= SETTLED + 8:
            return [closed.model_copy(update={"outcome": INADMISSIBLE})]
        case _ if n >= SETTLED + 4:
            return [closed.model_copy(update={"occurred_at": AFTER})]
        case _ if n >= SETTLED:
            return [closed.model_copy(update={"withdrawn": True})]
        case _ if n % 50 == 0:  # reopened, and closed again: it is settled once
            return [closed, CaseReopened(**facts, occurred_at=at, by="desk", reason="又坏了", count=1), closed]
        case _:
            return [closed]


def notice(name: str, kind: NoticeKind, at: datetime, amount_fen: int | None = None, n: int = 0) -> NoticePublished:
    where = place(n)
    places = {"townships": (where["township"],), "villages": (where["village"],) if n % 2 else ()} if n % 5 else {}
    return NoticePublished(
        notice=name, kind=kind, title=name, body=name, amount_fen=amount_fen, by="desk", published_at=at, **places
    )


def notices() -> list[Append]:
    """The year's, and beside them what was withdrawn, and what stood before and after it."""
    shares = sorted(RNG.sample(range(1, MONEY), PROJECTS - 1))
    amounts = [b - a for a, b in zip([0, *shares], [*shares, MONEY], strict=True)]
    told: list[list[Event]] = []
    for n in range(POLICIES):
        kind = (NoticeKind.POLICY, NoticeKind.LAW, NoticeKind.WARNING)[n % 3]
        told.append([notice(f"p{n}", kind, in_the_year(), n=n)])
    for n, amount in enumerate(amounts):
        kind, at = (NoticeKind.PROJECT, NoticeKind.FUND)[n % 2], in_the_year()
        first = notice(f"f{n}", kind, at, amount + n % 3, n)
        right = NoticeCorrected(
            notice=f"f{n}", revision=2, title="t", body="b", amount_fen=amount, reason="更正", by="desk", corrected_at=AFTER
        )
        told.append([first, right] if n % 3 else [first])
    told += [[notice(f"e{n}", NoticeKind.ENRICHMENT, in_the_year(), n=n)] for n in range(ENRICHMENT)]
    for n, kind in enumerate((NoticeKind.POLICY, NoticeKind.PROJECT, NoticeKind.ENRICHMENT)):
        at = in_the_year()
        gone = NoticeWithdrawn(notice=f"w{n}", title="t", reason="重复", by="desk", withdrawn_at=at)
        told.append([notice(f"w{n}", kind, at, 1), gone])
        told += [[notice(f"b{n}", kind, YEAR - timedelta(seconds=1), 1)], [notice(f"a{n}", kind, AFTER, 1)]]
    return [Append(f"notice-{events[0].notice}", 0, events, CAUSE) for events in told]  # type: ignore[attr-defined]


class County:
    """A county's routing and disclosure, with the log of a year."""

    def __init__(self, routing: Service, disclosure: Service, url: str) -> None:
        self.routing, self.disclosure, self.url = routing, disclosure, url

    async def totals(self, **more: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(headers={"authorization": "Bearer desk"}, trust_env=False, timeout=30) as client:
            answer = await client.get(
                f"{self.url}/totals", params={"since": YEAR.isoformat(), "until": AFTER.isoformat(), **more}
            )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[County]:
    with Embedded(tmp_path_factory.mktemp("figures"), durable=False) as servers:
        config = settings.read(database_url=servers.database_url, nats_url=servers.nats_url, console="off", keys=KEY)
        clock = SimulatedClock(AFTER.astimezone(UTC) + timedelta(days=5))
        routing, disclosure = (build(name, config, clock) for name in ("routing", "disclosure"))
        await asyncio.gather(routing.start(), disclosure.start())
        port = free_port()
        server = http_server(disclosure, "127.0.0.1", port)
        serving = asyncio.create_task(server.serve())
        try:
            pairs = [case(n, dispute=n < DISPUTES) for n in range(SETTLED + 16)]
            for side in (0, 1):
                await routing.store.append_many([pair[side] for pair in pairs])
            for batch in range(0, len(told := notices()), 1000):
                await disclosure.store.append_many(told[batch : batch + 1000])
            quiet = 0
            while quiet < 3:
                await asyncio.sleep(0.1)
                quiet = 0 if await routing.backlog() + await disclosure.backlog() else quiet + 1
            yield County(routing, disclosure, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            await serving
            await asyncio.gather(routing.stop(), disclosure.stop())


async def settled_by_the_log(county: County) -> Counter[str]:
    """Routing's events read once, in order, and added up by hand."""
    disputes, closed = set[str](), dict[str, datetime]()
    async for page in county.routing.store.read_all():
        for r in page:
            match r.event:
                case CaseAssigned(category=category, appeal=appeal) if "纠纷" in category:
                    disputes.add(appeal)
                case CaseClosed(appeal=appeal, withdrawn=False, outcome=outcome, occurred_at=at) if outcome != INADMISSIBLE:
                    closed[appeal] = at
                case CaseReopened(appeal=appeal):
                    closed.pop(appeal, None)
    in_year = {appeal for appeal, at in closed.items() if at.astimezone(CHINA).year == 2023}
    return Counter({"appeals_settled": len(in_year), "disputes_mediated": len(in_year & disputes)})


async def disclosed_by_the_log(county: County) -> Counter[str]:
    """The notices' events read once, in order, and added up by hand."""
    standing = dict[str, tuple[NoticeKind, datetime, int]]()
    async for page in county.disclosure.store.read_all():
        for r in page:
            match r.event:
                case NoticePublished(notice=name, kind=kind, published_at=at, amount_fen=fen):
                    standing[name] = (kind, at, fen or 0)
                case NoticeCorrected(notice=name, amount_fen=fen):
                    standing[name] = (*standing[name][:2], fen or 0)
                case NoticeWithdrawn(notice=name):
                    del standing[name]
    figures = Counter[str]()
    for kind, at, fen in standing.values():
        if at.astimezone(CHINA).year == 2023:
            figures["policies_told"] += kind in ("policy", "law", "warning")
            figures["enrichment_told"] += kind == "enrichment"
            figures["projects_disclosed"] += kind in ("project", "fund")
            figures["projects_fen"] += fen if kind in ("project", "fund") else 0
    return figures


async def test_the_countys_own_figures_come_out_by_two_ways_that_share_nothing(county: County) -> None:
    figures = (await county.totals())["totals"]
    expected = {
        "appeals_settled": SETTLED, "policies_told": POLICIES, "projects_disclosed": PROJECTS, "projects_fen": MONEY,
        "disputes_mediated": DISPUTES, "enrichment_told": ENRICHMENT,
    }  # fmt: skip
    assert {name: figures[name] for name in expected} == expected
    assert await settled_by_the_log(county) + await disclosed_by_the_log(county) == expected


async def test_months_and_places_add_up_to_the_whole(county: County) -> None:
    whole = (await county.totals())["totals"]
    for by in ("month", "township", "village"):
        told = await county.totals(by=by)
        assert told["totals"] == whole
        assert {name: sum(part[name] for part in told["parts"]) for name in whole} == whole, by
    months = [part["name"] for part in (await county.totals(by="month"))["parts"]]
    assert months == [f"2023-{month:02d}" for month in range(1, 13)]
    parts = {part["name"]: part for part in (await county.totals(by="township"))["parts"]}
    assert set(parts) == {"", *TOWNSHIPS}
    assert {name: v for name, v in parts["平川镇"].items() if name != "name"} == (await county.totals(township="平川镇"))[
        "totals"
    ]


async def test_the_bulletin_says_them(county: County, tmp_path: Path) -> None:
    words = ["bulletin", "--period", "2023", "--place", "平川县", "--url", county.url, "--key", "desk"]
    said = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert said.exit_code == 0, said.output
    assert (
        "2023年1月1日至2023年12月31日，平川县办结群众诉求618件，调解矛盾纠纷107件；宣传政策法规6,443条，发布致富信息262条；"
        "公示项目26个，资金4,333,200.00元。"
    ) in said.stdout
    book = tmp_path / "通报.xlsx"
    done = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--format", "xlsx", "--out", str(book)])
    assert done.exit_code == 0, done.output
    sheet = load_workbook(book)["汇总"]
    assert [row[1].value for row in sheet.iter_rows(min_row=3, max_row=6)] == [618, 6443, 26, 4_333_200]
