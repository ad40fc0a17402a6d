"""The decider: decide(command, state) → events, evolve(state, event) → state; both pure. All a `domain.py` needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.events import Event

S = TypeVar("S")
C = TypeVar("C")


class Refused(Exception):
    """The county's rules do not allow it. `code` is stable for programs, `sentence` is Chinese for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """One kind of stream: how it begins, what its commands do, what its events mean."""

    initial: S
    decide: Callable[[C, S], list[Any]]
    evolve: Callable[[S, Event], S]

    def fold(self, state: S, events: "list[Event]") -> S:
        for event in events:
            state = self.evolve(state, event)
        return state
