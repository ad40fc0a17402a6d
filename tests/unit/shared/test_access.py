"""Keys and whose they are: what a line of MINSHENG_KEYS says, and in whose name its key acts."""

import hashlib
from uuid import UUID

import pytest

from shared.access import Caller, Keys, Who, key_line, new_key
from shared.problems import Problem

OFFICER = frozenset({Caller.OFFICER})
DIGEST = hashlib.sha256(b"secret").hexdigest()


def test_a_key_of_a_role_alone_is_written_as_ever() -> None:
    line = key_line("desk", frozenset({Caller.SUPERVISOR, Caller.OFFICER}), "secret")
    assert line == f"desk:officer+supervisor:{DIGEST}"
    assert Keys(line).who("secret") == Who("desk", frozenset({Caller.SUPERVISOR, Caller.OFFICER}))
    assert Keys(line).who("another") is None


def test_a_key_may_be_a_persons_own_and_of_a_department() -> None:
    line = key_line("water-1", OFFICER, "secret", person="wecom:wang fang", called="王芳", department="water")
    assert " " not in line
    assert Keys(line).who("secret") == Who("water-1", OFFICER, "wecom:wang fang", "王芳", "water")
    assert Keys(f"water:officer:{DIGEST}:department=water").who("secret") == Who("water", OFFICER, department="water")
    assert Keys(f"w:officer:{DIGEST}:called=王芳:person=wang.fang").who("secret") == Who("w", OFFICER, "wang.fang", "王芳")


def test_a_new_key_is_admitted_by_its_line_and_stands_nowhere_in_it() -> None:
    key, line = new_key("water-1", OFFICER, person="wang.fang")
    assert Keys(line).who(key) == Who("water-1", OFFICER, "wang.fang")
    assert key not in line


@pytest.mark.parametrize(
    "line",
    [
        "desk:officer",
        "desk:king:" + DIGEST,
        "desk:officer:abc",
        f"desk:officer:{DIGEST}:water",
        f"desk:officer:{DIGEST}:town=water",
        f"desk:officer:{DIGEST}:person=",
        f"desk:officer:{DIGEST}:person=a:person=b",
        f"desk:officer:{DIGEST}:person=%ff",
        f"desk:officer:{DIGEST}:person=%00",
        f"desk:officer:{DIGEST}:person=a/b",
        f"desk:officer:{DIGEST}:person={'a' * 101}",
        f"desk:officer:{DIGEST}:called=王芳",
    ],
)
def test_a_line_that_is_not_understood_is_refused_without_being_shown(line: str) -> None:
    with pytest.raises(ValueError, match=r"name:role\+role:sha256 .*:person=ID") as refused:
        Keys(line)
    assert DIGEST not in str(refused.value)


def test_with_a_persons_key_nobody_acts_in_anothers_name() -> None:
    who = Who("water-1", OFFICER, "wang.fang")
    assert (who.acting(), who.acting("wang.fang"), who.signed()) == ("wang.fang", "wang.fang", "water-1/wang.fang")
    for refused in (who.acting, who.signed):
        with pytest.raises(Problem) as problem:
            refused("li.si")
        assert (problem.value.status, problem.value.kind) == (403, "forbidden")
        assert problem.value.members == {"code": "another-person"}


def test_with_a_key_of_a_role_the_caller_says_who_acts() -> None:
    who = Who("desk", OFFICER)
    assert (who.acting(), who.acting("li.si"), who.signed(), who.signed("li.si")) == ("desk", "li.si", "desk", "desk/li.si")


def test_what_a_keyed_request_does_is_caused_by_its_id_and_done_once() -> None:
    request = UUID(int=7)
    cause = Who("desk", OFFICER, "wang.fang", request=request).cause()
    assert (cause.actor, cause.causation, cause.once) == ("desk/wang.fang", request, True)
    assert not Who("desk", OFFICER).cause().once
