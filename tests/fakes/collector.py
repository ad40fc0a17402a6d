"""A collector of traces that only listens: OTLP over HTTP with protobuf, decoded by OpenTelemetry's own definitions."""

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Heard:
    """One span and the service that sent it."""

    service: str
    span: Span

    @property
    def name(self) -> str:
        return str(self.span.name)

    @property
    def said(self) -> dict[str, Any]:
        """Its attributes."""
        return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in self.span.attributes}


class Collector:
    """Listens until it is closed."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        collector = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.take(self)

            def log_message(self, *_: object) -> None:
                """Tests need no lines."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, door: BaseHTTPRequestHandler) -> None:
        body = door.rfile.read(int(door.headers["content-length"]))
        assert door.path == "/v1/traces"
        assert door.headers["content-type"] == "application/x-protobuf"
        if door.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            [service] = [a.value.string_value for a in resource.resource.attributes if a.key == "service.name"]
            self.heard += [Heard(service, span) for scope in resource.scope_spans for span in scope.spans]
        door.send_response(200)
        door.send_header("content-type", "application/x-protobuf")
        door.end_headers()
        door.wfile.write(ExportTraceServiceResponse().SerializeToString())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
