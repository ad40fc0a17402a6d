"""Training: a model of stories and of what was judged at work, scored on counties it has not seen, reading on from its own mistakes.

A county is held out at a time, or a group of them; a model of the rest walks through it, and what it remembers of the
conversation is what it made of it. These walks are learned from too: a reader that only ever saw conversations without a
mistake is lost after its first. By the same walks the scales are found under which 0.8 means 80 %.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

import numpy as np

from services.intake.learning import fitting
from services.intake.learning.examples import FIELD, Example, Story, of_story, walk
from services.intake.learning.features import SCHEME
from services.intake.learning.model import Model, Scales
from services.intake.learning.weighing import hear, weigh
from shared.events.intake import Kind

FEWEST = 20
"""examples; from fewer nothing is learned that holds"""
FOLDS = 6
WRITTEN_WITH = frozenset({"county", "demo", "heldout", "hills", "north", "unseen"})
"""The counties the rules were written with: they are right there as nowhere else, so these tell nothing of their worth."""
SELECTED = frozenset({FIELD})
"""What was judged at work is mostly what the rules were unsure of: wrong more often than all that they read."""
FIFTHS = 5
UNWITNESSED = 4.0
"""The lift of the rules where nobody can say how right they are: what they are sure of stands."""
Say = Callable[[str], None]


class TooLittle(Exception):
    """There is not enough to learn from; the message says what there is."""


@dataclass
class Count:
    """How many of so many messages were read rightly, and what was sealed."""

    messages: int = 0
    kinds: int = 0
    links: int = 0
    reports: int = 0
    sealed: int = 0
    sealed_falsely: int = 0

    def take(self, right: Kind, kind: Kind, *, linked: bool) -> None:
        self.messages += 1
        self.kinds += kind is right
        self.links += linked
        self.reports += right is Kind.REPORT
        self.sealed += kind is right is Kind.REPORT
        self.sealed_falsely += kind is Kind.REPORT is not right


@dataclass
class Tally:
    """Read by the rules alone, by the model alone, by both together."""

    rules: Count = field(default_factory=Count)
    model: Count = field(default_factory=Count)
    together: Count = field(default_factory=Count)


@dataclass
class Scores:
    """On what was held out."""

    held_out: str
    scales: Scales = field(default_factory=Scales)
    whole: Tally = field(default_factory=Tally)
    by_source: dict[str, Tally] = field(default_factory=dict)
    sure: dict[str, tuple[int, int]] = field(default_factory=dict)
    """confidence of so many tenths → messages read with it, and how many rightly in kind and appeal; by the witnesses"""

    @property
    def helps(self) -> bool:
        """Whether more is read rightly with the model, by the witnesses if there are any."""
        heard = [tally for source, tally in self.by_source.items() if source not in WRITTEN_WITH] or [self.whole]
        return sum(tally.together.kinds for tally in heard) > sum(tally.rules.kinds for tally in heard)


@dataclass(frozen=True)
class Part:
    """What is held out together: whole stories, and some of the examples that stand alone."""

    stories: list[Story] = field(default_factory=list)
    loose: list[Example] = field(default_factory=list)

    def examples(self) -> list[Example]:
        """With the conversations as they should have been understood."""
        return [one for story in self.stories for one in of_story(story)] + self.loose


def train(stories: Sequence[Story], loose: Sequence[Example], version: int, say: Say = print) -> tuple[Model, Scores]:
    """A model of all, and how well such a model does on what it has not seen. Raises TooLittle."""
    parts = divided(stories, loose)
    rightly = [part.examples() for part in parts]
    _enough([one for part in rightly for one in part])
    say("第一遍:每组留出,各训练一个模型,读留出的县……")
    unseen = [_without(n, [rightly], version) for n in range(len(parts))]
    scales, first = _walks(parts, unseen, Scales())
    say("第二遍:连同各自读错过的对话再学一次……")
    unseen = [_without(n, [rightly, first], version) for n in range(len(parts))]
    scales, second = _walks(parts, unseen, scales)
    scores = Scores(_held_out(parts), scales)
    for n, (part, model) in enumerate(zip(parts, unseen, strict=True)):
        _score(part, replace(model, scales=scales, grounds=_grounds(second, without=n)), scores)
    say("用全部样本训练……")
    model = fitting.fit([one for part in (*rightly, *first) for one in part], version, times=2)
    return replace(model, scales=scales, grounds=_grounds(second)), scores


def _without(n: int, passes: list[list[list[Example]]], version: int) -> Model:
    """A model of all parts but one. Raises TooLittle."""
    rest = [one for examples in passes for m, part in enumerate(examples) if m != n for one in part]
    _enough(rest)
    return fitting.fit(rest, version, times=len(passes))


def _walks(parts: list[Part], unseen: list[Model], scales: Scales) -> tuple[Scales, list[list[Example]]]:
    """Each part walked by the model that has not seen it, and the scales found so; what is remembered depends on them."""
    walked = [_walked(part, replace(model, scales=scales)) for part, model in zip(parts, unseen, strict=True)]
    return _scales(walked, unseen, scales), walked


def divided(stories: Sequence[Story], loose: Sequence[Example]) -> list[Part]:
    """Groups of stories, each with its share of the rest; the rest by fifths where there are fewer than two stories."""
    count = min(FOLDS, len(stories)) if len(stories) > 1 else FIFTHS
    order = [loose[n] for n in np.random.default_rng(0).permutation(len(loose))]
    parts = [Part(list(stories[n::count]), order[n::count]) for n in range(count)]
    return [part for part in parts if part.stories or part.loose]


def _held_out(parts: Sequence[Part]) -> str:
    whole = any(len(part.stories) for part in parts[1:])
    return f"{len(parts)} groups of whole counties, one at a time" if whole else f"{len(parts)} parts, one at a time"


def _enough(examples: Sequence[Example]) -> None:
    kinds = Counter(one.kind for one in examples)
    said = [{one.kind for one in examples if one.seen.official is official} for official in (False, True)]
    if len(examples) < FEWEST or min(map(len, said)) < 2:
        listed = "、".join(f"{kind} {count}" for kind, count in kinds.most_common()) or "无"
        raise TooLittle(f"可学的样本太少：{len(examples)} 条（{listed}）；至少要 {FEWEST} 条，干部和群众的话都要有，各不止一类")


def _walked(part: Part, model: Model) -> list[Example]:
    return [step.example for story in part.stories for step in walk(story, model)] + part.loose


def _witness(one: Example) -> bool:
    return one.source not in WRITTEN_WITH | SELECTED


def _grounds(walked: Sequence[Sequence[Example]], without: int | None = None) -> dict[str, float]:
    return fitting.grounds([one for n, part in enumerate(walked) if n != without for one in part if _witness(one)])


def _scales(walked: Sequence[Sequence[Example]], unseen: Sequence[Model], start: Scales) -> Scales:
    """By the witnesses; where there are none, by nobody."""
    cases = [
        case
        for n, (part, model) in enumerate(zip(walked, unseen, strict=True))
        for case in fitting.judged([o for o in part if _witness(o)], replace(model, grounds=_grounds(walked, without=n)))
    ]
    return fitting.scales(cases, start) if cases else replace(start, lift=UNWITNESSED)


def _score(part: Part, model: Model, scores: Scores) -> None:
    alone = replace(model, scales=replace(model.scales, trust=0.0, lift=0.0, hint=0.0))
    for story in part.stories:
        tallies = (scores.whole, scores.by_source.setdefault(story.name, Tally()))
        for name, reader in (("rules", None), ("model", alone), ("together", model)):
            for step in walk(story, reader):
                for tally in tallies:
                    getattr(tally, name).take(step.example.kind, step.reading.kind, linked=step.linked)
                if name == "together" and _witness(step.example):
                    _note(scores, step.reading.confidence, right=step.reading.kind is step.example.kind and step.linked)
    for one in part.loose:
        for tally in (scores.whole, scores.by_source.setdefault(one.source, Tally())):
            _score_loose(one, model, alone, tally)


def _score_loose(one: Example, model: Model, alone: Model, tally: Tally) -> None:
    seen = one.seen
    tally.rules.take(one.kind, seen.rules, linked=seen.hinted == one.target)
    for reader, count in ((alone, tally.model), (model, tally.together)):
        verdict = weigh(seen, hear(seen, reader), reader.scales)
        kind, candidate = (seen.rules, seen.hinted) if seen.settled else (verdict.kind, verdict.candidate)
        count.take(one.kind, kind, linked=candidate == one.target)


def _note(scores: Scores, confidence: float, *, right: bool) -> None:
    tenth = f"{int(confidence * 10) / 10:.1f}"
    messages, so_far = scores.sure.get(tenth, (0, 0))
    scores.sure[tenth] = messages + 1, so_far + right


def digest(story: Story) -> str:
    """Changes with whatever a model would learn from the story."""
    told = "\n".join(repr((o.said, o.kind, o.label, o.satisfied)) for o in story.told)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def card(
    stories: Sequence[Story], loose: Sequence[Example], scores: Scores, version: int, trained_at: datetime
) -> dict[str, Any]:
    """What is written beside the model."""
    by_source = Counter({story.name: len(story.told) for story in stories}) + Counter(one.source for one in loose)
    by_kind = Counter([str(told.kind) for story in stories for told in story.told] + [str(one.kind) for one in loose])
    return {
        "version": version,
        "trained_at": trained_at.isoformat(timespec="seconds"),
        "scheme": SCHEME,
        "scikit_learn": installed("scikit-learn"),
        "examples": {"all": by_source.total(), "by_source": dict(by_source), "by_kind": dict(by_kind)},
        "stories": {story.name: digest(story) for story in stories},
        "without": "what was really said and sealed; words of people who are forgotten",
        "scales": {name: round(value, 3) for name, value in asdict(scores.scales).items()},
        "cross_validated": {
            "held_out": scores.held_out,
            "all": asdict(scores.whole),
            "by_source": {source: asdict(tally) for source, tally in scores.by_source.items()},
            "confidence": {tenth: {"messages": n, "right": right} for tenth, (n, right) in sorted(scores.sure.items())},
        },
        "helps": scores.helps,
    }
