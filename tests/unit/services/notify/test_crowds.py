"""What is said of a crowd: to officials when it is offered and as it grows step by step, to each group when it is merged."""

from datetime import UTC, datetime
from typing import Any

from services.notify.domain import Reply, replies_to
from services.notify.texts import Texts
from shared.events.crowds import CrowdAppeal, CrowdGrew, CrowdOffered
from shared.events.notify import Audience
from shared.events.routing import CaseMerged

NOW = datetime(2025, 6, 2, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "crowd": "c1", "township": "平川镇", "about": "供水", "channel": "wecom", "group": "g1", "urgent": False, "households": 3,
    "occurred_at": NOW,
}  # fmt: skip
PLACES = tuple(
    CrowdAppeal(appeal=f"a{n}", number=f"TY-20250602-000{n}", channel="wecom", group=f"g{n}", village=f"河湾{n}村")
    for n in range(1, 4)
)
OFFERED = CrowdOffered(**FACTS, matters=("water",), appeals=PLACES[:2], people=("p1", "p2", "p3"), since=NOW, reasons=("理由",))
CASE: dict[str, Any] = {
    "appeal": "a2", "number": "TY-20250602-0002", "channel": "wecom", "group": "g2", "village": "河湾2村", "township": "平川镇",
    "message_id": "m2", "reporter": "p2", "department": "water", "department_name": "水利局", "urgent": False, "sealed": False,
    "occurred_at": NOW, "crowd": "c1", "about": "供水", "lead": "a1", "lead_number": "TY-20250602-0001", "count": 3, "by": "desk",
}  # fmt: skip


def grew(*, appeals: int, households: int, new: int, joined: CrowdAppeal | None = None) -> list[Reply]:
    people = tuple(f"n{n}" for n in range(new))
    event = CrowdGrew(**FACTS | {"households": households}, joined=joined, people=people, appeals=appeals)
    return list(replies_to(event))


def said(reply: Reply) -> str:
    return Texts().compose(reply.template, **reply.known)


def test_the_officials_of_the_first_place_hear_of_a_crowd_once_with_villages_and_households() -> None:
    [reply] = replies_to(OFFERED)
    assert (reply.audience, reply.channel, reply.group) == (Audience.OFFICIALS, "wecom", "g1")
    text = said(reply)
    assert text.startswith("【集中反映】平川镇2件诉求、3户反映同一类问题（供水）")
    assert "河湾2村 TY-20250602-0002" in text
    assert "县诉求中心核定" in text


def test_officials_hear_of_the_third_village_and_of_the_fifth_household_but_not_of_each_household() -> None:
    [reply] = grew(appeals=3, households=4, new=1, joined=PLACES[2])
    assert "增至3件诉求、4户，新增河湾3村 TY-20250602-0003" in said(reply)
    assert grew(appeals=3, households=4, new=1) == []
    [reply] = grew(appeals=3, households=5, new=1)
    assert said(reply) == "【集中反映】平川镇“供水”问题增至3件诉求、5户。"
    assert grew(appeals=4, households=7, new=2, joined=PLACES[2]) == []
    assert len(grew(appeals=4, households=12, new=3)) == 1


def test_a_hundred_households_one_by_one_are_five_messages() -> None:
    told = [reply for n in range(3, 101) for reply in grew(appeals=2, households=n, new=1)]
    assert len(told) == 5


def test_each_group_hears_that_its_appeal_is_handled_together_with_others() -> None:
    [reply] = replies_to(CaseMerged(**CASE))
    assert (reply.audience, reply.group, reply.quote) == (Audience.GROUP, "g2", "m2")
    text = said(reply)
    assert "TY-20250602-0002 与 TY-20250602-0001 等3件" in text
    assert "一并办理" in text
    [reply] = replies_to(CaseMerged(**CASE | {"lead": "a2", "lead_number": "TY-20250602-0002"}))
    assert "与各处同样反映“供水”的诉求共3件一并办理" in said(reply)


def test_a_sealed_case_is_never_spoken_of_with_others() -> None:
    assert list(replies_to(CaseMerged(**CASE | {"sealed": True}))) == []
