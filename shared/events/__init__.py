"""The published language: every event any service says, one module a publishing service.

`CATALOGUE` finds the class of a type name. `UPCASTERS` lift the data of a type that is no longer written to the next
version; they are applied one after the other until a type of the catalogue is reached.
"""

from collections.abc import Callable
from typing import Any

from shared.events import attachments, casework, crowds, disclosure, intake, notify, roster, routing, sla
from shared.events.base import COMMISSION, COUNTY, FORGOTTEN, Event, Personal, event_name, personal_fields

BY_SERVICE: dict[str, tuple[type[Event], ...]] = {
    "intake": (*intake.EVENTS, *attachments.EVENTS, *crowds.EVENTS, *roster.EVENTS),
    "routing": (*routing.EVENTS, *casework.EVENTS),
    "sla": sla.EVENTS,
    "disclosure": disclosure.EVENTS,
    "notify": notify.EVENTS,
}

CATALOGUE: dict[str, type[Event]] = {event.TYPE: event for events in BY_SERVICE.values() for event in events}

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[str, tuple[str, Upcaster]] = {}
"""old type → (next type, its data from the old one's). Nothing published has been superseded yet."""


def current_type(event_type: str) -> str:
    """The type as it is written today: a superseded one's newest successor."""
    while event_type in UPCASTERS:
        event_type = UPCASTERS[event_type][0]
    return event_type


__all__ = [
    "BY_SERVICE",
    "CATALOGUE",
    "COMMISSION",
    "COUNTY",
    "FORGOTTEN",
    "UPCASTERS",
    "Event",
    "Personal",
    "Upcaster",
    "current_type",
    "event_name",
    "personal_fields",
]
