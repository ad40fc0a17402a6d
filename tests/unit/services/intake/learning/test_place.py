"""Where in the talk a message stands is known to the model as to the rules: who spoke last, how long ago, how far it has come."""

from services.intake.learning.place import place
from services.intake.reading import EMPTY, Conversation, Reading
from shared.events.intake import Kind, Role

from .conftest import Say

OFFICIAL = Role.VILLAGE_OFFICIAL


def talk(say: Say, *, answered: bool = False) -> Conversation:
    """A complaint of v1, taken on and perhaps mended by o."""
    told = [(say("自来水管破裂", number=1), Kind.APPEAL), (say("收到", who="o", role=OFFICIAL, number=2, after=5), Kind.ACCEPT)]
    if answered:
        told.append((say("修好了", who="o", role=OFFICIAL, number=3, after=60), Kind.RESOLVE))
    conversation = EMPTY
    for said, kind in told:
        conversation = conversation.remember(said, Reading(kind, appeal="water"), "water", "TY-1")
    return conversation


def test_who_speaks_first_of_all_has_only_a_role(say: Say) -> None:
    assert list(place(say("没水了", role=Role.UNKNOWN), EMPTY)) == ["role=unknown", "first word"]


def test_the_reporters_next_words_after_the_answer_are_told_from_a_neighbours(say: Say) -> None:
    his, other = (set(place(say("还行", who=who, number=9, after=70), talk(say, answered=True))) for who in ("v1", "v2"))
    assert {"last=official/minutes", "last=official/resolve", "part=reporter/resolved", "own=resolved/minutes"} <= his
    assert "part=neighbour/resolved" in other
    assert not any(sign.startswith("own=") for sign in other)


def test_an_officials_first_word_is_told_from_his_later_ones_and_from_anothers(say: Say) -> None:
    complaint = EMPTY.remember(say("自来水管破裂"), Reading(Kind.APPEAL, appeal="water"), "water", "TY-1")
    first = set(place(say("去看过了", who="o", role=OFFICIAL, number=2, after=400), complaint))
    later, joins = (set(place(say("去看过了", who=who, role=OFFICIAL, number=9, after=400), talk(say))) for who in ("o", "p"))
    assert {"opened=that day/first word", "taken=False/appeal"} <= first
    assert {"opened=that day/goes on", "taken=True/appeal", "part=goes on/accepted"} <= later
    assert "opened=that day/joins in" in joins


def test_what_is_quoted_counts_before_what_was_said_last(say: Say) -> None:
    conversation = talk(say).remember(say("卖粉条", who="v5", number=4, after=30), Reading(Kind.OFFER), None, None)
    quoting = set(place(say("咋样了", number=9, to="m1", after=31), conversation))
    assert {"quotes=True/villager", "part=reporter/accepted"} <= quoting
    assert "last=villager/at once" in quoting


def test_an_appeal_of_many_remarks_ago_is_not_what_the_group_talks_about(say: Say) -> None:
    conversation = talk(say)
    for n in range(4, 9):
        conversation = conversation.remember(say("卖粉条", who="v5", number=n, after=n), Reading(Kind.OFFER), None, None)
    assert not any(sign.startswith("part=") for sign in place(say("好", who="v2", number=9, after=40), conversation))


def test_the_place_tells_nothing_of_the_words(say: Say) -> None:
    one, other = (list(place(say(text, number=9, after=20), talk(say))) for text in ("求人来修", "今儿天好"))
    assert one == other
