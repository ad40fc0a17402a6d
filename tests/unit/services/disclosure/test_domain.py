"""Notices: published once, corrected and withdrawn only with a reason, and no version ever vanishes."""

from datetime import UTC, datetime

import pytest

from services.disclosure.domain import NOTICE, Notice
from shared.decider import Refused
from shared.events.disclosure import NoticeCorrected, NoticeKind, NoticePublished, NoticeWithdrawn

NOW = datetime(2025, 6, 2, tzinfo=UTC)
PUBLISHED = NoticePublished(
    notice="n1", kind=NoticeKind.FUND, title="村道硬化资金", body="共 12 万元", amount_fen=12_000_000, groups=("g1", "g2"),
    by="desk", published_at=NOW,
)  # fmt: skip
CORRECTED = NoticeCorrected(
    notice="n1", revision=0, title="村道硬化资金", body="共 13 万元", amount_fen=13_000_000, reason="少计一户", by="desk",
    corrected_at=NOW,
)  # fmt: skip
WITHDRAWN = NoticeWithdrawn(notice="n1", title="", reason="重复发布", by="desk", withdrawn_at=NOW)


def standing() -> Notice:
    return NOTICE.fold(NOTICE.initial, NOTICE.decide(PUBLISHED, NOTICE.initial))


def test_a_correction_is_the_next_revision_and_goes_to_the_same_groups() -> None:
    [event] = NOTICE.decide(CORRECTED, standing())
    assert isinstance(event, NoticeCorrected)
    assert (event.revision, event.groups) == (2, ("g1", "g2"))
    assert NOTICE.evolve(standing(), event).amount_fen == 13_000_000


def test_a_correction_that_changes_nothing_is_refused() -> None:
    same = CORRECTED.model_copy(update={"body": PUBLISHED.body, "amount_fen": PUBLISHED.amount_fen})
    with pytest.raises(Refused, match="相同"):
        NOTICE.decide(same, standing())


def test_a_withdrawn_notice_keeps_its_title_in_the_withdrawal_and_takes_no_correction() -> None:
    [event] = NOTICE.decide(WITHDRAWN, standing())
    assert isinstance(event, NoticeWithdrawn)
    assert event.title == "村道硬化资金"
    with pytest.raises(Refused, match="已撤回"):
        NOTICE.decide(CORRECTED, NOTICE.evolve(standing(), event))


@pytest.mark.parametrize("command", [CORRECTED, WITHDRAWN])
def test_what_was_never_published_cannot_be_changed(command: NoticeCorrected | NoticeWithdrawn) -> None:
    with pytest.raises(Refused, match="没有这条公示"):
        NOTICE.decide(command, NOTICE.initial)


def test_a_notice_is_published_once() -> None:
    with pytest.raises(Refused, match="已经发布"):
        NOTICE.decide(PUBLISHED, standing())
