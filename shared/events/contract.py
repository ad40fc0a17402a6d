"""The published language as an AsyncAPI 3 document, and what would break a reader of an older one.

The document is kept in docs/events.asyncapi.json. `make contracts` writes it anew and refuses if a reader of the last one
could no longer read what is written now: then a new version of the event is due, with an upcaster.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.envelope import CONTENT_TYPE, PARTITIONS
from shared.events import BY_SERVICE, Event, event_name, personal_fields

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"


def document() -> Json:
    """AsyncAPI 3.0: a channel an event, `<service>.<event>.<partition>`, its message a CloudEvent with this data."""
    events = [event for said in BY_SERVICE.values() for event in said]
    _, schemas = models_json_schema([(event, "serialization") for event in events], ref_template=_REF)
    named = [(f"{service}.{event_name(event.TYPE)}", event) for service, said in BY_SERVICE.items() for event in said]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Minsheng events",
            "version": "1",
            "description": "CloudEvents 1.0 (structured JSON) on NATS JetStream, one stream a service.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {name: _channel(name, event) for name, event in named},
        "operations": {
            name: {"action": "send", "channel": {"$ref": f"#/channels/{name}"}, "summary": _summary(event)}
            for name, event in named
        },
        "components": {
            "messages": {event.TYPE: _message(event) for _, event in named},
            "schemas": dict(sorted(schemas["$defs"].items())),
        },
    }


def _channel(name: str, event: type[Event]) -> Json:
    return {
        "address": f"{name}.{{partition}}",
        "parameters": {"partition": {"description": f"00–{PARTITIONS - 1}, the same for all events of an appeal"}},
        "messages": {"event": {"$ref": f"#/components/messages/{event.TYPE}"}},
    }


def _message(event: type[Event]) -> Json:
    marks = personal_fields(event)
    confined = sorted(name for name, mark in marks.items() if mark.confined)
    return {
        "name": event.TYPE,
        "summary": _summary(event),
        "payload": {"$ref": _REF.format(model=event.__name__)},
        "x-personal": sorted(marks),
        "x-blank-on-the-wire": confined,
    }


def _summary(event: type[Event]) -> str:
    return (event.__doc__ or "").strip().split("\n")[0]


def breaks(old: Json, new: Json) -> list[str]:
    """What a reader written against `old` would miss in `new`: one sentence a fault, empty when nothing."""
    faults = []
    before, now = old["components"], new["components"]
    for kind in before["messages"]:
        if kind not in now["messages"]:
            faults.append(f"{kind} is no longer written")
    for name, schema in before["schemas"].items():
        if name in now["schemas"]:
            faults += _faults(name, schema, now["schemas"][name])
    return faults


def _faults(name: str, old: Json, new: Json) -> list[str]:
    faults = []
    for field, schema in old.get("properties", {}).items():
        if field not in new.get("properties", {}):
            faults.append(f"{name}.{field} is gone")
        elif _shape(new["properties"][field]) != _shape(schema):
            faults.append(f"{name}.{field} is another type")
    faults += [f"{name} lacks {value!r}" for value in old.get("enum", []) if value not in new.get("enum", [])]
    added = set(new.get("required", [])) - set(old.get("required", [])) - set(old.get("properties", {}))
    faults += [f"{name}.{field} is required, and older events lack it" for field in sorted(_needed(new, added))]
    return faults


def _needed(schema: Json, fields: set[str]) -> set[str]:
    """A serialised model calls every field required; a default is what lets an older event be read."""
    return {field for field in fields if "default" not in schema["properties"][field]}


def _shape(schema: Json) -> Any:
    """A schema without its words."""
    if isinstance(schema, dict):
        return {k: _shape(v) for k, v in schema.items() if k not in ("title", "description", "default")}
    return [_shape(v) for v in schema] if isinstance(schema, list) else schema


def as_text(contract: Json) -> str:
    return json.dumps(contract, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """`python -m shared.events.contract FILE`: writes the document. 1 when it would break a reader of the last one."""
    file = Path(sys.argv[1])
    new = document()
    if file.exists() and (faults := breaks(json.loads(file.read_text(encoding="utf-8")), new)):
        print("Not written; a reader of the last contract would break:", *faults, sep="\n  ", file=sys.stderr)
        return 1
    file.write_text(as_text(new), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
