"""What every event of the published language is: a frozen pydantic model with a stable type name.

A published type never changes meaning. A new version is a new class with a new TYPE, and an upcaster (see UPCASTERS in
`shared.events`) that turns the data of the old one into the data of the new one when it is read.
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

FORGOTTEN = "〔已依法删除〕"
"""What a personal field reads as once its person has been forgotten (个人信息保护法, art. 47)."""

COMMISSION = "commission"
"""The key owner of sealed content: the discipline commission, not a person."""

COUNTY = "county"
"""The key owner of words that concern nobody in particular."""


@dataclass(frozen=True)
class Personal:
    """Marks a `str` field as personal data of the person whose id stands in the field `of`.

    The store writes it encrypted under that person's key. A confined field never leaves the service that recorded it.
    """

    of: str
    confined: bool = False


class Event(BaseModel):
    """One thing that happened. Unknown fields are ignored, so that an older reader understands a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    """The CloudEvents type, e.g. `minsheng.intake.appeal-opened.v1`."""


@cache
def personal_fields(event: type[Event]) -> dict[str, Personal]:
    """The personal fields of an event type, by field name; empty for most types."""
    return {name: mark for name, field in event.model_fields.items() for mark in field.metadata if isinstance(mark, Personal)}


def event_name(event_type: str) -> str:
    """`minsheng.intake.appeal-opened.v1` → `appeal-opened`, the middle token of its NATS subject."""
    return event_type.split(".")[2]
