"""What must hold of a county's logs whatever happened to its machines, each rule a function whose name says it.

`Books` is everything a rule may look at, read straight from the databases and from JetStream. A rule returns nothing and
raises AssertionError with the ids at fault; `check` runs them all and shows every failure at once.
"""

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.cli.system import build
from services.intake.domain import message_key
from services.routing.departments import DIRECTORY, DIRECTORY_STREAM
from services.routing.domain import CASE, case_stream
from shared import db, settings
from shared.clock import SystemClock
from shared.consumer import Reactions
from shared.decider import Decider
from shared.envelope import Cause, Recorded
from shared.events import Event
from shared.events.casework import DeadlineMissed, SecondCallDrawn, WordsSealed
from shared.events.intake import AppealOpened, MessageRead, MessageReceived, NumberIssued
from shared.events.notify import ReplyDelivered, ReplyQueued
from shared.events.routing import CaseAssigned, CaseEvent, CaseReopened, Status
from shared.events.sla import (
    BackupPaged,
    CaseEscalated,
    CaseOverdue,
    ClockEvent,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    EscalationAcknowledged,
)
from shared.metrics import Metrics
from shared.relay import POSITION_HEADER
from shared.settings import PORTS
from shared.store import Store
from shared.streams import stream_name
from shared.vault import Vault

FETCH = 2000
SHOWN = 8


@dataclass(frozen=True)
class Books:
    """All there is to know: the logs in clear, what took effect where, what was published, and what was said to them."""

    logs: Mapping[str, Sequence[Recorded]]
    inboxes: Mapping[str, Sequence[UUID]]
    parked: Mapping[str, Sequence[tuple[str, str, str]]]
    published: Mapping[str, Sequence[tuple[str, UUID, int]]]
    """stream → (subject, event, log position) in the stream's order"""
    cases: Mapping[str, tuple[str, int]]
    """appeal → (status, version) as routing's view shows it"""
    said: Mapping[str, Sequence[Mapping[str, Any]]]
    """group → its messages in the order they were said"""

    def of(self, service: str, *kinds: type[Event]) -> list[tuple[Recorded, Any]]:
        return [(r, r.event) for r in self.logs[service] if isinstance(r.event, kinds)]


def reactions_of(service: str) -> Reactions:
    config = settings.read(database_url="postgresql://unused", nats_url="nats://unused")
    return build(service, config, SystemClock()).blueprint.reactions


REACTIONS: dict[str, Reactions] = {service: reactions_of(service) for service in PORTS}


# -- reading the books ---------------------------------------------------------------------------------------------------


async def read(database_url: str, nats_url: str, said: Mapping[str, Sequence[Mapping[str, Any]]]) -> Books:
    """Reads everything. The county should be quiet."""
    logs, inboxes, parked = {}, {}, {}
    for service in PORTS:
        pool = await db.open_pool(database_url, service, size=2)
        try:
            store = Store(pool, service, SystemClock(), Vault(pool), Metrics(service))
            logs[service] = [r async for page in store.read_all() for r in page]
            inboxes[service] = [row["event"] for row in await pool.fetch("select event from inbox")]
            rows = await pool.fetch("select event::text, subject, reason from dead_letters order by id")
            parked[service] = [tuple(row) for row in rows]
            if service == "routing":
                rows = await pool.fetch("select appeal, status, version from cases")
                cases = {row["appeal"]: (row["status"], row["version"]) for row in rows}
        finally:
            await pool.close()
    client = await nats.connect(nats_url)
    try:
        published = {service: await _published(client, service) for service in PORTS}
    finally:
        await client.close()
    return Books(logs, inboxes, parked, published, cases, said)


async def _published(client: Any, service: str) -> list[tuple[str, UUID, int]]:
    js = client.jetstream()
    last = (await js.stream_info(stream_name(service))).state.last_seq
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, headers_only=True)
    subscription = await js.pull_subscribe(f"{service}.>", stream=stream_name(service), config=config)
    found: list[tuple[str, UUID, int]] = []
    sequence = 0
    while sequence < last:
        for message in await subscription.fetch(FETCH, timeout=5):
            sequence = message.metadata.sequence.stream
            found.append((message.subject, UUID(message.headers["Nats-Msg-Id"][:36]), int(message.headers[POSITION_HEADER])))
    await subscription.unsubscribe()
    return found


async def until_quiet(database_url: str, *, seconds: float) -> tuple[str, object]:
    """Waits until all that was said has had all its consequences. Returns what is still on its way when time is up, or "", and
    where the logs stood then."""
    deadline = time.monotonic() + seconds
    before: object = None
    while True:
        behind: list[str] = ["the databases do not answer"]
        heads: object = None
        try:
            connection = await asyncpg.connect(database_url, timeout=5)
            try:
                behind, heads = await _behind(connection)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError, TimeoutError) as trouble:
            behind = [repr(trouble)]
        if not behind and heads == before:
            return "", heads
        if time.monotonic() > deadline:
            return "; ".join(behind), heads
        before = heads
        await asyncio.sleep(0.3)


async def grew_since(database_url: str, quiet: object) -> bool:
    """Whether the logs grew while the books were read: the clocks of a county never stand still."""
    connection = await asyncpg.connect(database_url, timeout=5)
    try:
        _, heads = await _behind(connection)
    finally:
        await connection.close()
    return heads != quiet


async def _behind(connection: Any) -> tuple[list[str], object]:
    behind, heads = [], []
    for service in PORTS:
        head = await connection.fetchval(f"select coalesce(max(position), 0) from {service}.events")
        heads.append(head)
        if (relayed := await connection.fetchval(f"select position from {service}.relay")) < head:
            behind.append(f"{service}'s relay is at {relayed} of {head}")
        for name, position in await connection.fetch(
            f"select name, position from {service}.followers where position < $1", head
        ):
            behind.append(f"{service}'s {name} is at {position} of {head}")
        for source, reactions in REACTIONS[service].items():
            missing = await connection.fetchval(
                f"select count(*) from {source}.events e where type = any($1) "
                f"and not exists (select from {service}.inbox i where i.event = e.id)",
                [event.TYPE for event in reactions],
            )
            if missing:
                behind.append(f"{service} has yet to hear {missing} events of {source}")
    if waiting := await connection.fetchval("select count(*) from notify.replies where status = 'queued'"):
        behind.append(f"{waiting} replies wait to be delivered")
    if due := await connection.fetchval("select count(*) from sla.timers where due_at <= now()"):
        behind.append(f"{due} clocks wait to be looked at")
    return behind, heads


# -- the rules -----------------------------------------------------------------------------------------------------------


def every_message_that_was_said_is_stored_exactly_once(books: Books) -> None:
    said = {str(message_key(m["channel"], m["message_id"])): m["message_id"] for ms in books.said.values() for m in ms}
    stored = Counter(event.message for _, event in books.of("intake", MessageReceived))
    _none("never stored", [name for key, name in said.items() if key not in stored])
    _none("stored more than once", [said.get(key, key) for key, count in stored.items() if count > 1])
    _none("stored, though nobody said it", [key for key in stored if key not in said])


def every_stored_message_is_read_exactly_once(books: Books) -> None:
    stored = {event.message: event.message_id for _, event in books.of("intake", MessageReceived)}
    read_ = Counter(event.message for _, event in books.of("intake", MessageRead))
    _none("never read", [name for key, name in stored.items() if key not in read_])
    _none("read more than once", [stored[key] for key, count in read_.items() if count > 1])
    _none("read, but not by its rules", [e.message for _, e in books.of("intake", MessageRead) if not e.confidence])


def a_groups_messages_are_stored_and_read_in_the_order_they_were_said(books: Books) -> None:
    names: dict[str, tuple[str, str]] = {}
    stored, read_ = defaultdict(list), defaultdict(list)
    for r in books.logs["intake"]:
        match r.event:
            case MessageReceived() as event:
                names[event.message] = (event.group, event.message_id)
                stored[event.group].append(event.message_id)
            case MessageRead() as event:
                group, name = names[event.message]
                read_[group].append(name)
    for what, found in (("stored", stored), ("read", read_)):
        for group, messages in books.said.items():
            expected = [m["message_id"] for m in messages]
            _same(f"{group}: messages {what} in order", expected, found[group])


def numbers_of_a_day_are_gapless_and_unique(books: Books) -> None:
    days: dict[str, list[NumberIssued]] = defaultdict(list)
    for r, event in books.of("intake", NumberIssued):
        days[r.stream].append(event)
    for register, issued in days.items():
        expected = [f"{register.removeprefix('register-')}-{n:04}" for n in range(1, len(issued) + 1)]
        _same(f"{register}: numbers", expected, [event.number for event in issued])
    by_register = {event.appeal: event.number for events in days.values() for event in events}
    opened = {event.appeal: event.number for _, event in books.of("intake", AppealOpened)}
    _none("opened with another number than was issued", [a for a in opened if opened[a] != by_register.get(a)])
    _none("numbered but never opened", [a for a in by_register if a not in opened])
    _none("opened twice", _repeated(event.appeal for _, event in books.of("intake", AppealOpened)))


def every_appeal_has_exactly_one_department_from_its_start(books: Books) -> None:
    assigned = Counter(event.appeal for _, event in books.of("routing", CaseAssigned))
    opened = {event.appeal: event.number for _, event in books.of("intake", AppealOpened)}
    _none("never assigned", [number for appeal, number in opened.items() if appeal not in assigned])
    _none("assigned more than once", [opened.get(appeal, appeal) for appeal, count in assigned.items() if count > 1])
    _none("assigned, but never opened", [appeal for appeal in assigned if appeal not in opened])


def every_case_is_what_the_rules_make_of_intakes_log_in_order(books: Books) -> None:
    """Folds every case anew from intake's log; causes, kinds and order must be those that routing recorded."""
    paper = Paper({DIRECTORY_STREAM: books.logs["routing"]}, {DIRECTORY_STREAM: DIRECTORY})
    for r in books.logs["intake"]:
        if reaction := REACTIONS["routing"]["intake"].get(type(r.event)):
            for decider, stream in reaction.opens(r):
                paper.open(decider, stream)
            reaction.react(r, paper)  # type: ignore[arg-type]
    recorded: dict[str, list[tuple[str, UUID | None]]] = defaultdict(list)
    for r, event in books.of("routing", CaseEvent, WordsSealed):
        if not isinstance(event, DeadlineMissed | SecondCallDrawn):  # of that it hears from sla, or draws the lot
            recorded[case_stream(event.appeal)].append((r.type, r.causation))
    for stream in recorded.keys() | paper.decided.keys():
        _same(f"{stream}: (event, cause)", paper.decided.get(stream, []), recorded.get(stream, []))


def the_view_of_cases_shows_what_the_log_says(books: Books) -> None:
    states: dict[str, tuple[Any, int]] = {}
    for r, event in books.of("routing", CaseEvent):
        state, _ = states.get(event.appeal, (CASE.initial, 0))
        states[event.appeal] = (CASE.evolve(state, event), r.version)
    folded = {appeal: (str(state.status), version) for appeal, (state, version) in states.items()}
    _none("shown otherwise than the log says", [a for a in folded | books.cases if folded.get(a) != books.cases.get(a)])


def versions_of_every_stream_are_contiguous(books: Books) -> None:
    for service, log in books.logs.items():
        versions: dict[str, int] = {}
        for r in log:
            assert r.version == versions.get(r.stream, 0) + 1, f"{service}: {r.stream} goes on with {r.version}, id {r.id}"
            versions[r.stream] = r.version
        _none(f"{service}: ids used twice", _repeated(r.id for r in log))
        _none(f"{service}: positions out of order", [b for a, b in _pairs([r.position for r in log]) if b <= a])


def nothing_has_the_same_effect_twice(books: Books) -> None:
    """No two events of one cause, type and subject, but for what one cause rightly does to several things."""
    for service, log in books.logs.items():
        keys = ((r.causation, r.type, r.subject, _about(r.event)) for r in log if r.causation)
        _none(f"{service}: (cause, type, subject) twice", _repeated(keys))


def _about(event: Event) -> tuple[object, ...]:
    """Which of several things of its subject an event is about."""
    match event:
        case CaseEscalated() | EscalationAcknowledged():
            return event.promise, event.round, event.step
        case ClockWarned():
            return event.promise, event.round, event.colour
        case ClockEvent():
            return event.promise, event.round
        case ReplyQueued():
            return event.template, event.audience
        case WordsSealed():
            return event.step, event.field
        case _:
            return ()


def every_clock_starts_warns_is_late_and_stops_at_most_once(books: Books) -> None:
    colours = ((event.appeal, event.promise, event.round, event.colour) for _, event in books.of("sla", ClockWarned))
    _none("warned twice in one colour", _repeated(colours))
    for kind in (ClockStarted, BackupPaged, CaseOverdue, ClockStopped):
        keys = ((event.appeal, event.promise, event.round) for _, event in books.of("sla", kind))
        _none(f"{kind.__name__} twice", _repeated(keys))
    steps = ((event.appeal, event.promise, event.round, event.step) for _, event in books.of("sla", CaseEscalated))
    _none("escalated twice to the same step", _repeated(steps))


def every_promise_has_its_clock_and_every_kept_one_is_stopped(books: Books) -> None:
    expected = Counter((event.appeal, "resolve") for _, event in books.of("routing", CaseAssigned, CaseReopened))
    expected += Counter((event.appeal, "accept") for _, event in books.of("routing", CaseAssigned))
    counted = ("accept", "resolve")
    started = Counter((e.appeal, str(e.promise)) for _, e in books.of("sla", ClockStarted) if e.promise in counted)
    _none("clocks missing or too many", [key for key in expected | started if expected[key] != started[key]])
    stopped = {(event.appeal, event.round) for _, event in books.of("sla", ClockStopped) if event.promise == "resolve"}
    rounds = Counter(event.appeal for _, event in books.of("sla", ClockStarted) if event.promise == "resolve")
    ended = {str(Status.RESOLVED), str(Status.CALLED_BACK), str(Status.CLOSED)}
    wrong = [a for a, (status, _) in books.cases.items() if (status in ended) != ((a, rounds[a]) in stopped)]
    _none("running though resolved, or stopped though not", wrong)


def every_reply_is_queued_and_delivered_exactly_once(books: Books) -> None:
    """What notify queued is what its rules make of the others' logs; each was delivered once."""
    expected: Counter[tuple[object, ...]] = Counter()
    for source, reactions in REACTIONS["notify"].items():
        for r in books.logs[source]:
            if reaction := reactions.get(type(r.event)):
                paper = Paper({}, {})
                reaction.react(r, paper)  # type: ignore[arg-type]
                for event in paper.created:
                    if isinstance(event, ReplyQueued):
                        expected[r.id, event.template, event.audience, event.text] += 1
    queued = Counter((r.causation, e.template, e.audience, e.text) for r, e in books.of("notify", ReplyQueued))
    _none("replies missing or too many", [key for key in expected | queued if expected[key] != queued[key]])
    _none("queued twice", _repeated((r.causation, e.template, e.audience) for r, e in books.of("notify", ReplyQueued)))
    arrived = Counter(event.reply for _, event in books.of("notify", ReplyDelivered))
    _none("not delivered exactly once", [e.reply for _, e in books.of("notify", ReplyQueued) if arrived[e.reply] != 1])


def every_inbox_holds_exactly_the_events_its_service_handles(books: Books) -> None:
    for service, sources in REACTIONS.items():
        handled = {
            r.id: f"{source} {r.position} {r.type}"
            for source, reactions in sources.items()
            for r in books.logs[source]
            if type(r.event) in reactions
        }
        inbox = set(books.inboxes[service])
        _none(f"{service} never heard", [name for id_, name in handled.items() if id_ not in inbox])
        _none(f"{service} heard what it does not handle", [str(id_) for id_ in inbox if id_ not in handled])


def nothing_is_parked(books: Books) -> None:
    for service, parked in books.parked.items():
        _none(f"{service}: dead letters (event, subject, reason)", parked)


def jetstream_holds_every_log_in_its_order(books: Books) -> None:
    for service, log in books.logs.items():
        expected = [(r.id, r.position) for r in log]
        _same(
            f"{service}: (event, position) in JetStream",
            expected,
            [(id_, position) for _, id_, position in books.published[service]],
        )
        subjects: dict[str, list[int]] = defaultdict(list)
        for subject, _, position in books.published[service]:
            subjects[subject].append(position)
        _none(f"{service}: out of order", [s for s, positions in subjects.items() if positions != sorted(positions)])


RULES: tuple[Callable[[Books], None], ...] = (
    nothing_is_parked,
    every_message_that_was_said_is_stored_exactly_once,
    every_stored_message_is_read_exactly_once,
    a_groups_messages_are_stored_and_read_in_the_order_they_were_said,
    numbers_of_a_day_are_gapless_and_unique,
    every_appeal_has_exactly_one_department_from_its_start,
    every_case_is_what_the_rules_make_of_intakes_log_in_order,
    the_view_of_cases_shows_what_the_log_says,
    versions_of_every_stream_are_contiguous,
    nothing_has_the_same_effect_twice,
    every_clock_starts_warns_is_late_and_stops_at_most_once,
    every_promise_has_its_clock_and_every_kept_one_is_stopped,
    every_reply_is_queued_and_delivered_exactly_once,
    every_inbox_holds_exactly_the_events_its_service_handles,
    jetstream_holds_every_log_in_its_order,
)


async def check(
    database_url: str, nats_url: str, said: Mapping[str, Sequence[Mapping[str, Any]]], *, seconds: float = 60
) -> Books:
    """Waits until the county is quiet, then holds its books against every rule. Raises AssertionError with all that is wrong."""
    wrong = []
    deadline = time.monotonic() + seconds
    while True:
        behind, quiet = await until_quiet(database_url, seconds=deadline - time.monotonic())
        books = await read(database_url, nats_url, said)
        if behind or not await grew_since(database_url, quiet):
            break
    if behind:
        wrong.append(f"not quiet after {seconds:.0f} s: {behind}")
    for rule in RULES:
        try:
            rule(books)
        except AssertionError as failure:
            wrong.append(f"{rule.__name__}: {failure}")
    assert not wrong, "\n".join(wrong)
    return books


class Paper:
    """Stands in for a batch's Work when a rule reckons on paper what a reaction should have decided."""

    def __init__(self, logs: Mapping[str, Sequence[Recorded]], deciders: Mapping[str, Decider[Any, Any]]) -> None:
        self._states: dict[str, Any] = {}
        self.decided: dict[str, list[tuple[str, UUID | None]]] = defaultdict(list)
        self.created: list[Any] = []
        for stream, log in logs.items():
            decider = deciders[stream]
            self._states[stream] = decider.fold(decider.initial, [r.event for r in log if r.stream == stream])

    def open(self, decider: Decider[Any, Any], stream: str) -> None:
        self._states.setdefault(stream, decider.initial)

    def state(self, _decider: Decider[Any, Any], stream: str) -> Any:
        return self._states[stream]

    def decide(
        self, decider: Decider[Any, Any], stream: str, command: Any, cause: Cause, _subject: str | None = None
    ) -> list[Event]:
        events = decider.decide(command, self._states[stream])
        self._states[stream] = decider.fold(self._states[stream], events)
        self.decided[stream] += [(event.TYPE, cause.causation) for event in events]
        return events

    def create(self, _stream: str, events: list[Event], _cause: Cause, _subject: str | None = None) -> None:
        self.created += events


# -- saying what is wrong ------------------------------------------------------------------------------------------------


def _none(what: str, found: Iterable[object]) -> None:
    offenders = list(found)
    assert not offenders, f"{what}: {_shown(offenders)}"


def _same(what: str, expected: Sequence[object], found: Sequence[object]) -> None:
    if list(expected) == list(found):
        return
    place = next((n for n, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), min(len(expected), len(found)))
    raise AssertionError(
        f"{what}: from place {place} of {len(expected)} on expected {_shown(expected[place : place + 4])}, "
        f"found {_shown(found[place : place + 4])} ({len(found)} in all)"
    )


def _shown(offenders: Sequence[object]) -> str:
    more = f" and {len(offenders) - SHOWN} more" if len(offenders) > SHOWN else ""
    return ", ".join(str(offender) for offender in offenders[:SHOWN]) + more


def _repeated(keys: Iterable[Any]) -> list[str]:
    return [f"{key} ×{count}" for key, count in Counter(keys).items() if count > 1]


def _pairs(values: Sequence[int]) -> Iterable[tuple[int, int]]:
    return itertools.pairwise(values)
