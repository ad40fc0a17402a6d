"""A nonce with the same words is a retry; with other words it is refused; memory has an end."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.channels import Once, Reason, Refusal
from services.intake.channels.nonces import KEPT, Nonces

NOW = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)


def test_the_same_words_may_come_again_and_other_words_may_not() -> None:
    nonces = Nonces()
    nonces.admit("a", Once("n", b"1"), NOW)
    nonces.admit("a", Once("n", b"1"), NOW)
    nonces.admit("b", Once("n", b"2"), NOW)
    with pytest.raises(Refusal) as refused:
        nonces.admit("a", Once("n", b"2"), NOW)
    assert refused.value.reason is Reason.NONCE
    nonces.admit("a", Once("n", b"1"), NOW)


def test_a_few_words_may_share_a_nonce_where_the_protocol_lets_them() -> None:
    nonces = Nonces()
    for said in (b"1", b"2", b"3", b"4", b"1"):
        nonces.admit("a", Once("n", said, 4), NOW)
    with pytest.raises(Refusal):
        nonces.admit("a", Once("n", b"5", 4), NOW)


def test_what_is_old_is_forgotten_and_never_more_is_kept_than_fits() -> None:
    nonces = Nonces(size=10)
    for n in range(100):
        nonces.admit("a", Once(str(n), b"1"), NOW)
        assert len(nonces) <= 10
    nonces.admit("a", Once("late", b"1"), NOW + KEPT)
    assert len(nonces) == 1
    nonces.admit("a", Once("99", b"2"), NOW + KEPT + timedelta(seconds=1))
