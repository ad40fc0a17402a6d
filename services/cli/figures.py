"""All metrics of all services as one table, and docs/metrics.md made of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr

from services.cli.system import build
from shared.clock import SystemClock
from shared.metrics import Metrics
from shared.settings import PORTS, Settings

HEAD = """# Metrics

Every service shows its metrics at `/metrics`, for Prometheus. `make metrics` writes this table, and the dashboards in
`deploy/grafana/`, from the code.

A scrape costs no query: events are counted as they are stored, what only the servers know is read off them every few seconds, and
less often when that takes long. Labels have few values: channels and departments beyond the first 50 are `other`, and nobody's name
or words are in any.

Times of the county (`minsheng_accept_seconds`, lags, what is due) go by the service's clock. Replicas count what each of them
stored, so counters are summed; gauges that are read off the servers are the same in each, so the largest counts (`max by`).
"""


@dataclass(frozen=True)
class Row:
    """One metric. `services` that have it; `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str
    services: tuple[str, ...]

    @property
    def everywhere(self) -> bool:
        return len(self.services) == len(PORTS)


def table() -> list[Row]:
    """Every metric once, those of all services first. No server is needed: services are made, not started."""
    settings = Settings(database_url=SecretStr("postgresql://"), nats_url=SecretStr("nats://"), intake_model="off")
    found: dict[str, Row] = {}
    for service in PORTS:
        for metric in _instruments(build(service, settings, SystemClock()).metrics):
            name = metric._name + ("_total" if isinstance(metric, Counter) else "")
            had = found[name].services if name in found else ()
            found[name] = Row(name, str(metric._type), tuple(metric._labelnames), metric._documentation, (*had, service))
    return sorted(found.values(), key=lambda row: not row.everywhere)


def _instruments(metrics: Metrics) -> Iterator[MetricWrapperBase]:
    """The registry tells the labels of what was never set to nobody else than itself."""
    for collector in metrics.registry._collector_to_names:
        assert isinstance(collector, MetricWrapperBase)
        yield collector


def markdown(rows: list[Row]) -> str:
    """docs/metrics.md."""
    lines = [HEAD, "| metric | kind | labels | services | what it tells |", "|---|---|---|---|---|"]
    for row in rows:
        labels = ", ".join(f"`{label}`" for label in row.labels) or "–"
        services = "all" if row.everywhere else ", ".join(row.services)
        lines.append(f"| `{row.name}` | {row.kind} | {labels} | {services} | {row.help} |")
    return "\n".join(lines) + "\n"
