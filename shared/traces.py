"""One trace from a villager's message to the reply, across services and NATS, if MINSHENG_TRACES names who collects it.

Nothing is carried along for it: a trace is a correlation of events, a span an event, and its parent the event that caused it. So
trace, span and parent are read off what the log holds anyway, the same in every service and whenever it is looked at. Names
and words of people are in no span.
"""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from shared.envelope import Append, Recorded, span_of
from shared.events import event_name
from shared.settings import BadSettings

Said = dict[str, str | int | bool]
EXTRA = "pip install 'minsheng[traces]'"


@dataclass
class Arrived:
    """A request on its way through this service. Its trace is that of the first event stored because of it."""

    span: int
    began: int
    caller: str | None
    """the caller's own traceparent, to which the span is linked: our traces are our correlations"""
    trace: int | None = None


_request: ContextVar[Arrived | None] = ContextVar("request", default=None)


class Traces:
    """What one service tells the collector. Times are nanoseconds of the machine's clock, whatever clock the county runs on."""

    def __init__(self, service: str, endpoint: str) -> None:
        """Raises BadSettings when OpenTelemetry is not installed."""
        try:
            from shared.otlp import Collector
        except ImportError as missing:
            raise BadSettings(f"MINSHENG_TRACES needs OpenTelemetry, which is not installed: {EXTRA} ({missing})") from None
        self._collector = Collector(service, endpoint)

    def close(self) -> None:
        """Sends what is left; blocks for seconds when nobody collects."""
        self._collector.close()

    def arrived(self, headers: Mapping[bytes, bytes]) -> Arrived:
        """A request begins."""
        caller = headers.get(b"traceparent", b"").decode("ascii", "replace")
        request = Arrived(secrets.randbits(63) + 1, time.time_ns(), caller or None)
        _request.set(request)
        return request

    def answered(self, request: Arrived, method: str, route: str, status: int) -> None:
        """It ends. One that stored nothing is no part of any trace."""
        _request.set(None)
        if request.trace is None:
            return
        said: Said = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        times = (request.began, time.time_ns())
        self._collector.tell(
            f"{method} {route}", "SERVER", request.trace, request.span, None, times, said, caller=request.caller
        )

    def stored(self, append: Append, ids: Sequence[UUID], began: int) -> None:
        """These events are stored: each is a span, whose id others know by the event's."""
        cause, times = append.cause, (began, time.time_ns())
        trace = (cause.correlation or ids[0]).int
        parent = span_of(cause.causation) if cause.causation else _of_request(trace)
        for event, key in zip(append.events, ids, strict=True):
            said: Said = {"minsheng.event.id": str(key), "minsheng.event.type": event.TYPE}
            self._collector.tell(event_name(event.TYPE), "INTERNAL", trace, span_of(key), parent, times, said)

    def published(self, page: Iterable[Recorded], stream: str, began: int) -> None:
        """NATS has them."""
        self._carried("publish", "PRODUCER", page, stream, began)

    def consumed(self, events: Iterable[Recorded], durable: str, began: int) -> None:
        """They took effect here."""
        self._carried("process", "CONSUMER", events, durable, began)

    def sent(self, queued: UUID, correlation: UUID, channel: str, began: int, *, well: bool) -> None:
        """A reply was given to its channel, which took it or not."""
        said: Said = {"minsheng.channel": channel, "minsheng.taken": well}
        times = (began, time.time_ns())
        self._collector.tell("send reply", "CLIENT", correlation.int, None, span_of(queued), times, said)

    def _carried(self, what: str, kind: str, events: Iterable[Recorded], where: str, began: int) -> None:
        times = (began, time.time_ns())
        for r in events:
            said: Said = {"messaging.system": "nats", "messaging.destination.name": where, "messaging.message.id": str(r.id)}
            name = f"{what} {event_name(r.type)}"
            self._collector.tell(name, kind, r.correlation.int, None, span_of(r.id), times, said)


def _of_request(trace: int) -> int | None:
    """The span of the request that is being answered, if it is of this trace: many messages in one are a trace each."""
    request = _request.get()
    if request is None:
        return None
    request.trace = request.trace or trace
    return request.span if request.trace == trace else None
