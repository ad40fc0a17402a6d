"""An event with everything known about it, as stored in a log and as sent on the wire (CloudEvents 1.0, structured JSON).

The `data` stays bytes until somebody asks for the event: most events only pass through.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson

from shared.events import CATALOGUE, UPCASTERS, Event, event_name

PARTITIONS = 16
CONTENT_TYPE = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is done: who acts, because of which event, in which conversation of events.

    Commands from outside have an actor only; their first event starts a correlation. A request with an Idempotency-Key has an
    id beside, which causes what it records.
    """

    actor: str
    causation: UUID | None = None
    correlation: UUID | None = None
    once: bool = False
    """a command is not run again on a stream where this causation has recorded something already"""


@dataclass(frozen=True, slots=True)
class Append:
    """A request to add events to one stream, which must be at version `expected` (0: it must not exist yet).

    `subject` is what the events are about (the appeal's id); by default the part of the stream's name after the first dash.
    """

    stream: str
    expected: int
    events: Sequence[Event]
    cause: Cause
    subject: str | None = None


class UnknownType(Exception):
    """An event's type is not in the published language; this code is older than its writer."""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One stored event. `version` counts within its stream from 1, `position` within its service's log.

    A msgspec struct, for millions are made when a log is read: faster by far than a frozen dataclass, and unknown to the
    garbage collector.
    """

    position: int
    id: UUID
    stream: str
    version: int
    type: str
    time: datetime
    subject: str
    data: bytes
    causation: UUID | None
    correlation: UUID
    actor: str
    _parsed: Event | None = None

    @property
    def event(self) -> Event:
        """The typed event, lifted to the newest version of its type. Raises UnknownType or pydantic.ValidationError."""
        if self._parsed is None:
            kind = CATALOGUE.get(self.type)
            parsed = kind.model_validate_json(self.data) if kind else _upcast(self.type, self.data)
            msgspec.structs.force_setattr(self, "_parsed", parsed)
            return parsed
        return self._parsed

    @property
    def partition(self) -> int:
        return partition_of(self.subject)

    def because(self, actor: str | None = None) -> Cause:
        """The cause of whatever is done because of this event."""
        return Cause(actor or self.actor, self.id, self.correlation)


def _upcast(event_type: str, raw: bytes) -> Event:
    data = orjson.loads(raw)
    while event_type in UPCASTERS:
        event_type, lift = UPCASTERS[event_type]
        data = lift(data)
    if event_type not in CATALOGUE:
        raise UnknownType(f"event type {event_type} is not known to this version of the code")
    return CATALOGUE[event_type].model_validate(data)


def partition_of(subject: str) -> int:
    """0–15, the same for all events of one appeal, in every process and version."""
    return zlib.crc32(subject.encode()) % PARTITIONS


def subject_for(service: str, event_type: str, subject: str) -> str:
    """The NATS subject, e.g. `routing.case-assigned.07`."""
    return f"{service}.{event_name(event_type)}.{partition_of(subject):02d}"


def span_of(event: UUID) -> int:
    """An event's span in a trace: the half of its id that is random."""
    return event.int & (1 << 64) - 1


def traceparent(recorded: Recorded, *, sampled: bool) -> str:
    """W3C Trace Context of an event: its correlation is the trace, the event the span. Sampled: somebody collects the spans."""
    return f"00-{recorded.correlation.hex}-{span_of(recorded.id):016x}-{sampled:02x}"


class CloudEvent(msgspec.Struct, omit_defaults=True):
    """The wire form. `sequence` is the version within `stream`, `position` the place in the publishing service's log."""

    specversion: str
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
    partitionkey: str
    sequence: str
    stream: str
    position: int
    correlationid: UUID
    actor: str
    data: msgspec.Raw
    causationid: UUID | None = None
    datacontenttype: str = "application/json"
    traceparent: str | None = None
    """the distributed tracing extension, while traces are collected"""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CloudEvent)


def to_wire(service: str, recorded: Recorded, data: bytes, *, traced: bool = False) -> bytes:
    """The CloudEvent of a stored event; `data` is its data as others may read it."""
    return _encoder.encode(
        CloudEvent(
            specversion="1.0",
            id=recorded.id,
            source=f"/minsheng/{service}",
            type=recorded.type,
            subject=recorded.subject,
            time=recorded.time,
            dataschema=f"urn:{recorded.type.replace('.', ':')}",
            partitionkey=recorded.subject,
            sequence=str(recorded.version),
            stream=recorded.stream,
            position=recorded.position,
            correlationid=recorded.correlation,
            actor=recorded.actor,
            data=msgspec.Raw(data),
            causationid=recorded.causation,
            traceparent=traceparent(recorded, sampled=True) if traced else None,
        )
    )


def from_wire(raw: bytes) -> Recorded:
    """Reads a CloudEvent. Raises msgspec.ValidationError or DecodeError when it is not one of ours."""
    e = _decoder.decode(raw)
    return Recorded(
        position=e.position,
        id=e.id,
        stream=e.stream,
        version=int(e.sequence),
        type=e.type,
        time=e.time,
        subject=e.subject,
        data=bytes(e.data),
        causation=e.causationid,
        correlation=e.correlationid,
        actor=e.actor,
    )


def wire_as_dict(recorded: Recorded, service: str, data: bytes) -> dict[str, Any]:
    """The CloudEvent as a dict, for people who look at one."""
    loaded: dict[str, Any] = orjson.loads(to_wire(service, recorded, data))
    return loaded
