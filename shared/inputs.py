"""What is taken from outside, each with the bounds that the API's document tells as well.

A text has no NUL, which PostgreSQL cannot hold. A moment is written out with its zone: a bare number could be seconds or
milliseconds, and a year far from ours leaves the calendar as soon as it is moved to another zone. A whole number is no text and
no yes or no.
"""

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from shared.clock import CHINA

NO_NUL = r"^[^\x00]*$"
YEARS = range(1900, 2200)
_DAY = "%Y-%m-%d"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _written(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE.match(value)):
        return value
    raise ValueError("must be written like 2025-06-02T08:00:00+08:00")


def _near(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueError(f"the year must be from {YEARS[0]} to {YEARS[-1]}")
    return moment


def _counted(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("must be a whole number")
    return value


Text = Annotated[str, Field(pattern=NO_NUL)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
"""of a person, a group, a record: whatever stands in a path or names a stream"""
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written),
    AfterValidator(_near),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": "^(19|20|21)[0-9]{2}-"}),
]
NUMBER = BeforeValidator(_counted)
"""stands last behind an int and its bounds"""


def moment_of(text: str, *, last_day: bool = False) -> datetime:
    """A day or a time as people write it, China's unless it names its zone. `last_day`: a bare day is meant to its end.

    Raises ValueError.
    """
    plain = text.strip().replace("/", "-")
    try:
        day = datetime.strptime(plain, _DAY).replace(tzinfo=CHINA)
    except ValueError:
        moment = datetime.fromisoformat(plain)
        return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    try:
        return day + timedelta(days=1) if last_day else day
    except OverflowError:
        raise ValueError(f"there is no day after {text}") from None
