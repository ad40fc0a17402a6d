"""What the request of a step says, beside which step it is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.routing.holding import LONGEST_EXTENSION
from services.routing.merging import MOST
from shared.events.casework import Ground, WaitsFor
from shared.inputs import NUMBER, Moment, Name, Text

Code = Annotated[Text, Field(min_length=1, max_length=100)]
Said = Annotated[Text, Field(min_length=1, max_length=4000)]


class Step(BaseModel):
    """Who does it (a person's id; the caller's name if left out) and in which words."""

    model_config = ConfigDict(extra="forbid")

    by: Code | None = None
    words: Said | None = None


class Words(Step):
    """A step that needs words: a reply fit for the group, or a reason."""

    words: Said


class Handover(Words):
    """To which department, and why (or with which part)."""

    department: Code


class Decision(Words):
    """Granted or refused, and why."""

    granted: bool


class ReturnDecision(Decision):
    """A return granted goes to `department`, or else to the one that fits next best."""

    department: Code | None = None


class Matter(Words):
    """What they are about in a word or two, which other cases (numbers or ids) are the same matter, and why."""

    about: Annotated[Text, Field(min_length=1, max_length=50)]
    cases: Annotated[list[Name], Field(min_length=1, max_length=MOST)]


class Part(Words):
    """What of its message is another matter, as its reporter said it, and why it is."""

    part: Said


class Pause(Words):
    """What the work waits for, at the latest until when."""

    waits_for: WaitsFor
    until: Moment


class Days(Words):
    """How many days more, and why."""

    days: Annotated[int, Field(ge=1, le=LONGEST_EXTENSION), NUMBER]


class Elsewhere(Words):
    """Why nobody here may take it on, and where to go instead."""

    instead: Annotated[Text, Field(min_length=1, max_length=500)]


class Answer(Step):
    """What the reporter said when he was called: is it solved, is he satisfied? Null: he said neither."""

    resolved: bool | None = None
    satisfied: bool | None = None


class SecondAnswer(Answer):
    """What the reporter said to somebody else, if he was reached. Null: he said nothing of it."""

    reached: bool = True


class Exclusion(Words):
    """Why it should not count."""

    ground: Ground
