"""Lateness: the duty officer is told, by another channel, of replies that did not arrive in time or were given up.

One message tells of all that have grown late since the last one; it names groups and numbers, never what was to be said.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
import uuid_utils.compat as uuids

from services.notify import views
from services.notify.config import Rules
from services.notify.domain import DELIVERY, GrownLate, reply_stream
from services.notify.texts import Texts
from shared.deciding import Commands
from shared.envelope import Append, Cause
from shared.events import COUNTY
from shared.events.notify import Audience, ReplyQueued
from shared.service import Service
from shared.store import Conflict

log = structlog.get_logger()
AT_ONCE = 1000
PLACES = 8
"""groups named in one message"""
PAUSE = timedelta(minutes=1)
"""between two messages to the duty officer"""
CAUSE = Cause("minsheng:delivery")


class Lateness:
    """Tells of late replies. Does nothing when no fallback is configured."""

    def __init__(self, service: Service, rules: Rules, texts: Texts) -> None:
        self._service, self._rules, self._texts = service, rules, texts
        self._told_at: datetime | None = None

    async def next_due(self) -> datetime | None:
        """When somebody must be told of something."""
        if self._rules.fallback is None:
            return None
        rows = await views.not_told(self._service, AT_ONCE)
        earliest = min((late_at(row, self._rules) for row in rows), default=None)
        return max(earliest, self._told_at + PAUSE) if earliest and self._told_at else earliest

    async def tell(self) -> None:
        """Tells of what is late now, unless it has just told of others."""
        now = self._service.clock.now()
        if self._rules.fallback is None or (self._told_at and now < self._told_at + PAUSE):
            return
        await self._service.follower("replies").wait_for(await self._service.store.head())
        late = [row for row in await views.not_told(self._service, AT_ONCE) if late_at(row, self._rules) <= now]
        if late:
            await self._tell(late, self._rules.fallback, now)
            self._told_at = now

    async def _tell(self, late: list[dict[str, Any]], fallback: str, now: datetime) -> None:
        told = str(uuids.uuid7())
        appends = [append for row in late if (append := await _grown_late(self._service.commands, row, told, now))]
        if not appends:
            return
        minutes = round(self._rules.late_minutes)
        text = self._texts.compose("undelivered", count=len(late), places=places(late)[:PLACES], minutes=minutes)
        first = late[0]
        queued = ReplyQueued(
            reply=told, appeal=None, channel=first["channel"], group=first["group"], audience=Audience.OFFICIALS, person=COUNTY,
            template="undelivered", text=text, urgent=True, via=fallback, queued_at=now,
        )  # fmt: skip
        appends.append(Append(reply_stream(told), 0, [queued], CAUSE, f"{first['channel']}:{first['group']}"))
        try:
            await self._service.store.append_many(appends)
        except Conflict:
            log.info("late_replies_changed")  # one of them has just arrived: next time


async def _grown_late(commands: Commands, row: dict[str, Any], told: str, now: datetime) -> Append | None:
    stream = reply_stream(row["reply"])
    version, delivery = await commands.load(DELIVERY, stream)
    events = DELIVERY.decide(GrownLate(told, now), delivery)
    return Append(stream, version, events, CAUSE, f"{row['channel']}:{row['group']}") if events else None


def late_at(row: dict[str, Any], rules: Rules) -> datetime:
    """When the duty officer must hear of a reply: at once if it was given up; quiet hours are no lateness."""
    since: datetime = row["queued_at"]
    if row["status"] == "failed":
        return since
    silence = rules.quiet.until(since) if rules.quiet and not row["urgent"] else None
    return (silence or since) + timedelta(minutes=rules.late_minutes)


def places(late: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups concerned, the worst first: where, how many, the last reason known."""
    where = {row["reply"]: f"{row['channel']}/{row['group']}" for row in late}
    reasons = {where[row["reply"]]: row["reason"] for row in late if row["reason"]}
    counted = Counter(where.values()).most_common()
    return [{"place": place, "count": count, "reason": reasons.get(place, "尚未发出")} for place, count in counted]
