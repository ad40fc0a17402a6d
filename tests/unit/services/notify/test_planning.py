"""What a channel sends next: each reply by itself while there is room, digests in a burst, urgent first, lanes in order."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.notify.pacing import Quiet
from services.notify.planning import Plan, Rules, plan

NOW = datetime(2025, 6, 2, 4, tzinfo=UTC)
NIGHT = datetime(2025, 6, 2, 16, tzinfo=UTC)
QUIET = Quiet(time(22), time(7))
LATER = timedelta(minutes=5)


def row(n: int, lane: str = "g1", *, urgent: bool = False, appeal: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "reply": f"r{n}", "position": n, "lane": lane, "text": f"第{n:04}条", "urgent": urgent, "appeal": appeal, "try_at": NOW,
        "parts": 0, **more,
    }  # fmt: skip


def said(made: Plan) -> list[list[str]]:
    return [[reply["reply"] for parcel in lane for reply in parcel.replies] for lane in made.lanes]


def test_without_a_limit_every_reply_is_a_message_of_its_own() -> None:
    made = plan([row(1), row(3), row(2, "g2")], NOW, Rules(2048))
    assert said(made) == [["r1", "r3"], ["r2"]]
    assert [parcel.key for parcel in made.lanes[0]] == ["r1", "r3"]


def test_a_burst_beyond_the_limit_becomes_one_message() -> None:
    made = plan([row(n) for n in range(25)], NOW, Rules(2048, free=20))
    [[parcel]] = made.lanes
    assert len(parcel.messages) == 1
    assert len(parcel.replies) == 25
    assert "第0000条" in parcel.messages[0].text
    assert "第0024条" in parcel.messages[0].text


def test_groups_are_never_put_together() -> None:
    made = plan([row(n, f"g{n % 3}") for n in range(30)], NOW, Rules(2048, free=5))
    assert len(made.lanes) == 3
    assert all(len({reply["lane"] for reply in parcel.replies}) == 1 for lane in made.lanes for parcel in lane)


def test_in_a_burst_the_urgent_is_said_first_behind_what_was_said_before_of_its_appeal() -> None:
    rows = [row(0, appeal="a"), row(1, appeal="b"), row(2, appeal="b", urgent=True)]
    [[parcel]] = plan(rows, NOW, Rules(2048, free=1)).lanes
    assert [reply["reply"] for reply in parcel.replies] == ["r1", "r2", "r0"]
    lanes = plan([row(0, "g1"), row(1, "g2", urgent=True)], NOW, Rules(2048, free=1, digests=False)).lanes
    assert [[parcel.key for parcel in lane] for lane in lanes] == [["r1"]]


def test_what_there_is_no_room_for_waits_and_is_said_to_wait() -> None:
    made = plan([row(n) for n in range(5)], NOW, Rules(2048, free=2, digests=False))
    assert said(made) == [["r0", "r1"]]
    assert made.crowded == 1
    assert plan([row(0)], NOW, Rules(2048, free=0)).lanes == []


def test_a_reply_that_waits_for_its_next_attempt_holds_back_its_lane_and_no_other() -> None:
    made = plan([row(0, try_at=NOW + LATER), row(1), row(2, "g2")], NOW, Rules(2048))
    assert said(made) == [["r2"]]
    assert made.due == NOW + LATER


def test_at_night_only_the_urgent_is_said_and_what_belongs_to_it() -> None:
    rows = [row(0, appeal="a"), row(1, appeal="b"), row(2, appeal="b", urgent=True)]
    made = plan(rows, NIGHT, Rules(2048, quiet=QUIET))
    assert said(made) == [["r1", "r2"]]
    assert made.due == datetime(2025, 6, 2, 23, tzinfo=UTC)
    assert said(plan(rows, NOW, Rules(2048, quiet=QUIET))) == [["r0", "r1", "r2"]]


def test_a_long_text_goes_on_behind_the_parts_that_have_arrived() -> None:
    [[whole]] = plan([row(0, text="长" * 1500)], NOW, Rules(2048)).lanes
    [[rest]] = plan([row(0, text="长" * 1500, parts=1)], NOW, Rules(2048)).lanes
    assert [message.key for message in whole.messages] == ["r0", "r0/2", "r0/3"]
    assert [(m.key, m.text) for m in rest.messages] == [(m.key, m.text) for m in whole.messages[1:]]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 3000)), max_size=60),
    st.integers(0, 25),
    st.booleans(),
)
def test_the_limit_is_kept_nothing_is_said_twice_and_calm_lanes_stay_in_order(
    given_rows: list[tuple[int, bool, int]], room: int, digests: bool
) -> None:
    rows = [row(n, f"g{lane}", urgent=urgent, text="字" * length) for n, (lane, urgent, length) in enumerate(given_rows)]
    rows.sort(key=lambda r: (r["lane"], r["position"]))
    made = plan(rows, NOW, Rules(2048, free=room, digests=digests))
    messages = [message for lane in made.lanes for parcel in lane for message in parcel.messages]
    assert len(messages) <= room
    assert all(len(message.text.encode()) <= 2048 for message in messages)
    told = [name for lane in said(made) for name in lane]
    assert len(told) == len(set(told))
    assert made.crowded or len(told) == len(rows)
    for lane in made.lanes:
        calm = [r["position"] for parcel in lane for r in parcel.replies if not r["urgent"]]
        assert calm == sorted(calm)
