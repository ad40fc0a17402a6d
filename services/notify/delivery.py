"""Delivery: sends queued replies by the channels that serve them, in order within a lane, and records every attempt.

Sending is not transactional: what was sent but not recorded when the process died is sent once more, with the same key.
Each channel is served by a task of its own, so one that hangs or rests delays nobody else. One replica delivers at a time.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from services.notify import views
from services.notify.channels import Throttled, Undeliverable
from services.notify.channels.console import Console
from services.notify.config import ConsoleEntry, Out
from services.notify.domain import DELIVERY, Arrived, Handed, Missed, reply_stream
from services.notify.figures import NotifyFigures
from services.notify.late import Lateness
from services.notify.outlets import ANSWER_WITHIN, Outlet, Outlets
from services.notify.planning import Parcel, Plan, Row
from services.notify.texts import Texts
from shared import db
from shared.envelope import Cause
from shared.service import Service, Worker

log = structlog.get_logger()
OF_EACH_LANE = 100
IN_ALL = 10_000
"""replies planned for at a time"""
NOWHERE = "-"
NOBODY = "没有渠道服务此群"
INSIST_SECONDS = 0.5
Outcome = Arrived | Handed | Missed
T = TypeVar("T")


class Delivery(Worker):
    """Sends what waits, sleeps until something new waits or may be tried again."""

    name = "delivery"

    def __init__(self, service: Service, out: Out, texts: Texts, figures: NotifyFigures) -> None:
        super().__init__(service.clock)
        self._service, self._figures = service, figures
        self._waker = service.session.waker()
        self._out = out
        self._outlets = Outlets(out)
        figures.expect((*self._outlets.by_name, NOWHERE))
        self._late = Lateness(service, out.delivery, texts)
        self._busy: set[str] = set()
        self._echo = service.settings.console == "on"

    async def run(self) -> None:
        self._busy.clear()
        self._outlets = Outlets(self._out)
        for outlet in self._outlets.by_name.values():
            await outlet.remember(self._service.pool)
        try:
            async with asyncio.TaskGroup() as serving:
                while True:
                    self._waker.clear()
                    await _insisting(lambda: self._begin(serving))
                    await _insisting(lambda: self.rest(self._waker))
        finally:
            for outlet in self._outlets.by_name.values():
                await outlet.channel.close()

    async def next_due(self) -> datetime | None:
        plans, _ = await self._plans()
        dues = [plan.due for plan in plans.values() if plan.due] + [due for due in (await self._late.next_due(),) if due]
        return min(dues, default=None)

    async def backlog(self) -> int:
        plans, unserved = await self._plans()
        return len(self._busy) + len(unserved) + sum(len(lane) for plan in plans.values() for lane in plan.lanes)

    async def _begin(self, serving: asyncio.TaskGroup) -> None:
        """Gives every outlet that has something to send, and is not at it, a task of its own."""
        await self._late.tell()
        plans, unserved = await self._plans()
        if unserved:
            await self._record(unserved, Missed(NOWHERE, self._clock.now(), NOBODY, hopeless=True))
        now = self._clock.now()
        for outlet in self._outlets.by_name.values():
            self._figures.resting.labels(outlet.name).set(outlet.circuit.resting(now))
        for outlet, plan in plans.items():
            if plan.lanes and outlet.name not in self._busy:
                self._busy.add(outlet.name)
                serving.create_task(self._serve(outlet, plan))

    async def _plans(self) -> tuple[dict[Outlet, Plan], list[Row]]:
        """What each outlet that is not busy sends next; and the replies that no outlet serves."""
        busy = set(self._busy)  # before reading: who becomes free meanwhile may still be shown with what he has just sent
        if len(busy) == len(self._outlets.by_name):
            return {}, []
        await self._service.follower("replies").wait_for(await self._service.store.head())
        now = self._clock.now()
        closed = {o: until for o in self._outlets.by_name.values() if o.name not in busy and (until := o.closed_until(now))}
        taken = [lane for o in self._outlets.by_name.values() if o.name in busy or o in closed for lane in o.lanes]
        waiting: dict[Outlet, list[Row]] = {}
        unserved: list[Row] = []
        for row in await views.to_send(self._service, OF_EACH_LANE, IN_ALL, taken):
            outlet = self._outlets.serving(row)
            (waiting.setdefault(outlet, []) if outlet else unserved).append(row)
        plans = {outlet: Plan(due=until) for outlet, until in closed.items()}
        plans |= {outlet: outlet.plan(rows, now) for outlet, rows in waiting.items() if outlet.name not in busy}
        return plans, unserved

    async def _serve(self, outlet: Outlet, plan: Plan) -> None:
        gate = asyncio.Semaphore(outlet.side_by_side)
        try:
            async with asyncio.TaskGroup() as lanes:
                for lane in plan.lanes:
                    lanes.create_task(self._send_lane(outlet, lane, gate))
        finally:
            self._busy.discard(outlet.name)
            self._waker.set()

    async def _send_lane(self, outlet: Outlet, lane: Iterable[Parcel], gate: asyncio.Semaphore) -> None:
        """In order; a failure holds back the rest of the lane until it is tried again."""
        recordings = []
        for parcel in lane:
            async with gate:
                if outlet.circuit.resting(self._clock.now()):
                    break
                began = time.time_ns()
                outcome = await self._send(outlet, parcel)
                self._trace(outlet, parcel, began, well=not isinstance(outcome, Missed))
                recording = self._record(parcel.replies, outcome)
                if outlet.channel.keyed:
                    recordings.append(recording)  # sent once more it would do no harm: record all at once
                else:
                    await recording
            if isinstance(outcome, Missed) and not outcome.hopeless:
                break
        await asyncio.gather(*recordings)

    def _trace(self, outlet: Outlet, parcel: Parcel, began: int, *, well: bool) -> None:
        if traces := self._service.traces:
            for reply in parcel.replies:
                traces.sent(reply["event"], reply["correlation"], outlet.name, began, well=well)

    async def _send(self, outlet: Outlet, parcel: Parcel) -> Outcome:
        """Tries all messages of a parcel. Whatever a channel raises is an outcome, told without its secrets."""
        pool, arrived = self._service.pool, True
        taken = parcel.replies[0]["parts"] if len(parcel.replies) == 1 else 0
        for message in parcel.messages:
            send = await _insisting(lambda: outlet.begins(pool, self._clock.now()))
            try:
                async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
                    arrived = await outlet.channel.send(message)
            except Exception as trouble:
                outcome: Outcome | None = self._missed(outlet, parcel, trouble, taken)
            else:
                taken, outcome = taken + 1, None
                outlet.circuit = outlet.circuit.worked()
                self._figures.attempts.labels(outlet.name, "sent").inc()
            await _insisting(partial(outlet.answered, pool, send, self._clock.now()))
            if outcome:
                return outcome
        if not arrived:
            return Handed(outlet.name, self._clock.now())
        if self._echo and not isinstance(outlet.entry, ConsoleEntry):
            await Console().send(parcel.messages[-1])
        return Arrived(outlet.name, self._clock.now(), parcel.key if len(parcel.replies) > 1 else None)

    def _missed(self, outlet: Outlet, parcel: Parcel, trouble: Exception, taken: int) -> Missed:
        """What an error means for the reply, and for the channel."""
        now, kind = self._clock.now(), type(trouble).__name__
        reason = outlet.clean(str(trouble) or kind)
        self._figures.attempts.labels(outlet.name, kind.lower()).inc()
        log.warning("reply_not_delivered", reply=parcel.key, channel=outlet.name, kind=kind, trouble=reason)
        missed = Missed(outlet.name, now, reason, parts=taken, jitter=random.random())  # noqa: S311 - spreads, protects nothing
        match trouble:
            case Undeliverable():
                outlet.circuit = outlet.circuit.worked()
                return replace(missed, hopeless=True)
            case Throttled():
                until = now + timedelta(seconds=trouble.seconds)
                outlet.circuit = outlet.circuit.paused(until)
                return replace(missed, not_before=until)
        outlet.failed(now)
        return missed

    async def _record(self, replies: Iterable[Row], outcome: Outcome) -> None:
        async def record(reply: Row) -> None:
            cause = Cause("minsheng:delivery", reply["event"], reply["correlation"])
            stream, subject = reply_stream(reply["reply"]), f"{reply['channel']}:{reply['group']}"
            await _insisting(lambda: self._service.commands.execute(DELIVERY, stream, outcome, cause, subject=subject))

        await asyncio.gather(*(record(reply) for reply in replies))


async def _insisting(act: Callable[[], Awaitable[T]]) -> T:
    """Goes on while PostgreSQL is away: what was said and is not recorded would be said again."""
    while True:
        try:
            return await act()
        except db.TRANSIENT as trouble:
            log.warning("delivery_waits_for_postgresql", trouble=repr(trouble))
            await asyncio.sleep(INSIST_SECONDS)
