"""What is remembered of streams: the last used of each kind."""

from shared.deciding import States


def test_the_stream_used_longest_ago_is_forgotten_first() -> None:
    states = States(size=2)
    for stream in ("group-a", "group-b", "group-a", "group-c"):
        states.keep(stream, 1, stream)
    assert [states.get(stream, None) for stream in ("group-a", "group-b")] == [(1, "group-a"), (0, None)]


def test_many_messages_displace_no_group() -> None:
    states = States(size=2)
    states.keep("group-a", 7, "roster")
    for n in range(100):
        states.keep(f"message-{n}", 1, n)
    assert states.get("group-a", None) == (7, "roster")
    assert states.get("message-97", None) == (0, None)


def test_a_dropped_stream_is_read_from_its_beginning() -> None:
    states = States()
    states.keep("group-a", 7, "roster")
    states.drop("group-a")
    assert states.get("group-a", "nothing") == (0, "nothing")
