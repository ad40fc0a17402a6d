"""Judging one message: reading it in a busy conversation, and proposing its department. Milliseconds, no ceiling."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from services.intake.learning.model import load
from services.intake.learning.shelf import SHIPPED
from services.intake.learning.together import together
from services.intake.reading import EMPTY, Conversation, Said, read
from services.routing.directory import Department, Directory
from services.routing.matching import propose
from shared.events.intake import OPENING, Kind, Role
from shared.learning.shelf import FILE
from tests.bench import county
from tests.bench.measure import Line
from tests.bench.rig import Rig

AT_MOST = 1.0
MESSAGES = 400


def conversation() -> tuple[Conversation, list[Said]]:
    """A group that has talked for a while: as many messages and appeals as it is remembered by."""
    talk, said_so_far = EMPTY, []
    for n in range(MESSAGES):
        said = Said(
            f"m{n}", "wecom", "g", f"p{n % 20}", Role.VILLAGER, None, county.appeal_text(n * 7), None,
            county.AT + timedelta(minutes=n),
        )  # fmt: skip
        reading = read(said, talk)
        appeal = reading.appeal or (f"a{n}" if reading.kind in OPENING else None)
        talk = talk.remember(said, reading, appeal, f"TY-{n}")
        said_so_far.append(said)
    return talk, said_so_far


def directory() -> Directory:
    return Directory.of(
        Department(code, name, level, tuple(duties.split())) for code, name, level, duties in county.DEPARTMENTS
    )


def milliseconds(calls: list[Callable[[], object]]) -> float:
    taken = []
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


async def measure(rig: Rig) -> list[Line]:
    rig.say("judging one message")
    talk, said_so_far = conversation()
    offices = directory()
    model = load(SHIPPED / FILE)
    reads: list[Callable[[], object]] = [
        lambda said=said: together(said, talk, read(said, talk), model) for said in said_so_far
    ]
    rules: list[Callable[[], object]] = [lambda said=said: read(said, talk) for said in said_so_far]
    proposals: list[Callable[[], object]] = [
        lambda said=said: propose(said.text, offices, kind=Kind.APPEAL, sealed=False, village="测试村", township="测试镇")
        for said in said_so_far
    ]

    def remember() -> object:
        return talk.remember(said_so_far[0], read(said_so_far[0], EMPTY), "a0", "TY-0")

    return [
        Line("reading one message", [milliseconds(reads) for _ in range(rig.rounds)], unit="ms", at_most=AT_MOST),
        Line("… by the rules alone", [milliseconds(rules) for _ in range(rig.rounds)], unit="ms"),
        Line("remembering one", [milliseconds([remember] * 200) for _ in range(rig.rounds)], unit="ms"),
        Line("proposing its department", [milliseconds(proposals) for _ in range(rig.rounds)], unit="ms", at_most=AT_MOST),
    ]
