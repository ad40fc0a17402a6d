"""How well a model names labels: F1 of each, what it takes for what, and whether it is right as often as it says. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

STEPS = 10


@dataclass(frozen=True, slots=True)
class OfLabel:
    """Shares between 0 and 1; of nothing, 0."""

    precision: float
    recall: float
    f1: float
    messages: int
    """that truly have this label"""


@dataclass(frozen=True, slots=True)
class Step:
    """The messages a label was named for with a probability of this tenth."""

    messages: int
    said: float
    """how sure the model was, on average"""
    right: float
    """the share it named rightly"""


@dataclass
class Score:
    """Filled message by message."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(right, named) → messages"""
    named: list[tuple[float, bool]] = field(default_factory=list)
    """of each message: the probability of the label that was named, whether it was right"""

    def take(self, right: str, named: str, probability: float) -> None:
        self.pairs[right, named] += 1
        self.named.append((probability, right == named))

    @property
    def messages(self) -> int:
        return len(self.named)

    @property
    def labels(self) -> list[str]:
        """Those that messages truly have, the commonest first, then those that were only named."""
        return list(dict.fromkeys([*self._commonest(0), *self._commonest(1)]))

    @property
    def accuracy(self) -> float:
        return sum(right for _, right in self.named) / max(1, self.messages)

    @property
    def by_label(self) -> dict[str, OfLabel]:
        right, named = self._counted(0), self._counted(1)
        return {label: _of_label(self.pairs[label, label], right[label], named[label]) for label in self.labels}

    @property
    def macro_f1(self) -> float:
        """The mean over the labels that messages truly have or were given, as scikit-learn counts it."""
        return sum(one.f1 for one in self.by_label.values()) / max(1, len(self.labels))

    @property
    def steps(self) -> list[Step]:
        """The reliability curve: by tenths of probability, those without messages left out."""
        tenths: dict[int, list[tuple[float, bool]]] = {}
        for probability, right in self.named:
            tenths.setdefault(min(STEPS - 1, int(probability * STEPS)), []).append((probability, right))
        return [_step(tenths[tenth]) for tenth in sorted(tenths)]

    @property
    def gap(self) -> float:
        """Expected calibration error: how far what was said is from what was right, averaged over messages."""
        return sum(step.messages * abs(step.said - step.right) for step in self.steps) / max(1, self.messages)

    def _counted(self, side: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        for pair, count in self.pairs.items():
            counted[pair[side]] += count
        return counted

    def _commonest(self, side: int) -> list[str]:
        return [label for label, _ in sorted(self._counted(side).items(), key=lambda item: (-item[1], item[0]))]


def _of_label(hits: int, right: int, named: int) -> OfLabel:
    precision, recall = hits / max(1, named), hits / max(1, right)
    return OfLabel(precision, recall, 2 * hits / max(1, right + named), right)


def _step(named: Iterable[tuple[float, bool]]) -> Step:
    said, right = zip(*named, strict=True)
    return Step(len(said), sum(said) / len(said), sum(right) / len(right))
