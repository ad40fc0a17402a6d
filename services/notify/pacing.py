"""When a channel may be sent to: its limits, its circuit, the county's quiet hours. Pure; every moment is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.clock import CHINA

TRIPS = 3
"""failures in a row after which a channel is left alone for a while"""
FIRST_REST = timedelta(seconds=15)
LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages within any span of so many seconds."""

    messages: int
    seconds: float

    @property
    def span(self) -> timedelta:
        return timedelta(seconds=self.seconds)


def free(limits: Sequence[Limit], taken: Sequence[datetime], now: datetime) -> int | None:
    """How many messages may be sent now, given when earlier ones were; None: any number."""
    room = [limit.messages - sum(at > now - limit.span for at in taken) for limit in limits]
    return max(0, min(room)) if room else None


def free_at(limits: Sequence[Limit], taken: Sequence[datetime], now: datetime, wanted: int = 1) -> datetime:
    """When that many further messages may be sent; no more can be wanted than each limit allows."""
    moment, times = now, sorted(taken)
    for limit in limits:
        many = limit.messages - wanted + 1
        if len(times) >= many:
            moment = max(moment, times[-many] + limit.span)
    return moment


def longest(limits: Sequence[Limit]) -> timedelta:
    """How far back one must remember."""
    return max((limit.span for limit in limits), default=timedelta())


@dataclass(frozen=True, slots=True)
class Circuit:
    """A channel that fails again and again rests, longer each time; then one message tries whether it works again."""

    failures: int = 0
    rests_until: datetime | None = None

    def resting(self, now: datetime) -> bool:
        return self.rests_until is not None and now < self.rests_until

    @property
    def trying(self) -> bool:
        """Whether, when it does not rest, only one message may be risked."""
        return self.failures >= TRIPS

    def failed(self, now: datetime, jitter: float) -> "Circuit":
        """`jitter` of 0–1 spreads the rests of many channels that failed together by ±25 %.

        What was on its way already when the channel was left alone tells nothing new.
        """
        if self.resting(now):
            return self
        failures = self.failures + 1
        if failures < TRIPS:
            return Circuit(failures, self.rests_until)
        rest = min(FIRST_REST * 2 ** min(failures - TRIPS, 10), LONGEST_REST)
        return Circuit(failures, now + rest * (0.75 + jitter / 2))

    def paused(self, until: datetime) -> "Circuit":
        """The receiver asked for it: no failure."""
        return Circuit(self.failures, max(until, self.rests_until or until))

    def worked(self) -> "Circuit":
        """What was asked for meanwhile, by an answer to another message, still holds."""
        return Circuit(0, self.rests_until if self.failures < TRIPS else None)


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of the county's day in which only urgent things are said; they may span midnight."""

    begins: time
    ends: time

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours end that hold now; None outside of them."""
        local = now.astimezone(CHINA)
        inside = (
            self.begins <= local.time() < self.ends
            if self.begins <= self.ends
            else local.time() >= self.begins or local.time() < self.ends
        )
        if not inside:
            return None
        end = local.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        return (end if end > local else end + timedelta(days=1)).astimezone(now.tzinfo)
