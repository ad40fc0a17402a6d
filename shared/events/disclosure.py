"""What disclosure says: which notices stand before the public, and how they were corrected."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.base import Event


class NoticeKind(StrEnum):
    """What a notice (公示) is about."""

    FUND = "fund"
    PROJECT = "project"
    ASSET = "asset"
    SUBSIDY = "subsidy"
    DECISION = "decision"
    POLICY = "policy"
    JOB = "job"
    ENRICHMENT = "enrichment"
    INSPECTION = "inspection"


class NoticePublished(Event):
    """A notice stands before the villages named (all of the county's, if none)."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-published.v1"
    notice: str
    kind: NoticeKind
    title: str
    body: str
    villages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    basis: str | None = None
    amount_fen: int | None = None
    responsible: str | None = None
    by: str
    published_at: AwareDatetime


class NoticeCorrected(Event):
    """A new version of a notice, with the reason. The old version stays readable."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-corrected.v1"
    notice: str
    revision: int
    title: str
    body: str
    amount_fen: int | None = None
    groups: tuple[str, ...] = ()
    reason: str
    by: str
    corrected_at: AwareDatetime


class NoticeWithdrawn(Event):
    """A notice no longer stands; that it once stood, and why it went, stays on record."""

    TYPE: ClassVar[str] = "minsheng.disclosure.notice-withdrawn.v1"
    notice: str
    title: str
    groups: tuple[str, ...] = ()
    reason: str
    by: str
    withdrawn_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (NoticePublished, NoticeCorrected, NoticeWithdrawn)
