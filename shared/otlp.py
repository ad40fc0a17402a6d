"""Spans on their way to a collector. The only module that needs OpenTelemetry, which is an extra of the package."""

import secrets
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

EXPORT_SECONDS = 5
GATHER_MILLISECONDS = 1000
SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Collector:
    """Sends spans in the background, in batches; what cannot be sent is dropped, the service never waits."""

    def __init__(self, service: str, endpoint: str) -> None:
        self._resource = Resource({"service.name": f"minsheng-{service}", "service.namespace": "minsheng"})
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._out = BatchSpanProcessor(exporter, schedule_delay_millis=GATHER_MILLISECONDS)

    def tell(
        self, name: str, kind: str, trace: int, span: int | None, parent: int | None, times: tuple[int, int],
        said: Mapping[str, str | int | bool], *, caller: str | None = None,
    ) -> None:  # fmt: skip
        """A span that is over; one without an id of its own gets any. `caller` is the traceparent of who is linked to it."""
        self._out.on_end(
            ReadableSpan(
                name,
                SpanContext(trace, span or any_span(), is_remote=False, trace_flags=SAMPLED),
                SpanContext(trace, parent, is_remote=True, trace_flags=SAMPLED) if parent else None,
                self._resource,
                said,
                links=_links(caller),
                kind=SpanKind[kind],
                start_time=times[0],
                end_time=times[1],
            )
        )

    def close(self) -> None:
        """Sends what is left; blocks for seconds when nobody collects."""
        self._out.shutdown()  # type: ignore[no-untyped-call]


def any_span() -> int:
    return secrets.randbits(63) + 1


def _links(caller: str | None) -> list[Link]:
    if caller is None:
        return []
    context = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": caller})).get_span_context()
    return [Link(context)] if context.is_valid else []
