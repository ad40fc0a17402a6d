"""Arming clocks by the thousand, as the consumer does: events and timers in one transaction."""

from collections.abc import Callable
from datetime import datetime

import uuid_utils.compat as uuids

from services.sla import policies
from services.sla.domain import CLOCKS, Start, clocks_stream
from services.sla.policies import POLICIES
from shared.deciding import Work
from shared.envelope import Cause
from shared.events.intake import Kind
from shared.events.routing import CaseAssigned
from shared.service import Service

BATCH = 500


def assigned(appeal: str, opened_at: datetime, **changes: object) -> CaseAssigned:
    facts: dict[str, object] = {
        "appeal": appeal, "number": f"TY-{appeal}", "channel": "wecom", "group": "g1", "village": "河西", "township": "平川镇",
        "message_id": "m1", "reporter": "p1", "department": "water", "department_name": "水利局", "urgent": False, "sealed": False,
        "occurred_at": opened_at, "kind": Kind.APPEAL, "category": "其他/其他", "opened_at": opened_at, "confidence": 0.9,
    }  # fmt: skip
    return CaseAssigned.model_validate(facts | changes)


async def arm(service: Service, many: int, opened_at: Callable[[int], datetime]) -> list[str]:
    """Starts the clocks of so many cases; returns their ids."""
    appeals = [str(uuids.uuid7()) for _ in range(many)]
    for first in range(0, many, BATCH):
        batch = appeals[first : first + BATCH]
        work = Work(service.store, service.states)
        await work.open([(CLOCKS, clocks_stream(appeal)) for appeal in batch] + [(POLICIES, policies.STREAM)])
        known = work.state(POLICIES, policies.STREAM)
        for n, appeal in enumerate(batch, first):
            start, cause = Start(assigned(appeal, opened_at(n)), known), uuids.uuid7()
            work.decide(CLOCKS, clocks_stream(appeal), start, Cause("test", cause, cause))
        await work.prepare()
        async with service.pool.acquire() as connection, connection.transaction():
            await work.lock(connection)
            await work.commit(connection)
        work.committed()
    return appeals
