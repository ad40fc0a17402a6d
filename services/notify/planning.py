"""What a channel sends next, of all that waits for it. Pure.

A lane is what must stay in order: the replies to one group, to its officials, or to one person. Normally each reply is a
message of its own. When more wait than the channel's limit has room for, each lane's replies become digests, and what is
urgent is said first, with everything that was said before of the same appeal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.notify import fitting
from services.notify.channels import Message
from services.notify.pacing import Quiet

Row = dict[str, Any]
"""a waiting reply as views.to_send gives it"""
OURS = frozenset({"event", "correlation"})
"""what a row says of the event that queued it, which no channel hears"""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a channel wants it. `free`: how many messages it may take now, None: any number."""

    limit_bytes: int
    free: int | None = None
    digests: bool = True
    parts: int = fitting.PARTS
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """Messages that succeed or fail together: the parts of one reply, or one digest of several."""

    messages: tuple[Message, ...]
    replies: tuple[Row, ...]

    @property
    def key(self) -> str:
        return self.messages[0].key


@dataclass(frozen=True, slots=True)
class Plan:
    """Parcels by lane, each lane in order, the most pressing lane first."""

    lanes: list[list[Parcel]] = field(default_factory=list)
    due: datetime | None = None
    """when something that is held back now may go"""
    crowded: int = 0
    """messages of the first parcel that waits only for room in the limit; 0: none does"""


def plan(waiting: Iterable[Row], now: datetime, rules: Rules) -> Plan:
    """Waiting replies must come in the order of their lanes."""
    rows = list(waiting)
    pressing = {row["appeal"] for row in rows if row["urgent"] and row["appeal"]}

    def presses(row: Row) -> bool:
        return bool(row["urgent"]) or row["appeal"] in pressing

    lanes: dict[str, list[Row]] = {}
    dues: list[datetime] = []
    silence = rules.quiet.until(now) if rules.quiet else None
    for row in rows:
        if silence and not presses(row):
            dues.append(silence)
        else:
            lanes.setdefault(row["lane"], []).append(row)
    ready = []
    for lane in lanes.values():
        held = next((n for n, row in enumerate(lane) if row["try_at"] > now), len(lane))
        if held < len(lane):
            dues.append(lane[held]["try_at"])
        if held:
            ready.append(lane[:held])
    ready.sort(key=lambda lane: (not any(presses(row) for row in lane), lane[0]["position"]))
    parcels = [[_single(row, rules) for row in lane] for lane in ready]
    if rules.digests and rules.free is not None and _cost(parcels) > rules.free:
        parcels = [_digests(sorted(lane, key=lambda row: not presses(row)), rules) for lane in ready]
    chosen, crowded = _that_fit(parcels, rules.free)
    return Plan(chosen, min(dues, default=None), crowded)


def _single(row: Row, rules: Rules) -> Parcel:
    """A reply by itself, without those of its parts that have arrived already."""
    parts = fitting.split(row["text"], rules.limit_bytes, rules.parts)
    keys = [row["reply"] if n == 0 else f"{row['reply']}/{n + 1}" for n in range(len(parts))]
    done = min(row["parts"], len(parts) - 1)
    carried = _carried((row,))
    messages = [Message(key, part, row["urgent"], carried) for key, part in zip(keys, parts, strict=True)]
    return Parcel(tuple(messages[done:]), (row,))


def _digests(lane: Sequence[Row], rules: Rules) -> list[Parcel]:
    parcels, rest = [], list(lane)
    while rest:
        text, many = ("", 0) if rest[0]["parts"] else fitting.digest([row["text"] for row in rest], rules.limit_bytes)
        if many:
            rows = tuple(rest[:many])
            urgent = any(row["urgent"] for row in rows)
            parcels.append(Parcel((Message(f"{rows[0]['reply']}+{many - 1}", text, urgent, _carried(rows)),), rows))
        else:
            parcels.append(_single(rest[0], rules))
        del rest[: many or 1]
    return parcels


def _carried(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple({name: value for name, value in row.items() if name not in OURS} for row in rows)


def _cost(lanes: Iterable[Iterable[Parcel]]) -> int:
    return sum(len(parcel.messages) for lane in lanes for parcel in lane)


def _that_fit(lanes: list[list[Parcel]], room: int | None) -> tuple[list[list[Parcel]], int]:
    """The first parcels, whole ones, that there is room for; and how many messages the next one is, 0: there is none."""
    if room is None:
        return lanes, 0
    chosen: list[list[Parcel]] = []
    for lane in lanes:
        fit: list[Parcel] = []
        for parcel in lane:
            if len(parcel.messages) > room:
                return [*chosen, fit] if fit else chosen, len(parcel.messages)
            room -= len(parcel.messages)
            fit.append(parcel)
        chosen.append(fit)
    return chosen, 0
