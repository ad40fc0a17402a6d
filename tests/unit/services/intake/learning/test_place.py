"""Where in the talk a message stands is known to the model as to the rules: who spoke last, how long ago, how far it has come."""

from services.intake.learning.place import place
from services.intake.learning.talk import THREADS, talk_of
from services.intake.reading import EMPTY, Conversation, Reading, Said
from shared.events.intake import Kind, Role

from .conftest import Say

OFFICIAL = Role.VILLAGE_OFFICIAL


def signs(said: Said, conversation: Conversation) -> set[str]:
    return set(place(talk_of(said, conversation)))


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
    first = signs(say("没水了", role=Role.UNKNOWN), EMPTY)
    assert first == {"role=unknown", "quote=none", "last=none", "waiting=0", "mine=none"}


def test_the_reporters_next_words_after_the_answer_are_told_from_a_neighbours(say: Say) -> None:
    his, other = (signs(say("还行", who=who, number=9, after=70), talk(say, answered=True)) for who in ("v1", "v2"))
    assert {"last=plain/official/15分钟", "last-kind=plain/official/resolve", "mine=resolved/15分钟", "own-kind=appeal"} <= his
    assert {"mine=none", "own-kind=None", "answered=15分钟"} <= other


def test_an_official_knows_what_nobody_has_taken_on_from_what_is_his(say: Say) -> None:
    complaint = EMPTY.remember(say("自来水管破裂"), Reading(Kind.APPEAL, appeal="water"), "water", "TY-1")
    first = signs(say("去看过了", who="o", role=OFFICIAL, number=2, after=400), complaint)
    later, joins = (signs(say("去看过了", who=who, role=OFFICIAL, number=9, after=400), talk(say)) for who in ("o", "p"))
    assert {"untaken=1", "untaken-age=半天", "mine-waiting=0"} <= first
    assert {"untaken=0", "mine-waiting=1", "mine=accepted/半天"} <= later
    assert {"untaken=0", "mine-waiting=0"} <= joins


def test_what_is_quoted_is_told_beside_what_was_said_last(say: Say) -> None:
    conversation = talk(say).remember(say("卖粉条", who="v5", number=4, after=30), Reading(Kind.OFFER), None, None)
    quoting = signs(say("咋样了", number=9, to="m1", after=31), conversation)
    assert {"quote-kind=appeal/himself", "quote-thread=accepted/True", "last-kind=quoting/villager/offer"} <= quoting
    beside = signs(say("多少钱", number=9, to="m4", after=31), conversation)
    assert "quote-nothing=offer/None" in beside


def test_only_the_appeals_spoken_of_last_are_looked_at_and_nobody_elses_sealed_one(say: Say) -> None:
    conversation = EMPTY
    for n in range(THREADS + 5):
        said = say("灯坏了", who=f"v{n}", number=n, after=n)
        sealed = n == THREADS + 4
        conversation = conversation.remember(
            said, Reading(Kind.REPORT if sealed else Kind.APPEAL, sealed=sealed), f"a{n}", None
        )
    seen = talk_of(say("修好了吗", number=99, after=99), conversation)
    assert [thread.appeal for thread in seen.threads] == [f"a{n}" for n in range(THREADS + 3, 3, -1)]
    mine = talk_of(say("就是他", who=f"v{THREADS + 4}", number=99, after=99), conversation)
    assert mine.threads[0].appeal == f"a{THREADS + 4}"


def test_an_appeal_that_is_quoted_is_the_only_candidate(say: Say) -> None:
    assert [t.appeal for t in talk_of(say("咋样了", number=9, to="m1", after=31), talk(say)).candidates] == ["water"]


def test_the_place_tells_nothing_of_the_words(say: Say) -> None:
    one, other = (signs(say(text, number=9, after=20), talk(say)) for text in ("求人来修", "今儿天好"))
    assert one == other
