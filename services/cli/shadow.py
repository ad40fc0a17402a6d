"""`minsheng evaluate shadow`: what a model that only watched would have done, beside what was done and what officials made of it."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field

import orjson
from rich.console import Console
from rich.table import Table

from services.cli.routing_model import decided
from services.cli.train import log_of
from shared.events.routing import CaseAssigned


@dataclass
class Tally:
    """Cases that have an outcome, and how often each had named the department it came from."""

    cases: int = 0
    assigned_right: int = 0
    """it was first assigned to whom the officials left it with; what waited at the desk was not"""
    model_right: int = 0
    waited: int = 0
    """nothing was sure enough, the county desk had to look"""
    model_right_of_waited: int = 0

    def take(self, event: CaseAssigned, department: str) -> None:
        said = event.model_proposals[0].department if event.model_proposals else None
        self.cases += 1
        self.assigned_right += event.department == department and not event.waits
        self.model_right += said == department
        self.waited += event.waits
        self.model_right_of_waited += event.waits and said == department


@dataclass
class Compared:
    """One version of the model, by the departments that resolved the cases."""

    version: int
    whole: Tally = field(default_factory=Tally)
    by_department: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def take(self, event: CaseAssigned, department: str) -> None:
        self.whole.take(event, department)
        self.by_department[department].take(event, department)


async def compared(url: str) -> list[Compared]:
    """Of a county's own log, by version. Never what is sealed, now or ever. Works beside running services."""
    found: dict[int, Compared] = {}
    async with log_of("routing", url) as store:
        outcome = await decided(store)
        async for page in store.read_all():
            for recorded in page:
                event = recorded.event
                if isinstance(event, CaseAssigned) and event.model is not None and event.appeal in outcome:
                    found.setdefault(event.model, Compared(event.model)).take(event, outcome[event.appeal])
    return [found[version] for version in sorted(found)]


def as_json(found: list[Compared]) -> bytes:
    return orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2)


def tell(found: list[Compared], out: Console) -> None:
    """For people: a table a version."""
    if not found:
        out.print("还没有可以比较的案件：模型须先启用（MINSHENG_ROUTING_MODEL），之后有案件转办或办结。")
    for one in found:
        table = Table(title=f"模型第 {one.version} 版与实际办理的比较（{one.whole.cases} 件）", title_justify="left")
        for column in ("最后办理部门", "件数", "实际首派正确", "模型正确", "待分办", "其中模型正确"):
            table.add_column(column, justify="left" if column == "最后办理部门" else "right")
        for name, tally in (*sorted(one.by_department.items(), key=lambda d: -d[1].cases), ("合计", one.whole)):
            table.add_row(
                name, str(tally.cases), _share(tally.assigned_right, tally.cases), _share(tally.model_right, tally.cases),
                str(tally.waited), _share(tally.model_right_of_waited, tally.waited),
            )  # fmt: skip
        out.print(table)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"
