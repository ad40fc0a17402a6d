"""What operations see of routing: the steps that cases take, and how many stand where."""

from collections import Counter as Counts
from functools import partial
from pathlib import Path

from prometheus_client import Counter, Gauge

from shared import sql
from shared.envelope import Append
from shared.events import BY_SERVICE, event_name
from shared.events.routing import CaseEvent
from shared.metrics import OTHER, Counting
from shared.service import Service

SQL = sql.load(Path(__file__).parent / "figures.sql")
DEPARTMENTS = 50
"""that are shown by themselves, those with the most open cases; a directory may hold thousands"""


class RoutingFigures:
    """Counted as events are stored; the cases as they stand are read off the view."""

    def __init__(self, service: Service) -> None:
        self._service, r = service, service.metrics.registry
        self.steps = Counter("minsheng_case_steps", "Steps of cases, by the name of the event", ["step"], registry=r)
        self.cases = Gauge(
            "minsheng_open_cases", "Cases not closed, by where they stand and who answers", ["status", "department"], registry=r
        )
        self.counting: Counting = {
            event: partial(self._stepped, event_name(event.TYPE))
            for event in BY_SERVICE["routing"]
            if issubclass(event, CaseEvent)
        }

    def _stepped(self, step: str, _event: CaseEvent, _append: Append) -> None:
        self.steps.labels(step).inc()

    async def measure(self) -> None:
        now, pool = self._service.clock.now(), self._service.pool
        for state, many in (await pool.fetchrow(SQL["timers"], now) or {}).items():
            self._service.metrics.timers.labels("waking", state).set(many)
        rows = await pool.fetch(SQL["open_cases"])
        of_department = Counts[str]()
        for row in rows:
            of_department[row["department"]] += row["many"]
        shown = {department for department, _ in of_department.most_common(DEPARTMENTS)}
        cases = Counts[tuple[str, str]]()
        for row in rows:
            cases[row["status"], row["department"] if row["department"] in shown else OTHER] += row["many"]
        self.cases.clear()
        for (status, department), many in cases.items():
            self.cases.labels(status, department).set(many)
